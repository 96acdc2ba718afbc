/* What the kernel keeps for an open file: locks, flags, close-on-exec, owners, and that dup shares them. */
#include "transcript.h"
#include <sys/file.h>
#include <sys/ioctl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

int main(void)
{
	put("f", "0123456789");
	int fd = open("f", O_RDWR), ro = open("f", O_RDONLY);
	TRY(flock(fd, LOCK_EX));
	TRY(flock(dup(fd), LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 5 };
	TRY(fcntl(fd, F_SETLK, &lock));
	TRY(fcntl(ro, F_SETLK, &lock));
	lock.l_type = F_UNLCK;
	TRY(fcntl(fd, F_SETLK, &lock));
	TRY(lockf(fd, F_LOCK, 3));
	TRY(lockf(fd, F_ULOCK, 3));

	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, F_SETFD, FD_CLOEXEC));
	TRY(fcntl(fd, F_GETFD));
	int plain = dup(fd), cloexec = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	TRY(fcntl(plain, F_GETFD));
	TRY(fcntl(cloexec, F_GETFD));
	TRY(cloexec);
	TRY(dup2(fd, 200));
	TRY(dup3(fd, 201, O_CLOEXEC));
	TRY(fcntl(200, F_GETFD));
	TRY(fcntl(fd, F_SETFL, O_APPEND));
	TRY(fcntl(200, F_GETFL) & (O_APPEND | O_ACCMODE | O_NONBLOCK));
	TRY(write(200, "X", 1));
	show("f");
	TRY(fcntl(fd, F_SETFL, O_NONBLOCK));
	TRY(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK));
	TRY(fcntl(open("f", O_RDONLY | O_CLOEXEC), F_GETFD));
	int available = 0;
	TRY(ioctl(fd, FIOCLEX));
	TRY(fcntl(fd, F_GETFD));
	TRY(ioctl(fd, FIONCLEX));
	TRY(ioctl(fd, TIOCGWINSZ, &available));
	TRY(isatty(fd));

	struct pollfd watched = { fd, POLLIN | POLLOUT, 0 };
	TRY(poll(&watched, 1, 1000));
	TRY(watched.revents);
	fd_set set;
	FD_ZERO(&set);
	FD_SET(fd, &set);
	TRY(select(fd + 1, &set, NULL, NULL, NULL));
	int epoll = epoll_create1(0);
	struct epoll_event event = { EPOLLIN, { 0 } };
	TRY(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));

	close(3);
	int lowest = open("f", O_RDONLY);
	TRY(lowest == 3);
	close(0);
	TRY(open("f", O_RDONLY));
	char byte;
	TRY(getchar());
	close(0);
	TRY(read(0, &byte, 1));
	TRY(dup2(lowest, 0));
	TRY(read(0, &byte, 1));
	return 0;
}
