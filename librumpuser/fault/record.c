/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record.c - the recorder: every write, synchronization and barrier of some
 * files, in the order in which they were issued and completed.
 *
 * An operation is entered before it is handed to the host and completed after
 * the host is through with it: an order between two operations that the
 * recording shows is one that the host has seen.
 *
 * Locking: recorder.mtx guards the recordings that are active and all that is
 * in them; one that has ended is constant.
 */
#include "fault/record.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAXBYTES	((uint64_t)256 << 20)
#define NOENTRY			UINT64_MAX

static struct {
	pthread_mutex_t mtx;
	pthread_cond_t done;		/* an operation was completed */
	struct rumpuser_record *active[RECORDINGS];
} recorder = {
	.mtx = PTHREAD_MUTEX_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};

unsigned int rumpuser__recordings;

/* Account for memory before it is had; the lock is held. */
static int
charge(struct rumpuser_record *r, uint64_t bytes)
{

	if (bytes > r->r_maxbytes - r->r_bytes)
		return ENOBUFS;
	r->r_bytes += bytes;
	return 0;
}

/* Room for one more entry; the lock is held. */
static int
more_entries(struct rumpuser_record *r)
{
	struct rumpuser_record_entry **chunks, *c;
	int error;

	if (r->r_count < r->r_nchunks * RECORD_CHUNK)
		return 0;
	error = charge(r, sizeof(*c) * RECORD_CHUNK + sizeof(*chunks));
	if (error != 0)
		return error;
	chunks = reallocarray(r->r_chunks, r->r_nchunks + 1, sizeof(*chunks));
	if (chunks == NULL)
		return ENOMEM;
	r->r_chunks = chunks;
	if ((c = calloc(RECORD_CHUNK, sizeof(*c))) == NULL)
		return ENOMEM;
	r->r_chunks[r->r_nchunks++] = c;
	return 0;
}

/* The number of a file; the lock is held. */
static int
file_number(struct rumpuser_record *r, const char *name, unsigned int *np)
{
	const char **files;
	char *copy;
	unsigned int i;
	int error;

	for (i = r->r_nfiles; i-- > 0;)
		if (strcmp(r->r_files[i], name) == 0) {
			*np = i;
			return 0;
		}
	if ((error = charge(r, strlen(name) + 1 + sizeof(*files))) != 0)
		return error;
	files = reallocarray(r->r_files, r->r_nfiles + 1, sizeof(*files));
	if (files == NULL)
		return ENOMEM;
	r->r_files = files;
	if ((copy = strdup(name)) == NULL)
		return ENOMEM;
	*np = r->r_nfiles;
	r->r_files[r->r_nfiles++] = copy;
	return 0;
}

static uint64_t
hash(const struct rumpuser_iovec *iov, size_t niov)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const uint8_t *p;
	size_t i, j;

	for (i = 0; i < niov; i++) {
		p = iov[i].iov_base;
		for (j = 0; j < iov[i].iov_len; j++)
			h = (h ^ p[j]) * UINT64_C(0x100000001b3);
	}
	return h;
}

/* The data of an entry; the lock is held. */
static int
keep_data(struct rumpuser_record *r, struct rumpuser_record_entry *e,
    const struct rumpuser_iovec *iov, size_t niov)
{
	void *copy;
	int error;

	if (e->rre_kind != RUMPUSER_RECORD_WRITE)
		return 0;
	if (r->r_hash) {
		e->rre_hash = hash(iov, niov);
		return 0;
	}
	if ((error = charge(r, e->rre_len)) != 0)
		return error;
	if ((copy = malloc(e->rre_len + 1)) == NULL)
		return ENOMEM;
	rumpuser__iov_copyout(iov, niov, copy);
	e->rre_data = copy;
	return 0;
}

