/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.c - making requests: arguments, alignment, scratch memory.
 * Locking: see aio.h.
 */
#include "aio/aio.h"

#include <limits.h>
#include <stdlib.h>

size_t
rumpuser_aio_scratchsize(void)
{

	return sizeof(struct aio_op);
}

void
rumpuser_aio_alignment(struct rumpuser_aiofile *f, uint32_t *memp,
    uint32_t *offp)
{
	const int direct = f->f_dfd != -1;

	if (memp != NULL)
		*memp = direct ? f->f_memalign : 1;
	if (offp != NULL)
		*offp = direct ? f->f_offalign : 1;
}

/* Sum the pieces up, and their alignment; host's errno. */
static int
measure(const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    size_t *lenp, uintptr_t *memp, uint64_t *offp)
{
	const uint64_t room = (uint64_t)(INT64_MAX - off);
	uint64_t len = 0, bits = (uint64_t)off;
	uintptr_t mem = 0;
	size_t i;

	for (i = 0; i < niov; i++) {
		if (iov[i].iov_len > room - len)
			return EINVAL;
		len += iov[i].iov_len;
		mem |= (uintptr_t)iov[i].iov_base;
		bits |= iov[i].iov_len;
	}
	*lenp = (size_t)len;
	*memp = mem;
	*offp = bits;
	return 0;
}

/*
 * Which way?  What goes through the page cache beside O_DIRECT transfers of
 * neighbouring blocks must not change a page of which they write a part:
 * such a write is done alone.
 */
static int
way(const struct rumpuser_aiofile *f, int kind, size_t len, uintptr_t mem,
    uint64_t bits)
{
	int flags = 0;

	if (len > AIO_CHUNK)
		flags |= AIOF_CACHED | AIOF_POOL;
	if (f->f_dfd == -1)
		return flags;
	if ((mem & (f->f_memalign - 1)) != 0 ||
	    (bits & (f->f_offalign - 1)) != 0)
		flags |= AIOF_CACHED;
	if ((flags & AIOF_CACHED) && kind == AIO_WRITE)
		flags |= AIOF_ALONE;
	return flags;
}

static void
count(struct rumpuser_aio *a, const struct aio_op *op)
{

	switch (op->o_kind) {
	case AIO_READ:
		a->a_st.as_reads++;
		break;
	case AIO_WRITE:
		a->a_st.as_writes++;
		break;
	default:
		a->a_st.as_syncs++;
		return;
	}
	if ((op->o_flags & AIOF_CACHED) && op->o_file->f_dfd != -1)
		a->a_st.as_unaligned++;
}

int
rumpuser__aio_request(struct rumpuser_aiofile *f, int kind, int flags,
    void *scratch, const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    rumpuser_aio_fn fn, void *env)
{
	struct aio_op *op = scratch;
	uintptr_t mem = 0;
	uint64_t bits = 0;
	size_t len = 0;
	int error;

	if (off < 0 || niov > RUMPUSER_AIO_IOVMAX || fn == NULL)
		return EINVAL;
	error = measure(iov, niov, off, &len, &mem, &bits);
	if (error != 0)
		return error;
	if (op == NULL) {
		if ((op = malloc(sizeof(*op))) == NULL)
			return ENOMEM;
		flags |= AIOF_ALLOC;
	}
	if (kind != AIO_SYNC)
		flags |= way(f, kind, len, mem, bits);
	op->o_file = f;
	op->o_fn = fn;
	op->o_env = env;
	op->o_iov = iov;
	op->o_niov = (uint32_t)niov;
	op->o_kind = (uint8_t)kind;
	op->o_flags = (uint8_t)flags;
	op->o_error = 0;
	op->o_off = off;
	op->o_len = len;
	op->o_done = 0;

	pthread_mutex_lock(&f->f_aio->a_mtx);
	count(f->f_aio, op);
	rumpuser__aio_admit(op);
	pthread_mutex_unlock(&f->f_aio->a_mtx);
	return 0;
}

void
rumpuser__aio_poke(struct rumpuser_aio *a)
{

	pthread_mutex_lock(&a->a_mtx);
	rumpuser__aio_kick(a);
	pthread_mutex_unlock(&a->a_mtx);
}

HOSTCALL int
request(struct rumpuser_aiofile *f, int kind, int flags, void *scratch,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    rumpuser_aio_fn fn, void *env)
{
	struct rumpuser_aio *a = f->f_aio;
	int serrno = errno, error;

	error = rumpuser__aio_request(f, kind, flags, scratch, iov, niov, off,
	    fn, env);
	if (error == 0)
		rumpuser__aio_poke(a);
	errno = serrno;
	return rumpuser__errtrans(error);
}

int
rumpuser_aio_readv(struct rumpuser_aiofile *f, void *scratch,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    rumpuser_aio_fn fn, void *env)
{

	return request(f, AIO_READ, 0, scratch, iov, niov, off, fn, env);
}

int
rumpuser_aio_writev(struct rumpuser_aiofile *f, void *scratch,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, int flags,
    rumpuser_aio_fn fn, void *env)
{

	if ((flags & ~RUMPUSER_AIO_DSYNC) != 0)
		return rumpuser__errtrans(EINVAL);
	return request(f, AIO_WRITE, flags ? AIOF_DSYNC : 0, scratch, iov,
	    niov, off, fn, env);
}

int
rumpuser_aio_sync(struct rumpuser_aiofile *f, void *scratch,
    rumpuser_aio_fn fn, void *env)
{

	return request(f, AIO_SYNC, 0, scratch, NULL, 0, 0, fn, env);
}

int
rumpuser_aio_barrier(struct rumpuser_aiofile *f, void *scratch,
    rumpuser_aio_fn fn, void *env)
{

	return request(f, AIO_SYNC, AIOF_ALONE, scratch, NULL, 0, 0, fn, env);
}
