#!/bin/sh
# The process's mask applies to everything that is made.
for mask in 000 022 027 077 777; do
	umask $mask
	: >f$mask; mkdir d$mask; cp /dev/null c$mask; ln -s x l$mask
	stat -c '%n %a %F' f$mask d$mask c$mask
	# An ordinary user could not remove it otherwise.
	chmod 700 d$mask
done
umask 022
(umask 077; : >sub); : >after; stat -c '%n %a' sub after
install -m 640 after installed; mkdir -m 1770 made; stat -c '%n %a' installed made
umask -S u=rwx,g=rx,o= ; : >symbolic; stat -c '%n %a' symbolic
