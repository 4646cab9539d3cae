/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wait.c - one thread waits in the kernel for the host's FIFO; meanwhile the
 * kernel works for another one, which then writes to the FIFO.
 */
#include <sys/types.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rump/rump.h>
#include <rump/rump_syscalls.h>

static int fd, reading;

static void *
reader(void *arg)
{
	char buf[256];
	ssize_t n;

	__atomic_store_n(&reading, 1, __ATOMIC_SEQ_CST);
	if ((n = rump_sys_read(fd, buf, sizeof(buf))) <= 0)
		return NULL;
	printf("%.*s\n", (int)n, buf);
	return arg;
}

int
main(int argc, char *argv[])
{
	const char *fifo = getenv("HOSTFIFO");
	pthread_t pt;
	void *rv;
	int hostfd, i;

	if (argc != 2 || fifo == NULL || rump_init() != 0)
		return 1;
	if ((fd = rump_sys_open("/dev/hostfifo", RUMP_O_RDONLY)) == -1)
		return 1;
	if (pthread_create(&pt, NULL, reader, &fd) != 0)
		return 1;
	while (!__atomic_load_n(&reading, __ATOMIC_SEQ_CST))
		usleep(1000);
	/* The reader is in the kernel, or about to be, and stays. */
	for (i = 0; i < 100; i++) {
		if (rump_sys_getpid() != 1 ||
		    rump_sys_mkdir("/d", 0755) != 0 ||
		    rump_sys_rmdir("/d") != 0)
			return 1;
		usleep(100);
	}
	if ((hostfd = open(fifo, O_WRONLY)) == -1 ||
	    write(hostfd, argv[1], strlen(argv[1])) == -1)
		return 1;
	return pthread_join(pt, &rv) != 0 || rv == NULL;
}
