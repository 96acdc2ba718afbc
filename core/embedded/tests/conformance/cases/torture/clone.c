/* clone with every combination of what can be shared, on stacks of its own. */
#include "transcript.h"
#include <sched.h>

static volatile int shared;

static int body(void *argument)
{
	shared = 7;
	put(argument, "by the clone");
	chdir("d");
	int fd = open("inside", O_CREAT | O_WRONLY, 0644);
	return fd >= 0 ? fd : 99;
}

static void try(const char *name, int flags)
{
	enum { SIZE = 65536 };
	char path[PATH_MAX];
	shared = 0;
	char *stack = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0));
	pid_t child = clone(body, stack + SIZE, flags | SIGCHLD, (void *)name);
	int status = 0;
	waitpid(child, &status, 0);
	int fd = WEXITSTATUS(status);
	bool open_here = fd != 99 && fcntl(fd, F_GETFD) >= 0, moved = strcmp(getcwd(path, sizeof path), getenv("D"));
	say("%s: opened %d, memory %d, descriptor %d, moved %d\n", name, fd != 99, shared, open_here, moved);
	if (open_here)
		close(fd);
	chdir(getenv("D"));
	munmap(stack, SIZE);
	show(name);
	show("d/inside");
	unlink("d/inside");
}

int main(void)
{
	mkdir("d", 0755);
	try("nothing", 0);
	try("memory", CLONE_VM);
	try("memory-and-vfork", CLONE_VM | CLONE_VFORK);
	try("vfork", CLONE_VFORK);
	try("files", CLONE_FILES);
	try("directory", CLONE_FS);
	try("almost-all", CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND);
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();
		if (child == 0) {
			char name[32];
			sprintf(name, "forked%d", i);
			int fd = open(name, O_CREAT | O_WRONLY, 0644);
			_exit(fd < 0);
		}
		int status;
		waitpid(child, &status, 0);
		if (status)
			say("fork %d: %d\n", i, status);
	}
	say("last %d\n", access("forked99", F_OK));
	say("clone3 %s\n", syscall(SYS_clone3, NULL, 0) < 0 ? "refused" : "made");
	return 0;
}
