#!/bin/bash
# Every byte comes back, below, at and above the chunk of 512 KiB.
for size in 0 1 4095 4096 524287 524288 524289 1048576 1572865 3145735; do
	yes "block $size" | head -c $size >f$size
done
md5sum f*; sha1sum f524289; sha256sum f*; cksum f1 f4096; b2sum f3145735; sum f1048576
md5sum f* >sums
md5sum -c sums
echo x >>f1
md5sum --status -c sums; echo $?
md5sum missing; echo $?
md5sum .; echo $?
cat f* | md5sum; md5sum <f524289; wc -c f*; sha512sum f3145735 | cut -c1-20
tail -c 3 f3145735 | od -c
cmp f524288 f524289
cmp -n 524280 f524288 f524288 && echo equal
