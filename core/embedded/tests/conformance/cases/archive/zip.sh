#!/bin/bash
# zip updates archives in place and unzips with modes and times.
# needs: zip unzip
mkdir -p d/e
seq 1 10000 >d/a
echo b >d/e/b
chmod 750 d/e/b
ln -s a d/l
find d -exec touch -h -d '2020-02-02 02:02:02' {} +
zip -qry z.zip d; echo $?
unzip -l z.zip | sort
unzip -q z.zip -d x
diff -r --no-dereference d x/d && echo same
find x/d ! -type d -printf '%P %m %l\n' | sort
echo new >d/new
zip -qu z.zip d/new
zip -qd z.zip d/a
unzip -Z1 z.zip | sort
unzip -p z.zip d/new
zip -qm z.zip d/new
ls d
unzip -tq z.zip
zip -q n.zip missing >/dev/null; echo $?
unzip -qo z.zip -d "$OUT"
ls "$OUT/d"
