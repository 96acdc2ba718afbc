/* A timer every 300 microseconds whose handler writes, over a program that reads, writes and lists. */
#include "transcript.h"

static volatile sig_atomic_t ticks;
static int log_fd;

static void tick(int signal)
{
	(void)signal;
	int saved = errno;
	char text[8] = "tick   \n";
	if (write(log_fd, text, sizeof text) == sizeof text)
		ticks++;
	errno = saved;
}

int main(void)
{
	static char data[10000], back[10000];
	log_fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = tick, .sa_flags = SA_RESTART }, NULL);
	struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { 0 };
	setitimer(ITIMER_REAL, &often, NULL);
	int wrong = 0;
	for (int round = 0; round < 700 || ticks < 200; round++) {
		char name[16];
		sprintf(name, "f%d", round % 7);
		memset(data, round, sizeof data);
		int fd = open(name, O_RDWR | O_CREAT, 0644);
		wrong += pwrite(fd, data, sizeof data, 0) != sizeof data;
		wrong += lseek(fd, 100, SEEK_SET) != 100;
		wrong += read(fd, back, sizeof back) != sizeof back - 100;
		wrong += memcmp(data, back, sizeof back - 100) != 0;
		close(fd);
		struct stat st;
		wrong += stat(name, &st) != 0 || st.st_size != sizeof data;
		wrong += round % 50 == 0 && unlink(name) != 0;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	struct stat st;
	fstat(log_fd, &st);
	say("wrong %d, every tick written %d\n", wrong, st.st_size == ticks * 8);
	return 0;
}