/* Enter an operation; its number.  The lock is held. */
static uint64_t
enter(struct rumpuser_record *r, const char *name,
    const struct rumpuser_record_entry *tmpl,
    const struct rumpuser_iovec *iov, size_t niov)
{
	struct rumpuser_record_entry e = *tmpl;
	int error;

	if (r->r_error != 0)
		return NOENTRY;		/* nothing after the first gap */
	if ((error = more_entries(r)) != 0 ||
	    (error = file_number(r, name, &e.rre_file)) != 0 ||
	    (error = keep_data(r, &e, iov, niov)) != 0) {
		r->r_error = error;
		return NOENTRY;
	}
	e.rre_issued = ++r->r_seq;
	*rumpuser__record_at(r, r->r_count) = e;
	return r->r_count++;
}

static int
wanted(const struct rumpuser_record *r, const struct filename *fn)
{

	if (r == NULL)
		return 0;
	return r->r_pattern == NULL || (fn != NULL &&
	    rumpuser__files_match(r->r_pattern, fn));
}

void
rumpuser__record_begin(struct rumpuser_provider *p,
    struct recording_token *rt, int fd, int kind, int flags,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off)
{
	const struct rumpuser_record_entry e = { .rre_kind = kind,
	    .rre_flags = flags, .rre_off = off,
	    .rre_len = rumpuser__iov_len(iov, niov) };
	struct filename *fn = rumpuser__files_name(p, fd);
	struct rumpuser_record *r;
	int i;

	pthread_mutex_lock(&recorder.mtx);
	for (i = 0; i < RECORDINGS; i++) {
		r = recorder.active[i];
		rt->rt_rec[i] = NULL;
		if (r != NULL && fn == NULL && r->r_error == 0)
			r->r_error = ENOMEM;
		if (!wanted(r, fn))
			continue;
		rt->rt_index[i] = enter(r, fn != NULL ? fn->fn_real : "", &e,
		    iov, niov);
		rt->rt_rec[i] = r;
		r->r_inflight++;
	}
	pthread_mutex_unlock(&recorder.mtx);
	rumpuser__files_put(fn);
}

void
rumpuser__record_end(struct recording_token *rt, size_t xfer, int error)
{
	struct rumpuser_record_entry *e;
	struct rumpuser_record *r;
	int i;

	pthread_mutex_lock(&recorder.mtx);
	for (i = 0; i < RECORDINGS; i++) {
		if ((r = rt->rt_rec[i]) == NULL)
			continue;
		if (rt->rt_index[i] != NOENTRY) {
			e = rumpuser__record_at(r, rt->rt_index[i]);
			e->rre_xfer = xfer;
			e->rre_error = error;
			e->rre_completed = ++r->r_seq;
		}
		r->r_inflight--;
	}
	pthread_cond_broadcast(&recorder.done);
	pthread_mutex_unlock(&recorder.mtx);
}

/*
 * Recordings.
 */

static int
activate(struct rumpuser_record *r)
{
	int i, error = EBUSY;

	pthread_mutex_lock(&recorder.mtx);
	for (i = 0; i < RECORDINGS && error != 0; i++)
		if (recorder.active[i] == NULL) {
			recorder.active[i] = r;
			r->r_active = 1;
			/* Release: who sees it, finds the recording. */
			__atomic_fetch_add(&rumpuser__recordings, 1,
			    __ATOMIC_RELEASE);
			error = 0;
		}
	pthread_mutex_unlock(&recorder.mtx);
	return error;
}

HOSTCALL int
newrecord(const struct rumpuser_record_config *cfg,
    struct rumpuser_record **rp)
{
	struct rumpuser_record *r;
	int serrno = errno, error = 0;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return ENOMEM;
	r->r_maxbytes = DEFAULT_MAXBYTES;
	if (cfg != NULL) {
		if (cfg->rrc_maxbytes != 0)
			r->r_maxbytes = cfg->rrc_maxbytes;
		r->r_hash = (cfg->rrc_flags & RUMPUSER_RECORD_HASH) != 0;
		if (cfg->rrc_file != NULL &&
		    (r->r_pattern = strdup(cfg->rrc_file)) == NULL)
			error = ENOMEM;
	}
	if (error == 0)
		error = activate(r);
	if (error != 0) {
		free(r->r_pattern);
		free(r);
	} else {
		*rp = r;
	}
	errno = serrno;
	return error;
}

