#!/bin/bash
# chmod in all notations, on files, trees, set-id and sticky bits.
umask 022
touch f
mkdir -p d/s
touch d/g d/s/h
for m in 000 400 644 755 777 4755 2755 1777 6711; do chmod $m f; stat -c '%a %A' f; done
chmod u=rw,go= f
stat -c %a f
chmod a+x f
chmod g-x f
stat -c %a f
chmod +t,u+s f
stat -c %a f
chmod -R go-rwx d
find d -printf '%P %m\n' | sort
chmod -R u=rwX,g=rX d
find d -printf '%P %m\n' | sort
chmod 2775 d
mkdir d/inh
stat -c %a d/inh
touch d/inhf
stat -c %a d/inhf
chmod --reference=f d/g
stat -c %a d/g
chmod 600 missing; echo $?
ln -s f l
chmod 640 l
stat -c '%n %a' f l
ln -s missing b
chmod 600 b; echo $?
chmod -v 600 f
chmod -c 600 f
chmod -c 611 f
chmod = f
stat -c %a f
chmod 644 f
chown "$(id -u):$(id -g)" f d; echo $?
chgrp "$(id -g)" f
chown -h "$(id -u)" l
chown "$(id -u)" missing; echo $?
echo x >f
stat -c %a f
chmod 4755 f
chown "$(id -u)" f
stat -c %a f
cp f c
stat -c %a c
cp -p f cp
stat -c %a cp
mv f m
stat -c %a m
chmod 700 .
stat -c %a .
chmod 755 "$D"
stat -c %a "$D"
test -x c && echo executable
