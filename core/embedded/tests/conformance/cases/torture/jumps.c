/* siglongjmp out of a blocked read, and out of calls on files, two thousand times each. */
#include "transcript.h"
#include <setjmp.h>

static sigjmp_buf back;
static volatile sig_atomic_t armed;

static void leave(int signal)
{
	(void)signal;
	if (armed) {
		armed = 0;
		siglongjmp(back, 1);
	}
}

static void in_microseconds(int n)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, n } }, NULL);
}

int main(void)
{
	int pipes[2];
	char byte, block[4096], back_again[4096];
	volatile int jumps = 0, wrong = 0;
	memset(block, 'j', sizeof block);
	pipe(pipes);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = leave }, NULL);
	for (volatile int i = 0; i < 2000; i++) {
		if (sigsetjmp(back, 1) == 0) {
			armed = 1;
			in_microseconds(50);
			while (armed)
				wrong += read(pipes[0], &byte, 1) > 0;
		} else
			jumps++;
	}
	say("out of reads: %d, wrong %d\n", jumps, wrong);
	jumps = 0;
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	for (volatile int i = 0; i < 2000; i++) {
		if (sigsetjmp(back, 1) == 0) {
			armed = 1;
			in_microseconds(20 + i % 100);
			while (armed) {
				struct stat st;
				pwrite(fd, block, sizeof block, (i % 10) * 4096);
				stat("f", &st);
				wrong += pread(fd, back_again, sizeof back_again, 0) < 0;
				access("missing", F_OK);
			}
		} else
			jumps++;
	}
	say("out of files: %d, wrong %d\n", jumps, wrong);
	sigset_t mask;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	TRY(sigismember(&mask, SIGALRM));
	show("f");
	put("g", "still working");
	show("g");
	return 0;
}
