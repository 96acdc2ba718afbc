/* Processes and threads that append: nothing is lost, no line is torn. */
#include "transcript.h"

enum { WRITERS = 4, LINES = 400 };

static void append(int fd, int writer)
{
	char line[64];
	for (int i = 0; i < LINES; i++) {
		int length = sprintf(line, "writer %d line %04d %.*s\n", writer, i, i % 20, "xxxxxxxxxxxxxxxxxxxx");
		if (write(fd, line, length) != length)
			say("short write\n");
	}
}

static void *thread(void *argument)
{
	append(open("threads", O_WRONLY | O_APPEND), (int)(intptr_t)argument);
	return NULL;
}

static void verify(const char *path)
{
	int next[WRITERS] = { 0 }, wrong = 0, lines = 0, writer, number;
	char line[128];
	FILE *f = fopen(path, "r");
	for (; fgets(line, sizeof line, f); lines++)
		if (sscanf(line, "writer %d line %d", &writer, &number) != 2 || number != next[writer]++)
			wrong++;
	fclose(f);
	say("%s: %d lines, %d wrong\n", path, lines, wrong);
	show(path[0] == 'p' ? "missing" : "absent");
}

int main(void)
{
	put("processes", "");
	put("threads", "");
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			append(open("processes", O_WRONLY | O_APPEND), i);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	verify("processes");
	pthread_t threads[WRITERS];
	for (intptr_t i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, thread, (void *)i);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	verify("threads");
	return 0;
}
