/* Handlers that block everything while they work on files, nested ones, one-shot ones, restarted reads. */
#include "transcript.h"

static volatile sig_atomic_t depth, deepest, once, usr2;

static void full(int signal)
{
	sigset_t now;
	depth++;
	if (depth > deepest)
		deepest = depth;
	int fd = open("log", O_WRONLY | O_APPEND | O_CREAT, 0644);
	write(fd, "handled\n", 8);
	close(fd);
	sigprocmask(SIG_BLOCK, NULL, &now);
	if (!sigismember(&now, SIGUSR2))
		say("SIGUSR2 is not blocked\n");
	raise(SIGUSR2);
	if (usr2 && signal == SIGUSR1)
		say("SIGUSR2 came inside\n");
	depth--;
}

static void nested(int signal)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < 5)
		raise(signal);
	close(open("log", O_RDONLY));
	depth--;
}

static void count(int signal)
{
	if (signal == SIGUSR2)
		usr2++;
	else
		once++;
}

static void interrupted_read(bool restart)
{
	int pipes[2];
	char byte;
	pipe(pipes);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = count, .sa_flags = restart ? SA_RESTART : 0 }, NULL);
	pid_t child = fork();
	if (child == 0) {
		for (int i = 0; i < 20; i++) {
			usleep(2000);
			kill(getppid(), SIGALRM);
		}
		usleep(10000);
		write(pipes[1], "x", 1);
		_exit(0);
	}
	close(pipes[1]);
	errno = 0;
	ssize_t n = read(pipes[0], &byte, 1);
	say("restart %d: %zd %s\n", restart, n, n < 0 ? strerrorname_np(errno) : "");
	while (waitpid(child, NULL, 0) != child)
		;
	close(pipes[0]);
}

int main(void)
{
	struct sigaction action = { .sa_handler = full };
	sigfillset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &(struct sigaction){ .sa_handler = count }, NULL);
	struct sigaction read_back;
	sigaction(SIGUSR1, NULL, &read_back);
	TRY(sigismember(&read_back.sa_mask, SIGTERM));
	for (int i = 0; i < 3; i++) {
		usr2 = 0;
		raise(SIGUSR1);
		TRY(usr2);
	}
	show("log");
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	TRY(sigismember(&now, SIGUSR2));
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nested, .sa_flags = SA_NODEFER }, NULL);
	deepest = 0;
	raise(SIGUSR1);
	TRY(deepest);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = count, .sa_flags = SA_RESETHAND }, NULL);
	raise(SIGUSR1);
	TRY(once);
	sigaction(SIGUSR1, NULL, &read_back);
	TRY(read_back.sa_handler == SIG_DFL);
	interrupted_read(false);
	interrupted_read(true);
	return 0;
}
