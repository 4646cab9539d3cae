/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The device switch, devsw(9): drivers by major number, and calls of them.
 *
 * Locking: device_lock guards changes; the table of drivers is never moved
 * or shrunk, so that lookups need no lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/conf.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/once.h>
#include <sys/poll.h>
#include <sys/uio.h>

#include <rump-priv/devsw.h>

#define	DEVSW_MAX	512	/* majors 0 .. 511 */
#define	DEVSW_FIRSTFREE	64	/* what -1 chooses from here on */

struct devsw_entry {
	const struct bdevsw *e_bdev;
	const struct cdevsw *e_cdev;
	char		*e_bname;
	char		*e_cname;
};

/* rumpvfs makes this biodone(); without it there are no buffers. */
void (*rump_biodone_hook)(struct buf *);

static struct devsw_entry *devsw_table[DEVSW_MAX];
static kmutex_t devsw_lock;
static bool devsw_ready;

void
rump_devsw_init(void)
{

	if (devsw_ready)
		return;
	mutex_init(&devsw_lock, MUTEX_DEFAULT, IPL_NONE);
	devsw_ready = true;
}

static struct devsw_entry *
devsw_entry(devmajor_t maj)
{

	if (maj < 0 || maj >= DEVSW_MAX)
		return NULL;
	return devsw_table[maj];
}

