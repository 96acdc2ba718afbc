/* Holes and reservations: SEEK_HOLE and SEEK_DATA where every file system agrees, fallocate, punching. */
#include "transcript.h"

int main(void)
{
	char byte = 'x';
	struct stat st;
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	TRY(lseek(fd, 0, SEEK_DATA));
	TRY(lseek(fd, 0, SEEK_HOLE));
	TRY(posix_fallocate(fd, 0, 1000));
	TRY(fstat(fd, &st));
	say("size %d\n", (int)st.st_size);
	TRY(fallocate(fd, 0, 2000, 100));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(posix_fallocate(fd, 0, 10));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(pread(fd, &byte, 1, 2050));
	say("byte %d\n", byte);
	TRY(ftruncate(fd, 0));
	for (int i = 0; i < 200; i++)
		write(fd, "12345678901234567890123456789012345678901234567890", 50);
	TRY(lseek(fd, 0, SEEK_DATA));
	TRY(lseek(fd, 0, SEEK_HOLE));
	TRY(lseek(fd, 9999, SEEK_DATA));
	TRY(lseek(fd, 10000, SEEK_DATA));
	TRY(lseek(fd, 10000, SEEK_HOLE));
	TRY(ftruncate(fd, 1 << 30));
	TRY(pread(fd, &byte, 1, (1 << 30) - 1));
	TRY(pread(fd, &byte, 1, 1 << 30));
	TRY(pwrite(fd, "end", 3, (1 << 30) - 3));
	TRY(lseek(fd, (1 << 30) - 3, SEEK_DATA));
	TRY(lseek(fd, (1 << 30) - 1, SEEK_HOLE));
	TRY(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	TRY(readahead(fd, 0, 4096));
	TRY(syncfs(fd));
	TRY(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	return 0;
}
