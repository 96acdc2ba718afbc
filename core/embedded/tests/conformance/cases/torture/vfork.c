/* vfork: children that execute, exit, fail, change directory and descriptors. */
#include "transcript.h"

int main(void)
{
	volatile int failures = 0;
	put("f", "from the file\n");
	for (int i = 0; i < 100; i++) {
		int status;
		pid_t child = vfork();
		if (child == 0) {
			if (i % 3 == 0)
				_exit(i % 50);
			execl(i % 3 == 1 ? "/bin/true" : "/no/such/program", "x", NULL);
			_exit(77);
		}
		waitpid(child, &status, 0);
		int expected = i % 3 == 0 ? i % 50 : i % 3 == 1 ? 0 : 77;
		failures += WEXITSTATUS(status) != expected;
	}
	TRY(failures);
	int fd = open("f", O_RDONLY), out = open("out", O_WRONLY | O_CREAT, 0644);
	mkdir("d", 0755);
	pid_t child = vfork();
	if (child == 0) {
		dup2(fd, 0);
		dup2(out, 1);
		chdir("d");
		execlp("sh", "sh", "-c", "cat; pwd | sed 's,.*/,,'; echo made >made", NULL);
		_exit(1);
	}
	reap("redirected", child);
	show("out");
	show("d/made");
	char text[PATH_MAX];
	say("cwd %s\n", getcwd(text, sizeof text));
	TRY(fcntl(0, F_GETFD));
	TRY(lseek(fd, 0, SEEK_CUR));
	child = vfork();
	if (child == 0) {
		execl("./f", "f", NULL);
		_exit(errno == EACCES ? 40 : 41);
	}
	reap("not executable", child);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	child = vfork();
	if (child == 0)
		abort();
	reap("abort", child);
	return 0;
}
