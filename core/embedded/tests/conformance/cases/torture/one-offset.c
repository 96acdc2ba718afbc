/* Four threads and four processes write and read through one open file: its offset is moved atomically. */
#include "transcript.h"

enum { WRITERS = 4, RECORDS = 500, LENGTH = 61 };
static int fd;

static void *writer(void *argument)
{
	char record[LENGTH];
	memset(record, 'a' + (intptr_t)argument, LENGTH);
	record[LENGTH - 1] = '\n';
	for (int i = 0; i < RECORDS; i++)
		if (write(fd, record, LENGTH) != LENGTH)
			say("short\n");
	return NULL;
}

static void verify(const char *path)
{
	int counts[WRITERS] = { 0 }, torn = 0;
	char record[LENGTH];
	struct stat st;
	stat(path, &st);
	int in = open(path, O_RDONLY);
	while (read(in, record, LENGTH) == LENGTH) {
		for (int i = 1; i < LENGTH - 1; i++)
			torn += record[i] != record[0];
		if (record[0] >= 'a' && record[0] < 'a' + WRITERS)
			counts[record[0] - 'a']++;
		else
			torn++;
	}
	close(in);
	say("%s: size %ld torn %d:", path, (long)st.st_size, torn);
	for (int i = 0; i < WRITERS; i++)
		say(" %d", counts[i]);
	say(" offset %ld\n", (long)lseek(fd, 0, SEEK_CUR));
}

/* Readers that share an offset divide the records among them. */
static int read_by_processes(void)
{
	int totals[2], sum = 0, n;
	pipe(totals);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			char record[LENGTH];
			for (n = 0; read(fd, record, LENGTH) == LENGTH; n++)
				;
			write(totals[1], &n, sizeof n);
			_exit(0);
		}
	for (int i = 0; i < WRITERS; i++) {
		read(totals[0], &n, sizeof n);
		sum += n;
	}
	while (wait(NULL) > 0)
		;
	return sum;
}

int main(void)
{
	pthread_t threads[WRITERS];
	fd = open("threads", O_RDWR | O_CREAT, 0644);
	for (intptr_t i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, writer, (void *)i);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	verify("threads");
	close(fd);
	fd = open("processes", O_WRONLY | O_CREAT, 0644);
	for (intptr_t i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			writer((void *)i);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	verify("processes");
	close(fd);
	fd = open("threads", O_RDONLY);
	TRY(read_by_processes());
	return 0;
}
