#!/bin/bash
# stdbuf, script-like plumbing and unbuffered writers; appenders that share a file.
for mode in 0 L 4096; do stdbuf -o$mode seq 1 500 >o$mode; md5sum <o$mode; done
stdbuf -i0 head -n 1 <oL
(for i in $(seq 1 200); do echo "a$i"; done >>log) & (for i in $(seq 1 200); do echo "b$i"; done >>log) & wait
wc -lc log
sort log | md5sum
cat log log | wc -l
cat log >>log 2>&1; echo $?
wc -l <log
seq 1 10 | while read -r n; do echo "$n" >>seq; done
paste -sd+ seq | tee sum | sed 's/$/ = 55/'
cat sum
yes | dd status=none of=pipe bs=1000 count=10 iflag=fullblock
wc -c <pipe
head -c 1000000 /dev/zero | tee z1 z2 | cat >z3
cmp z1 z2 && cmp z2 z3 && echo same
uniq -c <(sort -n seq) | wc -l
cat /dev/null >log
wc -c <log
