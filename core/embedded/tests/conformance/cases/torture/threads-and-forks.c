/* Forks, spawns and shells from many threads at once. */
#include "transcript.h"

enum { THREADS = 6, ROUNDS = 12 };
static _Atomic int failures;

static void fork_and_create(const char *name)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0644);
		_exit(fd < 0 || write(fd, name, strlen(name)) < 0);
	}
	if (waitpid(child, &status, 0) != child || status)
		failures++;
}

static void *work(void *argument)
{
	int number = (intptr_t)argument;
	char name[32], command[96];
	for (int round = 0; round < ROUNDS; round++) {
		sprintf(name, "t%d-%d", number, round);
		fork_and_create(name);
		if (round % 4 == 0) {
			sprintf(command, "(cat %s; echo) >line%d-%d", name, number, round);
			if (system(command))
				failures++;
		} else if (round % 4 == 1) {
			sprintf(command, "cat %s", name);
			FILE *pipe = popen(command, "r");
			char text[32] = "";
			if (!pipe || !fgets(text, sizeof text, pipe) || pclose(pipe) || strcmp(text, name))
				failures++;
		}
		if (rename(name, "renamed"))
			failures++;
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	say("failures %d\n", failures);
	return system("cat line*; ls");
}
