#!/bin/bash
# Sizes up, down, relative, over chunk borders; what was cut reads as zeros when it comes back.
yes data | head -c 1600000 >f
for size in 1600000 1048577 1048576 1048575 524288 524287 100 0; do truncate -s $size f; stat -c %s f; md5sum f; done
echo start >f
truncate -s 1M f
stat -c %s f
tail -c 4 f | od -c
md5sum f
truncate -s +10 f
truncate -s -5 f
stat -c %s f
truncate -s '<100' f
truncate -s '>50' f
stat -c %s f
truncate -s %512 f
stat -c %s f
truncate -s 10 new
stat -c %s new
truncate -c -s 10 notmade
ls
truncate -r new f
stat -c %s f
truncate -s 0 missing/x; echo $?
truncate -s 5 .; echo $?
truncate -s 3T huge
stat -c %s huge
tail -c 2 huge | od -c
truncate -s 0 huge
yes abc | head -c 600000 >g
truncate -s 524000 g
truncate -s 600000 g
tail -c 80000 g | tr -d '\0' | wc -c
md5sum g
: >g
stat -c %s g
echo more >>g
cat g
