/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bio.c - block I/O of the kernel: on the caller's thread when that is asked
 * for, else through an AIO context that exists from the first such operation
 * on.  Its thread takes a virtual CPU once for each batch of completions.
 *
 * Locking: the table of descriptors' lock guards bio.
 */
#include "posix/fdtab.h"

#include <stdlib.h>
#include <string.h>

struct bioreq {
	struct rumpuser_iovec iov;
	rump_biodone_fn done;
	void *arg;
	/* Scratch memory follows. */
	_Alignas(max_align_t) unsigned char scratch[];
};

static struct {
	int mode;			/* 0 unknown, 1 queue, -1 do not */
	struct rumpuser_aio *aio;
} bio;

/* A stable write; 0 or the host's errno. */
static int
syncwrite(int fd, void *data, size_t len, int64_t off, size_t *donep)
{
	int error;

	error = rumpuser__pio(fd, 1, data, len, off, donep);
	if (error == 0)
		error = rumpuser__sync(fd, 1);
	return error;
}

/* The transfer itself, on a thread without a virtual CPU. */
HOSTCALL int
transfer(int fd, int op, void *data, size_t len, int64_t off, size_t *donep)
{
	int serrno = errno, error;

	*donep = 0;
	if (off < 0 || (uint64_t)len > (uint64_t)(INT64_MAX - off))
		error = EINVAL;
	else if (op & RUMPUSER_BIO_READ)
		error = rumpuser__pio(fd, 0, data, len, off, donep);
	else if (op & RUMPUSER_BIO_SYNC)
		error = syncwrite(fd, data, len, off, donep);
	else
		error = rumpuser__pio(fd, 1, data, len, off, donep);
	errno = serrno;
	return rumpuser__errtrans(error);
}

static void
bio_inline(int fd, int op, void *data, size_t len, int64_t off,
    rump_biodone_fn done, void *arg)
{
	size_t xfer;
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = transfer(fd, op, data, len, off, &xfer);
	rumpuser__schedule(count, NULL);
	done(arg, xfer, error);
}

/*
 * The context.
 */

/* Its thread gets an lwp of its own. */
static int
bio_thread(void *arg)
{
	int error;

	(void)arg;
	if (rumpuser__hyp.hyp_schedule == NULL)
		return 0;
	rumpuser__hyp.hyp_schedule();
	error = rumpuser__hyp.hyp_lwproc_newlwp(0);
	rumpuser__hyp.hyp_unschedule();
	if (error != 0)
		rumpuser_dprintf("rumpuser: block I/O thread without "
		    "an lwp of its own, error %d\n", error);
	return 0;
}

/* While it waits for a virtual CPU others must not wait for it. */
static void
bio_begin(struct rumpuser_aio *a)
{

	if (rumpuser__hyp.hyp_schedule == NULL)
		return;
	a->a_idle = 1;
	pthread_mutex_unlock(&a->a_mtx);
	rumpuser__hyp.hyp_schedule();
	pthread_mutex_lock(&a->a_mtx);
	a->a_idle = 0;
}

static void
bio_end(struct rumpuser_aio *a)
{

	if (rumpuser__hyp.hyp_unschedule == NULL)
		return;
	pthread_mutex_unlock(&a->a_mtx);
	rumpuser__hyp.hyp_unschedule();
	pthread_mutex_lock(&a->a_mtx);
}

/* The context, if one is wanted and can be had. */
static struct rumpuser_aio *
bio_context(void)
{
	const struct rumpuser_aio_attr at = {
		.aa_name = "rumpbio", .aa_thread_init = bio_thread,
	};
	const char *e;

	if (bio.mode == 0) {
		e = getenv("RUMP_THREADS");
		bio.mode = e != NULL && *e == '0' ? -1 : 1;
	}
	if (bio.mode < 0 || bio.aio != NULL)
		return bio.aio;
	if (rumpuser__aio_create(&at, &bio.aio) != 0)
		return NULL;
	bio.aio->a_begin = bio_begin;
	bio.aio->a_end = bio_end;
	return bio.aio;
}

static struct rumpuser_aiofile *
bio_file(struct rumpuser_aio *a, int fd)
{
	struct hostfd *hf = rumpuser__fd_find(fd, 1);

	if (hf == NULL)
		return NULL;
	/* Only what rumpuser_close() will close may have a second one. */
	if (hf->hf_file == NULL)
		(void)rumpuser__aio_wrap(a, fd, hf->hf_image, &hf->hf_file);
	return hf->hf_file;
}

static void
bio_done(void *env, uintptr_t bytes, int error)
{
	struct bioreq *req = env;

	req->done(req->arg, bytes, error);
	free(req);
}

/* The lock is held.  Is it under way? */
static int
bio_request(struct rumpuser_aio *a, int fd, int op, void *data, size_t len,
    int64_t off, rump_biodone_fn done, void *arg)
{
	struct rumpuser_aiofile *f;
	struct bioreq *req;
	int error;

	if ((f = bio_file(a, fd)) == NULL)
		return 0;
	req = malloc(sizeof(*req) + rumpuser_aio_scratchsize());
	if (req == NULL)
		return 0;
	req->iov.iov_base = data;
	req->iov.iov_len = len;
	req->done = done;
	req->arg = arg;
	error = rumpuser__aio_request(f, op & RUMPUSER_BIO_READ ? AIO_READ :
	    AIO_WRITE, op & RUMPUSER_BIO_SYNC ? AIOF_DSYNC : 0, req->scratch,
	    &req->iov, 1, off, bio_done, req);
	if (error != 0)
		free(req);
	return error == 0;
}

HOSTCALL int
bio_queue(int fd, int op, void *data, size_t len, int64_t off,
    rump_biodone_fn done, void *arg)
{
	struct rumpuser_aio *a;
	int serrno = errno, queued = 0;

	rumpuser__fd_lock();
	if ((a = bio_context()) != NULL)
		queued = bio_request(a, fd, op, data, len, off, done, arg);
	rumpuser__fd_unlock();
	if (queued)
		rumpuser__aio_poke(a);
	errno = serrno;
	return queued;
}

void
rumpuser_bio(int fd, int op, void *data, size_t dlen, int64_t off,
    rump_biodone_fn biodone, void *donearg)
{

	if ((op & RUMPUSER_BIO_INLINE) != 0 ||
	    !bio_queue(fd, op, data, dlen, off, biodone, donearg))
		bio_inline(fd, op, data, dlen, off, biodone, donearg);
}

void
rumpuser__bio_drain(int fd)
{
	struct rumpuser_aiofile *f = NULL;
	struct hostfd *hf;

	rumpuser__fd_lock();
	if ((hf = rumpuser__fd_find(fd, 0)) != NULL)
		f = hf->hf_file;
	if (f == NULL) {
		rumpuser__fd_unlock();
		return;
	}
	/* Keeps it, should somebody close it meanwhile. */
	pthread_mutex_lock(&f->f_aio->a_mtx);
	f->f_nops++;
	rumpuser__fd_unlock();
	rumpuser__aio_drain(f);
	rumpuser__aio_release(f);
}
