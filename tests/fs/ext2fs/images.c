/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * images.c - see images.h.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>

#include "images.h"
#include "manifest.h"

#define	DEVKEY	"/dev/image"

static char scratchdir[4096];
static pid_t scratchpid;

int
sh(const char *fmt, ...)
{
	char *cmd;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&cmd, fmt, ap);
	va_end(ap);
	need(r >= 0);
	r = system(cmd);
	free(cmd);
	return r;
}

const char *
scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	if (scratchdir[0] == '\0') {
		/* Memory is faster for what is thrown away anyway. */
		if (tmp == NULL)
			tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" :
			    "/tmp";
		snprintf(scratchdir, sizeof(scratchdir), "%s/ext2fs.XXXXXX",
		    tmp);
		need(mkdtemp(scratchdir) != NULL);
		scratchpid = getpid();
	}
	return scratchdir;
}

void
scratch_remove(void)
{

	if (scratchdir[0] != '\0' && scratchpid == getpid())
		sh("rm -rf '%s'", scratchdir);
	scratchdir[0] = '\0';
}

static uint64_t seed = 88172645463325252ULL;

static void
fill(char *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		buf[i] = (char)seed;
	}
}

static void
put(const char *dir, const char *name, size_t n, off_t off)
{
	char path[4096], *buf = malloc(n + 1);
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	need(fd >= 0);
	fill(buf, n);
	need(pwrite(fd, buf, n, off) == (ssize_t)n);
	close(fd);
	free(buf);
}

static void
put_links(const char *dir)
{
	static const size_t lens[] = { 1, 30, 59, 60, 61, 120, 900, 1020 };
	char path[4200], target[1200];
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		memset(target, 'a' + (int)i, lens[i]);
		target[lens[i]] = '\0';
		snprintf(path, sizeof(path), "%s/link%zu", dir, lens[i]);
		need(symlink(target, path) == 0);
	}
}

/* Those that need privileges are made where there are. */
static void
put_special(const char *dir)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/fifo", dir);
	need(mkfifo(path, 0600) == 0);
	if (getuid() != 0)
		return;
	snprintf(path, sizeof(path), "%s/chr", dir);
	need(mknod(path, S_IFCHR | 0620, makedev(4, 65)) == 0);
	snprintf(path, sizeof(path), "%s/blk", dir);
	need(mknod(path, S_IFBLK | 0660, makedev(259, 70000)) == 0);
	snprintf(path, sizeof(path), "%s/k1", dir);
	need(chown(path, 100000, 200000) == 0);
	need(chmod(path, 04755) == 0);
}

static void
put_xattrs(const char *dir)
{
	char path[4200], big[900];

	memset(big, 'v', sizeof(big));
	snprintf(path, sizeof(path), "%s/k5", dir);
	if (setxattr(path, "user.small", "value", 5, 0) != 0)
		return;
	(void)setxattr(path, "user.big", big, sizeof(big), 0);
	(void)setxattr(path, "user.empty", "", 0, 0);
	(void)setxattr(path, "security.test", "sec", 3, 0);
	(void)setxattr(path, "trusted.test", "tru", 3, 0);
	snprintf(path, sizeof(path), "%s/sub", dir);
	(void)setxattr(path, "user.dir", "d", 1, 0);
}

static void
put_acl(const char *dir)
{
	/* version 2; user::rw-, user:1000:r--, group::r--, mask, other */
	static const unsigned char acl[] = {
		2, 0, 0, 0,
		1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
		2, 0, 4, 0, 0xe8, 3, 0, 0,
		4, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
		0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
		0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	};
	char path[4200];

	snprintf(path, sizeof(path), "%s/acl", dir);
	put(dir, "acl", 3, 0);
	(void)setxattr(path, "system.posix_acl_access", acl, sizeof(acl), 0);
}

