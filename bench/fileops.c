/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same file work on the host kernel and on a rump kernel in this process:
 *
 *	fileops host read|stat ROOT ARG
 *	fileops rump read|stat IMAGE ARG
 *
 * read: ARG is a file whose 64-bit word at each multiple of 4096 holds that
 * offset; it is read twice in 64 KiB calls, the second pass is timed and each
 * word of it checked.  stat: ARG is the number of names; d%03d/f%05d is asked
 * for each of them in turn, once to warm up and then for about 2 million calls.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#include "work.h"

#define READ_SIZE	(64 * 1024)
#define STAT_CALLS	2000000
#define PREFIX_MAX	200

static int on_host;

static int
do_open(const char *path)
{

	return on_host ? open(path, O_RDONLY) :
	    rump_sys_open(path, RUMP_O_RDONLY);
}

static ssize_t
do_read(int fd, void *buf, size_t len)
{

	return on_host ? read(fd, buf, len) : rump_sys_read(fd, buf, len);
}

static void
do_rewind(int fd)
{

	if (on_host ? lseek(fd, 0, SEEK_SET) != 0 :
	    rump_sys_lseek(fd, 0, SEEK_SET) != 0)
		err(1, "lseek");
}

/* The size that stat gives; -1 if it fails. */
static off_t
do_stat(const char *path)
{
	struct stat host;
	struct rump_stat rump;

	if (on_host)
		return stat(path, &host) == 0 ? host.st_size : -1;
	return rump_sys_stat(path, (struct stat *)(void *)&rump) == 0 ?
	    (off_t)rump.st_size : -1;
}

/* One pass over the file; the bytes read. */
static uint64_t
read_pass(int fd, char *buf)
{
	uint64_t off = 0, word;
	ssize_t n;

	while ((n = do_read(fd, buf, READ_SIZE)) > 0) {
		for (ssize_t i = 0; i < n; i += 4096) {
			memcpy(&word, buf + i, sizeof(word));
			if (word != off + i)
				errx(1, "wrong data at %ju", (uintmax_t)off + i);
		}
		off += n;
	}
	if (n < 0)
		err(1, "read");
	return off;
}

static void
bench_read(const char *path)
{
	char *buf = aligned_alloc(4096, READ_SIZE);
	int fd = do_open(path);
	uint64_t first, second;
	double start, end;

	if (fd < 0 || buf == NULL)
		err(1, "%s", path);
	first = read_pass(fd, buf);
	do_rewind(fd);
	start = bench_now();
	second = read_pass(fd, buf);
	end = bench_now();
	if (first != second || first == 0)
		errx(1, "%s: %ju bytes, then %ju", path, (uintmax_t)first,
		    (uintmax_t)second);
	bench_report(end - start, second);
	free(buf);
}

static void
bench_stat(const char *prefix, int names)
{
	char (*path)[PREFIX_MAX + 32] = calloc(names, sizeof(*path));
	double start, end;

	if (path == NULL)
		err(1, "calloc");
	if (strlen(prefix) > PREFIX_MAX)
		errx(1, "%s: too long", prefix);
	for (int i = 0; i < names; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/d%03d/f%05d", prefix,
		    i / 100, i);
		if (do_stat(path[i]) != i % 100)
			err(1, "%s", path[i]);
	}
	start = bench_now();
	for (int i = 0, j = 0; i < STAT_CALLS; i++) {
		if (do_stat(path[j]) != j % 100)
			errx(1, "%s: wrong size", path[j]);
		if (++j == names)
			j = 0;
	}
	end = bench_now();
	bench_report(end - start, STAT_CALLS);
	free(path);
}

static void
rump_mount_image(const char *image)
{
	static char dev[] = "/dev/image";
	struct rump_ufs_args args = { .fspec = dev };
	int error;

	if ((error = rump_init()) != 0)
		errx(1, "rump_init: %d", error);
	if ((error = rump_pub_etfs_register(dev, image, RUMP_ETFS_BLK)) != 0)
		errx(1, "%s: error %d", image, error);
	if (rump_sys_mkdir("/m", 0755) != 0 || rump_sys_mount(
	    RUMP_MOUNT_EXT2FS, "/m", RUMP_MNT_RDONLY, &args,
	    sizeof(args)) != 0)
		errx(1, "cannot mount %s", image);
}

int
main(int argc, char *argv[])
{
	char path[4096];
	const char *root;

	if (argc != 5)
		errx(2, "usage: fileops host|rump read|stat ROOT|IMAGE ARG");
	on_host = strcmp(argv[1], "host") == 0;
	root = on_host ? argv[3] : "/m";
	if (!on_host)
		rump_mount_image(argv[3]);
	if (strcmp(argv[2], "read") == 0) {
		snprintf(path, sizeof(path), "%s/%s", root, argv[4]);
		bench_read(path);
	} else {
		bench_stat(root, atoi(argv[4]));
	}
	fflush(stdout);
	if (!on_host)
		_exit(0);
	return 0;
}
