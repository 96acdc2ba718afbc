/* Everything blocked, everything ignored: system calls still work, and the masks read back as they were set. */
#include "transcript.h"

static int pending(void)
{
	sigset_t set;
	sigpending(&set);
	int n = 0;
	for (int signal = 1; signal < 32; signal++)
		n += sigismember(&set, signal);
	return n;
}

int main(void)
{
	sigset_t all, before, now;
	sigfillset(&all);
	TRY(sigprocmask(SIG_SETMASK, &all, &before));
	put("f", "written with everything blocked");
	show("f");
	TRY(sigprocmask(SIG_BLOCK, NULL, &now));
	int members = 0;
	for (int signal = 1; signal < 32; signal++)
		members += signal != SIGSYS && sigismember(&now, signal);
	say("blocked %d\n", members);
	raise(SIGUSR1);
	kill(getpid(), SIGTERM);
	mkdir("d", 0755);
	say("pending %d\n", pending());
	for (int signal = 1; signal < 32; signal++)
		if (signal != SIGKILL && signal != SIGSTOP)
			sigaction(signal, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	say("pending %d\n", pending());
	TRY(sigprocmask(SIG_SETMASK, &before, NULL));
	raise(SIGUSR2);
	put("f", "written with everything ignored");
	show("f");
	signal(SIGCHLD, SIG_DFL);
	pid_t child = fork();
	if (child == 0) {
		show("f");
		sigprocmask(SIG_SETMASK, &all, NULL);
		execlp("cat", "cat", "f", NULL);
	}
	reap("child", child);
	say("\n");
	struct sigaction action;
	TRY(sigaction(SIGUSR1, NULL, &action));
	TRY(action.sa_handler == SIG_IGN);
	action.sa_handler = SIG_DFL;
	TRY(sigaction(SIGKILL, &action, NULL));
	TRY(sigprocmask(99, &all, NULL));
	return 0;
}
