/* Modes and ownership as the calls set them and stat shows them. */
#include "transcript.h"

static void mode(const char *path)
{
	struct stat st;
	if (lstat(path, &st))
		say("%s: %s\n", path, strerrorname_np(errno));
	else
		say("%s: mode %o\n", path, st.st_mode);
}

int main(void)
{
	umask(0);
	for (int bits = 0; bits <= 07777; bits += 0511) {
		char name[16];
		sprintf(name, "f%04o", bits);
		close(open(name, O_CREAT | O_WRONLY | O_EXCL, bits));
		mode(name);
		sprintf(name, "d%04o", bits);
		mkdir(name, bits);
		mode(name);
		/* An ordinary user could not remove it otherwise. */
		chmod(name, 0700);
	}
	TRY(umask(027));
	close(open("masked", O_CREAT | O_WRONLY, 0777));
	mode("masked");
	int fd = open("masked", O_RDWR);
	TRY(fchmod(fd, 04711));
	mode("masked");
	TRY(write(fd, "x", 1));
	TRY(fchown(fd, getuid(), getgid()));
	TRY(chmod("masked", 0170600));
	mode("masked");
	TRY(close(open("readonly", O_CREAT | O_RDWR, 0444)));
	fd = open("only-for-others", O_CREAT | O_RDWR, 0);
	TRY(write(fd, "written through the creating descriptor", 39));
	mode("only-for-others");
	struct stat st;
	fstat(fd, &st);
	say("size %d owner %d group %d\n", (int)st.st_size, st.st_uid == getuid(), st.st_gid == getgid());
	mkdir("setgid", 0755);
	chmod("setgid", 02755);
	mkdir("setgid/inside", 0755);
	put("setgid/file", "");
	mode("setgid");
	mode("setgid/inside");
	mode("setgid/file");
	symlink("masked", "link");
	mode("link");
	TRY(lchown("link", getuid(), -1));
	TRY(fchmodat(AT_FDCWD, "link", 0640, 0));
	mode("masked");
	return 0;
}
