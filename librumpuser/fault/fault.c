/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - the fault provider: what happens to an operation that a rule acts
 * on, and when the provider is in use.
 *
 * Locking: config.mtx serialises what changes the plan and the recordings, it
 * is never taken by an operation.
 */
#include "fault/fault.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault/record.h"
#include "posix/fork.h"

static struct {
	pthread_mutex_t mtx;
	unsigned int holds;		/* recordings that need the provider */
	int planned;			/* a plan does */
} config = { .mtx = PTHREAD_MUTEX_INITIALIZER };

typedef struct rumpuser_provider *P;
typedef const struct rumpuser_iovec *IOV;

/* Delay and failure, which any operation can have: host's errno. */
static int
common(P p, const struct operation *op, struct verdict *v)
{

	if (!rumpuser__judge(p, op, v))
		return 0;
	rumpuser__judge_delay(p, v);
	return (v->v_actions & FA_FAIL) != 0 ? v->v_error : 0;
}

static int
simple(P p, unsigned int class, const void *site, const char *sitename)
{
	const struct operation op = { .op_class = class, .op_fd = -1,
	    .op_site = site, .op_sitename = sitename, .op_off = -1 };
	struct verdict v;

	return common(p, &op, &v);
}

/*
 * Files.
 */

static int
named(P p, unsigned int class, const char *name)
{
	const struct operation op = { .op_class = class, .op_fd = -1,
	    .op_name = name, .op_off = -1 };
	struct verdict v;

	return common(p, &op, &v);
}

static int
fault_open(P p, const char *name, int mode, int *fdp)
{
	int error;

	if ((error = named(p, FC_OPEN, name)) == 0 &&
	    (error = LOWER_CALL(p, ho_open, name, mode, fdp)) == 0)
		rumpuser__files_opened(p, *fdp, name,
		    (mode & RUMPUSER_OPEN_BIO) != 0);
	return error;
}

static int
fault_fileinfo(P p, const char *name, uint64_t *sizep, int *typep)
{
	int error;

	if ((error = named(p, FC_INFO, name)) != 0)
		return error;
	return LOWER_CALL(p, ho_fileinfo, name, sizep, typep);
}

/* A descriptor is gone even if closing it failed. */
static int
fault_close(P p, int fd)
{
	const struct operation op = { .op_class = FC_CLOSE, .op_fd = fd,
	    .op_off = -1 };
	struct verdict v;
	int error, herror, lerror;

	error = common(p, &op, &v);
	herror = rumpuser__held_flush(p, fd);
	rumpuser__files_closed(fd);
	lerror = LOWER_CALL(p, ho_close, fd);
	return error != 0 ? error : herror != 0 ? herror : lerror;
}

/*
 * Transfers.
 */

/* How many bytes are left of a transfer that is cut short. */
static size_t
shortened(const struct verdict *v, size_t len)
{
	size_t want;

	if ((v->v_actions & FA_SHORT) == 0)
		return len;
	want = v->v_short == FA_HALF ? len / 2 : (size_t)v->v_short;
	return want < len ? want : len;
}

static int
fault_readv(P p, int fd, IOV iov, size_t niov, int64_t off, size_t *donep)
{
	const struct operation op = { .op_class = FC_READ, .op_fd = fd,
	    .op_off = off, .op_len = rumpuser__iov_len(iov, niov) };
	struct rumpuser_iovec part[MAXIOV];
	struct verdict v;
	size_t n;
	int error;

	if ((error = common(p, &op, &v)) != 0)
		return error;
	rumpuser__held_touch(p, fd, off, op.op_len);
	if (v.v_actions == 0)
		return LOWER_CALL(p, ho_readv, fd, iov, niov, off, donep);
	n = rumpuser__iov_slice(iov, niov, 0, shortened(&v, op.op_len), part);
	if (n == 0)
		return 0;
	error = LOWER_CALL(p, ho_readv, fd, part, n, off, donep);
	if ((v.v_actions & FA_DOUBLE) != 0 && error == 0)
		error = LOWER_CALL(p, ho_readv, fd, part, n, off, donep);
	if ((v.v_actions & FA_CORRUPT) != 0 && error == 0)
		rumpuser__iov_corrupt(part, n, *donep, v.v_corrupt,
		    &v.v_random);
	return error;
}

