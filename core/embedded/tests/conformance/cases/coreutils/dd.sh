#!/bin/bash
# dd: skips, seeks, conversions, block sizes around the chunk.
seq 1 300000 >src; q='status=none'
dd $q if=src of=a bs=1M
cmp src a && echo same
dd $q if=src of=b bs=777 count=1000
md5sum b
dd $q if=src of=c bs=512k skip=1 count=1
md5sum c
dd $q if=src of=d bs=1 skip=524280 count=20
cat d
echo
dd $q if=src of=a bs=10 seek=52428 count=3 conv=notrunc
md5sum a
dd $q if=/dev/zero of=e bs=1 count=0 seek=2000000
stat -c %s e
dd $q if=src of=e bs=4k seek=3 count=1
stat -c %s e
md5sum e
dd $q if=src bs=1k count=1 | md5sum
printf abc | dd $q of=f conv=ucase
cat f
echo
dd $q if=src of=g bs=4k oflag=append conv=notrunc count=1
dd $q if=src of=g bs=4k oflag=append conv=notrunc count=1
stat -c %s g
dd $q if=/dev/zero of=z bs=256k count=9 conv=fsync
md5sum z
dd $q if=z of=sparse conv=sparse bs=64k
cmp z sparse && echo same
dd $q if=missing of=x; echo $?
dd $q if=src of=.; echo $?
dd $q if=src of=h conv=excl count=1
dd $q if=src of=h conv=excl count=1; echo $?
dd $q if=src of=new conv=nocreat; echo $?
dd $q if=src of=i conv=fdatasync ibs=1000 obs=70000
cmp src i && echo same
dd if=src of=/dev/null bs=1M count=1 2>&1 | head -n 2
dd $q if=src iflag=skip_bytes,count_bytes skip=524287 count=3 | od -c
dd $q if=src of=j oflag=seek_bytes seek=600000 count=1
stat -c %s j
