/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls for client programs that build uios for file-system calls below the
 * system-call level, rump(3).  Each enters the kernel by itself.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/uio.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>
#include <rump-priv/kern.h>

struct uio *rump_uio_setup(void *, size_t, off_t, enum rump_uiorw);
size_t	rump_uio_getresid(struct uio *);
off_t	rump_uio_getoff(struct uio *);
size_t	rump_uio_free(struct uio *);
struct uio *rump_pub_uio_setup(void *, size_t, off_t, enum rump_uiorw);
size_t	rump_pub_uio_getresid(struct uio *);
off_t	rump_pub_uio_getoff(struct uio *);
size_t	rump_pub_uio_free(struct uio *);

/* A uio with its only piece. */
struct client_uio {
	struct uio	cu_uio;
	struct iovec	cu_iov;
};

struct uio *
rump_uio_setup(void *buf, size_t size, off_t offset, enum rump_uiorw rw)
{
	struct client_uio *cu;

	cu = kmem_zalloc(sizeof(*cu), KM_SLEEP);
	cu->cu_iov.iov_base = buf;
	cu->cu_iov.iov_len = size;
	cu->cu_uio.uio_iov = &cu->cu_iov;
	cu->cu_uio.uio_iovcnt = 1;
	cu->cu_uio.uio_offset = offset;
	cu->cu_uio.uio_resid = size;
	cu->cu_uio.uio_rw = rw == RUMPUIO_READ ? UIO_READ : UIO_WRITE;
	cu->cu_uio.uio_vmspace = curproc->p_vmspace;
	return &cu->cu_uio;
}

size_t
rump_uio_getresid(struct uio *uio)
{

	return uio->uio_resid;
}

off_t
rump_uio_getoff(struct uio *uio)
{

	return uio->uio_offset;
}

size_t
rump_uio_free(struct uio *uio)
{
	size_t resid = uio->uio_resid;

	kmem_free(uio, sizeof(struct client_uio));
	return resid;
}

struct uio *
rump_pub_uio_setup(void *buf, size_t size, off_t offset, enum rump_uiorw rw)
{
	struct uio *uio;

	rump_schedule();
	uio = rump_uio_setup(buf, size, offset, rw);
	rump_unschedule();
	return uio;
}

size_t
rump_pub_uio_getresid(struct uio *uio)
{

	return rump_uio_getresid(uio);
}

off_t
rump_pub_uio_getoff(struct uio *uio)
{

	return rump_uio_getoff(uio);
}

size_t
rump_pub_uio_free(struct uio *uio)
{
	size_t resid;

	rump_schedule();
	resid = rump_uio_free(uio);
	rump_unschedule();
	return resid;
}