/* A write that does reach the host. */
static int
hostwrite(P p, int fd, IOV iov, size_t niov, int64_t off, int flags,
    size_t *donep)
{
	struct recording_token rt;
	int error;

	rumpuser__held_touch(p, fd, off, rumpuser__iov_len(iov, niov));
	if (__atomic_load_n(&rumpuser__recordings, __ATOMIC_ACQUIRE) == 0) {
		error = LOWER_CALL(p, ho_writev, fd, iov, niov, off, donep);
	} else {
		rumpuser__record_begin(p, &rt, fd, RUMPUSER_RECORD_WRITE,
		    flags, iov, niov, off);
		error = LOWER_CALL(p, ho_writev, fd, iov, niov, off, donep);
		rumpuser__record_end(&rt, *donep, error);
	}
	rumpuser__held_step(p, fd);
	return error;
}

/* Something that the host never sees, with what its caller is told. */
static int
pretend(P p, int fd, int kind, IOV iov, size_t niov, int64_t off, int flags,
    int error)
{
	struct recording_token rt;

	if (__atomic_load_n(&rumpuser__recordings, __ATOMIC_ACQUIRE) != 0) {
		rumpuser__record_begin(p, &rt, fd, kind, flags, iov, niov,
		    off);
		rumpuser__record_end(&rt, error == 0 ?
		    rumpuser__iov_len(iov, niov) : 0, error);
	}
	return error;
}

/* Is this sector, the i-th of the write, among those that arrive? */
static int
survives(struct verdict *v, uint64_t i)
{

	if (v->v_tear == FA_ANY)
		return rumpuser__random_next(&v->v_random) & 1;
	return i < v->v_tear;
}

/* Write some of the sectors; the caller is told that it was all of them. */
static int
torn(P p, int fd, IOV iov, size_t niov, int64_t off, struct verdict *v,
    size_t *donep)
{
	const size_t len = rumpuser__iov_len(iov, niov);
	const uint64_t base = off < 0 ? 0 : (uint64_t)off;
	struct rumpuser_iovec part[MAXIOV];
	size_t at, n, left, done;
	uint64_t i = 0;
	int error = 0;

	for (at = 0; at < len && error == 0; at += n, i++) {
		left = v->v_sector - (size_t)((base + at) % v->v_sector);
		n = left < len - at ? left : len - at;
		if (!survives(v, i))
			continue;
		done = 0;
		error = hostwrite(p, fd, part,
		    rumpuser__iov_slice(iov, niov, at, n, part),
		    off < 0 ? off : off + (int64_t)at, RUMPUSER_RECORD_TORN,
		    &done);
	}
	*donep = len;
	return error;
}

/* What does not reach the host, or not at once or as a whole. */
static int
lostwrite(P p, int fd, IOV iov, size_t niov, int64_t off, struct verdict *v,
    size_t *donep)
{
	int error;

	if ((v->v_actions & FA_TEAR) != 0) {
		error = torn(p, fd, iov, niov, off, v, donep);
	} else if ((v->v_actions & FA_REORDER) != 0 && off >= 0) {
		error = rumpuser__held_add(p, fd, iov, niov, off,
		    v->v_reorder);
		*donep = rumpuser__iov_len(iov, niov);
		if (error == 0)
			return pretend(p, fd, RUMPUSER_RECORD_WRITE, iov,
			    niov, off, RUMPUSER_RECORD_LATE, 0);
	} else {
		*donep = rumpuser__iov_len(iov, niov);
		return pretend(p, fd, RUMPUSER_RECORD_WRITE, iov, niov, off,
		    RUMPUSER_RECORD_LOST, 0);
	}
	if (error == 0 && (v->v_actions & FA_FAIL) != 0)
		error = v->v_error;
	if (error != 0)
		*donep = 0;
	return error;
}

