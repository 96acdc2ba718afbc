#!/bin/bash
# Juggling descriptors: dup, move, close, the lowest number, inheritance.
exec 3>log; echo a >&3; exec 4>&3; echo b >&4; exec 3>&-; echo c >&4; exec 4>&-; cat log
exec 5<log; exec 6<&5; read -r x <&5; read -r y <&6; echo "$x $y"; exec 5<&- 6<&-
exec {any}<log; [ "$any" -ge 10 ] && echo high; cat <&$any; exec {any}<&-
echo closed >&8; echo "status $?"
exec 3>&1 1>captured; echo hidden; exec 1>&3 3>&-; echo shown; cat captured
(exec 0<log; cat)
sh -c 'cat <&9' 9<log
$BASH -c 'exec 0<&-; exec 0<log; read -r v; echo "$v"'
{ echo x; echo y >&2; } 2>&1 >only-out | cat; cat only-out
exec 7>&2 2>err; ls missing; exec 2>&7 7>&-; wc -l <err
printf 'abc' >f; exec 3<>f; head -c 1 <&3 >/dev/null; echo Z >&3; exec 3>&-; od -c f