void
make_tree(const char *dir, bool small)
{
	static const size_t sizes[] = { 0, 1, 59, 60, 61, 100, 150, 1000 };
	char name[300], sub[4200], path[8500];
	size_t i;

	need(mkdir(dir, 0755) == 0);
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	need(mkdir(sub, 0750) == 0);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(name, sizeof(name), "s%zu", sizes[i]);
		put(dir, name, sizes[i], 0);
	}
	put(dir, "k1", 1024, 0);
	put(dir, "k5", 5000, 0);
	put(dir, "k100", 100000, 0);
	put(dir, "sparse", 5000, 0);
	put(dir, "sparse", 4097, 1 << 20);
	put(dir, "sparse", 1, 3 << 20);
	for (i = 0; i < (small ? 40 : 300); i++)
		put(dir, "frag", 700, (off_t)i * 8192);
	for (i = 0; i < (small ? 30 : 1500); i++) {
		snprintf(name, sizeof(name), "sub/file-%05zu-%.*s", i,
		    (int)(i % 50), "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
		    "nnnnnnnnnn");
		put(dir, name, i % 97, 0);
	}
	memset(name, 'n', 255);
	name[255] = '\0';
	put(dir, name, 10, 0);
	put(dir, "\xff\xfe not UTF-8 \x80", 3, 0);
	snprintf(path, sizeof(path), "%s/deep", sub);
	for (i = 0; i < 5; i++) {
		need(mkdir(path, 0755) == 0);
		strcat(path, "/d");
	}
	snprintf(path, sizeof(path), "%s/hard", dir);
	snprintf(sub, sizeof(sub), "%s/k5", dir);
	need(link(sub, path) == 0);
	put_links(dir);
	put_xattrs(dir);
	put_acl(dir);
	put_special(dir);
	if (!small)
		put(dir, "m3", 3000000, 0);
}

bool
make_image(const char *image, const char *size, const char *options,
    const char *tree)
{
	char from[4200];

	from[0] = '\0';
	if (tree != NULL)
		snprintf(from, sizeof(from), "-d '%s'", tree);
	if (sh("rm -f '%s' && truncate -s %s '%s'", image, size, image) != 0)
		return false;
	return sh("PATH=$PATH:/sbin:/usr/sbin; mke2fs -q -F %s %s '%s' "
	    ">'%s.log' 2>&1", from, options, image, image) == 0;
}

bool
host_mount(const char *image, const char *dir, const char *options)
{
	int i;

	if (getuid() != 0) {
		fprintf(stderr, "skipped: the host mounts for root only\n");
		return false;
	}
	(void)mkdir(dir, 0755);
	/* Loop devices are found, and given back, by others at the same time. */
	for (i = 0; i < 10; i++) {
		if (sh("mount -t ext4 -o loop%s%s '%s' '%s' 2>/dev/null",
		    options[0] != '\0' ? "," : "", options, image, dir) == 0)
			return true;
		usleep(200000);
	}
	fprintf(stderr, "skipped: the host can not mount %s\n", image);
	return false;
}

void
host_umount(const char *dir)
{

	need(sh("umount '%s'", dir) == 0);
}

void
kernel_boot(void)
{

	need(rump_init() == 0);
	need(rump_sys_mkdir(MNT, 0755) == 0);
}

int
kernel_mount(const char *image)
{
	struct rump_ufs_args args;
	char spec[] = DEVKEY;
	int error;

	need(rump_pub_etfs_register(DEVKEY, image,
	    RUMP_ETFS_BLK) == 0);
	memset(&args, 0, sizeof(args));
	args.fspec = spec;
	if (rump_sys_mount(RUMP_MOUNT_EXT2FS, MNT, RUMP_MNT_RDONLY, &args,
	    sizeof(args)) == 0)
		return 0;
	error = errno;
	need(rump_pub_etfs_remove(DEVKEY) == 0);
	return error;
}

void
kernel_umount(void)
{

	need(rump_sys_unmount(MNT, 0) == 0);
	need(rump_pub_etfs_remove(DEVKEY) == 0);
}
