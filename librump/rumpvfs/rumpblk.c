/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Host files as disks: the driver behind etfs block and character devices.
 * A unit is a window of a host file; the host file is open while the unit
 * is.
 *
 * Locking: blk_lock guards the table of units and their open counts; the
 * rest of an open unit does not change.  Transfers need no lock: the host's
 * are by offset.  Transfers are done on the caller's thread, which gives up
 * the virtual CPU meanwhile, so that no other thread is needed.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/conf.h>
#include <sys/disk.h>
#include <sys/disklabel.h>
#include <sys/dkio.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/uio.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>
#include <rump-priv/kern.h>

#include "bio.h"
#include "rumpblk.h"

#define	BLK_MAJOR	197
#define	BLK_UNITS	4096	/* at most */
#define	SECTSHIFT_MAX	16

struct blk_unit {
	char		*u_path;	/* on the host */
	uint64_t	u_begin;	/* window, bytes */
	uint64_t	u_limit;	/* its length, or to the end */
	uint64_t	u_size;		/* bytes, while open */
	int		u_fd;		/* -1: not open */
	bool		u_writable;	/* as it is open */
	u_int		u_opencnt;
};

/* Looked at without a lock by transfers, hence never moved. */
static struct blk_unit *units[BLK_UNITS];
static int nunits;		/* used slots lie below */
static kmutex_t blk_lock;
static int sectshift = DEV_BSHIFT;
static devmajor_t blk_bmaj = BLK_MAJOR, blk_cmaj = BLK_MAJOR;

/*
 * Units.
 */

int
rump_blk_attach(const char *path, uint64_t begin, uint64_t size, dev_t *devp)
{
	struct blk_unit *u;
	size_t len = strlen(path) + 1;
	int n, error = 0;

	u = kmem_zalloc(sizeof(*u), KM_SLEEP);
	u->u_path = memcpy(kmem_alloc(len, KM_SLEEP), path, len);
	u->u_begin = begin;
	u->u_limit = size;
	u->u_fd = -1;
	mutex_enter(&blk_lock);
	for (n = 0; n < nunits && units[n] != NULL; n++)
		continue;
	if (n == BLK_UNITS)
		error = ENOSPC;
	if (error == 0) {
		units[n] = u;
		nunits = MAX(nunits, n + 1);
		*devp = makedev(blk_bmaj, n);
	}
	mutex_exit(&blk_lock);
	if (error != 0) {
		kmem_free(u->u_path, len);
		kmem_free(u, sizeof(*u));
	}
	return error;
}

/* EBUSY while it is open. */
int
rump_blk_detach(dev_t dev)
{
	struct blk_unit *u;
	int n = minor(dev);

	mutex_enter(&blk_lock);
	if (n >= nunits || (u = units[n]) == NULL) {
		mutex_exit(&blk_lock);
		return ENOENT;
	}
	if (u->u_opencnt != 0) {
		mutex_exit(&blk_lock);
		return EBUSY;
	}
	units[n] = NULL;
	mutex_exit(&blk_lock);
	kmem_free(u->u_path, strlen(u->u_path) + 1);
	kmem_free(u, sizeof(*u));
	return 0;
}

static struct blk_unit *
blk_unit(dev_t dev)
{
	int n = minor(dev);

	return n < nunits ? units[n] : NULL;
}

/* Opens the host file and finds how much of it is in the window. */
static int
blk_hostopen(struct blk_unit *u, bool write)
{
	uint64_t hostsize;
	int error, fd, type;

	error = rumpuser_getfileinfo(u->u_path, &hostsize, &type);
	if (error != 0)
		return error;
	if (u->u_begin > hostsize)
		return ENXIO;	/* it has shrunk */
	error = rumpuser_open(u->u_path, RUMPUSER_OPEN_BIO |
	    (write ? RUMPUSER_OPEN_RDWR : RUMPUSER_OPEN_RDONLY), &fd);
	if (error != 0)
		return error;
	u->u_size = hostsize - u->u_begin;
	if (u->u_limit != RUMP_ETFS_SIZE_ENDOFF && u->u_limit < u->u_size)
		u->u_size = u->u_limit;
	if (u->u_fd != -1)
		(void)rumpuser_close(u->u_fd);
	u->u_fd = fd;
	u->u_writable = write;
	return 0;
}

static int
blk_open(dev_t dev, int flag, int fmt, struct lwp *l)
{
	struct blk_unit *u;
	int error = 0;

	mutex_enter(&blk_lock);
	if ((u = blk_unit(dev)) == NULL)
		error = ENXIO;
	else if (u->u_fd == -1)
		error = blk_hostopen(u, (flag & FWRITE) != 0);
	else if ((flag & FWRITE) != 0 && !u->u_writable)
		error = EBUSY;	/* transfers may be using the descriptor */
	if (error == 0)
		u->u_opencnt++;
	mutex_exit(&blk_lock);
	return error;
}

