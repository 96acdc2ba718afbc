#!/bin/bash
# find starts programs: -exec with ; and +, -execdir, -ok, xargs in parallel.
mkdir -p a/b; for i in 1 2 3 4 5 6; do echo "$i" >a/f$i; echo "b$i" >a/b/g$i; done
find a -type f -name 'f*' -exec cat {} \; | sort
find a -type f -exec cat {} + | sort | md5sum
find a -name 'g*' -execdir sh -c 'echo "$PWD ${1#./}"' _ {} \; | sort
find a -type f -exec grep -q 3 {} \; -print | sort
find a -type f -exec mv {} {}.old \;
find a | sort
find . -type f | sort | xargs -n 3 echo | wc -l
find . -name '*.old' -print0 | xargs -0 -P 4 -I{} sh -c 'tr a-z0-9 A-Zx <"$1" >"$1.new"' _ {}
find . -name '*.new' | sort | xargs cat
ls a/*.new | xargs -n 2 -P 3 rm
find . -name '*.new' | wc -l
find a -type f -exec false \;; echo $?
find a -type f -exec false {} +; echo $?
echo missing | xargs cat; echo $?
seq 1 40 | xargs -P 8 -n 1 sh -c 'echo $1 >out.$1' _
cat out.* | sort -n | md5sum
find . -name 'out.*' -exec rm {} +
find . -maxdepth 1 | sort
find . -type f -fprint list
sort list | md5sum
