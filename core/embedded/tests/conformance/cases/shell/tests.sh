#!/bin/bash
# Every file test of the shell.
touch file
chmod 644 file
mkdir dir
ln -s file link
ln -s nowhere broken
echo x >full
mkfifo "$OUT/fifo"
ln file hard; touch -d 2001-01-01 old; chmod +x full
for f in file dir link broken full missing "$OUT/fifo" /dev/null; do
	printf '%s:' "${f##*/}"
	for t in a b c d e f g h k L p r S u w x O G N; do [ -$t "$f" ] && printf ' %s' $t; done
	echo
done 2>&1
[ file -ef hard ] && echo same
[ file -ef full ] || echo different
[ link -ef file ] && echo link-same
[ file -nt old ] && echo newer
[ old -ot file ] && echo older
[ file -nt missing ] && echo newer-than-missing
[ -s full ] && [ ! -s file ] && echo sizes
test -t 1 || echo no terminal
