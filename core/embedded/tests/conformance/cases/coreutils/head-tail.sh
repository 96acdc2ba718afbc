#!/bin/bash
# Reading from both ends, by lines and bytes, from files and descriptors.
seq 1 200000 >f
head -n 3 f
head -c 10 f
echo
head -n -199998 f
tail -n 3 f
tail -c 10 f
tail -n +199999 f
tail -c +1288890 f
head -c -1288880 f
tail -n 1 <f
head -n 1 f f
{ head -n 1; tail -n 1; } <f
tac f | head -n 2
tac f | md5sum
nl f | tail -n 1
cat -A f | tail -n 1
cat -n f | md5sum
head -q -n1 missing f; echo $?
printf 'no newline' >g
tail -n 1 g
cat g g
echo
wc g
wc -L f
rev g
fold -w 4 g
expand g
head -c 524290 f | tail -c 4
tail -c 800000 f | md5sum
tail -n 100000 f | md5sum
shuf --random-source=/dev/zero -n 3 f
split -l 50000 f part
wc -l part*
paste partaa partab | tail -n 1
(tail -f f --pid=$$ & p=$!; sleep 0.02; kill $p; wait $p) | tail -n 1
