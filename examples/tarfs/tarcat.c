/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tarcat.c - mount a tar archive and write one of its files, or the names in
 * one of its directories, to standard output.
 */
#include <sys/types.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <rump/rump.h>
#include <rump/rump_syscalls.h>

/* A directory entry of the rump kernel. */
struct entry {
	uint64_t	fileno;
	uint16_t	reclen;
	uint16_t	namlen;
	uint8_t		type;
	char		name[512];
};

static int
list(int fd)
{
	union {
		struct entry e;
		char	buf[4096];
	} u;
	struct entry *e;
	ssize_t n, off;

	while ((n = rump_sys_getdents(fd, u.buf, sizeof(u.buf))) > 0)
		for (off = 0; off < n; off += e->reclen) {
			e = (struct entry *)(void *)(u.buf + off);
			printf("%s\n", e->name);
		}
	return n != 0;
}

static void
fail(const char *what)
{

	perror(what);
	exit(1);
}

int
main(int argc, char *argv[])
{
	static char dev[] = "/dev/archive";
	struct { char *fspec; } args = { dev };
	char buf[65536], path[4096];
	ssize_t n;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: tarcat archive path\n");
		return 2;
	}
	if (rump_init() != 0)
		fail("boot");
	if (rump_pub_etfs_register(dev, argv[1], RUMP_ETFS_BLK) != 0)
		fail(argv[1]);
	if (rump_sys_mkdir("/m", 0755) != 0 || rump_sys_mount("tarfs", "/m",
	    RUMP_MNT_RDONLY, &args, sizeof(args)) != 0)
		fail("mount");
	snprintf(path, sizeof(path), "/m/%s", argv[2]);
	if ((fd = rump_sys_open(path, RUMP_O_RDONLY)) == -1)
		fail(argv[2]);
	if (rump_sys_open(path, RUMP_O_RDONLY | RUMP_O_DIRECTORY) != -1)
		return list(fd);
	while ((n = rump_sys_read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	return n != 0;
}