/* A whole write: as it is, shortened, doubled. */
static int
wholewrite(P p, int fd, IOV iov, size_t niov, int64_t off,
    const struct verdict *v, size_t *donep)
{
	struct rumpuser_iovec part[MAXIOV];
	size_t n, again = 0;
	int error;

	n = rumpuser__iov_slice(iov, niov, 0,
	    shortened(v, rumpuser__iov_len(iov, niov)), part);
	if (n == 0)
		return 0;
	error = hostwrite(p, fd, part, n, off, 0, donep);
	if ((v->v_actions & FA_DOUBLE) != 0 && error == 0)
		error = hostwrite(p, fd, part, n, off, RUMPUSER_RECORD_AGAIN,
		    &again);
	return error;
}

static int
spoiltwrite(P p, int fd, IOV iov, size_t niov, int64_t off,
    struct verdict *v, size_t *donep)
{

	if ((v->v_actions & (FA_TEAR | FA_DROP)) != 0 ||
	    ((v->v_actions & FA_REORDER) != 0 && off >= 0))
		return lostwrite(p, fd, iov, niov, off, v, donep);
	if ((v->v_actions & FA_FAIL) != 0)
		return pretend(p, fd, RUMPUSER_RECORD_WRITE, iov, niov, off,
		    RUMPUSER_RECORD_LOST, v->v_error);
	return wholewrite(p, fd, iov, niov, off, v, donep);
}

/* The caller's data is not ours to spoil. */
static int
corruptwrite(P p, int fd, IOV iov, size_t niov, int64_t off,
    struct verdict *v, size_t *donep)
{
	struct rumpuser_iovec copy;
	int error;

	copy.iov_len = rumpuser__iov_len(iov, niov);
	if ((copy.iov_base = malloc(copy.iov_len + 1)) == NULL)
		return ENOMEM;
	rumpuser__iov_copyout(iov, niov, copy.iov_base);
	rumpuser__iov_corrupt(&copy, 1, copy.iov_len, v->v_corrupt,
	    &v->v_random);
	error = spoiltwrite(p, fd, &copy, 1, off, v, donep);
	free(copy.iov_base);
	return error;
}

static int
fault_writev(P p, int fd, IOV iov, size_t niov, int64_t off, size_t *donep)
{
	const struct operation op = { .op_class = FC_WRITE, .op_fd = fd,
	    .op_off = off, .op_len = rumpuser__iov_len(iov, niov) };
	struct verdict v;

	if (!rumpuser__judge(p, &op, &v))
		return hostwrite(p, fd, iov, niov, off, 0, donep);
	rumpuser__judge_delay(p, &v);
	if ((v.v_actions & FA_CORRUPT) != 0)
		return corruptwrite(p, fd, iov, niov, off, &v, donep);
	return spoiltwrite(p, fd, iov, niov, off, &v, donep);
}

static int
hostsync(P p, int fd, int how, int kind)
{
	struct recording_token rt;
	int error;

	if (__atomic_load_n(&rumpuser__recordings, __ATOMIC_ACQUIRE) == 0)
		return LOWER_CALL(p, ho_sync, fd, how);
	rumpuser__record_begin(p, &rt, fd, kind, 0, NULL, 0, 0);
	error = LOWER_CALL(p, ho_sync, fd, how);
	rumpuser__record_end(&rt, 0, error);
	return error;
}

