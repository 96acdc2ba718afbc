/* mmap in all its shapes, with what reads and writes see before and after. */
#include "transcript.h"

enum { SIZE = 1 << 20 };

int main(void)
{
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644) + 1) - 1;
	ftruncate(fd, SIZE);
	pwrite(fd, "before", 6, 524288);
	char *shared = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	say("%.6s\n", shared + 524288);
	memcpy(shared + 524285, "boundary", 8);
	TRY(msync(shared, SIZE, MS_SYNC));
	char text[16] = { 0 };
	pread(fd, text, 8, 524285);
	say("%s\n", text);
	memcpy(shared, "start", 5);
	memcpy(shared + SIZE - 3, "end", 3);
	TRY(munmap(shared, SIZE));
	show("f");
	pread(fd, text, 8, SIZE - 3);
	say("%.3s\n", text);

	char *private = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	memcpy(private, "PRIVATE", 7);
	say("%.7s\n", private);
	munmap(private, SIZE);
	show("f");

	char *part = MUST(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 524288));
	say("%.5s\n", part);
	memcpy(part + 4096, "part", 4);
	close(fd);
	memcpy(part + 4100, "late", 4);
	munmap(part, 8192);
	fd = open("f", O_RDONLY);
	pread(fd, text, 8, 528384);
	say("%s\n", text);

	char *readonly = MUST(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0));
	TRY(mprotect(readonly, SIZE, PROT_READ | PROT_WRITE));
	say("%.5s\n", readonly);
	close(fd);
	unlink("f");
	say("%.5s\n", readonly);
	munmap(readonly, SIZE);

	put("short", "tail");
	fd = open("short", O_RDWR);
	char *beyond = MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	say("%d %d\n", beyond[4], beyond[4095]);
	memcpy(beyond + 2, "LONGER", 6);
	munmap(beyond, 4096);
	show("short");

	char *fixed = MUST(mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	say("fixed %d\n", mmap(fixed, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == fixed && fixed[0] == 't');
	munmap(fixed, 8192);

	char *across = MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	if (fork() == 0) {
		memcpy(across, "CH", 2);
		msync(across, 4096, MS_SYNC);
		_exit(0);
	}
	wait(NULL);
	show("short");
	if (fork() == 0) {
		char *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		memcpy(own, "EX", 2);
		exit(0);
	}
	wait(NULL);
	show("short");
	if (fork() == 0) {
		char *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		memcpy(own, "EC", 2);
		execlp("true", "true", NULL);
	}
	wait(NULL);
	show("short");
	return 0;
}
