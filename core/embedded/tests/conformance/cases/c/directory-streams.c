/* opendir and its kin: types, telldir, rewinddir after changes, scandir, nftw, fts, glob, realpath. */
#include "transcript.h"
#include <fts.h>
#include <ftw.h>
#include <glob.h>

static int count(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	say("nftw kind %d level %d base %d %s\n", kind, where->level, where->base, kind == FTW_D || kind == FTW_DP ? "" : path);
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int main(void)
{
	char name[64];
	mkdir("d", 0755);
	mkdir("d/sub", 0755);
	put("d/file", "x");
	symlink("file", "d/link");
	struct dirent **entries;
	int n = scandir("d", &entries, NULL, alphasort);
	for (int i = 0; i < n; i++)
		say("%s type %d\n", entries[i]->d_name, entries[i]->d_type);

	mkdir("many", 0755);
	for (int i = 0; i < 1000; i++) {
		sprintf(name, "many/entry-with-a-longer-name-%d", i);
		put(name, "");
	}
	say("count %d\n", count("many"));
	DIR *dir = opendir("many");
	long place = 0;
	for (int i = 0; i < 500; i++)
		readdir(dir);
	place = telldir(dir);
	struct dirent *entry = readdir(dir);
	strcpy(name, entry->d_name);
	int left = 0;
	while (readdir(dir))
		left++;
	seekdir(dir, place);
	say("seekdir %d, left %d\n", strcmp(readdir(dir)->d_name, name), left);
	rewinddir(dir);
	put("many/new", "");
	unlink("many/entry-with-a-longer-name-1");
	rewinddir(dir);
	bool new = false, old = false;
	for (n = 0; (entry = readdir(dir)); n++) {
		new |= !strcmp(entry->d_name, "new");
		old |= !strcmp(entry->d_name, "entry-with-a-longer-name-1");
	}
	say("after rewind %d new %d old %d\n", n, new, old);
	closedir(dir);

	dir = opendir("many");
	for (n = 0; (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			n += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
	say("deleted while reading %d, count %d\n", n, count("many"));
	closedir(dir);

	int fd = open("d", O_RDONLY | O_DIRECTORY);
	dir = fdopendir(dup(fd));
	for (n = 0; readdir(dir); n++)
		;
	rewinddir(dir);
	int again = 0;
	while (readdir(dir))
		again++;
	say("fdopendir %d %d\n", n, again);
	closedir(dir);
	fchdir(fd);
	say("count . %d\n", count("."));
	chdir("..");
	dir = opendir("d");
	unlink("d/file");
	unlink("d/link");
	rmdir("d/sub");
	rmdir("d");
	for (n = 0; readdir(dir);)
		n++;
	closedir(dir);
	say("removed directory is gone: %d\n", access("d", F_OK));

	mkdir("t", 0755);
	mkdir("t/a", 0755);
	put("t/a/f", "");
	nftw("t", visit, 10, FTW_PHYS | FTW_DEPTH);
	symlink("a", "t/l");
	char *roots[] = { "t", NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL, by_name);
	for (FTSENT *e; (e = fts_read(fts));)
		say("fts %d %s\n", e->fts_info, e->fts_path);
	fts_close(fts);
	glob_t found;
	glob("t/*/*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		say("glob %s\n", found.gl_pathv[i]);
	char resolved[PATH_MAX];
	say("realpath %s\n", realpath("t/l/../a/f", resolved));
	say("cwd %s\n", getcwd(resolved, sizeof resolved));
	return 0;
}
