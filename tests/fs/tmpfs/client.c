/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.c - see client.h.  Locking: none, one thread uses it.
 */
#include "client.h"

#include <string.h>

void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
	OK(rump_sys_mkdir(MNT, 0755));
}

int
mount_tmpfs(uint64_t size, uint64_t nodes)
{
	struct rump_tmpfs_args args;

	memset(&args, 0, sizeof(args));
	args.ta_version = 1;
	args.ta_size_max = (int64_t)size;
	args.ta_nodes_max = nodes;
	args.ta_root_mode = 0755;
	return rump_sys_mount(RUMP_MOUNT_TMPFS, MNT, 0, &args, sizeof(args));
}

int
st(const char *path, struct rump_stat *sb)
{

	return rump_sys_stat(path, (struct stat *)(void *)sb);
}

int
lst(const char *path, struct rump_stat *sb)
{

	return rump_sys_lstat(path, (struct stat *)(void *)sb);
}

int
vfsstat(struct rump_statvfs *sb)
{

	return rump_sys_statvfs1(MNT, (struct statvfs *)(void *)sb, 1);
}

uint64_t
used(void)
{
	struct rump_statvfs sb;

	OK(vfsstat(&sb));
	return sb.f_blocks - sb.f_bfree;
}

void
put(const char *path, const char *text)
{
	int fd;

	OK(fd = rump_sys_open(path, RUMP_O_WRONLY | RUMP_O_CREAT |
	    RUMP_O_TRUNC, 0644));
	if (text != NULL)
		ck_assert_int_eq(rump_sys_write(fd, text, strlen(text)),
		    (ssize_t)strlen(text));
	OK(rump_sys_close(fd));
}

void
expect(const char *path, const char *text)
{
	char buf[256];
	ssize_t n;
	int fd;

	OK(fd = rump_sys_open(path, RUMP_O_RDONLY));
	OK(n = rump_sys_read(fd, buf, sizeof(buf) - 1));
	buf[n] = '\0';
	ck_assert_str_eq(buf, text);
	OK(rump_sys_close(fd));
}
