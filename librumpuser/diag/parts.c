/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parts.c - the state dump's sections about other folders' objects: fibers,
 * the event engine, AIO, memory.
 * Any context.  Locking: what they walk asks for none, or only tries.
 */
#include "diag/dump.h"
#include "event/dump.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_fiber.h>
#if __has_include("aio/dump.h")
#include <rump/rumpuser_aio.h>
#define HAVE_AIO	1
#endif
#if __has_include("mem/dump.h")
#include <rump/rumpuser_mem.h>
#define HAVE_MEM	1
#endif
#pragma GCC visibility pop
#ifdef HAVE_AIO
#include "aio/dump.h"
#endif
#ifdef HAVE_MEM
#include "mem/dump.h"
#endif

#define MAXFIBERS	256
#define MAXSITES	32

struct fibers {
	struct rumpuser_dump *d;
	unsigned int shown, more;
};

static const char *
state_name(int state)
{

	switch (state) {
	case RUMPUSER_FIBER_RUNNING:
		return "running";
	case RUMPUSER_FIBER_ENDED:
		return "ended";
	default:
		return "suspended";
	}
}

/*
 * The frames may be gone while they are read, when the fiber goes on: that is
 * a strange backtrace, or a fault, which ends the section.
 */
static int
dump_fiber(const struct rumpuser_fiber_info *fi, void *arg)
{
	struct rumpuser_backtrace bt;
	struct fibers *f = arg;

	if (f->shown == MAXFIBERS) {
		f->more++;
		return 0;
	}
	f->shown++;
	rumpuser_dump_printf(f->d, "  fiber %p %s, %s, %lu switches",
	    __UNCONST(fi->fiber), fi->name, state_name(fi->state),
	    (unsigned long)fi->switches);
	if (fi->lwp != NULL)
		rumpuser_dump_printf(f->d, ", lwp %p", (void *)fi->lwp);
	rumpuser_dump_write(f->d, "\n", 1);
	if (fi->pc == 0)
		return 0;
	rumpuser_backtrace_context(&bt, fi->pc, fi->sp, fi->fp);
	rumpuser_dump_backtrace(f->d, &bt, "    ");
	return 0;
}

static void
fibers_section(struct rumpuser_dump *d, void *arg)
{
	struct fibers f = { d, 0, 0 };

	(void)arg;
	(void)rumpuser_fiber_walk(dump_fiber, &f);
	if (f.more > 0)
		rumpuser_dump_printf(d, "  and %u more\n", f.more);
}

static void
event_line(void *arg, const char *line)
{

	rumpuser_dump_printf(arg, "  %s\n", line);
}

static void
events_section(struct rumpuser_dump *d, void *arg)
{

	(void)arg;
	rumpuser__event_dump(event_line, d);
}

#ifdef HAVE_AIO

static void
aio_context(void *arg, const char *name, const char *engine,
    const struct rumpuser_aio_stats *st)
{

	rumpuser_dump_printf(arg, "  %s, %s: depth %u, %u with the host, "
	    "%lu queued, %lu held, %lu done, %lu errors\n", name, engine,
	    st->as_depth, st->as_inflight, (unsigned long)st->as_queued,
	    (unsigned long)st->as_held, (unsigned long)st->as_done,
	    (unsigned long)st->as_errors);
}

static void
aio_request(void *arg, const char *kind, int fd, int64_t off, size_t len,
    uint64_t seq)
{

	rumpuser_dump_printf(arg, "    %s fd %d offset %ld length %zu "
	    "number %lu\n", kind, fd, (long)off, len, (unsigned long)seq);
}

static void
aio_section(struct rumpuser_dump *d, void *arg)
{

	(void)arg;
	rumpuser__aio_walk(aio_context, aio_request, d);
}

#endif

#ifdef HAVE_MEM

static void
mem_site(const struct rumpuser_memsite *ms, void *arg)
{

	rumpuser_dump_printf(arg, "  %s: %lu bytes in %lu of %lu\n", ms->site,
	    (unsigned long)ms->bytes, (unsigned long)ms->count,
	    (unsigned long)ms->total);
}

static void
mem_cache(const struct rumpuser__memcacheinfo *mc, void *arg)
{

	rumpuser_dump_printf(arg, "  cache %s: %zu of %zu bytes\n", mc->name,
	    mc->made, mc->size);
}

static void
mem_section(struct rumpuser_dump *d, void *arg)
{
	struct rumpuser_memstats st;

	(void)arg;
	rumpuser_mem_getstats(&st);
	rumpuser_dump_printf(d, "  %lu bytes mapped, %lu in objects, %lu "
	    "kept\n", (unsigned long)st.mapped, (unsigned long)st.used,
	    (unsigned long)st.spare);
	rumpuser__mem_caches(mem_cache, d);
	(void)rumpuser_mem_sites(mem_site, d, MAXSITES);
}

#endif

void
rumpuser__dump_parts(struct rumpuser_dump *d)
{
	static const struct {
		const char *name;
		rumpuser_dump_fn fn;
	} parts[] = {
		{ "locks", rumpuser__dump_locks_section },
		{ "events", events_section },
		{ "fibers", fibers_section },
#ifdef HAVE_AIO
		{ "aio", aio_section },
#endif
#ifdef HAVE_MEM
		{ "memory", mem_section },
#endif
	};
	size_t i;

	for (i = 0; i < __arraycount(parts); i++) {
		rumpuser_dump_printf(d, "%s:\n", parts[i].name);
		rumpuser__guarded(d, parts[i].fn, NULL);
	}
}
