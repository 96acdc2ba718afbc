/* pthread_cancel in blocked and busy threads; clean-up handlers work on files. */
#include "transcript.h"

static int pipes[2];
static volatile int ready;

static void clean_up(void *argument)
{
	put(argument, "cleaned");
}

static void *blocked(void *argument)
{
	char byte;
	pthread_cleanup_push(clean_up, argument);
	ready = 1;
	read(pipes[0], &byte, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *busy(void *argument)
{
	char block[512] = "busy";
	int fd = open("busy", O_RDWR | O_CREAT, 0644);
	pthread_cleanup_push(clean_up, argument);
	for (;;) {
		pwrite(fd, block, sizeof block, 0);
		pread(fd, block, sizeof block, 0);
		ready = 1;
	}
	pthread_cleanup_pop(0);
	return NULL;
}

static void *asynchronous(void *argument)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(clean_up, argument);
	for (ready = 1;;)
		;
	pthread_cleanup_pop(0);
	return NULL;
}

static void *protected(void *argument)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	ready = 1;
	for (int i = 0; i < 50; i++)
		put(argument, "finished");
	return argument;
}

static void run(const char *name, void *(*body)(void *), int times)
{
	int cancelled = 0;
	for (int i = 0; i < times; i++) {
		pthread_t thread;
		void *result;
		ready = 0;
		unlink(name);
		pthread_create(&thread, NULL, body, (void *)name);
		while (!ready)
			sched_yield();
		pthread_cancel(thread);
		pthread_join(thread, &result);
		cancelled += result == PTHREAD_CANCELED;
	}
	say("%s: cancelled %d of %d\n", name, cancelled, times);
	show(name);
}

int main(void)
{
	pipe(pipes);
	run("blocked", blocked, 50);
	run("busy-cleaned", busy, 50);
	run("asynchronous", asynchronous, 10);
	run("protected", protected, 5);
	return 0;
}
