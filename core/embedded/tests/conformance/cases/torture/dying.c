/* How processes end: the statuses that parents see, and what was written before. */
#include "transcript.h"

static void child(const char *name, void (*end)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		int fd = open(name, O_CREAT | O_WRONLY, 0644);
		write(fd, name, strlen(name));
		end();
		_exit(55);
	}
	reap(name, pid);
	show(name);
}

static void crash(void)
{
	*(volatile int *)8 = 1;
}

static void divide(void)
{
	volatile int one = 1, zero = 0;
	say("%d\n", one / zero);
}

static void trap(void)
{
	__builtin_trap();
}

static void terminated(void)
{
	raise(SIGTERM);
}

static void killed(void)
{
	kill(getpid(), SIGKILL);
}

static void leave(void)
{
	exit(9);
}

static void at_exit(void)
{
	put("at-exit", "written at exit");
}

static void leave_with_handler(void)
{
	atexit(at_exit);
	exit(0);
}

static void *thread_exit(void *argument)
{
	exit(*(int *)argument);
}

static void leave_from_thread(void)
{
	pthread_t thread;
	int status = 12;
	pthread_create(&thread, NULL, thread_exit, &status);
	pthread_join(thread, NULL);
}

static void execute(void)
{
	execlp("sh", "sh", "-c", "echo by exec >by-exec; kill -HUP $$", NULL);
}

static void *endless(void *argument)
{
	for (;;)
		put(argument, "x");
}

static void *execute_from_thread(void *argument)
{
	execlp("cat", "cat", argument, NULL);
	return NULL;
}

static void threads_and_exec(void)
{
	pthread_t one, two;
	pthread_create(&one, NULL, endless, "endless");
	pthread_create(&two, NULL, execute_from_thread, "exec");
	pthread_join(one, NULL);
}

static void handle(int signal)
{
	put("handled", signal == SIGSEGV ? "segmentation fault" : "something else");
	_exit(31);
}

static void crash_handled(void)
{
	signal(SIGSEGV, handle);
	crash();
}

static void double_fork(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			put("grandchild", "from the grandchild");
		_exit(0);
	}
	while (access("grandchild", F_OK))
		usleep(1000);
	_exit(0);
}

int main(void)
{
	child("abort", abort);
	child("segv", crash);
	child("fpe", divide);
	child("ill", trap);
	child("term", terminated);
	child("kill", killed);
	child("exit", leave);
	child("atexit", leave_with_handler);
	show("at-exit");
	child("thread", leave_from_thread);
	child("hup", execute);
	show("by-exec");
	child("exec", threads_and_exec);
	child("segv-handled", crash_handled);
	show("handled");
	child("double-fork", double_fork);
	return 17;
}
