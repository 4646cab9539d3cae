/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider.c - the handles of providers: counted, initialised, put to use.
 *
 * Locking: registry.mtx guards the list, counts and states.  It is not held
 * while a provider's own init and fini run, which may call hypercalls: the
 * states INITIALISING and FINISHING keep others out meanwhile.  The pointer
 * to the provider in use is read without it, see rumpuser__host().
 */
#include "posix/host.h"
#include "fault/provider.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct {
	pthread_mutex_t mtx;
	struct rumpuser_provider *head;		/* beside the built-in ones */
} registry = { .mtx = PTHREAD_MUTEX_INITIALIZER };

static struct rumpuser_provider *const builtin[] = {
	&rumpuser__posix, &rumpuser__faults,
};

struct rumpuser_provider *rumpuser__inuse = &rumpuser__posix;

typedef struct rumpuser_provider *P;
typedef const struct rumpuser_iovec *IOV;

/* Each operation that returns an error: name, parameters, arguments. */
#define OPERATIONS(X)							\
	X(open, (P p, const char *n, int m, int *f), (n, m, f))		\
	X(close, (P p, int fd), (fd))					\
	X(fileinfo, (P p, const char *n, uint64_t *s, int *t), (n, s, t)) \
	X(fdinfo, (P p, int fd, int *m, char *n, size_t l), (fd, m, n, l)) \
	X(readv, (P p, int fd, IOV v, size_t n, int64_t o, size_t *d),	\
	    (fd, v, n, o, d))						\
	X(writev, (P p, int fd, IOV v, size_t n, int64_t o, size_t *d),	\
	    (fd, v, n, o, d))						\
	X(sync, (P p, int fd, int how), (fd, how))			\
	X(flush, (P p, int fd, uint64_t s, uint64_t l), (fd, s, l))	\
	X(alloc, (P p, size_t s, size_t a, const void *c, void **m),	\
	    (s, a, c, m))						\
	X(map, (P p, void *w, size_t s, size_t a, int x, const void *c,	\
	    void **m), (w, s, a, x, c, m))				\
	X(clock, (P p, int w, int64_t *s, long *n), (w, s, n))		\
	X(sleep, (P p, int64_t until), (until))				\
	X(thread, (P p, void *(*f)(void *), void *a, const char *n,	\
	    int cpu, int j, void **c), (f, a, n, cpu, j, c))		\
	X(join, (P p, void *c), (c))					\
	X(random, (P p, void *b, size_t l, int f, size_t *d),		\
	    (b, l, f, d))						\
	X(kill, (P p, int64_t pid, int sig), (pid, sig))		\
	X(param, (P p, const char *n, char *b, size_t l), (n, b, l))	\
	X(console, (P p, const char *b, size_t l), (b, l))		\
	X(dl, (P p, rump_modinit_fn m, rump_symload_fn s,		\
	    rump_compload_fn c), (m, s, c))				\
	X(message, (P p, struct rumpuser_message *m), (m))

#define UNWRAP(...)	__VA_ARGS__
#define BELOW(op, args)	p->pv_lower->pv_ops.op(p->pv_lower, UNWRAP args)

#define STUBS(op, params, args)						\
static int								\
absent_##op params							\
{									\
									\
	return ENOSYS;							\
}									\
									\
