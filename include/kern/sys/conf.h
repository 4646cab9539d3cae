/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The device switch: drivers' entry points by major number, devsw(9).
 *
 * Locking: tables change under an internal lock; a driver's entry runs
 * under KERNEL_LOCK unless its d_flag has D_MPSAFE.
 */

#ifndef _SYS_CONF_H_
#define _SYS_CONF_H_

#include <sys/types.h>
#include <sys/queue.h>

struct buf;
struct knote;
struct lwp;
struct tty;
struct uio;
struct vnode;

/* d_flag */
#define	D_OTHER		0x0000
#define	D_TAPE		0x0001
#define	D_DISK		0x0002
#define	D_TTY		0x0003
#define	D_TYPEMASK	0x00ff
#define	D_MPSAFE	0x0100
#define	D_NEGOFFSAFE	0x0200		/* offsets are a driver's affair */

#define	dev_type_open(n)	int n(dev_t, int, int, struct lwp *)
#define	dev_type_close(n)	int n(dev_t, int, int, struct lwp *)
#define	dev_type_read(n)	int n(dev_t, struct uio *, int)
#define	dev_type_write(n)	int n(dev_t, struct uio *, int)
#define	dev_type_ioctl(n) \
		int n(dev_t, u_long, void *, int, struct lwp *)
#define	dev_type_stop(n)	void n(struct tty *, int)
#define	dev_type_tty(n)		struct tty *n(dev_t)
#define	dev_type_poll(n)	int n(dev_t, int, struct lwp *)
#define	dev_type_mmap(n)	paddr_t n(dev_t, off_t, int)
#define	dev_type_strategy(n)	void n(struct buf *)
#define	dev_type_dump(n)	int n(dev_t, daddr_t, void *, size_t)
#define	dev_type_size(n)	int n(dev_t)
#define	dev_type_kqfilter(n)	int n(dev_t, struct knote *)
#define	dev_type_discard(n)	int n(dev_t, off_t, off_t)

struct bdevsw {
	int		(*d_open)(dev_t, int, int, struct lwp *);
	int		(*d_close)(dev_t, int, int, struct lwp *);
	void		(*d_strategy)(struct buf *);
	int		(*d_ioctl)(dev_t, u_long, void *, int, struct lwp *);
	int		(*d_dump)(dev_t, daddr_t, void *, size_t);
	int		(*d_psize)(dev_t);
	int		(*d_discard)(dev_t, off_t, off_t);
	int		d_flag;
};

struct cdevsw {
	int		(*d_open)(dev_t, int, int, struct lwp *);
	int		(*d_close)(dev_t, int, int, struct lwp *);
	int		(*d_read)(dev_t, struct uio *, int);
	int		(*d_write)(dev_t, struct uio *, int);
	int		(*d_ioctl)(dev_t, u_long, void *, int, struct lwp *);
	void		(*d_stop)(struct tty *, int);
	struct tty	*(*d_tty)(dev_t);
	int		(*d_poll)(dev_t, int, struct lwp *);
	paddr_t		(*d_mmap)(dev_t, off_t, int);
	int		(*d_kqfilter)(dev_t, struct knote *);
	int		(*d_discard)(dev_t, off_t, off_t);
	int		d_flag;
};

#ifdef _KERNEL

__BEGIN_DECLS

/*
 * devsw_attach(): make a driver known under name.  *bmajor and *cmajor of -1
 * ask for a free number, which is stored.  EEXIST if name or number is
 * taken, ENOMEM.  devsw_detach(): afterwards the entries are not called.
 */
int	devsw_attach(const char *, const struct bdevsw *, devmajor_t *,
	    const struct cdevsw *, devmajor_t *);
int	devsw_detach(const struct bdevsw *, const struct cdevsw *);

/* NULL or NODEVMAJOR or NODEV if there is none. */
const struct bdevsw *bdevsw_lookup(dev_t);
const struct cdevsw *cdevsw_lookup(dev_t);
devmajor_t bdevsw_lookup_major(const struct bdevsw *);
devmajor_t cdevsw_lookup_major(const struct cdevsw *);
const char *devsw_blk2name(devmajor_t);
const char *cdevsw_getname(devmajor_t);
const char *bdevsw_getname(devmajor_t);
devmajor_t devsw_name2blk(const char *, char *, size_t);
devmajor_t devsw_name2chr(const char *, char *, size_t);
dev_t	devsw_chr2blk(dev_t);
dev_t	devsw_blk2chr(dev_t);

/* Calls of a driver by device number; ENXIO if there is no driver. */
dev_type_open(bdev_open);
dev_type_close(bdev_close);
dev_type_strategy(bdev_strategy);
dev_type_ioctl(bdev_ioctl);
dev_type_dump(bdev_dump);
dev_type_size(bdev_size);
dev_type_discard(bdev_discard);
int	bdev_type(dev_t);

dev_type_open(cdev_open);
dev_type_close(cdev_close);
dev_type_read(cdev_read);
dev_type_write(cdev_write);
dev_type_ioctl(cdev_ioctl);
dev_type_tty(cdev_tty);
dev_type_poll(cdev_poll);
dev_type_mmap(cdev_mmap);
dev_type_kqfilter(cdev_kqfilter);
dev_type_discard(cdev_discard);
int	cdev_type(dev_t);

/*
 * Entries for what a driver has not: no* answer ENODEV, null* succeed and do
 * nothing.
 */
dev_type_open(rump_dev_noopen);
dev_type_read(rump_dev_noread);
dev_type_ioctl(rump_dev_noioctl);
dev_type_stop(rump_dev_nostop);
dev_type_mmap(rump_dev_nommap);
dev_type_strategy(rump_dev_nostrategy);
dev_type_dump(rump_dev_nodump);
dev_type_discard(rump_dev_nodiscard);
dev_type_open(rump_dev_nullopen);
dev_type_read(rump_dev_nullread);
dev_type_read(rump_dev_nullwrite);
dev_type_ioctl(rump_dev_nullioctl);
dev_type_poll(rump_dev_nullpoll);
dev_type_discard(rump_dev_nulldiscard);
dev_type_poll(seltrue);
dev_type_kqfilter(seltrue_kqfilter);

#define	noopen		rump_dev_noopen
#define	noclose		rump_dev_noopen
#define	noread		rump_dev_noread
#define	nowrite		rump_dev_noread
#define	noioctl		rump_dev_noioctl
#define	nostop		rump_dev_nostop
#define	notty		NULL
#define	nopoll		seltrue
#define	nommap		rump_dev_nommap
#define	nostrategy	rump_dev_nostrategy
#define	nodump		rump_dev_nodump
#define	nosize		NULL
#define	nokqfilter	seltrue_kqfilter
#define	nodiscard	rump_dev_nodiscard

#define	nullopen	rump_dev_nullopen
#define	nullclose	rump_dev_nullopen
#define	nullread	rump_dev_nullread
#define	nullwrite	rump_dev_nullwrite
#define	nullioctl	rump_dev_nullioctl
#define	nullstop	rump_dev_nostop
#define	nullpoll	rump_dev_nullpoll
#define	nulldiscard	rump_dev_nulldiscard

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_CONF_H_ */