static int
fault_sync(P p, int fd, int how)
{
	const int barrier = how == RUMPUSER_HOSTSYNC_BARRIER;
	const int kind = barrier ? RUMPUSER_RECORD_BARRIER :
	    RUMPUSER_RECORD_SYNC;
	const struct operation op = { .op_fd = fd, .op_off = -1,
	    .op_class = barrier ? FC_BARRIER : FC_SYNC };
	struct verdict v;
	int error;

	if ((error = common(p, &op, &v)) != 0 ||
	    (v.v_actions & FA_DROP) != 0)
		return pretend(p, fd, kind, NULL, 0, 0, RUMPUSER_RECORD_LOST,
		    error);
	if ((error = rumpuser__held_flush(p, fd)) != 0)
		return pretend(p, fd, kind, NULL, 0, 0, RUMPUSER_RECORD_LOST,
		    error);
	error = hostsync(p, fd, how, kind);
	if ((v.v_actions & FA_DOUBLE) != 0 && error == 0)
		error = hostsync(p, fd, how, kind);
	return error;
}

static int
fault_flush(P p, int fd, uint64_t start, uint64_t len)
{
	const struct operation op = { .op_class = FC_FLUSH, .op_fd = fd,
	    .op_off = (int64_t)start,
	    .op_len = len != 0 ? len : (uint64_t)INT64_MAX - start };
	struct verdict v;
	int error;

	if ((error = common(p, &op, &v)) != 0)
		return error;
	if ((v.v_actions & FA_DROP) != 0)
		return 0;
	error = LOWER_CALL(p, ho_flush, fd, start, len);
	if ((v.v_actions & FA_DOUBLE) != 0 && error == 0)
		error = LOWER_CALL(p, ho_flush, fd, start, len);
	return error;
}

/*
 * The others.
 */

static int
fault_alloc(P p, size_t size, size_t align, const void *site, void **memp)
{
	int error;

	if ((error = simple(p, FC_ALLOC, site, NULL)) != 0)
		return error;
	return LOWER_CALL(p, ho_alloc, size, align, site, memp);
}

static int
fault_map(P p, void *pref, size_t size, size_t align, int exec,
    const void *site, void **memp)
{
	int error;

	if ((error = simple(p, FC_MAP, site, NULL)) != 0)
		return error;
	return LOWER_CALL(p, ho_map, pref, size, align, exec, site, memp);
}

static int
fault_clock(P p, int which, int64_t *secp, long *nsecp)
{
	int error;

	if ((error = simple(p, FC_CLOCK, NULL, NULL)) != 0)
		return error;
	return LOWER_CALL(p, ho_clock, which, secp, nsecp);
}

static int
fault_sleep(P p, int64_t until)
{
	int error;

	if ((error = simple(p, FC_SLEEP, NULL, NULL)) != 0)
		return error;
	return LOWER_CALL(p, ho_sleep, until);
}

static int
fault_thread(P p, void *(*f)(void *), void *arg, const char *name, int cpuidx,
    int mustjoin, void **cookiep)
{
	int error;

	error = simple(p, FC_THREAD, NULL, name != NULL ? name : "");
	if (error != 0)
		return error;
	return LOWER_CALL(p, ho_thread, f, arg, name, cpuidx, mustjoin,
	    cookiep);
}

static int
fault_random(P p, void *buf, size_t len, int flags, size_t *donep)
{
	const struct operation op = { .op_class = FC_RANDOM, .op_fd = -1,
	    .op_off = -1, .op_len = len };
	struct rumpuser_iovec iov = { buf, len };
	struct verdict v;
	int error;

	if ((error = common(p, &op, &v)) != 0)
		return error;
	error = LOWER_CALL(p, ho_random, buf, shortened(&v, len), flags,
	    donep);
	if ((v.v_actions & FA_CORRUPT) != 0 && error == 0)
		rumpuser__iov_corrupt(&iov, 1, *donep, v.v_corrupt,
		    &v.v_random);
	return error;
}

static int
fault_kill(P p, int64_t pid, int sig)
{
	int error;

	if ((error = simple(p, FC_KILL, NULL, NULL)) != 0)
		return error;
	return LOWER_CALL(p, ho_kill, pid, sig);
}

