#!/bin/bash
# cp -a and -p keep modes, times, links.
mkdir -p src/sub
echo a >src/a
ln src/a src/sub/hard
ln -s ../a src/sub/soft
ln -s nowhere src/dangling
chmod 640 src/a
chmod 2750 src/sub
touch -d '2020-02-03 04:05:06.123456789' src/a
touch -h -d '2019-01-01' src/dangling
touch -d '2018-08-08 08:08:08' src/sub src
cp -a src dst; cd dst
find . -printf '%P %y %m %l %n\n' | grep -v ' d ' | sort
find . -type d -printf '%P %m\n' | sort
find . ! -name soft -printf '%P %t\n' | sort
[ a -ef sub/hard ] && echo linked
cd ..
cp -p src/a kept
stat -c '%a %y' kept
cp --no-preserve=mode -p src/a part
cp --preserve=timestamps src/a t
stat -c %y t
cp -a src "$OUT/there"
cp -a "$OUT/there" back
diff -r --no-dereference src back && echo round trip
find back -type f -printf '%P %m %t\n' | sort
