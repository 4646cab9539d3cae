/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prof.c - the profile of dispatching: times by requester and target.
 *
 * Locking: none.  A pair's entry in the table is claimed by compare and swap
 * (FREE -> CLAIMED), gets its key and is published (USED, release); counters
 * are relaxed atomics.  Who finds a claimed entry goes on to the next: a pair
 * may then have two entries, which the reports add up.
 */
#include "diag/prof.h"
#include "diag/dump.h"
#include "posix/host.h"

#include <rump/rumpuser_str.h>

#include <errno.h>
#include <string.h>

#define NPAIRS	1024		/* a power of two */
#define DEPTH	12		/* of the tree */

enum { FREE, CLAIMED, USED };

struct pair {
	int state;
	int type;
	const void *from, *target;
	uint64_t count;
	int64_t pending, pending_max;
	int64_t queued, queued_max;
	int64_t running, running_max;
};

static struct pair pairs[NPAIRS];
static uint64_t lost;

void
rumpuser_prof_enable(int on)
{

	rumpuser__diag_set(DIAG_PROF, on);
}

void
rumpuser_prof_reset(void)
{
	struct pair *p;

	for (p = pairs; p < pairs + NPAIRS; p++) {
		__atomic_store_n(&p->count, 0, __ATOMIC_RELAXED);
		REC_SET(p, pending, 0);
		REC_SET(p, pending_max, 0);
		REC_SET(p, queued, 0);
		REC_SET(p, queued_max, 0);
		REC_SET(p, running, 0);
		REC_SET(p, running_max, 0);
	}
	__atomic_store_n(&lost, 0, __ATOMIC_RELAXED);
}

/* What runs on this thread; it needs no record to ask for something. */
static const void *
current(void)
{
	struct rumpuser__thread *t = rumpuser__self;

	return t != NULL ? REC_GET(t, target) : NULL;
}

void
rumpuser_prof_request(struct rumpuser_prof_mark *pm)
{

	if (!rumpuser__diag_on(DIAG_PROF))
		return;
	pm->pm_from = current();
	pm->pm_trigger = 0;
	pm->pm_request = rumpuser__diag_now();
}

void
rumpuser_prof_trigger(struct rumpuser_prof_mark *pm)
{

	if (rumpuser__diag_on(DIAG_PROF))
		pm->pm_trigger = rumpuser__diag_now();
}

void
rumpuser_prof_start(struct rumpuser_prof_run *pr,
    const struct rumpuser_prof_mark *pm, int type, const void *target)
{
	struct rumpuser__thread *t;

	pr->pr_start = 0;
	if (!rumpuser__diag_on(DIAG_PROF))
		return;
	t = rumpuser__self;
	pr->pr_thread = t;
	pr->pr_before = current();
	pr->pr_from = pm->pm_from;
	pr->pr_request = pm->pm_request;
	pr->pr_trigger = pm->pm_trigger;
	pr->pr_type = type;
	pr->pr_target = target;
	if (t != NULL)
		REC_SET(t, target, target);
	pr->pr_start = rumpuser__diag_now();
}

static int
matches(const struct pair *p, int type, const void *from, const void *target)
{

	return p->type == type && p->from == from && p->target == target;
}

