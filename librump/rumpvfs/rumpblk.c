/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Host files as disks: the driver behind etfs block and character devices.
 * A unit is a window of a host file; the host file is open while the unit
 * is.  Units with the same path share one descriptor: the host lets one
 * descriptor write an image, and windows are to be used side by side.
 *
 * Locking: blk_lock guards the table of units, the list of open host files
 * and the counts of both; of an open unit only u_writable changes, to true.
 * A descriptor for reading is replaced when somebody wants to write, hence
 * h_lock is held to use it; one for writing stays until the last close and
 * needs no lock: the host's transfers are by offset.  Transfers are done on
 * the caller's thread, which gives up the virtual CPU meanwhile, so that no
 * other thread is needed.
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
#include <sys/queue.h>
#include <sys/rwlock.h>
#include <sys/uio.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>
#include <rump-priv/kern.h>

#include "bio.h"
#include "rumpblk.h"

#define	BLK_MAJOR	197
#define	BLK_UNITS	4096	/* at most */
#define	SECTSHIFT_MAX	16

/* An open host file. */
struct blk_host {
	LIST_ENTRY(blk_host) h_link;
	char		*h_path;
	u_int		h_users;	/* open units */
	krwlock_t	h_lock;
	int		h_fd;		/* -1: lost, see host_upgrade() */
	bool		h_writable;	/* as it is open */
};

struct blk_unit {
	char		*u_path;	/* on the host */
	uint64_t	u_begin;	/* window, bytes */
	uint64_t	u_limit;	/* its length, or to the end */
	uint64_t	u_size;		/* bytes, while open */
	struct blk_host	*u_host;	/* NULL: not open */
	bool		u_writable;	/* as it is open */
	u_int		u_opencnt;
};

/* Looked at without a lock by transfers, hence never moved. */
static struct blk_unit *units[BLK_UNITS];
static int nunits;		/* used slots lie below */
static LIST_HEAD(, blk_host) hosts = LIST_HEAD_INITIALIZER(hosts);
static kmutex_t blk_lock;
static int sectshift = DEV_BSHIFT;
static devmajor_t blk_bmaj = BLK_MAJOR, blk_cmaj = BLK_MAJOR;

/*
 * Host files.
 */

static int
host_mode(bool write)
{

	return RUMPUSER_OPEN_BIO |
	    (write ? RUMPUSER_OPEN_RDWR : RUMPUSER_OPEN_RDONLY);
}

static int
host_new(const char *path, bool write, struct blk_host **hp)
{
	const size_t len = strlen(path) + 1;
	struct blk_host *h;
	int error, fd;

	error = rumpuser_open(path, host_mode(write), &fd);
	if (error != 0)
		return error;
	h = kmem_zalloc(sizeof(*h), KM_SLEEP);
	h->h_path = memcpy(kmem_alloc(len, KM_SLEEP), path, len);
	rw_init(&h->h_lock);
	h->h_fd = fd;
	h->h_writable = write;
	LIST_INSERT_HEAD(&hosts, h, h_link);
	*hp = h;
	return 0;
}

/*
 * From reading to writing.  The lock goes with the old descriptor, and would
 * be in the way of the new one.  When writing is refused, reading goes on
 * even if another process began to write in between.
 */
static int
host_upgrade(struct blk_host *h)
{
	int error;

	rw_enter(&h->h_lock, RW_WRITER);
	if (h->h_fd != -1)
		(void)rumpuser_close(h->h_fd);
	error = rumpuser_open(h->h_path, host_mode(true), &h->h_fd);
	if (error == 0)
		/* Who sees it uses the new descriptor without the lock. */
		__atomic_store_n(&h->h_writable, true, __ATOMIC_RELEASE);
	else if (rumpuser_open(h->h_path, host_mode(false) |
	    RUMPUSER_OPEN_FALLBACK, &h->h_fd) != 0)
		h->h_fd = -1;
	rw_exit(&h->h_lock);
	return error;
}

