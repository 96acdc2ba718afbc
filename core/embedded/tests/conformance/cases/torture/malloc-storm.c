/* Two threads in malloc, two in files and directories, one that forks: locks must not meet. */
/* deadline: 30 */
#include "transcript.h"
#include <malloc.h>
#include <stdatomic.h>

static atomic_bool stop;
static _Atomic int failures;

static void *allocate(void *argument)
{
	unsigned seed = (intptr_t)argument;
	void *blocks[64] = { 0 };
	while (!stop) {
		int i = rand_r(&seed) % 64;
		free(blocks[i]);
		blocks[i] = malloc(rand_r(&seed) % 200000);
		if (blocks[i])
			*(char *)blocks[i] = 1;
		if (i == 0)
			malloc_trim(0);
	}
	for (int i = 0; i < 64; i++)
		free(blocks[i]);
	return NULL;
}

static void *files(void *argument)
{
	while (!stop) {
		FILE *f = fopen(argument, "w");
		if (!f || fprintf(f, "%s", (char *)argument) <= 0 || fclose(f))
			failures++;
		DIR *dir = opendir(".");
		while (dir && readdir(dir))
			;
		if (!dir || closedir(dir))
			failures++;
	}
	return NULL;
}

static void start_child(bool shared)
{
	int status;
	pid_t child = shared ? vfork() : fork();
	if (child == 0) {
		if (shared)
			execl("/bin/true", "true", NULL);
		void *memory = malloc(100000);
		int fd = open("by-child", O_CREAT | O_WRONLY, 0644);
		free(memory);
		_exit(fd < 0);
	}
	if (waitpid(child, &status, 0) != child || status)
		failures++;
}

int main(void)
{
	pthread_t threads[4];
	pthread_create(&threads[0], NULL, allocate, (void *)1);
	pthread_create(&threads[1], NULL, allocate, (void *)2);
	pthread_create(&threads[2], NULL, files, "one");
	pthread_create(&threads[3], NULL, files, "two");
	for (int i = 0; i < 150; i++) {
		start_child(i % 2);
		int fd = open("by-parent", O_CREAT | O_RDWR, 0644);
		if (fd < 0 || write(fd, "x", 1) != 1 || close(fd))
			failures++;
	}
	stop = true;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	show("one");
	show("two");
	say("failures %d\n", failures);
	return 0;
}
