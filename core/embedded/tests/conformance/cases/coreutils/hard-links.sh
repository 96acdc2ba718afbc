#!/bin/bash
# Several names of one file.
echo one >a
ln a b
mkdir d
ln a d/c
stat -c '%n %h %s' a b d/c
echo two >>b
cat d/c
rm a
cat b
stat -c %h b
mv d/c moved
cat moved
[ b -ef moved ] && echo same
ln b b; echo $?
ln missing x; echo $?
ln d dd; echo $?
ln b missing/x; echo $?
ln -f moved over
stat -c %h over
ln -s b s
ln s t
stat -c %F t
ln -L s u
stat -c '%F %h' u
chmod 600 b
stat -c '%a' moved
touch -d 2020-01-01 u
stat -c %y b
truncate -s 2 over
cat b
echo
cp b indep
stat -c %h indep
rm b moved over u
ls
link indep second
stat -c %h second
link indep second; echo $?
find . -samefile indep | sort
find . -links 2 | sort
du -ab . | grep -cE "indep|second"
tar cf - indep second | tar tvf - | sed 's/.*20[0-9-]* [0-9:]* //'
echo x >p
ln p q
mv p q
ls p q
ln t "$D/d/t2"
ls d
sed -i s/x/y/ q
cat p q
