#!/bin/sh
# One open file description in several processes: each continues where the other stopped.
{ echo builtin; /bin/echo external; (echo subshell); printf '%s\n' again; } >f
cat f
seq 1 20 >numbers
{ read -r a; read -r b; echo "$a $b"; head -c 4; echo; sh -c 'read -r c; echo "inner $c"'; cat; } <numbers
( sleep 0.05; echo second ) >>f & 
echo first >>f
wait
tail -n 2 f
exec 3<numbers 4>copy
while read -r line <&3; do echo "$line" >&4; done
exec 3<&- 4>&-
cmp numbers copy && echo same
