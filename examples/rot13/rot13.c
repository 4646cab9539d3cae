/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rot13.c - an example of a character driver: what is written to /dev/rot13
 * comes out of it again, each letter moved by 13 places.  Built out of tree:
 *
 *	rumpcc -o librumpdev_rot13.so rot13.c
 *	cc talk.c -Wl,--no-as-needed -L. -lrumpdev_rot13 \
 *	    $(pkg-config --cflags --libs rumpvfs) -o talk
 *	LD_LIBRARY_PATH=. ./talk "Hello, world"
 *
 * It shows the device switch, uiomove(9), a mutex and a condition variable: a
 * reader waits until there is something to read.
 *
 * Locking: r13.mtx guards everything in r13.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/conf.h>
#include <sys/fcntl.h>
#include <sys/mutex.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <rump-sys/kern.h>
#include <rump-sys/vfs.h>

#define R13_SIZE 4096

static struct {
	kmutex_t	mtx;
	kcondvar_t	cv;		/* there is more, or more room */
	size_t		head;		/* first byte to read */
	size_t		len;		/* bytes to read */
	char		ring[R13_SIZE];
} r13;

dev_type_open(rot13_open);
dev_type_close(rot13_close);
dev_type_read(rot13_read);
dev_type_write(rot13_write);

static const struct cdevsw rot13_cdevsw = {
	.d_open = rot13_open,
	.d_close = rot13_close,
	.d_read = rot13_read,
	.d_write = rot13_write,
	.d_ioctl = noioctl,
	.d_stop = nostop,
	.d_tty = notty,
	.d_poll = nopoll,
	.d_mmap = nommap,
	.d_kqfilter = nokqfilter,
	.d_discard = nodiscard,
	.d_flag = D_OTHER | D_MPSAFE
};

static char
rotate(char c)
{

	if (c >= 'a' && c <= 'z')
		return 'a' + (c - 'a' + 13) % 26;
	if (c >= 'A' && c <= 'Z')
		return 'A' + (c - 'A' + 13) % 26;
	return c;
}

int
rot13_open(dev_t dev, int flag, int mode, struct lwp *l)
{

	return minor(dev) == 0 ? 0 : ENXIO;
}

int
rot13_close(dev_t dev, int flag, int mode, struct lwp *l)
{

	return 0;
}

int
rot13_write(dev_t dev, struct uio *uio, int ioflag)
{
	char c;
	int error = 0;

	mutex_enter(&r13.mtx);
	while (error == 0 && uio->uio_resid > 0) {
		if (r13.len == R13_SIZE) {
			error = cv_wait_sig(&r13.cv, &r13.mtx);
			continue;
		}
		/* The copy may sleep: not with the lock held. */
		mutex_exit(&r13.mtx);
		error = uiomove(&c, 1, uio);
		mutex_enter(&r13.mtx);
		if (error == 0 && r13.len < R13_SIZE) {
			r13.ring[(r13.head + r13.len) % R13_SIZE] = rotate(c);
			r13.len++;
			cv_broadcast(&r13.cv);
		}
	}
	mutex_exit(&r13.mtx);
	return error;
}

int
rot13_read(dev_t dev, struct uio *uio, int ioflag)
{
	char buf[128];
	size_t n = 0;
	int error = 0;

	mutex_enter(&r13.mtx);
	while (error == 0 && r13.len == 0) {
		if (ioflag & FNONBLOCK)
			error = EWOULDBLOCK;
		else
			error = cv_wait_sig(&r13.cv, &r13.mtx);
	}
	while (error == 0 && r13.len > 0 && n < sizeof(buf) &&
	    n < uio->uio_resid) {
		buf[n++] = r13.ring[r13.head];
		r13.head = (r13.head + 1) % R13_SIZE;
		r13.len--;
	}
	if (n > 0)
		cv_broadcast(&r13.cv);
	mutex_exit(&r13.mtx);
	return error != 0 ? error : uiomove(buf, n, uio);
}

/* Once at boot, or when the component is loaded later. */
RUMP_COMPONENT(RUMP_COMPONENT_VFS)
{
	devmajor_t bmaj = NODEVMAJOR, cmaj = NODEVMAJOR;

	mutex_init(&r13.mtx, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&r13.cv, "rot13");
	FLAWLESSCALL(devsw_attach("rot13", NULL, &bmaj, &rot13_cdevsw,
	    &cmaj));
	FLAWLESSCALL(rump_vfs_makeonedevnode(S_IFCHR, "/dev/rot13", cmaj, 0));
}
