/* close_range, the lowest number, EMFILE, and every descriptor closed under the library's feet. */
#include "transcript.h"

static void close_everything(void)
{
	TRY(close_range(40, ~0u, 0));
	show("f");
	TRY(close_range(3, ~0u, 0));
	show("f");
	TRY(open("f", O_RDONLY));
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	show("f");
	put("g", "after closing everything");
	show("g");
	pid_t child = fork();
	if (child == 0) {
		closefrom(3);
		show("g");
		_exit(0);
	}
	reap("closefrom", child);
}

static void use_them_all_up(void)
{
	struct rlimit limit = { 20, 20 };
	TRY(setrlimit(RLIMIT_NOFILE, &limit));
	int last = -1, fd;
	while ((fd = open("f", O_RDONLY)) >= 0)
		last = fd;
	say("full: %s, last %d\n", strerrorname_np(errno), last);
	TRY_OPEN(open("missing", O_RDONLY));
	TRY(open("new", O_CREAT | O_WRONLY, 0644));
	TRY(open(".", O_RDONLY | O_DIRECTORY));
	TRY(dup(3));
	struct stat st;
	TRY(stat("f", &st));
	TRY(mkdir("made-when-full", 0755));
	TRY(unlink("f"));
	TRY(access("new", F_OK));
	close(last);
	TRY(open("g", O_RDONLY));
	TRY(lseek(last, 0, SEEK_END));
	close(last);
	pid_t child = fork();
	if (child == 0) {
		for (fd = 5; fd < 20; fd++)
			close(fd);
		execlp("cat", "cat", "g", NULL);
		_exit(1);
	}
	reap("exec", child);
}

int main(void)
{
	put("f", "content");
	mkdir("d", 0755);
	int fds[10];
	for (int i = 0; i < 10; i++)
		fds[i] = open("f", O_RDONLY);
	for (int i = 0; i < 10; i++)
		say("%d ", fds[i] - fds[0]);
	close(fds[4]);
	close(fds[2]);
	int low = open("d", O_RDONLY | O_DIRECTORY), next = open("f", O_RDONLY);
	say("| %d %d\n", low - fds[0], next - fds[0]);
	TRY(close_range(fds[5], fds[7], 0));
	TRY(fcntl(fds[6], F_GETFD));
	TRY(close_range(fds[8], fds[9], CLOSE_RANGE_CLOEXEC));
	TRY(fcntl(fds[8], F_GETFD));
	close_everything();
	use_them_all_up();
	return 0;
}
