/* Files without a name live on while they are open; a rename over an open file leaves the old one readable. */
#include "transcript.h"

int main(void)
{
	char text[32];
	struct stat st;
	put("f", "original content");
	int fd = open("f", O_RDWR), again = open("f", O_RDONLY);
	TRY(unlink("f"));
	TRY(access("f", F_OK));
	TRY(read(fd, text, 8));
	TRY(write(fd, " CHANGED AND LONGER", 19));
	TRY(fstat(fd, &st));
	say("links %d size %d\n", (int)st.st_nlink, (int)st.st_size);
	text[read(again, text, 31)] = 0;
	say("%s\n", text);
	put("f", "another file");
	TRY(pread(fd, text, 8, 0));
	say("%.8s\n", text);
	show("f");
	TRY(ftruncate(fd, 3));
	TRY(lseek(again, 0, SEEK_END));
	show("f");
	if (fork() == 0) {
		TRY(pwrite(fd, "from a child", 12, 0));
		_exit(0);
	}
	wait(NULL);
	TRY(pread(again, text, 12, 0));
	say("%.12s\n", text);
	close(fd);
	close(again);

	put("old", "old");
	put("new", "new");
	fd = open("old", O_RDWR);
	int moved = open("new", O_RDWR);
	TRY(rename("new", "old"));
	TRY(pread(fd, text, 3, 0));
	say("%.3s\n", text);
	TRY(pwrite(fd, "lost", 4, 0));
	TRY(pwrite(moved, "kept", 4, 0));
	show("old");
	TRY(rename("old", "renamed"));
	TRY(pwrite(moved, "K", 1, 0));
	TRY(fstat(moved, &st));
	show("renamed");
	close(fd);
	close(moved);

	mkdir("d", 0755);
	put("d/x", "in a directory");
	fd = open("d/x", O_RDONLY);
	int dir = open("d", O_RDONLY | O_DIRECTORY);
	TRY(rename("d", "e"));
	TRY(read(fd, text, 14));
	say("%.14s\n", text);
	TRY_OPEN(openat(dir, "x", O_RDONLY));
	TRY_OPEN(openat(dir, "y", O_CREAT | O_WRONLY, 0600));
	TRY(access("e/y", F_OK));
	TRY(access("d", F_OK));
	TRY(unlink("e/x"));
	TRY(unlink("e/y"));
	TRY(rmdir("e"));
	TRY_OPEN(openat(dir, "z", O_CREAT | O_WRONLY, 0600));
	TRY(fstat(fd, &st));
	TRY(lseek(fd, 0, SEEK_END));
	put("l1", "linked");
	TRY(link("l1", "l2"));
	fd = open("l1", O_RDWR);
	TRY(unlink("l1"));
	TRY(pwrite(fd, "L", 1, 0));
	show("l2");
	TRY(fstat(fd, &st));
	say("links %d\n", (int)st.st_nlink);
	for (int i = 0; i < 200; i++) {
		put("cycle", "c");
		int open_file = open("cycle", O_RDONLY);
		unlink("cycle");
		if (read(open_file, text, 1) != 1 || text[0] != 'c')
			say("lost in round %d\n", i);
		close(open_file);
	}
	return 0;
}