static int								\
through_##op params							\
{									\
									\
	return BELOW(ho_##op, args);					\
}

OPERATIONS(STUBS)

/* And those that return nothing. */
static void
absent_free(P p, void *mem, size_t size)
{

}

static void
absent_exit(P p, int value)
{

	abort();
}

void
rumpuser__through_free(P p, void *mem, size_t size)
{

	BELOW(ho_free, (mem, size));
}

void
rumpuser__through_unmap(P p, void *mem, size_t size)
{

	BELOW(ho_unmap, (mem, size));
}

void
rumpuser__through_exit(P p, int value)
{

	BELOW(ho_exit, (value));
}

int
rumpuser__through_fdinfo(P p, int fd, int *modep, char *name, size_t len)
{

	return through_fdinfo(p, fd, modep, name, len);
}

int
rumpuser__through_join(P p, void *cookie)
{

	return through_join(p, cookie);
}

static void
fill_holes(struct rumpuser_hostops *ops)
{

#define FILL(op, params, args)						\
	if (ops->ho_##op == NULL)					\
		ops->ho_##op = absent_##op;
	OPERATIONS(FILL)
	if (ops->ho_free == NULL)
		ops->ho_free = absent_free;
	if (ops->ho_unmap == NULL)
		ops->ho_unmap = absent_free;
	if (ops->ho_exit == NULL)
		ops->ho_exit = absent_exit;
}

void
rumpuser_provider_through(struct rumpuser_hostops *ops)
{

	memset(ops, 0, sizeof(*ops));
	ops->ho_version = RUMPUSER_HOSTOPS_VERSION;
#define PASS(op, params, args)	ops->ho_##op = through_##op;
	OPERATIONS(PASS)
	ops->ho_free = rumpuser__through_free;
	ops->ho_unmap = rumpuser__through_unmap;
	ops->ho_exit = rumpuser__through_exit;
}

/*
 * Handles.
 */

static struct rumpuser_provider *
find(const char *name)
{
	struct rumpuser_provider *p;

	size_t i;

	for (i = 0; i < __arraycount(builtin); i++)
		if (strcmp(name, builtin[i]->pv_name) == 0)
			return builtin[i];
	for (p = registry.head; p != NULL; p = p->pv_next)
		if (strcmp(name, p->pv_name) == 0)
			break;
	return p;
}

int
rumpuser_provider_get(const char *name, struct rumpuser_provider **pp)
{
	struct rumpuser_provider *p;

	pthread_mutex_lock(&registry.mtx);
	if ((p = find(name)) != NULL)
		p->pv_refs++;
	pthread_mutex_unlock(&registry.mtx);
	if (p == NULL)
		return rumpuser__errtrans(ENOENT);
	*pp = p;
	return 0;
}

static int
enter(struct rumpuser_provider *p)
{
	int error = 0;

	pthread_mutex_lock(&registry.mtx);
	if (find(p->pv_name) != NULL) {
		error = EEXIST;
	} else {
		p->pv_next = registry.head;
		registry.head = p;
		if (p->pv_lower != NULL)
			p->pv_lower->pv_refs++;
	}
	pthread_mutex_unlock(&registry.mtx);
	return error;
}

HOSTCALL int
create(const char *name, const struct rumpuser_hostops *ops,
    struct rumpuser_provider *lower, void *priv, struct rumpuser_provider **pp)
{
	struct rumpuser_provider *p;
	int serrno = errno, error;
	char *copy;

	p = calloc(1, sizeof(*p));
	copy = strdup(name);
	error = p == NULL || copy == NULL ? ENOMEM : 0;
	if (error == 0) {
		p->pv_ops = *ops;
		fill_holes(&p->pv_ops);
		p->pv_lower = lower;
		p->pv_priv = priv;
		p->pv_name = copy;
		p->pv_refs = 1;
		error = enter(p);
	}
	if (error != 0) {
		free(copy);
		free(p);
	} else {
		*pp = p;
	}
	errno = serrno;
	return error;
}

int
rumpuser_provider_create(const char *name, const struct rumpuser_hostops *ops,
    struct rumpuser_provider *lower, void *priv, struct rumpuser_provider **pp)
{

	if (ops->ho_version != RUMPUSER_HOSTOPS_VERSION || *name == '\0')
		return rumpuser__errtrans(EINVAL);
	return rumpuser__errtrans(create(name, ops, lower, priv, pp));
}

static void
destroy(struct rumpuser_provider *p)
{
	int serrno = errno;

	free((void *)(uintptr_t)p->pv_name);
	free(p);
	errno = serrno;
}

/* Off the list; called with the lock held. */
static void
leave(struct rumpuser_provider *p)
{
	struct rumpuser_provider **pp;

	for (pp = &registry.head; *pp != p; pp = &(*pp)->pv_next)
		continue;
	*pp = p->pv_next;
}

/*
 * One reference less; called with the lock held.  The last one destroys a
 * provider that is down, and gives back what it held of the one below.  One
 * that is up stays to be found by its name.
 */
static void
unref(struct rumpuser_provider *p)
{
	struct rumpuser_provider *lower;

	while (p != NULL && --p->pv_refs == 0 && !p->pv_builtin &&
	    p->pv_state == PV_DOWN) {
		lower = p->pv_lower;
		leave(p);
		destroy(p);
		p = lower;
	}
}

int
rumpuser_provider_put(struct rumpuser_provider *p)
{
	int error = 0;

	pthread_mutex_lock(&registry.mtx);
	if (p->pv_refs == 0)
		error = EINVAL;
	else if (p->pv_refs == 1 && p->pv_state != PV_DOWN)
		error = EBUSY;
	else
		unref(p);
	pthread_mutex_unlock(&registry.mtx);
	return rumpuser__errtrans(error);
}

/* From one state to the next; EINVAL if it is in another one. */
static int
transit(struct rumpuser_provider *p, int from, int to)
{
	int error = 0;

	pthread_mutex_lock(&registry.mtx);
	if (p->pv_state != from)
		error = EINVAL;
	else if (to == PV_FINISHING && p == rumpuser__host())
		error = EBUSY;
	else
		p->pv_state = to;
	pthread_mutex_unlock(&registry.mtx);
	return error;
}

int
rumpuser_provider_init(struct rumpuser_provider *p, const char *config)
{
	int error;

	if ((error = transit(p, PV_DOWN, PV_INITIALISING)) != 0)
		return rumpuser__errtrans(error);
	if (p->pv_ops.ho_init != NULL)
		error = p->pv_ops.ho_init(p, config);
	(void)transit(p, PV_INITIALISING, error == 0 ? PV_UP : PV_DOWN);
	return rumpuser__errtrans(error);
}

int
rumpuser_provider_fini(struct rumpuser_provider *p)
{
	int error;

	if ((error = transit(p, PV_UP, PV_FINISHING)) != 0)
		return rumpuser__errtrans(error);
	if (p->pv_ops.ho_fini != NULL)
		error = p->pv_ops.ho_fini(p);
	(void)transit(p, PV_FINISHING, error == 0 ? PV_DOWN : PV_UP);
	return rumpuser__errtrans(error);
}

int
rumpuser_provider_use(struct rumpuser_provider *p)
{
	int error = 0;

	pthread_mutex_lock(&registry.mtx);
	if (p->pv_state != PV_UP) {
		error = EINVAL;
	} else {
		p->pv_refs++;
		unref(rumpuser__host());
		/* Release: see rumpuser__host(). */
		__atomic_store_n(&rumpuser__inuse, p, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&registry.mtx);
	return rumpuser__errtrans(error);
}

struct rumpuser_provider *
rumpuser_provider_current(void)
{

	return rumpuser__host();
}

struct rumpuser_provider *
rumpuser_provider_lower(struct rumpuser_provider *p)
{

	return p->pv_lower;
}

void *
rumpuser_provider_private(struct rumpuser_provider *p)
{

	return p->pv_priv;
}

const char *
rumpuser_provider_name(struct rumpuser_provider *p)
{

	return p->pv_name;
}

const struct rumpuser_hostops *
rumpuser_provider_ops(struct rumpuser_provider *p)
{

	return &p->pv_ops;
}

void
rumpuser__provider_stack(struct rumpuser_provider *p,
    struct rumpuser_provider *lower)
{

	pthread_mutex_lock(&registry.mtx);
	if (lower != NULL)
		lower->pv_refs++;
	unref(p->pv_counted);
	p->pv_counted = lower;
	/* Operations that are still under way go on to the former one. */
	if (lower != NULL)
		p->pv_lower = lower;
	pthread_mutex_unlock(&registry.mtx);
}

int
rumpuser__provider_up(struct rumpuser_provider *p)
{
	int up;

	pthread_mutex_lock(&registry.mtx);
	up = p->pv_state == PV_UP;
	pthread_mutex_unlock(&registry.mtx);
	return up;
}

void
rumpuser__provider_freeze(int freeze)
{

	if (freeze)
		pthread_mutex_lock(&registry.mtx);
	else
		pthread_mutex_unlock(&registry.mtx);
}
