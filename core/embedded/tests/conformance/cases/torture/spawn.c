/* posix_spawn with file actions, attributes, and errors that come back to the caller. */
#include "transcript.h"
#include <spawn.h>

extern char **environ;

static void spawn(const char *name, const char *program, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, char *const argv[])
{
	pid_t child = 0;
	int error = posix_spawnp(&child, program, actions, attributes, argv, environ);
	if (error)
		say("%s: %s\n", name, strerrorname_np(error));
	else
		reap(name, child);
}

static char *const cat[] = { "cat", NULL };

static void file_actions(void)
{
	posix_spawn_file_actions_t actions;
	char *const sh[] = { "sh", "-c", "pwd | sed 's,.*/,,'; cat <&5; echo error >&2", NULL };
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "d/in", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "out", O_WRONLY | O_CREAT | O_TRUNC, 0640);
	spawn("cat", "cat", &actions, NULL, cat);
	show("out");
	posix_spawn_file_actions_destroy(&actions);

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, "d");
	posix_spawn_file_actions_addopen(&actions, 5, "in", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "out", O_WRONLY | O_CREAT, 0644);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	spawn("sh", "sh", &actions, NULL, sh);
	show("d/out");
	posix_spawn_file_actions_destroy(&actions);

	int dir = open("d", O_RDONLY | O_DIRECTORY);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addfchdir_np(&actions, dir);
	posix_spawn_file_actions_addopen(&actions, 1, "by-descriptor", O_WRONLY | O_CREAT, 0644);
	posix_spawn_file_actions_addclose(&actions, 2);
	spawn("ls", "ls", &actions, NULL, (char *const[]){ "ls", NULL });
	show("d/by-descriptor");
	posix_spawn_file_actions_destroy(&actions);

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "missing", O_RDONLY, 0);
	spawn("missing input", "cat", &actions, NULL, cat);
	posix_spawn_file_actions_destroy(&actions);
}

int main(void)
{
	posix_spawnattr_t attributes;
	sigset_t all;
	mkdir("d", 0755);
	put("d/in", "input\n");
	put("plain", "no program");
	file_actions();
	spawn("missing program", "no-such-program", NULL, NULL, cat);
	spawn("no program", "./plain", NULL, NULL, cat);
	spawn("directory", "./d", NULL, NULL, cat);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_RESETIDS);
	posix_spawnattr_setsigmask(&attributes, &all);
	posix_spawnattr_setsigdefault(&attributes, &all);
	spawn("masked", "cat", NULL, &attributes, (char *const[]){ "cat", "plain", NULL });
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	spawn("session", "cat", NULL, &attributes, (char *const[]){ "cat", "out", NULL });
	for (int i = 0; i < 60; i++) {
		pid_t child;
		int status;
		if (posix_spawn(&child, "/bin/true", NULL, NULL, cat, environ) || waitpid(child, &status, 0) != child || status)
			say("round %d failed\n", i);
	}
	show("plain");
	return 0;
}