int
rumpuser_record_start(const struct rumpuser_record_config *cfg,
    struct rumpuser_record **rp)
{
	int error;

	if (cfg != NULL && (cfg->rrc_flags & ~RUMPUSER_RECORD_HASH) != 0)
		return rumpuser__errtrans(EINVAL);
	if ((error = rumpuser__fault_hold()) != 0)
		return error;
	if ((error = newrecord(cfg, rp)) != 0)
		rumpuser__fault_release();
	return rumpuser__errtrans(error);
}

/* Wait for what was entered; host's errno, EINVAL: it has ended. */
HOSTCALL int
deactivate(struct rumpuser_record *r)
{
	int i, error, was;

	pthread_mutex_lock(&recorder.mtx);
	was = r->r_active;
	r->r_active = 0;
	for (i = 0; i < RECORDINGS && was; i++)
		if (recorder.active[i] == r) {
			recorder.active[i] = NULL;
			__atomic_fetch_sub(&rumpuser__recordings, 1,
			    __ATOMIC_RELEASE);
		}
	while (r->r_inflight > 0)
		pthread_cond_wait(&recorder.done, &recorder.mtx);
	error = was ? r->r_error : EINVAL;
	pthread_mutex_unlock(&recorder.mtx);
	if (was)
		rumpuser__fault_release();
	return error;
}

int
rumpuser_record_stop(struct rumpuser_record *r)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = deactivate(r);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

int
rumpuser__record_active(struct rumpuser_record *r)
{
	int active;

	pthread_mutex_lock(&recorder.mtx);
	active = r->r_active || r->r_inflight > 0;
	pthread_mutex_unlock(&recorder.mtx);
	return active;
}

int
rumpuser_record_status(struct rumpuser_record *r)
{
	int error;

	pthread_mutex_lock(&recorder.mtx);
	error = r->r_error;
	pthread_mutex_unlock(&recorder.mtx);
	return rumpuser__errtrans(error);
}

void
rumpuser_record_free(struct rumpuser_record *r)
{
	unsigned int f;
	uint64_t i;

	(void)rumpuser_record_stop(r);
	for (i = 0; i < r->r_count; i++)
		free((void *)(uintptr_t)rumpuser__record_at(r, i)->rre_data);
	for (i = 0; i < r->r_nchunks; i++)
		free(r->r_chunks[i]);
	for (f = 0; f < r->r_nfiles; f++)
		free((void *)(uintptr_t)r->r_files[f]);
	free(r->r_chunks);
	free(r->r_files);
	free(r->r_pattern);
	free(r);
}

uint64_t
rumpuser_record_count(struct rumpuser_record *r)
{
	uint64_t n;

	pthread_mutex_lock(&recorder.mtx);
	n = r->r_count;
	pthread_mutex_unlock(&recorder.mtx);
	return n;
}

int
rumpuser_record_entry(struct rumpuser_record *r, uint64_t n,
    struct rumpuser_record_entry *e)
{
	int error = ENOENT;

	pthread_mutex_lock(&recorder.mtx);
	if (n < r->r_count) {
		*e = *rumpuser__record_at(r, n);
		error = 0;
	}
	pthread_mutex_unlock(&recorder.mtx);
	return rumpuser__errtrans(error);
}

const char *
rumpuser_record_file(struct rumpuser_record *r, unsigned int n)
{
	const char *name = NULL;

	pthread_mutex_lock(&recorder.mtx);
	if (n < r->r_nfiles)
		name = r->r_files[n];
	pthread_mutex_unlock(&recorder.mtx);
	return name;
}

void
rumpuser__record_freeze(int freeze)
{

	if (freeze)
		pthread_mutex_lock(&recorder.mtx);
	else
		pthread_mutex_unlock(&recorder.mtx);
}

/* What other threads had begun is never completed in a child of fork(). */
void
rumpuser__record_forget(void)
{
	int i;

	for (i = 0; i < RECORDINGS; i++)
		if (recorder.active[i] != NULL)
			recorder.active[i]->r_inflight = 0;
}
