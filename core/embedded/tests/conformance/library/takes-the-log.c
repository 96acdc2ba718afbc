/* Closes every descriptor, opens a file at each number that the library may use, and makes calls that are logged. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct stat st;
	mkdir("before", 0755);
	close_range(3, ~0u, 0);
	int mine = open(argv[argc - 1], O_CREAT | O_RDWR, 0644);
	for (int fd = 890; fd < 960; fd++)
		if (dup2(mine, fd) != fd)
			return 2;
	mkdir("after", 0755);
	return stat("after", &st) == 0 ? 0 : 1;
}
