/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * states.c - the states that are possible at a cut: going through all of
 * them, sampling, choosing one.  replay.h has the rules.
 *
 * Locking: none, a replay is used by one thread at a time.
 */
#include "fault/replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline const struct rwrite *
writeof(const struct rumpuser_replay *rp, const struct unit *u)
{

	return &rp->rp_writes[u->u_write];
}

/*
 * Cuts.
 */

static int
settled(const struct rumpuser_replay *rp, uint32_t w)
{

	return rp->rp_writes[w].w_solid &&
	    rp->rp_writes[w].w_required <= rp->rp_time;
}

/* Up to the event of time t: what is issued, what is settled. */
static void
advance(struct rumpuser_replay *rp, uint64_t t)
{
	uint32_t i, n = 0, w;

	rp->rp_time = t;
	while (rp->rp_issued < rp->rp_nwrites &&
	    rp->rp_writes[rp->rp_issued].w_issued <= t)
		rp->rp_active[rp->rp_nactive++] = rp->rp_issued++;
	for (i = 0; i < rp->rp_nactive; i++) {
		w = rp->rp_active[i];
		if (settled(rp, w))
			rumpuser__image_settle(rp, &rp->rp_writes[w]);
		else
			rp->rp_active[n++] = w;
	}
	rp->rp_nactive = n;
}

static int
add_unit(struct rumpuser_replay *rp, uint32_t w, uint64_t lo, uint64_t hi)
{
	uint32_t n = rp->rp_maxunits;
	uint32_t *order;
	struct unit *u;

	if (rp->rp_nunits == n) {
		n = n == 0 ? 64 : n * 2;
		u = reallocarray(rp->rp_units, n, sizeof(*u));
		if (u == NULL)
			return ENOMEM;
		rp->rp_units = u;
		order = reallocarray(rp->rp_order, n, sizeof(*order));
		if (order == NULL)
			return ENOMEM;
		rp->rp_order = order;
		rp->rp_maxunits = n;
	}
	u = &rp->rp_units[rp->rp_nunits++];
	memset(u, 0, sizeof(*u));
	u->u_write = w;
	u->u_lo = lo;
	u->u_hi = hi;
	u->u_required = rp->rp_writes[w].w_required <= rp->rp_time;
	return 0;
}

/* Whole, or by the sectors of the file. */
static int
split(struct rumpuser_replay *rp, uint32_t w)
{
	const struct rwrite *wr = &rp->rp_writes[w];
	uint64_t lo, n;
	int error = 0;

	if (rp->rp_tearing == RUMPUSER_REPLAY_WHOLE ||
	    (rp->rp_tearing == RUMPUSER_REPLAY_TORN &&
	    wr->w_done <= rp->rp_time && wr->w_error == 0))
		return add_unit(rp, w, 0, wr->w_len);
	for (lo = 0; lo < wr->w_len && error == 0; lo += n) {
		n = rp->rp_sector - (wr->w_off + lo) % rp->rp_sector;
		if (n > wr->w_len - lo)
			n = wr->w_len - lo;
		error = add_unit(rp, w, lo, lo + n);
	}
	return error;
}

static int
by_key(const void *a, const void *b, void *arg)
{
	const struct unit *units = arg;
	const struct unit *x = &units[*(const uint32_t *)a];
	const struct unit *y = &units[*(const uint32_t *)b];

	if (x->u_key != y->u_key)
		return x->u_key < y->u_key ? -1 : 1;
	return x->u_tie < y->u_tie ? -1 : x->u_tie > y->u_tie;
}

/* The state of all units that have arrived, by their keys. */
static int
show_by_key(struct rumpuser_replay *rp)
{
	uint32_t i;

	rumpuser__image_clean(rp);
	for (i = 0; i < rp->rp_nunits; i++)
		if (rp->rp_units[i].u_arrived)
			rp->rp_order[rp->rp_norder++] = i;
	if (rp->rp_norder > 1)
		qsort_r(rp->rp_order, rp->rp_norder, sizeof(*rp->rp_order),
		    by_key, rp->rp_units);
	return rumpuser__image_show(rp);
}

