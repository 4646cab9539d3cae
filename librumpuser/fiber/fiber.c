/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fiber.c - making fibers and switching between them.
 *
 * Locking: a running context belongs to its host thread, a suspended one to
 * whoever resumes it, which is one by the caller's promise.  The hand-over is
 * the word `state': the context switched to writes SUSPENDED with release
 * order, when all that the other one has done and its registers are written;
 * who resumes reads it with acquire order.  So no atomic instruction is
 * needed.
 *
 * A context leaves on one host thread and comes back on another, in the
 * middle of a function: what belongs to a host thread is not looked up after
 * the switch but handed over by it, as its value.
 */
#include "fiber/annotate.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
#define STACK_MIN	((size_t)256 << 10)
#else
#define STACK_MIN	((size_t)64 << 10)
#endif
#define STACK_MAX	((size_t)1 << 40)

/* Turns of the spin before a host thread lets others run. */
#define SPINS		1000

static __thread struct fiber_carrier *carrier_tls
    __attribute__((__tls_model__("initial-exec")));
static pthread_key_t carrier_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_error;
static int portable;		/* set once: switch by swapcontext(3) */

/*
 * Once a process.
 */

static void
fork_prepare(void)
{

	pthread_mutex_lock(&rumpuser__fiber_mtx);
}

static void
fork_parent(void)
{

	pthread_mutex_unlock(&rumpuser__fiber_mtx);
}

/* The threads that carried them are not here. */
static void
fork_lost(struct rumpuser_fiber *f)
{

	if (f->state != RUMPUSER_FIBER_SUSPENDED &&
	    (carrier_tls == NULL || carrier_tls->current != f)) {
		FIBER_PUT(f->state, RUMPUSER_FIBER_ENDED);
		annotate_lost(f);
	}
}

static void
fork_child(void)
{

	rumpuser__fiber_each(fork_lost);
	pthread_mutex_unlock(&rumpuser__fiber_mtx);
}

static void
carrier_free(void *arg)
{
	struct fiber_carrier *c = arg;

	carrier_tls = NULL;
	rumpuser__fiber_uc_fini(&c->own);
	free(c);
}

static void
init(void)
{

#ifdef __x86_64__
	portable = getenv("RUMP_FIBER_UCONTEXT") != NULL;
#else
	portable = 1;
#endif
	once_error = pthread_key_create(&carrier_key, carrier_free);
	if (once_error == 0)
		once_error = pthread_atfork(fork_prepare, fork_parent,
		    fork_child);
}

/*
 * What the calling host thread carries.  NULL: no memory.
 */

static __noinline struct fiber_carrier *
carrier_make(void)
{
	struct fiber_carrier *c;

	pthread_once(&once, init);
	if (once_error != 0 || (c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	if (portable && rumpuser__fiber_uc_init(&c->own) != 0)
		goto fail;
	if (pthread_setspecific(carrier_key, c) != 0)
		goto fail;
	c->own.state = RUMPUSER_FIBER_RUNNING;
	c->current = &c->own;
	annotate_thread(&c->own);
	carrier_tls = c;
	return c;
fail:
	rumpuser__fiber_uc_fini(&c->own);
	free(c);
	return NULL;
}

int
rumpuser__fiber_thread(void)
{

	return carrier_tls != NULL || carrier_make() != NULL ? 0 : ENOMEM;
}

struct rumpuser_fiber *
rumpuser_fiber_current(void)
{
	struct fiber_carrier *c = carrier_tls;

	return c == NULL || c->current == &c->own ? NULL : c->current;
}

/*
 * Creating and destroying.
 */

/* The first thing that a fiber's stack holds is where it begins. */
static void
ctx_init(struct rumpuser_fiber *f)
{
	uint64_t *top = (uint64_t *)(void *)(f->stack + f->stacksize);

	*--top = 0;
	*--top = (uintptr_t)rumpuser__fiber_entry;
	FIBER_PUT(f->ctx.sp, (uintptr_t)top);
	FIBER_PUT(f->ctx.pc, (uintptr_t)rumpuser__fiber_entry);
	FIBER_PUT(f->ctx.bp, 0);
	/* As they are at the start of a program. */
	f->ctx.mxcsr = 0x1f80;
	f->ctx.fpucw = 0x037f;
}

static int
stack_size(size_t want, size_t *sizep)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (want == 0)
		want = RUMPUSER_FIBER_STACK;
	if (want < STACK_MIN)
		want = STACK_MIN;
	if (want > STACK_MAX)
		return EINVAL;
	*sizep = (want + page - 1) & ~(page - 1);
	return 0;
}

static int
create(void (*fn)(void *), void *arg, const char *name, size_t size,
    struct rumpuser_fiber **fp)
{
	struct rumpuser_fiber *f;
	int error;

	pthread_once(&once, init);
	if ((error = once_error) != 0)
		return error;
	if ((f = rumpuser__fiber_alloc()) == NULL)
		return ENOMEM;
	if ((error = rumpuser__fiber_stack(size, f)) != 0)
		goto nostack;
	f->fn = fn;
	f->arg = arg;
	f->hooks = NULL;
	f->fakestack = NULL;
	FIBER_PUT(f->started, 0);
	FIBER_PUT(f->switches, 0);
	FIBER_PUT(f->lwp, NULL);
	FIBER_PUT(f->state, RUMPUSER_FIBER_SUSPENDED);
	if (portable)
		error = rumpuser__fiber_uc_init(f);
	else
		ctx_init(f);
	if (error != 0)
		goto noctx;
	annotate_create(f);
	rumpuser__fiber_publish(f, name);
	*fp = f;
	return 0;
noctx:
	rumpuser__fiber_stack_free(f);
nostack:
	rumpuser__fiber_free(f);
	return error;
}

int
rumpuser_fiber_create(void (*fn)(void *), void *arg, const char *name,
    size_t stacksize, struct rumpuser_fiber **fp)
{
	int serrno = errno, error;
	size_t size;

	error = stack_size(stacksize, &size);
	if (error == 0)
		error = create(fn, arg, name, size, fp);
	errno = serrno;
	return rumpuser__errtrans(error);
}

static void
relax(int *turns)
{

	if (++*turns % SPINS == 0)
		sched_yield();
#ifdef __x86_64__
	else
		__builtin_ia32_pause();
#endif
}

/* The state once the context is off its host thread, if it is leaving it. */
static int
settled(struct rumpuser_fiber *f)
{
	int state, turns = 0;

	while ((state = __atomic_load_n(&f->state, __ATOMIC_ACQUIRE)) ==
	    FIBER_LEAVING)
		relax(&turns);
	return state;
}

int
rumpuser_fiber_destroy(struct rumpuser_fiber *f)
{
	int serrno = errno;

	if (settled(f) == RUMPUSER_FIBER_RUNNING)
		return rumpuser__errtrans(EBUSY);
	rumpuser__fiber_unpublish(f);
	annotate_destroy(f);
	rumpuser__fiber_uc_fini(f);
	rumpuser__fiber_stack_free(f);
	rumpuser__fiber_free(f);
	errno = serrno;
	return 0;
}

/*
 * Switching.
 */

/* Become the one who resumes @to. */
static inline int
claim(struct rumpuser_fiber *to)
{
	int state, turns = 0;

	while (__predict_false((state = __atomic_load_n(&to->state,
	    __ATOMIC_ACQUIRE)) != RUMPUSER_FIBER_SUSPENDED)) {
		if (state == RUMPUSER_FIBER_ENDED || state == FIBER_LEAVING)
			return EINVAL;
		relax(&turns);
	}
	FIBER_PUT(to->state, RUMPUSER_FIBER_RUNNING);
	return 0;
}

/* On the context switched to: the other one can be resumed from here on. */
static inline void
arrive(struct fiber_carrier *c)
{
	struct rumpuser_fiber *prev = c->prev;
	void (*then)(void *) = c->then;

	annotate_arrive(c->current, prev);
	if (__predict_false(portable))
		rumpuser__fiber_uc_regs(&prev->ctx);
	__atomic_store_n(&prev->state, prev->state == FIBER_LEAVING ?
	    RUMPUSER_FIBER_ENDED : RUMPUSER_FIBER_SUSPENDED, __ATOMIC_RELEASE);
	if (then != NULL)
		then(c->thenarg);
}

/* Save the calling context, continue @to, which is claimed. */
static inline void
swap(struct fiber_carrier *c, struct rumpuser_fiber *to,
    void (*then)(void *), void *arg, int last)
{
	struct rumpuser_fiber *from = c->current;

	c->prev = from;
	c->then = then;
	c->thenarg = arg;
	c->current = to;
	FIBER_PUT(from->lwp, rumpuser__curlwp_tls);
	rumpuser__curlwp_tls = to->lwp;
	FIBER_PUT(to->switches, to->switches + 1);
	annotate_leave(from, to, last);
#ifdef __x86_64__
	if (__predict_true(!portable))
		c = rumpuser__fiber_swap_asm(&from->ctx, &to->ctx, c);
	else
#endif
		c = rumpuser__fiber_uc_swap(&from->ctx, &to->ctx, c);
	arrive(c);
}

int
rumpuser_fiber_switch(struct rumpuser_fiber *to, void (*then)(void *),
    void *arg)
{
	struct fiber_carrier *c = carrier_tls;
	int error;

	if (__predict_false(c == NULL) && (c = carrier_make()) == NULL)
		return rumpuser__errtrans(ENOMEM);
	if (to == NULL)
		to = &c->own;
	if (__predict_false(to == c->current)) {
		if (then != NULL)
			then(arg);
		return 0;
	}
	if ((error = claim(to)) != 0)
		return rumpuser__errtrans(error);
	swap(c, to, then, arg, 0);
	return 0;
}

void
rumpuser_fiber_exit(struct rumpuser_fiber *to, void (*then)(void *),
    void *arg)
{
	struct fiber_carrier *c = carrier_tls;

	if (rumpuser_fiber_current() == NULL) {
		rumpuser_dprintf("rumpuser: exit of what is no fiber\n");
		abort();
	}
	FIBER_PUT(c->current->state, FIBER_LEAVING);
	if (to == NULL || claim(to) != 0) {
		to = &c->own;
		(void)claim(to);
	}
	swap(c, to, then, arg, 1);
	__builtin_unreachable();
}

/*
 * Around what blocks in the host: see host.h.  Each function called may come
 * back on another host thread, so the cancellation state, which is a host
 * thread's, is changed and restored where the blocking takes place.
 */

void
rumpuser_fiber_sethooks(struct rumpuser_fiber *f,
    const struct rumpuser_fiber_hooks *hooks, void *arg)
{

	f->hookarg = arg;
	f->hooks = hooks;
}

int
rumpuser__fiber_unschedule(struct rumpuser_fiber *f, void *interlock)
{
	int count = 0, cookie = 0, state;

	if (rumpuser_curlwp() != NULL)
		rumpuser__hyp.hyp_backend_unschedule(0, &count, interlock);
	else
		cookie |= COOKIE_NOCPU;
	if (f->hooks != NULL)
		f->hooks->fh_block(f->hookarg);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (state == PTHREAD_CANCEL_DISABLE)
		cookie |= COOKIE_CANCELOFF;
	return count * (1 << COOKIE_SHIFT) + cookie;
}

void
rumpuser__fiber_schedule(struct rumpuser_fiber *f, int cookie,
    void *interlock)
{

	if ((cookie & COOKIE_CANCELOFF) == 0)
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	if (f->hooks != NULL)
		f->hooks->fh_unblock(f->hookarg);
	if ((cookie & COOKIE_NOCPU) == 0)
		rumpuser__hyp.hyp_backend_schedule(cookie >> COOKIE_SHIFT,
		    interlock);
}

/* The first code of a fiber. */
void
rumpuser__fiber_main(struct fiber_carrier *c)
{
	struct rumpuser_fiber *f = c->current;

	FIBER_PUT(f->started, 1);
	arrive(c);
	f->fn(f->arg);
	rumpuser_fiber_exit(NULL, NULL, NULL);
}
