/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge.c - the plan in force: which rule acts on an operation.
 *
 * What a rule decides at its k-th match is a function of its seed and k
 * alone, so that the same plan and the same operations give the same run.
 *
 * Locking: judge.mtx guards the plan and its counters.  The classes it has
 * rules for are read without it: an operation that runs while the plan is
 * changed may be judged by either.
 */
#include "fault/fault.h"

#include <dlfcn.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	pthread_mutex_t mtx;
	struct plan plan;
	unsigned int classes;		/* atomic: those with rules ... */
	unsigned int byfile, bysite;	/* ... with patterns */
} judge = { .mtx = PTHREAD_MUTEX_INITIALIZER };

/* The generator of Steele, Lea and Flood, "Fast splittable ...", 2014. */
static uint64_t
mix(uint64_t z)
{

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
rumpuser__random_next(uint64_t *state)
{

	*state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(*state);
}

/* Names that patterns are matched with, found once for all rules. */
struct names {
	struct filename *file;
	char object[64];		/* "lib.so:symbol" of a call site */
	const char *symbol;
};

/* The symbol that a call site lies behind, as far as the linker knows. */
static void
find_site(const void *site, struct names *nm)
{
	const char *object = "", *symbol = "", *slash;
	Dl_info info;

	if (site != NULL && dladdr(site, &info) != 0) {
		if (info.dli_sname != NULL)
			symbol = info.dli_sname;
		if (info.dli_fname != NULL) {
			slash = strrchr(info.dli_fname, '/');
			object = slash != NULL ? slash + 1 : info.dli_fname;
		}
	}
	snprintf(nm->object, sizeof(nm->object), "%.63s", object);
	nm->symbol = symbol;
}

static void
find_names(struct rumpuser_provider *p, const struct operation *op,
    struct names *nm)
{

	memset(nm, 0, sizeof(*nm));
	if (op->op_fd >= 0 && op->op_name == NULL &&
	    (__atomic_load_n(&judge.byfile, __ATOMIC_RELAXED) & op->op_class))
		nm->file = rumpuser__files_name(p, op->op_fd);
	if (op->op_sitename == NULL &&
	    (__atomic_load_n(&judge.bysite, __ATOMIC_RELAXED) & op->op_class))
		find_site(op->op_site, nm);
}

static int
match_file(const struct rule *r, const struct operation *op,
    const struct names *nm)
{

	if (op->op_name != NULL)
		return rumpuser__path_match(r->fr_file, op->op_name);
	return nm->file != NULL && rumpuser__files_match(r->fr_file, nm->file);
}

/* "object:symbol", or the symbol alone. */
static int
match_site(const char *pat, const struct operation *op,
    const struct names *nm)
{
	const char *colon;
	char object[64];

	if (op->op_sitename != NULL)
		return fnmatch(pat, op->op_sitename, 0) == 0;
	if (nm->symbol == NULL)
		return 0;
	if ((colon = strchr(pat, ':')) != NULL) {
		snprintf(object, sizeof(object), "%.*s", (int)(colon - pat),
		    pat);
		if (fnmatch(object, nm->object, 0) != 0)
			return 0;
		pat = colon + 1;
	}
	return fnmatch(pat, nm->symbol, 0) == 0;
}

static int
matches(const struct rule *r, const struct operation *op,
    const struct names *nm)
{

	if ((r->fr_classes & op->op_class) == 0)
		return 0;
	if (r->fr_fd != -1 && r->fr_fd != op->op_fd)
		return 0;
	if ((r->fr_lo != 0 || r->fr_hi != UINT64_MAX) && (op->op_off < 0 ||
	    (uint64_t)op->op_off >= r->fr_hi ||
	    (uint64_t)op->op_off + op->op_len <= r->fr_lo))
		return 0;
	if (r->fr_bio && (nm->file == NULL || !nm->file->fn_bio))
		return 0;
	if (r->fr_file != NULL && !match_file(r, op, nm))
		return 0;
	return r->fr_site == NULL || match_site(r->fr_site, op, nm);
}

/* The random stream of a rule's k-th match. */
static uint64_t
stream(const struct rule *r, uint64_t k)
{

	return mix(r->fr_seed + mix(k));
}

/* Does a rule act, now that it has matched? */
static int
fires(const struct rule *r, uint64_t *random)
{
	const uint64_t k = r->fr_matched;

	*random = stream(r, k);
	if (r->fr_times != 0 && r->fr_fired >= r->fr_times)
		return 0;
	if (r->fr_nth != 0 && k != r->fr_nth)
		return 0;
	if (r->fr_from != 0 && k < r->fr_from)
		return 0;
	if (r->fr_every != 0 && k % r->fr_every != 0)
		return 0;
	return rumpuser__random_next(random) >> 32 < r->fr_chance;
}

static void
sentence(const struct rule *r, uint64_t random, struct verdict *v)
{

	v->v_actions = r->fr_actions;
	v->v_error = r->fr_error;
	v->v_short = r->fr_short;
	v->v_tear = r->fr_tear;
	v->v_delay = r->fr_delay;
	v->v_reorder = r->fr_reorder;
	v->v_corrupt = r->fr_corrupt;
	v->v_random = random;
}

/* The first rule that acts has the word; all count what they match. */
static void
consult(const struct operation *op, const struct names *nm,
    struct verdict *v)
{
	struct plan *pl = &judge.plan;
	struct rule *r;
	uint64_t random;
	unsigned int i;

	v->v_sector = pl->pl_sector;
	for (i = 0; i < pl->pl_nrules; i++) {
		r = &pl->pl_rules[i];
		if (!matches(r, op, nm))
			continue;
		r->fr_matched++;
		if (v->v_actions == 0 && fires(r, &random)) {
			r->fr_fired++;
			sentence(r, random, v);
		}
	}
}

int
rumpuser__judge(struct rumpuser_provider *p, const struct operation *op,
    struct verdict *v)
{
	struct names nm;

	v->v_actions = 0;
	if ((__atomic_load_n(&judge.classes, __ATOMIC_RELAXED) &
	    op->op_class) == 0)
		return 0;
	find_names(p, op, &nm);
	pthread_mutex_lock(&judge.mtx);
	consult(op, &nm, v);
	pthread_mutex_unlock(&judge.mtx);
	rumpuser__files_put(nm.file);
	return v->v_actions != 0;
}

/* Rules without a seed have the plan's, each its own. */
static void
seed_rules(struct plan *pl, unsigned int first)
{
	unsigned int i;

	for (i = first; i < pl->pl_nrules; i++)
		if (pl->pl_rules[i].fr_seed == 0)
			pl->pl_rules[i].fr_seed = mix(pl->pl_seed + mix(i + 1));
}

static void
publish(void)
{

	__atomic_store_n(&judge.byfile, judge.plan.pl_byfile,
	    __ATOMIC_RELAXED);
	__atomic_store_n(&judge.bysite, judge.plan.pl_bysite,
	    __ATOMIC_RELAXED);
	__atomic_store_n(&judge.classes, judge.plan.pl_classes,
	    __ATOMIC_RELAXED);
}

/* Called with the lock held. */
static int
append(struct plan *old, struct plan *add)
{
	const unsigned int n = old->pl_nrules, m = add->pl_nrules;
	struct rule *r;

	if (n + m > RUMPUSER_FAULT_MAXRULES)
		return E2BIG;
	if (add->pl_seeded)
		old->pl_seed = add->pl_seed;
	if (add->pl_sectored)
		old->pl_sector = add->pl_sector;
	if (m == 0)
		return 0;
	r = reallocarray(old->pl_rules, n + m, sizeof(*r));
	if (r == NULL)
		return ENOMEM;
	memcpy(r + n, add->pl_rules, m * sizeof(*r));
	old->pl_rules = r;
	old->pl_nrules = n + m;
	old->pl_classes |= add->pl_classes;
	old->pl_byfile |= add->pl_byfile;
	old->pl_bysite |= add->pl_bysite;
	seed_rules(old, n);
	add->pl_nrules = 0;		/* their patterns have moved */
	return 0;
}

int
rumpuser__judge_set(struct plan *plan, int add)
{
	struct plan old = *plan;
	int error = 0;

	pthread_mutex_lock(&judge.mtx);
	if (add) {
		error = append(&judge.plan, plan);
	} else {
		seed_rules(plan, 0);
		old = judge.plan;
		judge.plan = *plan;
	}
	publish();
	pthread_mutex_unlock(&judge.mtx);
	if (add)
		old = *plan;
	rumpuser__plan_free(&old);
	return error;
}

int
rumpuser__judge_rule(unsigned int n, struct rumpuser_fault_rule *rule)
{
	const struct rule *r;
	int error = ENOENT;

	pthread_mutex_lock(&judge.mtx);
	if (n < judge.plan.pl_nrules) {
		r = &judge.plan.pl_rules[n];
		rule->rfr_matched = r->fr_matched;
		rule->rfr_fired = r->fr_fired;
		rule->rfr_line = r->fr_line;
		snprintf(rule->rfr_text, sizeof(rule->rfr_text), "%s",
		    r->fr_text);
		error = 0;
	}
	pthread_mutex_unlock(&judge.mtx);
	return error;
}

void
rumpuser__judge_delay(struct rumpuser_provider *p, const struct verdict *v)
{
	int64_t sec;
	long nsec;

	if ((v->v_actions & FA_DELAY) == 0 || v->v_delay == 0)
		return;
	if (LOWER_CALL(p, ho_clock, RUMPUSER_CLOCK_ABSMONO, &sec, &nsec) == 0)
		(void)LOWER_CALL(p, ho_sleep, sec * 1000000000 + nsec +
		    (int64_t)v->v_delay);
}

void
rumpuser__judge_freeze(int freeze)
{

	if (freeze)
		pthread_mutex_lock(&judge.mtx);
	else
		pthread_mutex_unlock(&judge.mtx);
}