static bool
devsw_same(const char *a, const char *b)
{

	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A major that neither kind of driver uses. */
static devmajor_t
devsw_pick(void)
{
	devmajor_t maj;

	for (maj = DEVSW_FIRSTFREE; maj < DEVSW_MAX; maj++) {
		const struct devsw_entry *e = devsw_table[maj];

		if (e == NULL || (e->e_bdev == NULL && e->e_cdev == NULL))
			return maj;
	}
	return NODEVMAJOR;
}

static int
devsw_reserve(devmajor_t maj)
{

	if (maj < 0 || maj >= DEVSW_MAX)
		return EINVAL;
	if (devsw_table[maj] == NULL)
		devsw_table[maj] = kmem_zalloc(sizeof(*devsw_table[maj]),
		    KM_SLEEP);
	return 0;
}

/* The majors that the attachment will get, or why it cannot. */
static int
devsw_choose(const char *name, const struct bdevsw *bdev, devmajor_t *bmajor,
    const struct cdevsw *cdev, devmajor_t *cmajor)
{
	const struct devsw_entry *e;
	devmajor_t maj;
	int error;

	for (maj = 0; maj < DEVSW_MAX; maj++) {
		if ((e = devsw_table[maj]) == NULL)
			continue;
		if ((bdev != NULL && e->e_bdev != NULL &&
		    (devsw_same(e->e_bname, name) || e->e_bdev == bdev)) ||
		    (cdev != NULL && e->e_cdev != NULL &&
		    (devsw_same(e->e_cname, name) || e->e_cdev == cdev)))
			return EEXIST;
	}
	maj = NODEVMAJOR;
	if ((bdev != NULL && *bmajor < 0) || (cdev != NULL && *cmajor < 0)) {
		if ((maj = devsw_pick()) == NODEVMAJOR)
			return ENOMEM;
	}
	if (bdev != NULL) {
		if (*bmajor < 0)
			*bmajor = maj;
		if ((error = devsw_reserve(*bmajor)) != 0)
			return error;
		if (devsw_table[*bmajor]->e_bdev != NULL)
			return EEXIST;
	}
	if (cdev != NULL) {
		if (*cmajor < 0)
			*cmajor = maj;
		if ((error = devsw_reserve(*cmajor)) != 0)
			return error;
		if (devsw_table[*cmajor]->e_cdev != NULL)
			return EEXIST;
	}
	return 0;
}

static char *
devsw_strdup(const char *name)
{
	size_t len = strlen(name) + 1;

	return memcpy(kmem_alloc(len, KM_SLEEP), name, len);
}

static void
devsw_strfree(char *name)
{

	if (name != NULL)
		kmem_free(name, strlen(name) + 1);
}

int
devsw_attach(const char *name, const struct bdevsw *bdev, devmajor_t *bmajor,
    const struct cdevsw *cdev, devmajor_t *cmajor)
{
	devmajor_t bmaj = NODEVMAJOR, cmaj = NODEVMAJOR;
	int error;

	if (name == NULL || (bdev == NULL && cdev == NULL) ||
	    (bdev != NULL && bmajor == NULL) ||
	    (cdev != NULL && cmajor == NULL))
		return EINVAL;
	rump_devsw_init();
	mutex_enter(&devsw_lock);
	if (bdev != NULL)
		bmaj = *bmajor;
	if (cdev != NULL)
		cmaj = *cmajor;
	error = devsw_choose(name, bdev, &bmaj, cdev, &cmaj);
	if (error == 0 && bdev != NULL) {
		devsw_strfree(devsw_table[bmaj]->e_bname);
		devsw_table[bmaj]->e_bname = devsw_strdup(name);
		devsw_table[bmaj]->e_bdev = bdev;
		*bmajor = bmaj;
	}
	if (error == 0 && cdev != NULL) {
		devsw_strfree(devsw_table[cmaj]->e_cname);
		devsw_table[cmaj]->e_cname = devsw_strdup(name);
		devsw_table[cmaj]->e_cdev = cdev;
		*cmajor = cmaj;
	}
	mutex_exit(&devsw_lock);
	return error;
}

int
devsw_detach(const struct bdevsw *bdev, const struct cdevsw *cdev)
{
	struct devsw_entry *e;
	devmajor_t maj;

	rump_devsw_init();
	mutex_enter(&devsw_lock);
	for (maj = 0; maj < DEVSW_MAX; maj++) {
		if ((e = devsw_table[maj]) == NULL)
			continue;
		if (bdev != NULL && e->e_bdev == bdev)
			e->e_bdev = NULL;
		if (cdev != NULL && e->e_cdev == cdev)
			e->e_cdev = NULL;
	}
	mutex_exit(&devsw_lock);
	return 0;
}

const struct bdevsw *
bdevsw_lookup(dev_t dev)
{
	const struct devsw_entry *e;

	if (dev == NODEV || (e = devsw_entry(major(dev))) == NULL)
		return NULL;
	return e->e_bdev;
}

const struct cdevsw *
cdevsw_lookup(dev_t dev)
{
	const struct devsw_entry *e;

	if (dev == NODEV || (e = devsw_entry(major(dev))) == NULL)
		return NULL;
	return e->e_cdev;
}

devmajor_t
bdevsw_lookup_major(const struct bdevsw *bdev)
{
	devmajor_t maj;

	for (maj = 0; maj < DEVSW_MAX; maj++) {
		if (devsw_table[maj] != NULL &&
		    devsw_table[maj]->e_bdev == bdev)
			return maj;
	}
	return NODEVMAJOR;
}

devmajor_t
cdevsw_lookup_major(const struct cdevsw *cdev)
{
	devmajor_t maj;

	for (maj = 0; maj < DEVSW_MAX; maj++) {
		if (devsw_table[maj] != NULL &&
		    devsw_table[maj]->e_cdev == cdev)
			return maj;
	}
	return NODEVMAJOR;
}

const char *
bdevsw_getname(devmajor_t maj)
{
	const struct devsw_entry *e = devsw_entry(maj);

	return e != NULL && e->e_bdev != NULL ? e->e_bname : NULL;
}

const char *
cdevsw_getname(devmajor_t maj)
{
	const struct devsw_entry *e = devsw_entry(maj);

	return e != NULL && e->e_cdev != NULL ? e->e_cname : NULL;
}

const char *
devsw_blk2name(devmajor_t maj)
{

	return bdevsw_getname(maj);
}

/*
 * The major of the driver whose name is the start of name; what follows is
 * copied to devname, which has room for devnamelen bytes.
 */
static devmajor_t
devsw_name2maj(const char *name, char *devname, size_t devnamelen, bool blk)
{
	const char *drv;
	devmajor_t maj;
	size_t len;

	if (name == NULL)
		return NODEVMAJOR;
	for (maj = 0; maj < DEVSW_MAX; maj++) {
		drv = blk ? bdevsw_getname(maj) : cdevsw_getname(maj);
		if (drv == NULL)
			continue;
		len = strlen(drv);
		if (strncmp(drv, name, len) != 0 ||
		    (name[len] != '\0' && !(name[len] >= '0' &&
		    name[len] <= '9')))
			continue;
		if (devname != NULL)
			strlcpy(devname, drv, devnamelen);
		return maj;
	}
	return NODEVMAJOR;
}

devmajor_t
devsw_name2blk(const char *name, char *devname, size_t devnamelen)
{

	return devsw_name2maj(name, devname, devnamelen, true);
}

devmajor_t
devsw_name2chr(const char *name, char *devname, size_t devnamelen)
{

	return devsw_name2maj(name, devname, devnamelen, false);
}

dev_t
devsw_blk2chr(dev_t dev)
{
	const char *name = bdevsw_getname(major(dev));
	devmajor_t maj;

	if (dev == NODEV || name == NULL)
		return NODEV;
	for (maj = 0; maj < DEVSW_MAX; maj++) {
		if (devsw_same(cdevsw_getname(maj), name))
			return makedev(maj, minor(dev));
	}
	return NODEV;
}

dev_t
devsw_chr2blk(dev_t dev)
{
	const char *name = cdevsw_getname(major(dev));
	devmajor_t maj;

	if (dev == NODEV || name == NULL)
		return NODEV;
	for (maj = 0; maj < DEVSW_MAX; maj++) {
		if (devsw_same(bdevsw_getname(maj), name))
			return makedev(maj, minor(dev));
	}
	return NODEV;
}

/*
 * Calls.  Drivers that do not say D_MPSAFE run under the kernel lock.
 */
#define	DEV_LOCK(d)	bool mpsafe = ((d)->d_flag & D_MPSAFE) != 0;	\
			if (!mpsafe)					\
				KERNEL_LOCK(1, NULL)
#define	DEV_UNLOCK()	if (!mpsafe)					\
				KERNEL_UNLOCK_ONE(NULL)

int
bdev_open(dev_t dev, int flag, int devtype, struct lwp *l)
{
	const struct bdevsw *d = bdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_open)(dev, flag, devtype, l);
	DEV_UNLOCK();
	return rv;
}