static int
fault_param(P p, const char *name, char *buf, size_t len)
{
	int error;

	if ((error = simple(p, FC_PARAM, NULL, name)) != 0)
		return error;
	return LOWER_CALL(p, ho_param, name, buf, len);
}

static int
fault_console(P p, const char *buf, size_t len)
{
	const struct operation op = { .op_class = FC_CONSOLE, .op_fd = -1,
	    .op_off = -1, .op_len = len };
	struct verdict v;
	int error;

	if ((error = common(p, &op, &v)) != 0)
		return error;
	if ((v.v_actions & FA_DROP) != 0)
		return 0;
	return LOWER_CALL(p, ho_console, buf, len);
}

static int
fault_dl(P p, rump_modinit_fn m, rump_symload_fn s, rump_compload_fn c)
{
	int error;

	if ((error = simple(p, FC_LOAD, NULL, NULL)) != 0)
		return error;
	return LOWER_CALL(p, ho_dl, m, s, c);
}

/* A spoilt message is a copy. */
static int
copymessage(struct rumpuser_message *m, struct verdict *v)
{
	struct rumpuser_iovec iov;

	m->rm_len = shortened(v, m->rm_len);
	if ((v->v_actions & FA_CORRUPT) == 0)
		return 0;
	if ((m->rm_mem = malloc(m->rm_len + 1)) == NULL)
		return ENOMEM;
	memcpy(m->rm_mem, m->rm_data, m->rm_len);
	m->rm_data = m->rm_mem;
	m->rm_verdict |= RUMPUSER_MESSAGE_COPY;
	iov.iov_base = m->rm_mem;
	iov.iov_len = m->rm_len;
	rumpuser__iov_corrupt(&iov, 1, m->rm_len, v->v_corrupt, &v->v_random);
	return 0;
}

/* The delay is the component's to keep: here nobody waits. */
static int
fault_message(P p, struct rumpuser_message *m)
{
	const struct operation op = { .op_class = FC_MESSAGE, .op_fd = -1,
	    .op_off = -1, .op_len = m->rm_len, .op_sitename = m->rm_site };
	struct verdict v;
	int error;

	error = LOWER_CALL(p, ho_message, m);
	if (error != 0 || !rumpuser__judge(p, &op, &v))
		return error;
	if ((v.v_actions & FA_FAIL) != 0)
		return v.v_error;
	if ((v.v_actions & FA_DELAY) != 0)
		m->rm_delay += (int64_t)v.v_delay;
	if ((v.v_actions & FA_DROP) != 0)
		m->rm_verdict |= RUMPUSER_MESSAGE_DROP;
	if ((v.v_actions & FA_DOUBLE) != 0)
		m->rm_verdict |= RUMPUSER_MESSAGE_DOUBLE;
	if ((v.v_actions & FA_REORDER) != 0) {
		m->rm_verdict |= RUMPUSER_MESSAGE_HOLD;
		m->rm_behind = (unsigned int)v.v_reorder;
	}
	return copymessage(m, &v);
}

/*
 * The provider and the plan.
 */

static int	fault_init(P, const char *);
static int	fault_fini(P);

struct rumpuser_provider rumpuser__faults = {
	.pv_ops = {
		.ho_version = RUMPUSER_HOSTOPS_VERSION,
		.ho_init = fault_init,
		.ho_fini = fault_fini,
		.ho_open = fault_open,
		.ho_close = fault_close,
		.ho_fileinfo = fault_fileinfo,
		.ho_fdinfo = rumpuser__through_fdinfo,
		.ho_readv = fault_readv,
		.ho_writev = fault_writev,
		.ho_sync = fault_sync,
		.ho_flush = fault_flush,
		.ho_alloc = fault_alloc,
		.ho_free = rumpuser__through_free,
		.ho_map = fault_map,
		.ho_unmap = rumpuser__through_unmap,
		.ho_clock = fault_clock,
		.ho_sleep = fault_sleep,
		.ho_thread = fault_thread,
		.ho_join = rumpuser__through_join,
		.ho_random = fault_random,
		.ho_kill = fault_kill,
		.ho_param = fault_param,
		.ho_console = fault_console,
		.ho_exit = rumpuser__through_exit,
		.ho_dl = fault_dl,
		.ho_message = fault_message,
	},
	.pv_name = "fault",
	.pv_builtin = 1,
};

