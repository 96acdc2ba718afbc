/* Descriptors through a socket, through exec, and through /proc. */
#include "transcript.h"
#include <sys/socket.h>

static void pass(int socket, int fd)
{
	char room[CMSG_SPACE(sizeof fd)], byte = 'x';
	memset(room, 0, sizeof room);
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	TRY(sendmsg(socket, &message, 0));
}

static int take(int socket)
{
	int fd = -1;
	char room[CMSG_SPACE(sizeof fd)], byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	if (recvmsg(socket, &message, 0) == 1)
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

static void through_a_socket(int fd, int dir)
{
	int sockets[2];
	char text[4] = { 0 };
	socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
	pid_t child = fork();
	if (child == 0) {
		close(sockets[0]);
		int file = take(sockets[1]), base = take(sockets[1]);
		read(file, text, 3);
		write(file, text, 3);
		close(openat(base, "by-child", O_CREAT | O_WRONLY, 0644));
		_exit(strcmp(text, "234"));
	}
	lseek(fd, 2, SEEK_SET);
	pass(sockets[0], fd);
	pass(sockets[0], dir);
	reap("child", child);
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(access("d/by-child", F_OK));
	show("f");
}

static void shell(const char *format, int fd)
{
	char command[64];
	snprintf(command, sizeof command, format, fd, fd);
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(1);
	}
	reap("sh", child);
}

int main(void)
{
	char text[4] = { 0 };
	put("f", "0123456789");
	mkdir("d", 0755);
	int fd = open("f", O_RDWR), dir = open("d", O_RDONLY | O_DIRECTORY);
	through_a_socket(fd, dir);
	lseek(fd, 4, SEEK_SET);
	shell("head -c 2 <&%d; echo; echo x >&%d", fd);
	TRY(lseek(fd, 0, SEEK_CUR));
	show("f");
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	shell("[ ! -e /proc/self/fd/%d ]", fd);
	int self = syscall(SYS_pidfd_open, getpid(), 0);
	int got = syscall(SYS_pidfd_getfd, self, fd, 0);
	TRY(lseek(got, 0, SEEK_CUR));
	TRY(pread(got, text, 3, 0));
	say("%s\n", text);
	return 0;
}
