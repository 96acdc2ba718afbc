#!/bin/bash
# stat's fields that do not depend on the medium.
umask 022
echo hello >f
mkdir d
ln -s f l
ln f h
: >e
truncate -s 5G huge
touch -d '2021-01-02 03:04:05.678901234' f
touch -h -d '2000-01-01' l
stat -c '%n %s %f %F %a %A %h %u %g %U %G %y %Y' f l h
stat -c '%n %f %F %a %A %u %g' d e
stat -c '%n %s' huge e
stat -L -c '%n %s %F' l
stat -c %N l f
stat --terse f | cut -d' ' -f1,2,4,5,6,9,13
stat -t l | cut -d' ' -f1,2,4-6,9
stat missing; echo $?
stat f/x; echo $?
stat l/; echo $?
stat d/ d/. d/.. . -c '%n %F'
stat -c '%d' f d | uniq | wc -l
[ "$(stat -c %i f)" = "$(stat -c %i h)" ] && echo one inode
stat -c '%i' f d e | sort -u | wc -l
[ "$(stat -c %W f)" -ge 0 ] && echo birth
[ "$(stat -c %Z f)" -gt 1600000000 ] && echo ctime
stat - <f -c '%s %F'
stat "$D" -c %F
stat ''; echo $?
stat -c '%s %F' /dev/null
