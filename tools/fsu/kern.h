/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rump kernel as fsu sees it: boot, mount, and calls on the mounted
 * tree.  All calls set errno to the host's numbers.  Paths are relative to
 * a kernel directory descriptor; absolute ones, and symbolic links in them,
 * are resolved inside the image.  One thread uses this.
 */
#ifndef FSU_KERN_H
#define FSU_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define	K_ROOT		(-100)		/* the root of the image, as a dfd */
#define	K_DIRBUF	(64 * 1024)

struct kstat {
	uint64_t ino;
	uint32_t mode, nlink, uid, gid;
	uint32_t rmajor, rminor;	/* of a device node */
	uint32_t blksize;
	uint64_t size, blocks;		/* blocks: units of 512 bytes */
	struct timespec atim, mtim, ctim, btim;
};

struct kstatvfs {
	uint64_t frsize, blocks, bfree, bavail, files, ffree, namemax;
};

struct kdirent {
	uint64_t ino;
	size_t namelen;
	const char *name;		/* namelen bytes, then a NUL */
	uint8_t type;			/* DT_* */
};

int k_boot(void);
int k_attach(const char *hostpath, uint64_t off, uint64_t size);
int k_mount(const char *type);
int k_unmount(void);

enum kopen { KO_FILE, KO_DIR, KO_DIR_NOFOLLOW };
int k_open(int dfd, const char *path, enum kopen how);
void k_close(int fd);
int k_stat(int dfd, const char *path, bool follow, struct kstat *);
int k_fstat(int fd, struct kstat *);
ssize_t k_readlink(int dfd, const char *name, char *buf, size_t size);
ssize_t k_read(int fd, void *buf, size_t n, uint64_t off);

/*
 * Directory reading: k_getdents() fills buf, *pos tells where to go on (it
 * may be handed back after the directory has been opened again).
 */
ssize_t k_getdents(int fd, char *buf, size_t n, uint64_t *pos);
bool k_dirent(const char *buf, size_t n, size_t *at, struct kdirent *);

/* Start of the next data (or hole) at or after off; ENXIO past the last. */
int k_seek(int fd, bool hole, uint64_t off, uint64_t *out);

/*
 * Extended attributes of `name' in directory dfd, links not followed.  The
 * names are Linux's ("user.x", "security.y"), each ended by a NUL.
 */
ssize_t k_listxattr(int dfd, const char *name, char **list);
ssize_t k_getxattr(int dfd, const char *name, const char *attr, void *,
    size_t);

int k_statvfs(struct kstatvfs *);

#endif /* FSU_KERN_H */
