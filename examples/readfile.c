/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readfile.c - write a file of an ext2, ext3 or ext4 image to standard output:
 *
 *	cc readfile.c $(pkg-config --cflags --libs rumpfs_ext2fs) -o readfile
 *	./readfile disk.img /etc/fstab
 */
#include <sys/types.h>
#include <inttypes.h>
#include <stdio.h>
#include <rump/rump.h>
#include <rump/rump_syscalls.h>

int
main(int argc, char *argv[])
{
	static char dev[] = "/dev/image";
	struct rump_ufs_args args = { .fspec = dev };
	char buf[65536];
	ssize_t n;
	int fd;

	if (argc != 3 || rump_init() != 0)
		return 1;
	/* The image appears in the kernel as a block device ... */
	if (rump_pub_etfs_register(dev, argv[1], RUMP_ETFS_BLK) != 0)
		return 1;
	rump_sys_mkdir("/m", 0755);
	/* ... that the kernel's own file system code mounts. */
	if (rump_sys_mount(RUMP_MOUNT_EXT2FS, "/m", RUMP_MNT_RDONLY,
	    &args, sizeof(args)) != 0)
		return 1;
	/* Absolute symbolic links of the image stay inside it. */
	rump_sys_chroot("/m");
	if ((fd = rump_sys_open(argv[2], RUMP_O_RDONLY)) < 0)
		return 1;
	while ((n = rump_sys_read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, n, stdout);
	return n != 0;
}