int
bdev_close(dev_t dev, int flag, int devtype, struct lwp *l)
{
	const struct bdevsw *d = bdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_close)(dev, flag, devtype, l);
	DEV_UNLOCK();
	return rv;
}

void
bdev_strategy(struct buf *bp)
{
	const struct bdevsw *d = bdevsw_lookup(bp->b_dev);

	if (d == NULL) {
		bp->b_error = ENXIO;
		bp->b_resid = bp->b_bcount;
		rump_biodone_hook(bp);
		return;
	}
	DEV_LOCK(d);
	(*d->d_strategy)(bp);
	DEV_UNLOCK();
}

int
bdev_ioctl(dev_t dev, u_long cmd, void *data, int flag, struct lwp *l)
{
	const struct bdevsw *d = bdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_ioctl)(dev, cmd, data, flag, l);
	DEV_UNLOCK();
	return rv;
}

int
bdev_dump(dev_t dev, daddr_t blkno, void *va, size_t size)
{
	const struct bdevsw *d = bdevsw_lookup(dev);

	if (d == NULL)
		return ENXIO;
	return (*d->d_dump)(dev, blkno, va, size);
}

int
bdev_size(dev_t dev)
{
	const struct bdevsw *d = bdevsw_lookup(dev);
	int rv;

	if (d == NULL || d->d_psize == NULL)
		return -1;
	DEV_LOCK(d);
	rv = (*d->d_psize)(dev);
	DEV_UNLOCK();
	return rv;
}

int
bdev_discard(dev_t dev, off_t pos, off_t len)
{
	const struct bdevsw *d = bdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	if (d->d_discard == NULL)
		return ENODEV;
	DEV_LOCK(d);
	rv = (*d->d_discard)(dev, pos, len);
	DEV_UNLOCK();
	return rv;
}

int
bdev_type(dev_t dev)
{
	const struct bdevsw *d = bdevsw_lookup(dev);

	return d == NULL ? D_OTHER : d->d_flag & D_TYPEMASK;
}

int
cdev_open(dev_t dev, int flag, int devtype, struct lwp *l)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_open)(dev, flag, devtype, l);
	DEV_UNLOCK();
	return rv;
}

int
cdev_close(dev_t dev, int flag, int devtype, struct lwp *l)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_close)(dev, flag, devtype, l);
	DEV_UNLOCK();
	return rv;
}

int
cdev_read(dev_t dev, struct uio *uio, int flag)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_read)(dev, uio, flag);
	DEV_UNLOCK();
	return rv;
}

int
cdev_write(dev_t dev, struct uio *uio, int flag)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_write)(dev, uio, flag);
	DEV_UNLOCK();
	return rv;
}

int
cdev_ioctl(dev_t dev, u_long cmd, void *data, int flag, struct lwp *l)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_ioctl)(dev, cmd, data, flag, l);
	DEV_UNLOCK();
	return rv;
}

struct tty *
cdev_tty(dev_t dev)
{
	const struct cdevsw *d = cdevsw_lookup(dev);

	if (d == NULL || d->d_tty == NULL)
		return NULL;
	return (*d->d_tty)(dev);
}

int
cdev_poll(dev_t dev, int events, struct lwp *l)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return POLLERR;
	DEV_LOCK(d);
	rv = (*d->d_poll)(dev, events, l);
	DEV_UNLOCK();
	return rv;
}

paddr_t
cdev_mmap(dev_t dev, off_t off, int prot)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	paddr_t rv;

	if (d == NULL)
		return (paddr_t)-1LL;
	DEV_LOCK(d);
	rv = (*d->d_mmap)(dev, off, prot);
	DEV_UNLOCK();
	return rv;
}

int
cdev_kqfilter(dev_t dev, struct knote *kn)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	DEV_LOCK(d);
	rv = (*d->d_kqfilter)(dev, kn);
	DEV_UNLOCK();
	return rv;
}

int
cdev_discard(dev_t dev, off_t pos, off_t len)
{
	const struct cdevsw *d = cdevsw_lookup(dev);
	int rv;

	if (d == NULL)
		return ENXIO;
	if (d->d_discard == NULL)
		return ENODEV;
	DEV_LOCK(d);
	rv = (*d->d_discard)(dev, pos, len);
	DEV_UNLOCK();
	return rv;
}

int
cdev_type(dev_t dev)
{
	const struct cdevsw *d = cdevsw_lookup(dev);

	return d == NULL ? D_OTHER : d->d_flag & D_TYPEMASK;
}
