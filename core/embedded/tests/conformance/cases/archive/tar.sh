#!/bin/bash
# Archives of every kind of file, out of this directory and into it.
# needs: tar
umask 022
mkdir -p t/sub/empty
seq 1 100000 >t/big
echo small >t/sub/small
ln t/big t/hard
ln -s sub/small t/soft
ln -s /nowhere t/dangling
chmod 4755 t/sub/small
truncate -s 2M t/sparse
echo end >>t/sparse
find t -exec touch -h -d '2020-01-02 03:04:05' {} +
tar cf t.tar t; echo $?
tar tf t.tar | sort
mkdir x
tar xpf t.tar -C x
diff -r --no-dereference t x/t && echo same
find x/t ! -type d -printf '%P %m %t %l %n\n' | sort
find x/t -type d -printf '%P %m %t\n' | sort
tar cSf s.tar t/sparse
tar xSf s.tar -C "$OUT"
cmp t/sparse "$OUT/t/sparse" && echo sparse
tar czf t.tgz t
tar xzf t.tgz -O t/sub/small
tar df t.tar; echo $?
echo more >>t/sub/small
tar df t.tar; echo $?
tar rf t.tar t/sub/small
tar tf t.tar | wc -l
tar --delete -f t.tar t/hard
tar tf t.tar | grep -c hard
tar cf - t | (cd "$OUT" && tar xf -)
diff -r --no-dereference t "$OUT/t" && echo out
tar cf - -C "$OUT" t | tar xf - -C x --strip-components=1 --keep-newer-files 2>/dev/null; echo $?
tar cf "$OUT/o.tar" --exclude=x .; echo $?
tar xf missing.tar 2>/dev/null; echo $?
tar cf n.tar missing 2>/dev/null; echo $?
tar xf "$OUT/o.tar" --one-top-level=top ./t
find top | sort
tar cf inc.tar --listed-incremental=snap t 2>/dev/null
echo new >t/new
tar cf inc2.tar --listed-incremental=snap t
tar tf inc2.tar | grep -c new
tar cJf t.txz t 2>/dev/null && tar tJf t.txz | wc -l
tar xf t.tgz --remove-files 2>/dev/null; ls -A