/* Everything that was completed has arrived. */
static int
show_completed(struct rumpuser_replay *rp)
{
	const struct rwrite *w;
	struct unit *u;
	uint32_t i;

	for (i = 0; i < rp->rp_nunits; i++) {
		u = &rp->rp_units[i];
		w = writeof(rp, u);
		u->u_arrived = w->w_done <= rp->rp_time && w->w_error == 0;
		u->u_key = w->w_done;
		u->u_tie = i;
	}
	return show_by_key(rp);
}

static int
go(struct rumpuser_replay *rp, uint64_t cut)
{
	uint32_t i;
	int error = 0;

	rumpuser__image_clean(rp);
	if (cut < rp->rp_cut) {
		rp->rp_issued = rp->rp_nactive = 0;
		if ((error = rumpuser__image_reset(rp)) != 0)
			return error;
	}
	rp->rp_cut = cut;
	advance(rp, cut == 0 ? 0 : rp->rp_events[cut - 1]);
	rp->rp_begun = 0;
	rp->rp_nunits = 0;
	for (i = 0; i < rp->rp_nactive && error == 0; i++)
		error = split(rp, rp->rp_active[i]);
	return error != 0 ? error : show_completed(rp);
}

HOSTCALL int
go_host(struct rumpuser_replay *rp, uint64_t cut)
{
	int serrno = errno, error;

	error = go(rp, cut);
	errno = serrno;
	return error;
}

