/* Offsets, vectors, appends and holes, across the borders of chunks. */
#include "transcript.h"

enum { CHUNK = 524288 };

int main(void)
{
	static char pattern[3 * CHUNK], back[3 * CHUNK];
	for (int i = 0; i < 3 * CHUNK; i++)
		pattern[i] = i * 2654435761u >> 13;
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	TRY(pwrite(fd, pattern, 3 * CHUNK, 0));
	TRY(lseek(fd, 0, SEEK_CUR));
	for (int offset = CHUNK - 2; offset <= CHUNK + 2; offset++)
		for (int length = 1; length < 5; length++) {
			memset(back, 0, 8);
			long n = pread(fd, back, length, offset);
			if (n != length || memcmp(back, pattern + offset, length))
				say("wrong at %d+%d: %ld\n", offset, length, n);
		}
	struct iovec parts[3] = { { back, 7 }, { back + 7, 0 }, { back + 7, CHUNK } };
	TRY(lseek(fd, CHUNK - 5, SEEK_SET));
	TRY(readv(fd, parts, 3));
	say("same %d\n", memcmp(back, pattern + CHUNK - 5, CHUNK + 7) == 0);
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(preadv(fd, parts, 3, 2 * CHUNK + 100));
	TRY(preadv2(fd, parts, 1, -1, 0));
	TRY(lseek(fd, 0, SEEK_CUR));
	struct iovec out[2] = { { "abc", 3 }, { "defgh", 5 } };
	TRY(pwritev(fd, out, 2, CHUNK - 4));
	pread(fd, back, 8, CHUNK - 4);
	say("%.8s\n", back);
	TRY(writev(fd, out, 2));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(pread(fd, back, 100, 3 * CHUNK - 10));
	TRY(pread(fd, back, 100, 3 * CHUNK));

	TRY(lseek(fd, 5 * CHUNK + 3, SEEK_SET));
	TRY(write(fd, "far", 3));
	TRY(pread(fd, back, CHUNK, 4 * CHUNK));
	int zeros = 0;
	for (int i = 0; i < CHUNK; i++)
		zeros += back[i] == 0;
	say("zeros %d\n", zeros == CHUNK);
	TRY(lseek(fd, 0, SEEK_END));
	TRY(ftruncate(fd, CHUNK + 1));
	TRY(ftruncate(fd, 2 * CHUNK));
	TRY(pread(fd, back, CHUNK, CHUNK));
	zeros = 0;
	for (int i = 1; i < CHUNK; i++)
		zeros += back[i] == 0;
	say("zeros %d\n", zeros == CHUNK - 1);
	close(fd);

	fd = open("f", O_WRONLY | O_APPEND);
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(write(fd, "tail", 4));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(write(fd, "more", 4));
	TRY(pwrite(fd, "appended too", 12, 0));
	int other = open("f", O_WRONLY | O_APPEND);
	TRY(write(other, "other", 5));
	TRY(write(fd, "mine", 4));
	TRY(fcntl(fd, F_SETFL, 0));
	TRY(lseek(fd, 2, SEEK_SET));
	TRY(write(fd, "in place", 8));
	close(fd);
	close(other);
	say("%lx\n", checksum("f"));
	fd = open("f", O_RDONLY);
	lseek(fd, -29, SEEK_END);
	back[read(fd, back, 100)] = 0;
	say("%s\n", back);
	int second = open("f", O_RDONLY), copy = dup(fd);
	lseek(fd, 10, SEEK_SET);
	TRY(lseek(copy, 0, SEEK_CUR));
	TRY(lseek(second, 0, SEEK_CUR));
	fd = open("trunc", O_RDWR | O_CREAT, 0644);
	write(fd, "0123456789", 10);
	close(open("trunc", O_WRONLY | O_TRUNC));
	TRY(write(fd, "x", 1));
	show("trunc");
	TRY(pwrite(fd, "big", 3, 1ll << 40));
	TRY(lseek(fd, 0, SEEK_END));
	return 0;
}
