/* A program with its own idea of SIGSYS: its handler is kept, called for real ones, and given back. */
#include "transcript.h"

static volatile sig_atomic_t caught;
static volatile int code;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	caught += signal == SIGSYS;
	code = info->si_code;
	close(open("from-handler", O_CREAT | O_WRONLY, 0644));
}

int main(void)
{
	struct sigaction mine = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART }, old;
	TRY(sigaction(SIGSYS, NULL, &old));
	TRY(old.sa_handler == SIG_DFL);
	TRY(sigaction(SIGSYS, &mine, NULL));
	put("f", "after sigaction");
	show("f");
	TRY(caught);
	TRY(raise(SIGSYS));
	TRY(caught);
	TRY(code == SI_TKILL);
	kill(getpid(), SIGSYS);
	TRY(caught);
	TRY(code == SI_USER);
	TRY(access("from-handler", F_OK));
	TRY(sigaction(SIGSYS, NULL, &old));
	TRY(old.sa_sigaction == handler);
	TRY(old.sa_flags & (SA_SIGINFO | SA_RESTART | SA_NODEFER | SA_ONSTACK));
	mine.sa_handler = SIG_IGN;
	TRY(sigaction(SIGSYS, &mine, &old));
	raise(SIGSYS);
	TRY(caught);
	show("f");
	pid_t child = fork();
	if (child == 0) {
		signal(SIGSYS, SIG_DFL);
		put("f", "by the child");
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		raise(SIGSYS);
		_exit(1);
	}
	reap("default action", child);
	show("f");
	return 0;
}