int
rumpuser_replay_cut(struct rumpuser_replay *rp, uint64_t cut)
{
	int count, error;

	if (cut > rp->rp_nevents)
		return rumpuser__errtrans(EINVAL);
	count = rumpuser__unschedule(NULL);
	error = go_host(rp, cut);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

uint64_t
rumpuser_replay_cuts(struct rumpuser_replay *rp)
{

	return rp->rp_nevents + 1;
}

/*
 * What a choice of units has to obey.
 */

/* Can this one be asked to have arrived before others? */
static int
reliable(const struct rumpuser_replay *rp, const struct rwrite *w)
{

	return w->w_error == 0 && w->w_doubtful > rp->rp_time;
}

/* The barriers that count: what was completed before this is there. */
static uint64_t
floor_of(const struct rumpuser_replay *rp)
{
	uint64_t before = 0;
	uint32_t i;

	for (i = 0; i < rp->rp_nunits; i++)
		if (rp->rp_units[i].u_arrived &&
		    writeof(rp, &rp->rp_units[i])->w_before > before)
			before = writeof(rp, &rp->rp_units[i])->w_before;
	return before;
}

/* Is a unit missing that the barriers ask for? */
static int
missing(const struct rumpuser_replay *rp, const struct unit *u,
    uint64_t before)
{
	const struct rwrite *w = writeof(rp, u);

	return !u->u_arrived && w->w_done < before && reliable(rp, w);
}

static int
obeys(const struct rumpuser_replay *rp)
{
	const uint64_t before = floor_of(rp);
	uint32_t i;

	for (i = 0; i < rp->rp_nunits; i++)
		if ((rp->rp_units[i].u_required &&
		    !rp->rp_units[i].u_arrived) ||
		    missing(rp, &rp->rp_units[i], before))
			return 0;
	return 1;
}

static int
overlap(const struct rumpuser_replay *rp, const struct unit *a,
    const struct unit *b)
{
	const uint64_t ao = writeof(rp, a)->w_off;
	const uint64_t bo = writeof(rp, b)->w_off;

	return ao + a->u_lo < bo + b->u_hi && bo + b->u_lo < ao + a->u_hi;
}

/* -1: a is before b; 1: after it; 0: either. */
static int
relation(const struct rumpuser_replay *rp, const struct unit *a,
    const struct unit *b)
{

	if (rumpuser__model_before(writeof(rp, a), writeof(rp, b)))
		return -1;
	return rumpuser__model_before(writeof(rp, b), writeof(rp, a));
}

/*
 * All states: subsets of the optional units that obey, times the orders of
 * those pairs whose order is free.
 */

static int
enum_begin(struct rumpuser_replay *rp)
{
	struct unit *a, *b;
	uint32_t i, j;

	if (rp->rp_nunits > ENUM_UNITS)
		return E2BIG;
	rp->rp_noptional = rp->rp_npairs = 0;
	for (i = 0; i < rp->rp_nunits; i++) {
		a = &rp->rp_units[i];
		if (!a->u_required) {
			if (rp->rp_noptional == ENUM_OPTIONAL)
				return E2BIG;
			rp->rp_optional[rp->rp_noptional++] = i;
		}
		for (j = i + 1; j < rp->rp_nunits; j++) {
			b = &rp->rp_units[j];
			if (!overlap(rp, a, b) || relation(rp, a, b) != 0)
				continue;
			if (rp->rp_npairs == ENUM_PAIRS)
				return E2BIG;
			rp->rp_pairs[rp->rp_npairs++] =
			    (struct freepair){ i, j };
		}
	}
	rp->rp_begun = 1;
	rp->rp_mask = rp->rp_orient = 0;
	return 0;
}

/* The units of a subset; does it obey? */
static int
enum_choose(struct rumpuser_replay *rp)
{
	uint32_t i;

	for (i = 0; i < rp->rp_nunits; i++)
		rp->rp_units[i].u_arrived = rp->rp_units[i].u_required;
	for (i = 0; i < rp->rp_noptional; i++)
		if (rp->rp_mask >> i & 1)
			rp->rp_units[rp->rp_optional[i]].u_arrived = 1;
	return obeys(rp);
}

/* Free pairs of which both have arrived: their bits of the orientation. */
static uint64_t
enum_live(const struct rumpuser_replay *rp)
{
	uint64_t live = 0;
	uint32_t i;

	for (i = 0; i < rp->rp_npairs; i++)
		if (rp->rp_units[rp->rp_pairs[i].a].u_arrived &&
		    rp->rp_units[rp->rp_pairs[i].b].u_arrived)
			live |= UINT64_C(1) << i;
	return live;
}

/* Must a come before b, as the pairs are turned now? */
static int
enum_precedes(const struct rumpuser_replay *rp, uint32_t a, uint32_t b)
{
	const struct freepair *p;
	uint32_t i;

	/*
	 * Two without a common byte count, too: a third one that overlaps
	 * both cannot be made before the later and after the earlier one.
	 */
	if (!overlap(rp, &rp->rp_units[a], &rp->rp_units[b]))
		return relation(rp, &rp->rp_units[a], &rp->rp_units[b]) < 0;
	for (i = 0; i < rp->rp_npairs; i++) {
		p = &rp->rp_pairs[i];
		if (p->a == a && p->b == b)
			return (rp->rp_orient >> i & 1) == 0;
		if (p->a == b && p->b == a)
			return rp->rp_orient >> i & 1;
	}
	return relation(rp, &rp->rp_units[a], &rp->rp_units[b]) < 0;
}

/* Give keys in an order that fits all; false: they form a cycle. */
static int
enum_sort(struct rumpuser_replay *rp)
{
	uint64_t left = 0, b;
	uint32_t i, j, n = 0;

	for (i = 0; i < rp->rp_nunits; i++)
		if (rp->rp_units[i].u_arrived)
			left |= UINT64_C(1) << i;
	while (left != 0) {
		for (i = 0; i < rp->rp_nunits; i++) {
			if ((left >> i & 1) == 0)
				continue;
			for (b = left; b != 0; b &= b - 1) {
				j = (uint32_t)__builtin_ctzll(b);
				if (j != i && enum_precedes(rp, j, i))
					break;
			}
			if (b == 0)
				break;
		}
		if (i == rp->rp_nunits)
			return 0;
		rp->rp_units[i].u_key = n++;
		left &= ~(UINT64_C(1) << i);
	}
	return 1;
}

/* The next orientation of live pairs, as a counter; false: it is over. */
static int
enum_turn(struct rumpuser_replay *rp, uint64_t live)
{

	/* Counts through the subsets of live. */
	rp->rp_orient = (rp->rp_orient - live) & live;
	return rp->rp_orient != 0;
}

static int
enum_next(struct rumpuser_replay *rp)
{
	const uint64_t end = UINT64_C(1) << rp->rp_noptional;
	uint64_t live;
	int more;

	while (rp->rp_mask < end) {
		if (!enum_choose(rp)) {
			rp->rp_mask++;
			continue;
		}
		live = enum_live(rp);
		do {
			more = enum_sort(rp);
			if (more)	/* this one; the next one is later */
				break;
		} while (enum_turn(rp, live));
		if (!more) {
			rp->rp_mask++;
			continue;
		}
		more = show_by_key(rp);
		if (!enum_turn(rp, live))
			rp->rp_mask++;
		return more;
	}
	return ENOENT;
}

HOSTCALL int
next_host(struct rumpuser_replay *rp)
{
	int serrno = errno, error = 0;

	if (!rp->rp_begun)
		error = enum_begin(rp);
	if (error == 0)
		error = enum_next(rp);
	errno = serrno;
	return error;
}

int
rumpuser_replay_next(struct rumpuser_replay *rp)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = next_host(rp);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

/*
 * Samples.
 */

/* Whatever the barriers ask for has arrived, too. */
static void
sample_fill(struct rumpuser_replay *rp)
{
	const uint64_t before = floor_of(rp);
	uint32_t i;

	for (i = 0; i < rp->rp_nunits; i++)
		if (missing(rp, &rp->rp_units[i], before))
			rp->rp_units[i].u_arrived = 1;
}

/* What the barriers do not allow yet has not arrived. */
static void
sample_drop(struct rumpuser_replay *rp)
{
	uint64_t lost = NEVER;
	const struct rwrite *w;
	struct unit *u;
	uint32_t i;
	int again;

	do {
		for (i = 0; i < rp->rp_nunits; i++) {
			w = writeof(rp, &rp->rp_units[i]);
			if (!rp->rp_units[i].u_arrived && reliable(rp, w) &&
			    w->w_done < lost)
				lost = w->w_done;
		}
		again = 0;
		for (i = 0; i < rp->rp_nunits; i++) {
			u = &rp->rp_units[i];
			if (u->u_arrived && !u->u_required &&
			    writeof(rp, u)->w_before > lost) {
				u->u_arrived = 0;
				again = 1;
			}
		}
	} while (again);
}

/* Each write somewhere between its issue and its completion. */
static void
sample_times(struct rumpuser_replay *rp, uint64_t *random)
{
	const struct rwrite *w;
	struct unit *u;
	uint64_t end;
	uint32_t i;

	for (i = 0; i < rp->rp_nunits; i++) {
		u = &rp->rp_units[i];
		w = writeof(rp, u);
		end = w->w_done < rp->rp_time ? w->w_done : rp->rp_time;
		u->u_key = w->w_issued + rumpuser__random_next(random) %
		    (end - w->w_issued + 1);
		u->u_tie = rumpuser__random_next(random);
	}
}

HOSTCALL int
sample(struct rumpuser_replay *rp, uint64_t seed)
{
	/* Of 256: how likely a unit is to have arrived. */
	static const unsigned int chances[] = { 128, 128, 128, 128, 16, 240,
	    4, 252 };
	uint64_t random = seed, r;
	unsigned int chance;
	int serrno = errno, error;
	struct unit *u;
	uint32_t i;

	r = rumpuser__random_next(&random);
	chance = chances[r % __arraycount(chances)];
	for (i = 0; i < rp->rp_nunits; i++) {
		u = &rp->rp_units[i];
		u->u_arrived = u->u_required ||
		    rumpuser__random_next(&random) % 256 < chance;
	}
	if (r >> 32 & 1)
		sample_fill(rp);
	else
		sample_drop(rp);
	sample_times(rp, &random);
	error = show_by_key(rp);
	errno = serrno;
	return error;
}

int
rumpuser_replay_sample(struct rumpuser_replay *rp, uint64_t seed)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = sample(rp, seed);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

/*
 * A choice.
 */

/* The place of a write in a list; n: it is not in it. */
static size_t
place(const struct rumpuser_replay *rp, const struct unit *u,
    const uint64_t *entries, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (entries[i] == writeof(rp, u)->w_entry)
			break;
	return i;
}

/* Are all that are listed writes that were issued? */
static int
known(const struct rumpuser_replay *rp, const uint64_t *entries, size_t n)
{
	uint32_t w;
	size_t i;

	for (i = 0; i < n; i++) {
		for (w = 0; w < rp->rp_issued; w++)
			if (rp->rp_writes[w].w_entry == entries[i])
				break;
		if (w == rp->rp_issued)
			return 0;
	}
	return 1;
}

/*
 * Can the writes have been made in the order of the keys, where they overlap?
 * Each is given the earliest moment that is neither before its issue nor
 * before one that is under it; it must not be after its completion.  Events
 * have numbers of their own, so there is room for any that get the same one.
 */
static int
ordered(struct rumpuser_replay *rp)
{
	struct unit *a, *b;
	uint32_t i, j;

	for (i = 0; i < rp->rp_norder; i++) {
		b = &rp->rp_units[rp->rp_order[i]];
		b->u_tie = writeof(rp, b)->w_issued;
		for (j = 0; j < i; j++) {
			a = &rp->rp_units[rp->rp_order[j]];
			if (a->u_tie > b->u_tie && overlap(rp, a, b))
				b->u_tie = a->u_tie;
		}
		if (b->u_tie > writeof(rp, b)->w_done)
			return 0;
	}
	return 1;
}

HOSTCALL int
choose(struct rumpuser_replay *rp, const uint64_t *entries, size_t n)
{
	int serrno = errno, error = EINVAL;
	struct unit *u;
	uint32_t i;
	size_t at;

	if (!known(rp, entries, n))
		return EINVAL;
	for (i = 0; i < rp->rp_nunits; i++) {
		u = &rp->rp_units[i];
		at = place(rp, u, entries, n);
		u->u_arrived = at < n || u->u_required;
		u->u_key = at < n ? at + 1 : 0;
		u->u_tie = at < n ? i : writeof(rp, u)->w_done;
	}
	if (obeys(rp))
		error = show_by_key(rp);
	if (error == 0 && !ordered(rp))
		error = EINVAL;
	if (error == EINVAL)
		(void)show_completed(rp);
	errno = serrno;
	return error;
}

int
rumpuser_replay_choose(struct rumpuser_replay *rp, const uint64_t *entries,
    size_t n)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = choose(rp, entries, n);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

/*
 * Words.
 */

struct text {
	char *buf;
	size_t len, n;
};

static void __attribute__((__format__(__printf__, 2, 3)))
say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->n < t->len ? t->buf + t->n : NULL,
	    t->n < t->len ? t->len - t->n : 0, fmt, ap);
	va_end(ap);
	t->n += n > 0 ? (size_t)n : 0;
}

