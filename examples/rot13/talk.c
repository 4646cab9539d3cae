/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * talk.c - send a text through /dev/rot13 and print what comes back.
 */
#include <sys/types.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <rump/rump.h>
#include <rump/rump_syscalls.h>

int
main(int argc, char *argv[])
{
	char buf[4096];
	size_t len, got = 0;
	ssize_t n;
	int fd;

	if (argc != 2 || (len = strlen(argv[1])) > sizeof(buf))
		return 1;
	if (rump_init() != 0)
		return 1;
	if ((fd = rump_sys_open("/dev/rot13", RUMP_O_RDWR)) == -1)
		return 1;
	if (rump_sys_write(fd, argv[1], len) != (ssize_t)len)
		return 1;
	while (got < len) {
		n = rump_sys_read(fd, buf + got, len - got);
		if (n <= 0)
			return 1;
		got += (size_t)n;
	}
	printf("%.*s\n", (int)len, buf);
	return rump_sys_close(fd) != 0;
}