static int
blk_close(dev_t dev, int flag, int fmt, struct lwp *l)
{
	struct blk_unit *u;
	int error = 0;

	mutex_enter(&blk_lock);
	if ((u = blk_unit(dev)) == NULL || u->u_opencnt == 0)
		error = ENXIO;
	else {
		/*
		 * The switch is told of the last close only, but a block
		 * and a character node may both be open.
		 */
		if (--u->u_opencnt == 0) {
			error = rumpuser_close(u->u_fd);
			u->u_fd = -1;
		}
	}
	mutex_exit(&blk_lock);
	return error;
}

/*
 * Transfers.
 */

/* Moves it all; a host file that ends too early is an error. */
static int
blk_hostio(const struct blk_unit *u, void *data, size_t len, uint64_t off,
    bool read)
{
	struct rumpuser_iovec iov;
	uint8_t *p = data;
	size_t n;
	int error;

	while (len > 0) {
		iov.iov_base = p;
		iov.iov_len = len;
		n = 0;
		if (read)
			error = rumpuser_iovread(u->u_fd, &iov, 1,
			    (int64_t)(u->u_begin + off), &n);
		else
			error = rumpuser_iovwrite(u->u_fd, &iov, 1,
			    (int64_t)(u->u_begin + off), &n);
		if (error != 0)
			return error;
		if (n == 0 || n > len)
			return EIO;
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* Checks the transfer against the unit; the length that is possible. */
static int
blk_bounds(const struct blk_unit *u, const struct buf *bp, uint64_t *offp,
    size_t *lenp)
{
	uint64_t off;

	if (bp->b_blkno < 0 || bp->b_bcount < 0 ||
	    (uint64_t)bp->b_blkno > (uint64_t)INT64_MAX >> DEV_BSHIFT)
		return EINVAL;
	off = (uint64_t)bp->b_blkno << DEV_BSHIFT;
	*offp = off;
	*lenp = bp->b_bcount;
	if (off > u->u_size)
		return EINVAL;
	if (*lenp > u->u_size - off) {
		/* Across the end: as much as there is, as disks do. */
		*lenp = (size_t)(u->u_size - off);
		if (*lenp == 0 && !BUF_ISREAD(bp) && bp->b_bcount > 0)
			return ENOSPC;
	}
	return 0;
}

static void
blk_strategy(struct buf *bp)
{
	const struct blk_unit *u = blk_unit(bp->b_dev);
	const bool read = BUF_ISREAD(bp);
	uint64_t off;
	size_t len = 0;
	int error;

	if (u == NULL || u->u_fd == -1)
		error = ENXIO;
	else if ((error = blk_bounds(u, bp, &off, &len)) != 0)
		;
	else if (!read && !u->u_writable)
		error = EROFS;
	else if (!read && rump_is_dead())
		error = EIO;
	else
		error = blk_hostio(u, bp->b_data, len, off, read);
	bp->b_error = error;
	bp->b_resid = error != 0 ? bp->b_bcount : bp->b_bcount - (int)len;
	/*
	 * A file that ends within the last block of a file system: what is
	 * not there reads as zero.
	 */
	if (error == 0 && read && bp->b_resid != 0 && len != 0 &&
	    (bp->b_flags & B_PHYS) == 0) {
		memset((char *)bp->b_data + len, 0, bp->b_resid);
		bp->b_resid = 0;
	} else if (error == 0 && read && len == 0 && bp->b_bcount != 0 &&
	    (bp->b_flags & B_PHYS) == 0)
		bp->b_error = EIO;	/* beyond the medium */
	biodone(bp);
}

static int
blk_read(dev_t dev, struct uio *uio, int flag)
{

	return physio(blk_strategy, NULL, dev, B_READ, minphys, uio);
}

static int
blk_write(dev_t dev, struct uio *uio, int flag)
{

	return physio(blk_strategy, NULL, dev, B_WRITE, minphys, uio);
}

static int
blk_size(dev_t dev)
{
	const struct blk_unit *u = blk_unit(dev);
	uint64_t blks;

	if (u == NULL || u->u_fd == -1)
		return -1;
	blks = u->u_size >> DEV_BSHIFT;
	return blks > INT_MAX ? -1 : (int)blks;
}

/*
 * Controls.
 */

static void
blk_label(const struct blk_unit *u, dev_t dev, struct disklabel *lp)
{
	const uint64_t sectors = u->u_size >> sectshift;
	const uint32_t n = sectors > UINT32_MAX ? UINT32_MAX :
	    (uint32_t)sectors;
	const int parts[] = { RAW_PART, DISKPART(dev) };
	size_t i;

	memset(lp, 0, sizeof(*lp));
	lp->d_magic = lp->d_magic2 = DISKMAGIC;
	lp->d_type = DKTYPE_RUMPD;
	strlcpy(lp->d_typename, "rumpd", sizeof(lp->d_typename));
	strlcpy(lp->d_packname, "fictitious", sizeof(lp->d_packname));
	lp->d_secsize = 1U << sectshift;
	lp->d_nsectors = 32;
	lp->d_ntracks = 64;
	lp->d_secpercyl = lp->d_nsectors * lp->d_ntracks;
	lp->d_ncylinders = n / lp->d_secpercyl;
	lp->d_secperunit = n;
	lp->d_rpm = 3600;
	lp->d_interleave = 1;
	lp->d_npartitions = MAX(RAW_PART, DISKPART(dev)) + 1;
	for (i = 0; i < __arraycount(parts); i++) {
		lp->d_partitions[parts[i]].p_size = n;
		lp->d_partitions[parts[i]].p_fstype = FS_UNUSED;
	}
}

static void
blk_partinfo(const struct blk_unit *u, struct partinfo *pi)
{

	memset(pi, 0, sizeof(*pi));
	pi->pi_size = u->u_size >> sectshift;
	pi->pi_secsize = 1U << sectshift;
	pi->pi_bsize = BLKDEV_IOSIZE;
	pi->pi_fstype = FS_UNUSED;
}

static int
blk_ioctl(dev_t dev, u_long cmd, void *data, int flag, struct lwp *l)
{
	const struct blk_unit *u = blk_unit(dev);

	if (u == NULL || u->u_fd == -1)
		return ENXIO;
	switch (cmd) {
	case DIOCGDINFO:
	case DIOCGDEFLABEL:
		blk_label(u, dev, data);
		return 0;
	case DIOCGPARTINFO:
		blk_partinfo(u, data);
		return 0;
	case DIOCGMEDIASIZE:
		*(off_t *)data = (off_t)u->u_size;
		return 0;
	case DIOCGSECTORSIZE:
		*(u_int *)data = 1U << sectshift;
		return 0;
	case DIOCCACHESYNC:
		if (!u->u_writable)
			return 0;	/* nothing was written */
		return rumpuser_syncfd(u->u_fd, RUMPUSER_SYNCFD_WRITE |
		    RUMPUSER_SYNCFD_SYNC, 0, 0);
	default:
		return ENOTTY;
	}
}

static const struct bdevsw blk_bdevsw = {
	.d_open = blk_open,
	.d_close = blk_close,
	.d_strategy = blk_strategy,
	.d_ioctl = blk_ioctl,
	.d_dump = nodump,
	.d_psize = blk_size,
	.d_discard = nodiscard,
	.d_flag = D_DISK | D_MPSAFE,
};

static const struct cdevsw blk_cdevsw = {
	.d_open = blk_open,
	.d_close = blk_close,
	.d_read = blk_read,
	.d_write = blk_write,
	.d_ioctl = blk_ioctl,
	.d_stop = nostop,
	.d_tty = notty,
	.d_poll = nopoll,
	.d_mmap = nommap,
	.d_kqfilter = nokqfilter,
	.d_discard = nodiscard,
	.d_flag = D_DISK | D_MPSAFE,
};

/* A decimal parameter of the environment. */
static bool
blk_param(const char *name, u_int *valp)
{
	char buf[32];
	u_int val = 0;
	const char *p;

	if (rumpuser_getparam(name, buf, sizeof(buf)) != 0)
		return false;
	for (p = buf; *p >= '0' && *p <= '9' && val < 100000; p++)
		val = val * 10 + (*p - '0');
	if (p == buf || *p != '\0') {
		printf("%s: \"%s\" is not a number, ignored\n", name, buf);
		return false;
	}
	*valp = val;
	return true;
}

void
rump_blk_init(void)
{
	u_int val;
	int error;

	mutex_init(&blk_lock, MUTEX_DEFAULT, IPL_NONE);
	if (blk_param("RUMP_BLKSECTSHIFT", &val)) {
		if (val >= DEV_BSHIFT && val <= SECTSHIFT_MAX)
			sectshift = val;
		else
			printf("RUMP_BLKSECTSHIFT must be %d to %d, "
			    "ignored\n", DEV_BSHIFT, SECTSHIFT_MAX);
	}
	error = devsw_attach("rumpblk", &blk_bdevsw, &blk_bmaj,
	    &blk_cdevsw, &blk_cmaj);
	if (error != 0)
		panic("rumpblk: cannot attach, error %d", error);
}
