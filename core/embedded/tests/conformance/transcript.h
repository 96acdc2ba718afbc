/* What every C case includes: calls that print themselves and their result, without addresses, numbers of inodes or pids. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Straight to descriptor 1: no buffer that a fork would print twice, and safe in a signal handler's neighbourhood. */
static inline void say(const char *format, ...)
{
	char text[4096];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof text - 1)
		length = sizeof text - 1;
	if (write(1, text, length) != length)
		_exit(99);
}

/* Ends the case when something that is only its set-up fails: there is nothing to compare then. */
#define MUST(expression)                                                                      \
	({                                                                                        \
		__typeof__(expression) must_result = (expression);                                    \
		if (!must_result || (intptr_t)must_result == -1) {                                    \
			say("%s:%d: %s: %s\n", __FILE_NAME__, __LINE__, #expression, strerror(errno));    \
			exit(98);                                                                         \
		}                                                                                     \
		must_result;                                                                          \
	})

/* Prints a call and what it returned, with the name of its error. Gives the result. */
#define TRY(call)                                                                             \
	({                                                                                        \
		errno = 0;                                                                            \
		long long try_result = (long long)(call);                                             \
		int try_error = errno;                                                                \
		if (try_result == -1)                                                                 \
			say("%s = -1 %s\n", #call, strerrorname_np(try_error));                           \
		else                                                                                  \
			say("%s = %lld\n", #call, try_result);                                            \
		try_result;                                                                           \
	})

/* The same for calls that return a descriptor, whose number is of no interest. It is closed. */
#define TRY_OPEN(call)                                                                        \
	({                                                                                        \
		int try_fd = (call);                                                                  \
		int try_error = errno;                                                                \
		say("%s = %s\n", #call, try_fd < 0 ? strerrorname_np(try_error) : "open");            \
		if (try_fd >= 0)                                                                      \
			close(try_fd);                                                                    \
	})

static inline void put(const char *path, const char *content)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) + 1) - 1;
	size_t length = strlen(content);
	if (write(fd, content, length) != (ssize_t)length || close(fd))
		say("put %s: %s\n", path, strerror(errno));
}

/* Prints a file's length and beginning, other bytes than text as dots. */
static inline void show(const char *path)
{
	char text[65];
	int fd = open(path, O_RDONLY);
	if (fd < 0) {
		say("%s: %s\n", path, strerrorname_np(errno));
		return;
	}
	struct stat status;
	fstat(fd, &status);
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	for (ssize_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	text[length < 0 ? 0 : length] = 0;
	say("%s: %lld bytes \"%s\"\n", path, (long long)status.st_size, text);
}

/* A cheap checksum of a whole file. */
static inline unsigned long checksum(const char *path)
{
	unsigned char buffer[65536];
	unsigned long sum = 14695981039346656037ul;
	int fd = open(path, O_RDONLY);
	for (ssize_t n; fd >= 0 && (n = read(fd, buffer, sizeof buffer)) > 0;)
		for (ssize_t i = 0; i < n; i++)
			sum = (sum ^ buffer[i]) * 1099511628211ul;
	if (fd >= 0)
		close(fd);
	return sum;
}

/* Waits for a child and prints how it ended. */
static inline void reap(const char *what, pid_t pid)
{
	int status;
	if (waitpid(pid, &status, 0) != pid)
		say("%s: wait failed: %s\n", what, strerrorname_np(errno));
	else if (WIFSIGNALED(status))
		say("%s: signal %d\n", what, WTERMSIG(status));
	else
		say("%s: status %d\n", what, WEXITSTATUS(status));
}
