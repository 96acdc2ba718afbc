#!/bin/bash
# Names with every byte but / and NUL, and of the greatest length.
touch 'a b' $'new\nline' $'tab\t' 'quote"' "apos'" 'back\slash' -- -dash '*' '?' '[x]' ';' '&' '#hash' '~' 'ünïcødé' '日本語' '😀' $'\xff\xfe' $'\x01' '...' ' '
ls -A --quoting-style=c | sort
find . -type f -print0 | sort -z | xargs -0 -n 1 printf '<%s>\n' | od -An -c | md5sum
long=$(printf '%0255d' 0)
touch "$long" && stat -c %s "$long"; mkdir "${long}1"; echo $?; touch "${long}1"; echo $?
for f in *; do echo "$f" >"$f" || echo "bad $f"; done; cat -- * | md5sum
mv -- -dash plain; mv $'new\nline' $'other\nline'; ls -A | wc -l
rm -- 'a b' $'\xff\xfe' '😀'; ls -A | wc -l
mkdir -p 'dir ü/in ner'
cd 'dir ü/in ner' && pwd && touch x && cd ../.. && find 'dir ü' | sort
deep=.
for i in 1 2 3 4 5 6 7 8 9; do deep=$deep/$(printf "%0200d" $i); done
mkdir -p "$deep" && touch "$deep/f" && find . -name f | wc -c
rm -r ./*; ls -A
