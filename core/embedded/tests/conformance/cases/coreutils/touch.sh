#!/bin/bash
# Making files and setting both times, to the nanosecond.
touch a
stat -c '%s' a
touch -d '2001-02-03 04:05:06.789012345' a
stat -c '%x %y' a
touch -a -d 1999-12-31 a
stat -c '%x %y' a
touch -m -d '2010-01-01 10:10:10.5' a
stat -c '%x %y' a
touch -r a b
stat -c '%x %y' b
touch -c no
ls
touch -t 202002020202.02 c
stat -c %y c
ln -s a l
touch -h -d 2005-05-05 l
stat -c '%y' l a
touch -d 2006-06-06 l
stat -c %y a l
ln -s made m
touch m
ls
touch missing/x; echo $?
touch d/; echo $?
mkdir d
touch -d '1970-01-01 00:00:01' d
stat -c %y d
touch -d @2147483648 c
stat -c %Y c
touch -d @-100 c
stat -c %Y c
touch d/f
[ $(stat -c %Y d) -gt 1600000000 ] && echo directory changed
date -r a +%s
touch -d 2000-01-01 a
cat a
echo x >a
[ $(stat -c %Y a) -gt 1600000000 ] && echo written
touch .
touch a/; echo $?
find . -newermt 2020-01-01 -name a
touch - <a
touch - >>b
[ $(stat -c %Y b) -gt 1600000000 ] && echo by descriptor
[ $(stat -c %Z a) -ge $(stat -c %Y a) ] && echo ctime