/* On top of what is in use; the configuration is a plan. */
static int
fault_init(P p, const char *text)
{
	struct plan plan;
	int error;

	if (rumpuser__host() == p)
		return EBUSY;
	error = rumpuser__plan_parse(text != NULL ? text : "", &plan, NULL);
	if (error != 0)
		return error;
	rumpuser__provider_stack(p, rumpuser__host());
	return rumpuser__judge_set(&plan, 0);
}

static int
fault_fini(P p)
{
	struct plan none;

	if (__atomic_load_n(&rumpuser__recordings, __ATOMIC_ACQUIRE) != 0)
		return EBUSY;
	(void)rumpuser__plan_parse("", &none, NULL);
	(void)rumpuser__judge_set(&none, 0);
	(void)rumpuser__held_flush(p, -1);
	rumpuser__provider_stack(p, NULL);
	return 0;
}

/* Called with config.mtx held; NetBSD's errno, as all that is below. */
static int
ensure_use(void)
{
	P p = &rumpuser__faults;
	int error;

	if (rumpuser__provider_up(p))
		return 0;
	if ((error = rumpuser_provider_init(p, NULL)) != 0)
		return error;
	return rumpuser_provider_use(p);
}

/* Called with config.mtx held. */
static void
maybe_leave(void)
{
	P p = &rumpuser__faults;

	if (config.planned || config.holds > 0 || rumpuser__host() != p)
		return;
	if (rumpuser_provider_use(p->pv_lower) == 0)
		(void)rumpuser_provider_fini(p);
}

int
rumpuser__fault_hold(void)
{
	int error;

	pthread_mutex_lock(&config.mtx);
	if ((error = ensure_use()) == 0)
		config.holds++;
	pthread_mutex_unlock(&config.mtx);
	return error;
}

void
rumpuser__fault_release(void)
{

	pthread_mutex_lock(&config.mtx);
	config.holds--;
	maybe_leave();
	pthread_mutex_unlock(&config.mtx);
}

HOSTCALL int
setplan(const char *text, int add, struct rumpuser_fault_error *err)
{
	struct plan plan;
	int serrno = errno, error;

	error = rumpuser__plan_parse(text, &plan, err);
	if (error != 0) {
		error = rumpuser__errtrans(error);
		goto out;
	}
	pthread_mutex_lock(&config.mtx);
	if ((error = ensure_use()) != 0) {
		rumpuser__plan_free(&plan);
	} else {
		if (!add)
			(void)rumpuser__held_flush(&rumpuser__faults, -1);
		error = rumpuser__errtrans(rumpuser__judge_set(&plan, add));
		if (error == 0)
			config.planned = 1;
		maybe_leave();
	}
	pthread_mutex_unlock(&config.mtx);
out:
	errno = serrno;
	return error;
}

static int
changeplan(const char *text, int add, struct rumpuser_fault_error *err)
{
	int count, error;

	if (err != NULL)
		memset(err, 0, sizeof(*err));
	count = rumpuser__unschedule(NULL);
	error = setplan(text, add, err);
	rumpuser__schedule(count, NULL);
	return error;
}

int
rumpuser_fault_plan(const char *text, struct rumpuser_fault_error *err)
{

	return changeplan(text, 0, err);
}

int
rumpuser_fault_add(const char *text, struct rumpuser_fault_error *err)
{

	return changeplan(text, 1, err);
}