static struct pair *
pair_find(int type, const void *from, const void *target)
{
	uint64_t h = ((uintptr_t)from * 31 + (uintptr_t)target) * 31 +
	    (unsigned)type;
	struct pair *p;
	int i, state;

	h = h * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	for (i = 0; i < NPAIRS; i++) {
		p = &pairs[(h + (unsigned)i) & (NPAIRS - 1)];
		/* Acquire: the key is there once USED is seen. */
		state = __atomic_load_n(&p->state, __ATOMIC_ACQUIRE);
		if (state == USED && matches(p, type, from, target))
			return p;
		if (state != FREE || !__atomic_compare_exchange_n(&p->state,
		    &state, CLAIMED, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		p->type = type;
		p->from = from;
		p->target = target;
		__atomic_store_n(&p->state, USED, __ATOMIC_RELEASE);
		return p;
	}
	return NULL;
}

static void
add(int64_t *sum, int64_t *max, int64_t v)
{
	int64_t m = __atomic_load_n(max, __ATOMIC_RELAXED);

	if (v < 0)
		v = 0;
	__atomic_fetch_add(sum, v, __ATOMIC_RELAXED);
	while (v > m && !__atomic_compare_exchange_n(max, &m, v, 1,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

void
rumpuser_prof_finish(struct rumpuser_prof_run *pr)
{
	struct rumpuser__thread *t = rumpuser__self;
	int64_t now, request, trigger;
	struct pair *p;

	if (pr->pr_start == 0)
		return;
	now = rumpuser__diag_now();
	if (t != NULL && t == pr->pr_thread)
		REC_SET(t, target, pr->pr_before);
	if ((p = pair_find(pr->pr_type, pr->pr_from, pr->pr_target)) == NULL) {
		__atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
		return;
	}
	/* What was asked for before counting began starts its times late. */
	trigger = pr->pr_trigger != 0 ? pr->pr_trigger :
	    pr->pr_request != 0 ? pr->pr_request : pr->pr_start;
	request = pr->pr_request != 0 ? pr->pr_request : trigger;
	__atomic_fetch_add(&p->count, 1, __ATOMIC_RELAXED);
	add(&p->pending, &p->pending_max, trigger - request);
	add(&p->queued, &p->queued_max, pr->pr_start - trigger);
	add(&p->running, &p->running_max, now - pr->pr_start);
}

/*
 * Hooks: what was asked for, by the item's address.  A slot is taken and left
 * by compare and swap of its key; two that ask for the same item at once, or
 * more than there is room for, cost exactness only.
 */

#define NASKED	8192		/* a power of two */
#define PROBES	8

static struct asked {
	const void *item;		/* NULL: free */
	const void *from;
	int64_t when;
} asked[NASKED];

static struct asked *
slot(const void *item, unsigned int i)
{
	const uint64_t h = (uintptr_t)item * UINT64_C(0x9e3779b97f4a7c15);

	return &asked[((h >> 40) + i) & (NASKED - 1)];
}

static struct asked *
asked_find(const void *item)
{
	unsigned int i;

	for (i = 0; i < PROBES; i++)
		if (REC_GET(slot(item, i), item) == item)
			return slot(item, i);
	return NULL;
}

/* A free slot, or else the one whose item was asked for first. */
static struct asked *
asked_make(const void *item)
{
	struct asked *a, *oldest = slot(item, 0);
	const void *none;
	unsigned int i;

	for (i = 0; i < PROBES; i++) {
		a = slot(item, i);
		none = NULL;
		if (__atomic_compare_exchange_n(&a->item, &none, item, 0,
		    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return a;
		if (REC_GET(a, when) < REC_GET(oldest, when))
			oldest = a;
	}
	REC_SET(oldest, item, item);
	return oldest;
}

void
rumpuser__prof_asked_slow(const void *item)
{
	struct asked *a = asked_find(item);

	if (a == NULL)
		a = asked_make(item);
	REC_SET(a, from, current());
	REC_SET(a, when, rumpuser__diag_now());
}

static void
start_item(struct rumpuser__run *run, const void *item, int stays,
    int64_t trigger, int type, const void *target)
{
	struct asked *a = asked_find(item);
	struct rumpuser_prof_mark pm = { 0, trigger, NULL };

	if (a != NULL) {
		pm.pm_from = REC_GET(a, from);
		pm.pm_request = REC_GET(a, when);
		if (stays)
			REC_SET(a, when, 0);
		else
			REC_SET(a, item, NULL);
	}
	/* An event that was there before it was asked for. */
	if (pm.pm_trigger < pm.pm_request)
		pm.pm_trigger = pm.pm_request;
	rumpuser_prof_start(&run->prof, &pm, type, target);
}

void
rumpuser__run_begin_slow(struct rumpuser__run *run, const void *item,
    int stays, int64_t trigger, int type, const void *target,
    const char *what)
{

	run->prof.pr_start = 0;
	(void)rumpuser__thread_self();
	if (target != NULL && rumpuser__diag_on(DIAG_PROF))
		start_item(run, item, stays, trigger, type, target);
	rumpuser_watch_enter(&run->watch, what != NULL ? what : "work");
	run->on = 1;
}

void
rumpuser__run_end_slow(struct rumpuser__run *run)
{

	run->on = 0;
	rumpuser_watch_leave(&run->watch);
	rumpuser_prof_finish(&run->prof);
}

/*
 * Reports.
 */

/* The next pair that was counted from entry *ip on; 0: no more. */
static int
pair_next(unsigned *ip, struct rumpuser_prof_stat *ps)
{
	const struct pair *p;

	for (; *ip < NPAIRS; (*ip)++) {
		p = &pairs[*ip];
		if (__atomic_load_n(&p->state, __ATOMIC_ACQUIRE) != USED ||
		    REC_GET(p, count) == 0)
			continue;
		ps->ps_type = p->type;
		ps->ps_from = p->from;
		ps->ps_target = p->target;
		ps->ps_count = REC_GET(p, count);
		ps->ps_pending = REC_GET(p, pending);
		ps->ps_pending_max = REC_GET(p, pending_max);
		ps->ps_queued = REC_GET(p, queued);
		ps->ps_queued_max = REC_GET(p, queued_max);
		ps->ps_running = REC_GET(p, running);
		ps->ps_running_max = REC_GET(p, running_max);
		(*ip)++;
		return 1;
	}
	return 0;
}

size_t
rumpuser_prof_get(struct rumpuser_prof_stat *ps, size_t max, uint64_t *lostp)
{
	struct rumpuser_prof_stat s;
	unsigned i = 0;
	size_t n = 0;

	while (pair_next(&i, &s)) {
		if (n < max)
			ps[n] = s;
		n++;
	}
	if (lostp != NULL)
		*lostp = __atomic_load_n(&lost, __ATOMIC_RELAXED);
	return n;
}

static const char *
type_name(int type)
{
	static const char *const names[] = { "sched", "alarm", "fd", "call",
	    "socket", "block", "event", "mutex" };

	return type >= 0 && (size_t)type < __arraycount(names) ? names[type] :
	    "?";
}

/* A function's name, or its address; kept short. */
static const char *
func_name(const void *fn, char *buf, size_t size)
{
	struct rumpuser_symbol sym;
	struct rumpuser_dump d;

	rumpuser__out_mem(&d, buf, size);
	if (fn == NULL)
		rumpuser_dump_printf(&d, "outside");
	else if (rumpuser__symbol_find((uintptr_t)fn, &sym) == 0 &&
	    sym.sym_name[0] != '\0')
		rumpuser_dump_printf(&d, "%s", sym.sym_name);
	else
		rumpuser_dump_printf(&d, "%p", __UNCONST(fn));
	return buf;
}

static const char *
mean(int64_t sum, uint64_t n, char *buf)
{

	return rumpuser_time_fmt(buf, 16, n > 0 ? sum / (int64_t)n : 0);
}

static void
report_line(struct rumpuser_dump *d, const struct rumpuser_prof_stat *s)
{
	char from[40], target[40], t[6][16];

	rumpuser_dump_printf(d, "%-6s %-24s %-24s %10lu  %8s %8s  %8s %8s  "
	    "%8s %8s\n", type_name(s->ps_type),
	    func_name(s->ps_from, from, sizeof(from)),
	    func_name(s->ps_target, target, sizeof(target)),
	    (unsigned long)s->ps_count,
	    mean(s->ps_pending, s->ps_count, t[0]),
	    mean(s->ps_pending_max, 1, t[1]),
	    mean(s->ps_queued, s->ps_count, t[2]),
	    mean(s->ps_queued_max, 1, t[3]),
	    mean(s->ps_running, s->ps_count, t[4]),
	    mean(s->ps_running_max, 1, t[5]));
}

static void
report_table(struct rumpuser_dump *d)
{
	struct rumpuser_prof_stat s;
	unsigned i = 0;
	uint64_t n;

	rumpuser_dump_printf(d, "%-6s %-24s %-24s %10s  %17s  %17s  %17s\n"
	    "%68s%8s %8s  %8s %8s  %8s %8s\n", "type", "from", "target",
	    "count", "pending", "queued", "running", "", "mean", "max",
	    "mean", "max", "mean", "max");
	while (pair_next(&i, &s))
		report_line(d, &s);
	if ((n = __atomic_load_n(&lost, __ATOMIC_RELAXED)) > 0)
		rumpuser_dump_printf(d, "%lu found no room\n",
		    (unsigned long)n);
}

static void
report_dot(struct rumpuser_dump *d)
{
	struct rumpuser_prof_stat s;
	char from[128], target[128], t[3][16];
	unsigned i = 0;

	rumpuser_dump_printf(d, "digraph dispatch {\n\trankdir=LR;\n"
	    "\tnode [shape=box];\n");
	while (pair_next(&i, &s))
		rumpuser_dump_printf(d, "\t\"%s\" -> \"%s\" [label=\"%s %lu"
		    "\\npending %s\\nqueued %s\\nrunning %s\"];\n",
		    func_name(s.ps_from, from, sizeof(from)),
		    func_name(s.ps_target, target, sizeof(target)),
		    type_name(s.ps_type), (unsigned long)s.ps_count,
		    mean(s.ps_pending, s.ps_count, t[0]),
		    mean(s.ps_queued, s.ps_count, t[1]),
		    mean(s.ps_running, s.ps_count, t[2]));
	rumpuser_dump_printf(d, "}\n");
}

/* What @from asks for; a function that asks for itself again ends there. */
static void
report_tree(struct rumpuser_dump *d, const void *from, int depth,
    const void **path)
{
	struct rumpuser_prof_stat s;
	char name[128], t[16];
	unsigned i = 0;
	int j;

	while (pair_next(&i, &s)) {
		if (s.ps_from != from)
			continue;
		for (j = 0; j < depth && path[j] != s.ps_target; j++)
			continue;
		rumpuser_dump_printf(d, "%*s%s %s %lu, running %s%s\n",
		    depth * 2, "", func_name(s.ps_target, name, sizeof(name)),
		    type_name(s.ps_type), (unsigned long)s.ps_count,
		    mean(s.ps_running, s.ps_count, t),
		    j < depth ? " (above)" : "");
		if (j < depth || depth + 1 >= DEPTH)
			continue;
		path[depth] = s.ps_target;
		report_tree(d, s.ps_target, depth + 1, path);
	}
}

int
rumpuser_prof_report(int fd, int form)
{
	const void *path[DEPTH];
	struct rumpuser_dump d;

	rumpuser__objects_refresh();
	rumpuser__out_fd(&d, fd);
	switch (form) {
	case RUMPUSER_PROF_TABLE:
		report_table(&d);
		break;
	case RUMPUSER_PROF_DOT:
		report_dot(&d);
		break;
	case RUMPUSER_PROF_TREE:
		report_tree(&d, NULL, 0, path);
		break;
	default:
		return rumpuser__errtrans(EINVAL);
	}
	rumpuser__out_flush(&d);
	return 0;
}
