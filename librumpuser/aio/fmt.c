/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmt.c - introspection: counters, lines about contexts and files, the walk
 * for the state dump.
 * Locking: the walk takes no lock, since it may run in a signal handler: what
 * it prints may be torn, and it follows no more links than a bound.
 */
#include "aio/aio.h"
#include "aio/dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
stats(struct rumpuser_aio *a, struct rumpuser_aio_stats *st)
{

	*st = a->a_st;
	st->as_engine = a->a_engno;
	st->as_refused_libaio = a->a_refused[RUMPUSER_AIO_LIBAIO];
	st->as_refused_uring = a->a_refused[RUMPUSER_AIO_URING];
	st->as_depth = a->a_attr.aa_depth;
	st->as_files = a->a_nfiles;
	st->as_threads = a->a_nthreads;
	st->as_inflight = a->a_inflight;
	st->as_queued = a->a_nqueue;
}

void
rumpuser_aio_stats(struct rumpuser_aio *a, struct rumpuser_aio_stats *st)
{

	pthread_mutex_lock(&a->a_mtx);
	stats(a, st);
	pthread_mutex_unlock(&a->a_mtx);
}

static int
verdict(int n, size_t len)
{

	return n < 0 || (size_t)n >= len ? rumpuser__errtrans(E2BIG) : 0;
}

int
rumpuser_aio_fmt(struct rumpuser_aio *a, char *buf, size_t len)
{
	static const char *const modes[] = { "thread", "task", "driven" };
	struct rumpuser_aio_stats st;
	int serrno = errno, n;

	rumpuser_aio_stats(a, &st);
	n = snprintf(buf, len, "aio name=%s engine=%s mode=%s "
	    "refused_libaio=%d refused_uring=%d depth=%u files=%u threads=%u "
	    "inflight=%u max=%u queued=%" PRIu64 " held=%" PRIu64
	    " reads=%" PRIu64 " writes=%" PRIu64 " syncs=%" PRIu64
	    " done=%" PRIu64 " errors=%" PRIu64 " submits=%" PRIu64
	    " reaps=%" PRIu64 " pooled=%" PRIu64 " unaligned=%" PRIu64
	    " wakeups=%" PRIu64 " dispatches=%" PRIu64, a->a_name,
	    a->a_eng->e_name, modes[a->a_mode], st.as_refused_libaio,
	    st.as_refused_uring, st.as_depth, st.as_files, st.as_threads,
	    st.as_inflight, st.as_maxinflight, st.as_queued, st.as_held,
	    st.as_reads, st.as_writes, st.as_syncs, st.as_done, st.as_errors,
	    st.as_submits, st.as_reaps, st.as_pooled, st.as_unaligned,
	    st.as_wakeups, st.as_dispatches);
	errno = serrno;
	return verdict(n, len);
}

int
rumpuser_aio_filefmt(struct rumpuser_aiofile *f, char *buf, size_t len)
{
	unsigned int nops, nblock;
	int serrno = errno, n;

	pthread_mutex_lock(&f->f_aio->a_mtx);
	nops = f->f_nops;
	nblock = f->f_nblock;
	pthread_mutex_unlock(&f->f_aio->a_mtx);
	n = snprintf(buf, len, "aiofile aio=%s fd=%d direct=%d align=%u/%u "
	    "writable=%d requests=%u barriers=%u", f->f_aio->a_name, f->f_fd,
	    f->f_dfd, f->f_memalign, f->f_offalign,
	    rumpuser_aio_writable(f), nops, nblock);
	errno = serrno;
	return verdict(n, len);
}

/*
 * The walk.
 */

#define WALK_CONTEXTS	64
#define WALK_OPS	4096

static void
walk_file(const struct rumpuser_aiofile *f, rumpuser__aio_walk_fn fn,
    void *arg)
{
	static const char *const kinds[] = { "read", "write", "sync", "wake" };
	const struct aio_op *op;
	unsigned int n = 0;

	for (op = TAILQ_FIRST(&f->f_active); op != NULL && n++ < WALK_OPS;
	    op = TAILQ_NEXT(op, o_active))
		fn(arg, kinds[op->o_kind & 3], f->f_fd, op->o_off, op->o_len,
		    op->o_seq);
}

void
rumpuser__aio_walk(rumpuser__aio_walk_ctx_fn ctxfn, rumpuser__aio_walk_fn fn,
    void *arg)
{
	const struct rumpuser_aiofile *f;
	struct rumpuser_aio_stats st;
	struct rumpuser_aio *a;
	unsigned int n = 0, m;

	for (a = LIST_FIRST(&rumpuser__aio_all);
	    a != NULL && n++ < WALK_CONTEXTS; a = LIST_NEXT(a, a_link)) {
		stats(a, &st);
		ctxfn(arg, a->a_name, a->a_eng->e_name, &st);
		m = 0;
		for (f = LIST_FIRST(&a->a_files); f != NULL && m++ < WALK_OPS;
		    f = LIST_NEXT(f, f_link))
			walk_file(f, fn, arg);
	}
}
