#!/bin/bash
# Listings whose every column is comparable.
umask 022
mkdir d
echo hello >f
seq 1 1000 >g
ln -s f l
ln -s missing b
ln f h
touch -d '2020-05-06 07:08:09' f g
touch -h -d 2010-10-10 l b
touch -d 2011-11-11 d
chmod +x g
ls
ls -a
ls -A
ls -1
ls -m
ls -F
ls -p
ls -Q
ls -r
ls -lnG --time-style=long-iso f g l b
ls -l --time-style=full-iso f g l b
ls -lt --time-style=+%s f g l b
ls -S f g
ls -d */
ls -ld --time-style=long-iso d | sed 's/ [0-9]* / N /;s/ [0-9]* 2011/ S 2011/'
ls -R
ls -lL --time-style=long-iso l
ls missing; echo $?
ls f missing d; echo $?
ls -la --time-style=long-iso d | wc -l
ls -l b | wc -l
ls -L b; echo $?
ls -v
ls -X
ls -s --block-size=1 f | cut -d' ' -f2
ls --color=always | od -c | md5sum
ls -n f l | awk '{print $1, $2, $5}'
dir
vdir --time-style=+%F f
ls -i f h | awk '{print $1}' | uniq | wc -l
ls -I 'f*'
ls / >/dev/null; echo $?
(cd d; ls -A; ls ..; ls ../f; ls .)
ls -l --time-style=long-iso "$D/f"
ls f/; echo $?
ls l/; echo $?
ls d/ d/.