/* The text of a plan's file, to be freed; host's errno. */
HOSTCALL int
readplan(const char *path, char **textp)
{
	int serrno = errno, error = 0;
	size_t n = 0;
	char *text;
	FILE *fp;

	if ((text = malloc(RUMPUSER_FAULT_MAXTEXT + 1)) == NULL)
		return ENOMEM;
	if ((fp = fopen(path, "re")) == NULL) {
		error = errno;
	} else {
		n = fread(text, 1, RUMPUSER_FAULT_MAXTEXT, fp);
		if (ferror(fp))
			error = errno != 0 ? errno : EIO;
		else if (memchr(text, '\0', n) != NULL)
			error = EINVAL;
		fclose(fp);
	}
	text[n] = '\0';
	if (error != 0)
		free(text);
	else
		*textp = text;
	errno = serrno;
	return error;
}

int
rumpuser_fault_planfile(const char *path, struct rumpuser_fault_error *err)
{
	char *text;
	int error;

	if ((error = readplan(path, &text)) != 0) {
		if (err != NULL) {
			memset(err, 0, sizeof(*err));
			snprintf(err->rfe_message, sizeof(err->rfe_message),
			    "%.80s: cannot be read as a plan", path);
		}
		return rumpuser__errtrans(error);
	}
	error = rumpuser_fault_plan(text, err);
	free(text);
	return error;
}

/* RUMP_BLKFAIL and RUMP_BLKFAIL_SEED: the rule that they are short for. */
static int
blkfail(struct rumpuser_fault_error *err)
{
	const char *rate = getenv("RUMP_BLKFAIL");
	const char *seed = getenv("RUMP_BLKFAIL_SEED");
	char text[160];

	if (rate == NULL || strcmp(rate, "0") == 0)
		return 0;
	snprintf(text, sizeof(text), "read,write bio fail=EIO p=\"%.20s/10000\""
	    "%s%.20s", rate, seed != NULL ? " seed=" : "",
	    seed != NULL ? seed : "");
	return rumpuser_fault_add(text, err);
}

int
rumpuser_fault_env(struct rumpuser_fault_error *err)
{
	const char *text = getenv(RUMPUSER_FAULT_ENV);
	int error = 0;

	if (text != NULL && *text == '@')
		error = rumpuser_fault_planfile(text + 1, err);
	else if (text != NULL)
		error = rumpuser_fault_plan(text, err);
	return error != 0 ? error : blkfail(err);
}

HOSTCALL int
clearplan(void)
{
	struct plan none;
	int serrno = errno, error = 0;

	(void)rumpuser__plan_parse("", &none, NULL);
	pthread_mutex_lock(&config.mtx);
	if (rumpuser__provider_up(&rumpuser__faults)) {
		(void)rumpuser__judge_set(&none, 0);
		error = rumpuser__held_flush(&rumpuser__faults, -1);
		config.planned = 0;
		maybe_leave();
	}
	pthread_mutex_unlock(&config.mtx);
	errno = serrno;
	return error;
}

int
rumpuser_fault_clear(void)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = clearplan();
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

int
rumpuser_fault_rule(unsigned int n, struct rumpuser_fault_rule *rule)
{

	return rumpuser__errtrans(rumpuser__judge_rule(n, rule));
}

/*
 * fork(2): all locks are held over it, in their order.
 */

void
rumpuser__fault_fork_prepare(void)
{

	pthread_mutex_lock(&config.mtx);
	rumpuser__held_freeze(1);
	rumpuser__judge_freeze(1);
	rumpuser__files_freeze(1);
	rumpuser__record_freeze(1);
	rumpuser__provider_freeze(1);
}

void
rumpuser__fault_fork_parent(void)
{

	rumpuser__provider_freeze(0);
	rumpuser__record_freeze(0);
	rumpuser__files_freeze(0);
	rumpuser__judge_freeze(0);
	rumpuser__held_freeze(0);
	pthread_mutex_unlock(&config.mtx);
}

int
rumpuser__fault_fork_child(void)
{

	rumpuser__record_forget();
	rumpuser__held_forget();
	rumpuser__fault_fork_parent();
	return 0;
}
