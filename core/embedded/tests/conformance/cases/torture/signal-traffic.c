/* Signals between threads and processes at rates: queues, values, thread-directed ones, timers, SIGCHLD. */
#include "transcript.h"
#include <semaphore.h>

static _Atomic int values, children, directed, timed;
static sem_t expired;

static void queued(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	values += info->si_value.sival_int;
	close(open("f", O_RDONLY));
}

static void child_ended(int signal)
{
	(void)signal;
	int saved = errno;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		children++;
	errno = saved;
}

static void to_thread(int signal)
{
	(void)signal;
	directed++;
	struct stat st;
	stat("f", &st);
}

static void *target(void *argument)
{
	char block[100];
	while (directed < 100) {
		int fd = open("f", O_RDONLY);
		read(fd, block, sizeof block);
		close(fd);
	}
	return argument;
}

static void on_timer(union sigval value)
{
	put("by-timer", "timer thread");
	timed = value.sival_int;
	sem_post(&expired);
}

static void queue(void)
{
	sigset_t set;
	sigaction(SIGRTMIN, &(struct sigaction){ .sa_sigaction = queued, .sa_flags = SA_SIGINFO | SA_RESTART }, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 100; i++)
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){ i }))
			say("queue full at %d\n", i);
	say("before %d\n", values);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	say("after %d\n", values);
}

static void ended_children(void)
{
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = child_ended, .sa_flags = SA_RESTART }, NULL);
	for (int i = 0; i < 40; i++)
		if (fork() == 0) {
			close(open("f", O_RDONLY));
			_exit(0);
		}
	while (children < 40)
		close(open("f", O_RDONLY));
	say("children %d\n", children);
	signal(SIGCHLD, SIG_DFL);
}

static void one_thread(void)
{
	pthread_t thread;
	signal(SIGUSR1, to_thread);
	pthread_create(&thread, NULL, target, NULL);
	while (directed < 100) {
		int before = directed;
		pthread_kill(thread, SIGUSR1);
		while (directed == before && directed < 100)
			sched_yield();
	}
	pthread_join(thread, NULL);
	say("directed %d\n", directed);
}

int main(void)
{
	put("f", "content");
	queue();
	ended_children();
	one_thread();
	timer_t timer;
	sem_init(&expired, 0, 0);
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer, .sigev_value = { 5 } };
	TRY(timer_create(CLOCK_MONOTONIC, &event, &timer));
	TRY(timer_settime(timer, 0, &(struct itimerspec){ .it_value = { 0, 1000000 } }, NULL));
	while (sem_wait(&expired))
		;
	TRY(timed);
	show("by-timer");
	return 0;
}
