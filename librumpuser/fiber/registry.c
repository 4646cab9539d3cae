/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * registry.c - the memory of all fibers, and the walk over them that needs no
 * lock.
 *
 * Locking: the free list and the making of chunks are under
 * rumpuser__fiber_mtx.  A walk takes none: chunks are never freed and are
 * linked in front with release order, and the fields of a slot are read
 * between two looks at its gen, which is odd while the slot holds a fiber and
 * differs for each.  The writer changes gen before it touches the fields
 * (the fence keeps its stores behind) and again after them (a release), so a
 * reader that finds the same odd gen before (an acquire) and after (its loads
 * are kept before by the fence) has seen one fiber.  The registers change
 * without that: they are those of one moment if the count of switches and the
 * state are the same before and after, by the same argument.
 */
#include "fiber/fiber.h"

#include <stdlib.h>
#include <string.h>

#define PER_CHUNK	64

struct chunk {
	struct chunk *next;
	struct rumpuser_fiber slots[PER_CHUNK];
};

pthread_mutex_t rumpuser__fiber_mtx = PTHREAD_MUTEX_INITIALIZER;
static struct chunk *chunks;
static struct rumpuser_fiber *freelist;

/* rumpuser__fiber_mtx is held. */
static void
chunk_add(void)
{
	struct chunk *c;
	int i;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return;
	for (i = PER_CHUNK - 1; i >= 0; i--) {
		c->slots[i].next = freelist;
		freelist = &c->slots[i];
	}
	c->next = chunks;
	__atomic_store_n(&chunks, c, __ATOMIC_RELEASE);
}

struct rumpuser_fiber *
rumpuser__fiber_alloc(void)
{
	struct rumpuser_fiber *f;

	pthread_mutex_lock(&rumpuser__fiber_mtx);
	if (freelist == NULL)
		chunk_add();
	if ((f = freelist) != NULL)
		freelist = f->next;
	pthread_mutex_unlock(&rumpuser__fiber_mtx);
	return f;
}

void
rumpuser__fiber_free(struct rumpuser_fiber *f)
{

	pthread_mutex_lock(&rumpuser__fiber_mtx);
	f->next = freelist;
	freelist = f;
	pthread_mutex_unlock(&rumpuser__fiber_mtx);
}

void
rumpuser__fiber_rename(struct rumpuser_fiber *f, const char *name)
{
	uint64_t words[__arraycount(f->name)] = { 0 };
	size_t i;

	if (name != NULL)
		memcpy(words, name, strnlen(name, sizeof(words) - 1));
	for (i = 0; i < __arraycount(words); i++)
		FIBER_PUT(f->name[i], words[i]);
}

void
rumpuser__fiber_publish(struct rumpuser_fiber *f, const char *name)
{

	rumpuser__fiber_rename(f, name);
	__atomic_store_n(&f->gen, f->gen + 1, __ATOMIC_RELEASE);
}

void
rumpuser__fiber_unpublish(struct rumpuser_fiber *f)
{

	__atomic_store_n(&f->gen, f->gen + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void
rumpuser__fiber_each(void (*fn)(struct rumpuser_fiber *))
{
	struct chunk *c;
	int i;

	for (c = chunks; c != NULL; c = c->next)
		for (i = 0; i < PER_CHUNK; i++)
			if (c->slots[i].gen & 1)
				fn(&c->slots[i]);
}

/*
 * The walk.
 */

#define GET(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)

static int
info_state(const struct rumpuser_fiber *f)
{
	int state = __atomic_load_n(&f->state, __ATOMIC_ACQUIRE);

	if (state == RUMPUSER_FIBER_SUSPENDED && !GET(f->started))
		return RUMPUSER_FIBER_NEW;
	return state == FIBER_LEAVING ? RUMPUSER_FIBER_RUNNING : state;
}

static void
info_regs(const struct rumpuser_fiber *f, struct rumpuser_fiber_info *fi)
{

	fi->pc = GET(f->ctx.pc);
	fi->sp = GET(f->ctx.sp);
	fi->fp = GET(f->ctx.bp);
	if (GET(f->ctx.portable) == NULL)
		fi->sp += sizeof(uint64_t);	/* past the return address */
	fi->saved[0] = GET(f->ctx.bx);
	fi->saved[1] = GET(f->ctx.r12);
	fi->saved[2] = GET(f->ctx.r13);
	fi->saved[3] = GET(f->ctx.r14);
	fi->saved[4] = GET(f->ctx.r15);
}

static void
info_fields(const struct rumpuser_fiber *f, struct rumpuser_fiber_info *fi)
{
	uint64_t words[__arraycount(f->name)];
	size_t i;

	for (i = 0; i < __arraycount(words); i++)
		words[i] = GET(f->name[i]);
	memcpy(fi->name, words, sizeof(fi->name));
	fi->fiber = f;
	fi->lwp = GET(f->lwp);
	fi->stack = (uintptr_t)GET(f->stack);
	fi->stacksize = GET(f->stacksize);
	fi->switches = GET(f->switches);
	fi->state = info_state(f);
	if (fi->state == RUMPUSER_FIBER_SUSPENDED)
		info_regs(f, fi);
}

/* False: there is no fiber, or no longer the same. */
static int
info_take(const struct rumpuser_fiber *f, struct rumpuser_fiber_info *fi)
{
	uint64_t gen = __atomic_load_n(&f->gen, __ATOMIC_ACQUIRE);

	if ((gen & 1) == 0)
		return 0;
	memset(fi, 0, sizeof(*fi));
	info_fields(f, fi);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (fi->pc != 0 && (GET(f->switches) != fi->switches ||
	    GET(f->state) != RUMPUSER_FIBER_SUSPENDED)) {
		/* It went on meanwhile. */
		fi->state = RUMPUSER_FIBER_RUNNING;
		fi->pc = fi->sp = fi->fp = 0;
		memset(fi->saved, 0, sizeof(fi->saved));
	}
	return GET(f->gen) == gen;
}

int
rumpuser_fiber_walk(int (*fn)(const struct rumpuser_fiber_info *, void *),
    void *arg)
{
	struct rumpuser_fiber_info fi;
	const struct chunk *c;
	int i, rv;

	c = __atomic_load_n(&chunks, __ATOMIC_ACQUIRE);
	for (; c != NULL; c = c->next)
		for (i = 0; i < PER_CHUNK; i++)
			if (info_take(&c->slots[i], &fi) &&
			    (rv = fn(&fi, arg)) != 0)
				return rv;
	return 0;
}
