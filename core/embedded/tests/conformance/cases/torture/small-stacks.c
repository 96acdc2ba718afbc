/* Files from an 8 KiB signal stack, a 16 KiB thread stack, and contexts of their own. */
#include "transcript.h"
#include <ucontext.h>

static char alternate[8192] __attribute__((aligned(64)));
static volatile int on_alternate, result;

/* No formatted output in here: that alone would fill a small stack. */
static int work(const char *path)
{
	char text[8] = "nothing";
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	int good = fd >= 0 && write(fd, "written", 7) == 7 && pread(fd, text, 7, 0) == 7 && memcmp(text, "written", 7) == 0;
	close(fd);
	return good && stat(path, &st) == 0 && st.st_size == 7 && unlink(path) == 0;
}

static void handler(int signal)
{
	char here;
	(void)signal;
	on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
	result = work("from-handler");
}

static void *thread(void *argument)
{
	return (void *)(intptr_t)work(argument);
}

static ucontext_t main_context, other_context;
static volatile int steps;

static void context(void)
{
	for (int i = 0; i < 100; i++) {
		steps += work("from-context");
		swapcontext(&other_context, &main_context);
	}
}

static void signal_stacks(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, read_back;
	TRY(sigaltstack(&stack, NULL));
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = handler, .sa_flags = SA_ONSTACK }, NULL);
	raise(SIGUSR1);
	say("alternate %d, result %d\n", on_alternate, result);
	TRY(sigaltstack(NULL, &read_back));
	say("stack kept %d, flags %d\n", read_back.ss_sp == alternate, read_back.ss_flags);
	pid_t child = fork();
	if (child == 0) {
		result = 0;
		raise(SIGUSR1);
		say("child: alternate %d, result %d\n", on_alternate, result);
		_exit(0);
	}
	reap("child", child);
	say("command %d\n", system("exit 3") >> 8);
	stack.ss_flags = SS_DISABLE;
	TRY(sigaltstack(&stack, NULL));
	raise(SIGUSR1);
	say("alternate %d, result %d\n", on_alternate, result);
}

int main(void)
{
	signal_stacks();
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	TRY(pthread_attr_setstacksize(&attributes, 16384));
	for (int i = 0; i < 20; i++) {
		pthread_t id;
		void *good = NULL;
		pthread_create(&id, &attributes, thread, "from-thread");
		pthread_join(id, &good);
		if (!good)
			say("thread %d failed\n", i);
	}
	static char small[8192] __attribute__((aligned(64)));
	getcontext(&other_context);
	other_context.uc_stack.ss_sp = small;
	other_context.uc_stack.ss_size = sizeof small;
	other_context.uc_link = &main_context;
	makecontext(&other_context, context, 0);
	for (int i = 0; i < 100; i++)
		swapcontext(&main_context, &other_context);
	TRY(steps);
	volatile int returned = 0;
	getcontext(&main_context);
	if (returned++ < 3) {
		close(open("by-setcontext", O_CREAT | O_WRONLY, 0644));
		setcontext(&main_context);
	}
	TRY(returned);
	return 0;
}