/* One unit that has arrived: its write, and which part of it. */
static void
say_unit(const struct rumpuser_replay *rp, const struct unit *u,
    struct text *t)
{
	const struct rwrite *w = writeof(rp, u);

	say(t, " #%" PRIu64, w->w_entry);
	if (u->u_lo != 0 || u->u_hi != w->w_len)
		say(t, "[%" PRIu64 "+%" PRIu64 "]", w->w_off + u->u_lo,
		    u->u_hi - u->u_lo);
}

int
rumpuser_replay_describe(struct rumpuser_replay *rp, char *buf, size_t len)
{
	struct text t = { buf, len, 0 };
	uint32_t i;

	say(&t, "cut %" PRIu64 " of %" PRIu64 ", %" PRIu32 " of %" PRIu32
	    " parts not yet stable:", rp->rp_cut, rp->rp_nevents,
	    rp->rp_norder, rp->rp_nunits);
	for (i = 0; i < rp->rp_norder; i++)
		say_unit(rp, &rp->rp_units[rp->rp_order[i]], &t);
	return rumpuser__errtrans(t.n >= len ? E2BIG : 0);
}

/*
 * Life.
 */

/* The host under the injector: a replay is not to be disturbed. */
static struct rumpuser_provider *
quiet_host(void)
{
	struct rumpuser_provider *p = rumpuser__host();

	return p == &rumpuser__faults ? p->pv_lower : p;
}