/* One more user of a host file. */
static int
host_open(const char *path, bool write, struct blk_host **hp)
{
	struct blk_host *h;
	int error = 0;

	KASSERT(mutex_owned(&blk_lock));
	LIST_FOREACH(h, &hosts, h_link)
		if (strcmp(h->h_path, path) == 0)
			break;
	if (h == NULL)
		error = host_new(path, write, &h);
	else if (write && !h->h_writable)
		error = host_upgrade(h);
	if (error == 0) {
		h->h_users++;
		*hp = h;
	}
	return error;
}

/* What a unit wrote is stable after its close, others' or not. */
static int
host_close(struct blk_host *h, bool wrote)
{
	int error = 0;

	KASSERT(mutex_owned(&blk_lock));
	if (--h->h_users > 0)
		return wrote ? rumpuser_syncfd(h->h_fd, RUMPUSER_SYNCFD_WRITE |
		    RUMPUSER_SYNCFD_SYNC, 0, 0) : 0;
	LIST_REMOVE(h, h_link);
	if (h->h_fd != -1)
		error = rumpuser_close(h->h_fd);
	rw_destroy(&h->h_lock);
	kmem_free(h->h_path, strlen(h->h_path) + 1);
	kmem_free(h, sizeof(*h));
	return error;
}

/* The descriptor stays until host_leave(), which gets what this returns. */
static bool
host_use(struct blk_host *h)
{

	/* Pairs with host_upgrade(): h_fd is not older than h_writable. */
	if (__atomic_load_n(&h->h_writable, __ATOMIC_ACQUIRE))
		return false;
	rw_enter(&h->h_lock, RW_READER);
	return true;
}

static void
host_leave(struct blk_host *h, bool locked)
{

	if (locked)
		rw_exit(&h->h_lock);
}

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
	int error, type;

	error = rumpuser_getfileinfo(u->u_path, &hostsize, &type);
	if (error != 0)
		return error;
	if (u->u_begin > hostsize)
		return ENXIO;	/* it has shrunk */
	error = host_open(u->u_path, write, &u->u_host);
	if (error != 0)
		return error;
	u->u_size = hostsize - u->u_begin;
	if (u->u_limit != RUMP_ETFS_SIZE_ENDOFF && u->u_limit < u->u_size)
		u->u_size = u->u_limit;
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
	else if (u->u_host == NULL)
		error = blk_hostopen(u, (flag & FWRITE) != 0);
	else if ((flag & FWRITE) != 0 && !u->u_writable) {
		if (!u->u_host->h_writable)
			error = host_upgrade(u->u_host);
		if (error == 0)
			__atomic_store_n(&u->u_writable, true,
			    __ATOMIC_RELAXED);
	}
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
			error = host_close(u->u_host, u->u_writable);
			u->u_host = NULL;
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
host_move(int fd, void *data, size_t len, int64_t off, bool read)
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
			error = rumpuser_iovread(fd, &iov, 1, off, &n);
		else
			error = rumpuser_iovwrite(fd, &iov, 1, off, &n);
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

static int
blk_hostio(const struct blk_unit *u, void *data, size_t len, uint64_t off,
    bool read)
{
	struct blk_host *h = u->u_host;
	const bool locked = host_use(h);
	int error = EIO;

	if (h->h_fd != -1)
		error = host_move(h->h_fd, data, len,
		    (int64_t)(u->u_begin + off), read);
	host_leave(h, locked);
	return error;
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

	if (u == NULL || u->u_host == NULL)
		error = ENXIO;
	else if ((error = blk_bounds(u, bp, &off, &len)) != 0)
		;
	else if (!read && !__atomic_load_n(&u->u_writable, __ATOMIC_RELAXED))
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

	if (u == NULL || u->u_host == NULL)
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

	if (u == NULL || u->u_host == NULL)
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
		/* If it is, the descriptor is for writing and stays. */
		if (!__atomic_load_n(&u->u_writable, __ATOMIC_RELAXED))
			return 0;	/* nothing was written */
		return rumpuser_syncfd(u->u_host->h_fd, RUMPUSER_SYNCFD_WRITE |
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
