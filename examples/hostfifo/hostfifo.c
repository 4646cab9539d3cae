/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfifo.c - an example of a component with private hypercalls: a read of
 * /dev/hostfifo is a read of the host's FIFO named by $HOSTFIFO.  This is its
 * kernel half; what it wants of the host is in hostfifo_user.c.
 *
 *	rumpcc -o librumpdev_hostfifo.so hostfifo.c --user hostfifo_user.c
 *	cc wait.c -Wl,--no-as-needed -L. -lrumpdev_hostfifo \
 *	    $(pkg-config --cflags --libs rumpvfs) -lpthread -o wait
 *	mkfifo f; LD_LIBRARY_PATH=. HOSTFIFO=f ./wait "Hello, host"
 *
 * Locking: none, the descriptor is set once.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/conf.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <rump-sys/kern.h>
#include <rump-sys/vfs.h>

#include <rump/rumpuser.h>

#include "hostfifo.h"

static int hostfd = -1;

dev_type_open(hostfifo_open);
dev_type_close(hostfifo_close);
dev_type_read(hostfifo_read);

static const struct cdevsw hostfifo_cdevsw = {
	.d_open = hostfifo_open,
	.d_close = hostfifo_close,
	.d_read = hostfifo_read,
	.d_write = nowrite,
	.d_ioctl = noioctl,
	.d_stop = nostop,
	.d_tty = notty,
	.d_poll = nopoll,
	.d_mmap = nommap,
	.d_kqfilter = nokqfilter,
	.d_discard = nodiscard,
	.d_flag = D_OTHER | D_MPSAFE
};

int
hostfifo_open(dev_t dev, int flag, int mode, struct lwp *l)
{
	char name[256];
	int error;

	if (minor(dev) != 0)
		return ENXIO;
	if (hostfd != -1)
		return 0;
	if ((error = rumpuser_getparam("HOSTFIFO", name, sizeof(name))) != 0)
		return error;
	return rumpcomp_hostfifo_open(name, &hostfd);
}

int
hostfifo_close(dev_t dev, int flag, int mode, struct lwp *l)
{

	return 0;
}

int
hostfifo_read(dev_t dev, struct uio *uio, int ioflag)
{
	char buf[256];
	size_t n;
	int error;

	/* Blocks in the host, and nobody else in here for it. */
	error = rumpcomp_hostfifo_read(hostfd, buf,
	    MIN(sizeof(buf), uio->uio_resid), &n);
	return error != 0 ? error : uiomove(buf, n, uio);
}

RUMP_COMPONENT(RUMP_COMPONENT_VFS)
{
	devmajor_t bmaj = NODEVMAJOR, cmaj = NODEVMAJOR;

	FLAWLESSCALL(devsw_attach("hostfifo", NULL, &bmaj, &hostfifo_cdevsw,
	    &cmaj));
	FLAWLESSCALL(rump_vfs_makeonedevnode(S_IFCHR, "/dev/hostfifo", cmaj,
	    0));
}
