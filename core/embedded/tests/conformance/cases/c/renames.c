/* rename of files, directories and links in every pairing, exchange, and of a directory that somebody works in. */
#include "transcript.h"

static const char *kinds[] = { "file", "empty", "full", "link", "dangling", "none" };

static void make(const char *name, const char *kind)
{
	char path[64];
	if (!strcmp(kind, "file"))
		put(name, name);
	else if (!strcmp(kind, "empty"))
		mkdir(name, 0755);
	else if (!strcmp(kind, "full")) {
		mkdir(name, 0755);
		sprintf(path, "%s/x", name);
		put(path, name);
	} else if (!strcmp(kind, "link"))
		symlink("target", name);
	else if (!strcmp(kind, "dangling"))
		symlink("nowhere", name);
}

static void describe(const char *name)
{
	struct stat st;
	char target[64] = "", path[64];
	sprintf(path, "%s/x", name);
	if (lstat(name, &st)) {
		say("%s", strerrorname_np(errno));
		return;
	}
	if (S_ISLNK(st.st_mode))
		readlink(name, target, sizeof target - 1);
	say("%o%s%s%s", st.st_mode >> 12, access(path, F_OK) == 0 ? " full" : "", *target ? " to " : "", target);
}

static void clear(const char *name)
{
	char path[64];
	sprintf(path, "%s/x", name);
	unlink(path);
	if (unlink(name))
		rmdir(name);
}

int main(void)
{
	put("target", "t");
	for (int flags = 0; flags <= RENAME_EXCHANGE; flags++)
		for (int from = 0; from < 6; from++)
			for (int to = 0; to < 6; to++) {
				make("from", kinds[from]);
				make("to", kinds[to]);
				int result = renameat2(AT_FDCWD, "from", AT_FDCWD, "to", flags);
				say("flags %d %s to %s: %s; from ", flags, kinds[from], kinds[to], result ? strerrorname_np(errno) : "done");
				describe("from");
				say(", to ");
				describe("to");
				say("\n");
				clear("from");
				clear("to");
			}
	char text[PATH_MAX];
	mkdir("one", 0755);
	mkdir("one/two", 0755);
	mkdir("other", 0755);
	put("one/two/f", "deep");
	chdir("one/two");
	show("f");
	TRY(rename("../../one", "../../other/moved"));
	chdir(getenv("D"));
	show("other/moved/two/f");
	TRY(access("one", F_OK));
	TRY(rename("other/moved/two/f", "f"));
	TRY(rename("other", "other/moved/two/x"));
	TRY(chdir("other/moved/two"));
	say("%s\n", getcwd(text, sizeof text));
	return 0;
}
