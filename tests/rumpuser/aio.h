/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aio.h - what the tests of AIO share: a scratch folder on the disk, a context
 * in each of the ways there are, requests that can be waited for.
 */
#ifndef TESTS_RUMPUSER_AIO_H_
#define TESTS_RUMPUSER_AIO_H_

#include <rump/rumpuser_aio.h>

#include <pthread.h>

/* NetBSD's numbers. */
enum { NB_EIO = 5, NB_EBADF = 9, NB_EDEADLK = 11, NB_EBUSY = 16, NB_ENODEV = 19,
    NB_EISDIR = 21, NB_EINVAL = 22, NB_EFBIG = 27, NB_ENOSPC = 28,
    NB_EROFS = 30, NB_EOPNOTSUPP = 45, NB_E2BIG = 7, NB_ENOENT = 2 };

/** The ways that a test goes: each engine with each kind of context. */
#define WAYS	9
/** Make the context of way @way, with what else @at says. */
struct rumpuser_aio *aio_make(int way, struct rumpuser_aio_attr at);
/** Its engine, RUMPUSER_AIO_*; is it driven by the caller? */
int aio_engine_of(int way);
int aio_driven(int way);
int aio_ontask(int way);
/** End a task and its thread made by aio_make(), after the context's end. */
void aio_unmake(struct rumpuser_aio *aio, int way);

/** A request, or several that are counted together. */
struct req {
	pthread_mutex_t mtx;
	pthread_cond_t cv;
	unsigned int done;
	size_t bytes;			/* of the last one */
	int error;
	pthread_t thread;
};
#define REQ_INIT { .mtx = PTHREAD_MUTEX_INITIALIZER, \
    .cv = PTHREAD_COND_INITIALIZER }
/** The handler: env is a struct req. */
void req_done(void *env, uintptr_t bytes, int error);
/** How many are done? */
unsigned int req_count(struct req *r);
/** Wait until @n are done, driving a driven context. */
void req_wait(struct rumpuser_aio *aio, int way, struct req *r,
    unsigned int n);

/** The scratch folder, and a name in it. */
void scratch_setup(void);
void scratch_teardown(void);
const char *scratch(const char *name);
/** A file of @size bytes with a content that at(@offset) gives. */
void scratch_file(const char *name, size_t size);
unsigned char scratch_at(size_t off);

#endif
