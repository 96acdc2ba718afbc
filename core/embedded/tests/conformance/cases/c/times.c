/* Times: explicit, now, omitted, by path, link and descriptor; what changes them. */
#include "transcript.h"

static void times(const char *path)
{
	struct stat st;
	if (lstat(path, &st))
		say("%s: %s\n", path, strerrorname_np(errno));
	else
		say("%s: %lld.%09ld %lld.%09ld\n", path, (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
			(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static bool recent(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && st.st_mtim.tv_sec > 1600000000;
}

int main(void)
{
	struct timespec when[2] = { { 1000000000, 123456789 }, { 1100000000, 987654321 } };
	struct timespec only_m[2] = { { 0, UTIME_OMIT }, { 5, 0 } }, only_a[2] = { { 6, 0 }, { 0, UTIME_OMIT } };
	struct timespec both_omitted[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } }, bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	put("f", "x");
	mkdir("d", 0755);
	symlink("f", "l");
	TRY(utimensat(AT_FDCWD, "f", when, 0));
	times("f");
	TRY(utimensat(AT_FDCWD, "f", only_m, 0));
	times("f");
	TRY(utimensat(AT_FDCWD, "f", only_a, 0));
	times("f");
	TRY(utimensat(AT_FDCWD, "f", both_omitted, 0));
	TRY(utimensat(AT_FDCWD, "f", bad, 0));
	times("f");
	TRY(utimensat(AT_FDCWD, "l", when, AT_SYMLINK_NOFOLLOW));
	times("l");
	times("f");
	TRY(utimensat(AT_FDCWD, "l", when, 0));
	times("f");
	int fd = open("f", O_RDWR), dir = open("d", O_RDONLY);
	TRY(futimens(fd, only_m));
	TRY(futimens(dir, when));
	times("f");
	times("d");
	struct timeval old[2] = { { 7, 8 }, { 9, 10 } };
	TRY(utimes("f", old));
	TRY(futimes(fd, old));
	times("f");
	say("recent %d\n", recent("f"));
	pwrite(fd, "y", 1, 0);
	say("after write %d\n", recent("f"));
	TRY(futimens(fd, when));
	ftruncate(fd, 0);
	say("after truncate %d\n", recent("f"));
	TRY(futimens(fd, when));
	chmod("f", 0600);
	say("after chmod %d\n", recent("f"));
	rename("f", "g");
	say("after rename %d\n", recent("g"));
	TRY(futimens(dir, when));
	put("d/new", "");
	say("directory after create %d\n", recent("d"));
	TRY(futimens(dir, when));
	unlink("d/new");
	say("directory after unlink %d\n", recent("d"));
	TRY(futimens(fd, NULL));
	say("now %d\n", recent("g"));
	struct statx x;
	TRY(statx(AT_FDCWD, "g", 0, STATX_BASIC_STATS, &x));
	say("statx %o %u %llu\n", x.stx_mode, x.stx_nlink, (unsigned long long)x.stx_size);
	TRY(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &x));
	TRY(statx(AT_FDCWD, "missing", 0, STATX_SIZE, &x));
	TRY(statx(AT_FDCWD, "g", 0, 0x80000000, &x));
	return 0;
}
