/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The entries of a driver's switch for what it has not, sys/conf.h no* and
 * null*.  No locking.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/conf.h>
#include <sys/errno.h>
#include <sys/uio.h>

#include <rump-priv/devsw.h>

int
rump_dev_noopen(dev_t dev, int flag, int devtype, struct lwp *l)
{

	return ENODEV;
}

int
rump_dev_noread(dev_t dev, struct uio *uio, int flag)
{

	return ENODEV;
}

int
rump_dev_noioctl(dev_t dev, u_long cmd, void *data, int flag, struct lwp *l)
{

	return ENODEV;
}

void
rump_dev_nostop(struct tty *tp, int flag)
{
}

paddr_t
rump_dev_nommap(dev_t dev, off_t off, int prot)
{

	return (paddr_t)-1LL;
}

void
rump_dev_nostrategy(struct buf *bp)
{

	bp->b_error = ENODEV;
	bp->b_resid = bp->b_bcount;
	rump_biodone_hook(bp);
}

int
rump_dev_nodump(dev_t dev, daddr_t blkno, void *va, size_t size)
{

	return ENODEV;
}

int
rump_dev_nodiscard(dev_t dev, off_t pos, off_t len)
{

	return ENODEV;
}

int
rump_dev_nullopen(dev_t dev, int flag, int devtype, struct lwp *l)
{

	return 0;
}

int
rump_dev_nullread(dev_t dev, struct uio *uio, int flag)
{

	return 0;
}

/* Takes everything, as a sink does. */
int
rump_dev_nullwrite(dev_t dev, struct uio *uio, int flag)
{

	uio->uio_resid = 0;
	return 0;
}

int
rump_dev_nullioctl(dev_t dev, u_long cmd, void *data, int flag,
    struct lwp *l)
{

	return 0;
}

int
rump_dev_nullpoll(dev_t dev, int events, struct lwp *l)
{

	return 0;
}

int
rump_dev_nulldiscard(dev_t dev, off_t pos, off_t len)
{

	return 0;
}
