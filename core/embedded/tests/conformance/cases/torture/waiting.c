/* Calls that swap the signal mask while they wait: sigsuspend, ppoll, pselect, epoll_pwait, sigtimedwait, signalfd. */
#include "transcript.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>

static volatile sig_atomic_t hits;

static void hit(int signal)
{
	(void)signal;
	hits++;
	close(open("touched-in-handler", O_CREAT | O_WRONLY, 0644));
}

/* The signal is pending already, so each wait must end at once. */
static void provoke(void)
{
	hits = 0;
	unlink("touched-in-handler");
	raise(SIGUSR1);
}

static void result(const char *name, int value)
{
	int error = errno;
	bool touched = access("touched-in-handler", F_OK) == 0;
	say("%s: %d %s, hits %d, file %d\n", name, value, value < 0 ? strerrorname_np(error) : "", hits, touched);
}

int main(void)
{
	sigset_t all_but, usr1, old;
	sigfillset(&all_but);
	sigdelset(&all_but, SIGUSR1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = hit }, NULL);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	struct timespec second = { 10, 0 };
	provoke();
	result("sigsuspend", sigsuspend(&all_but));
	provoke();
	result("ppoll", ppoll(NULL, 0, &second, &all_but));
	provoke();
	result("pselect", pselect(0, NULL, NULL, NULL, &second, &all_but));
	int epoll = epoll_create1(0);
	struct epoll_event event;
	provoke();
	result("epoll_pwait", epoll_pwait(epoll, &event, 1, 10000, &all_but));
	provoke();
	siginfo_t info;
	result("sigtimedwait", sigtimedwait(&usr1, &info, &second));
	provoke();
	int fd = signalfd(-1, &usr1, 0);
	struct signalfd_siginfo read_info;
	TRY(read(fd, &read_info, sizeof read_info) == sizeof read_info);
	TRY(read_info.ssi_signo == SIGUSR1);
	raise(SIGUSR1);
	int caught;
	TRY(sigwait(&usr1, &caught));
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	TRY(sigismember(&now, SIGUSR1));
	TRY(sigismember(&now, SIGTERM));
	struct pollfd watched = { open("f", O_CREAT | O_RDWR, 0644), POLLIN, 0 };
	TRY(ppoll(&watched, 1, &second, &all_but));
	TRY(ppoll(&watched, 1, NULL, NULL));
	sigprocmask(SIG_SETMASK, &old, NULL);
	provoke();
	TRY(hits);
	return 0;
}
