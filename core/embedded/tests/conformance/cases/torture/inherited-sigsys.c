/* A program that starts with SIGSYS blocked or ignored, as some parents leave it. */
#include "transcript.h"

static int inherited(const char *path)
{
	sigset_t mask;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	put(path, "by a program that inherited it");
	show(path);
	say("SIGUSR1 still blocked: %d\n", sigismember(&mask, SIGUSR1));
	pid_t child = fork();
	if (child == 0) {
		execlp("cat", "cat", path, NULL);
		_exit(1);
	}
	reap("cat", child);
	say("\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return inherited(argv[1]);
	for (int round = 0; round < 3; round++) {
		pid_t child = fork();
		if (child == 0) {
			sigset_t set;
			sigemptyset(&set);
			sigaddset(&set, SIGSYS);
			sigaddset(&set, SIGUSR1);
			if (round != 1)
				signal(SIGSYS, SIG_IGN);
			if (round != 0)
				sigprocmask(SIG_BLOCK, &set, NULL);
			execl("/proc/self/exe", "again", "f", NULL);
			_exit(1);
		}
		reap("program", child);
	}
	return 0;
}