static void
destroy(struct rumpuser_replay *rp)
{

	rumpuser__image_free(rp);
	if (rp->rp_basefd != -1)
		(void)rp->rp_host->pv_ops.ho_close(rp->rp_host,
		    rp->rp_basefd);
	free(rp->rp_writes);
	free(rp->rp_events);
	free(rp->rp_active);
	free(rp->rp_units);
	free(rp->rp_order);
	free(rp);
}

static int
prepare(struct rumpuser_replay *rp, struct rumpuser_record *r,
    unsigned int file, const char *base)
{
	struct rumpuser_provider *p = rp->rp_host;
	int error;

	error = p->pv_ops.ho_fileinfo(p, base, &rp->rp_basesize, NULL);
	if (error == 0)
		error = p->pv_ops.ho_open(p, base, RUMPUSER_OPEN_RDONLY,
		    &rp->rp_basefd);
	if (error == 0)
		error = rumpuser__model_make(rp, r, file);
	if (error == 0)
		error = rumpuser__image_make(rp);
	return error != 0 ? error : go(rp, 0);
}

HOSTCALL int
create(struct rumpuser_record *r, unsigned int file, const char *base,
    int tearing, unsigned int sector, struct rumpuser_replay **rpp)
{
	struct rumpuser_replay *rp;
	int serrno = errno, error;

	if ((rp = calloc(1, sizeof(*rp))) == NULL)
		return ENOMEM;
	rp->rp_host = quiet_host();
	rp->rp_basefd = rp->rp_memfd = -1;
	rp->rp_tearing = tearing;
	rp->rp_sector = sector == 0 ? PLAN_SECTOR : sector;
	if ((error = prepare(rp, r, file, base)) != 0)
		destroy(rp);
	else
		*rpp = rp;
	errno = serrno;
	return error;
}

int
rumpuser_replay_create(struct rumpuser_record *r, unsigned int file,
    const char *base, int tearing, unsigned int sector,
    struct rumpuser_replay **rpp)
{
	int count, error;

	if (tearing < RUMPUSER_REPLAY_WHOLE ||
	    tearing > RUMPUSER_REPLAY_SECTORS ||
	    (sector & (sector - 1)) != 0 ||
	    rumpuser_record_file(r, file) == NULL ||
	    rumpuser__record_active(r))
		return rumpuser__errtrans(EINVAL);
	if ((error = rumpuser_record_status(r)) != 0)
		return error;
	count = rumpuser__unschedule(NULL);
	error = create(r, file, base, tearing, sector, rpp);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

HOSTCALL void
destroy_host(struct rumpuser_replay *rp)
{
	int serrno = errno;

	destroy(rp);
	errno = serrno;
}

void
rumpuser_replay_free(struct rumpuser_replay *rp)
{
	int count;

	count = rumpuser__unschedule(NULL);
	destroy_host(rp);
	rumpuser__schedule(count, NULL);
}
