/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model.c - from a recording to the times that say which writes a medium must
 * and may hold; see replay.h.  Locking: none, a recording that has ended is
 * constant.
 */
#include "fault/replay.h"

#include <stdlib.h>
#include <string.h>

/* A synchronization or barrier that is completed. */
struct point {
	uint64_t issued, done;
	int barrier, error;
};

struct points {
	struct point *p;		/* by done */
	size_t n;
};

static int
by_done(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->done < y->done ? -1 : x->done > y->done;
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One that was lost but reported done means nothing at all. */
static int
is_point(const struct rumpuser_record_entry *e)
{

	return e->rre_kind != RUMPUSER_RECORD_WRITE && e->rre_completed != 0 &&
	    ((e->rre_flags & RUMPUSER_RECORD_LOST) == 0 || e->rre_error != 0);
}

static void
take_write(struct rwrite *w, const struct rumpuser_record_entry *e,
    uint64_t n)
{

	w->w_entry = n;
	w->w_issued = e->rre_issued;
	w->w_done = e->rre_completed != 0 ? e->rre_completed : NEVER;
	w->w_error = e->rre_error;
	w->w_off = (uint64_t)e->rre_off;
	/* A short one has written what it says; a failed one, who knows. */
	w->w_len = w->w_done != NEVER && w->w_error == 0 ? e->rre_xfer :
	    e->rre_len;
	w->w_data = e->rre_data;
	w->w_required = w->w_doubtful = NEVER;
}

/* Sort the file's entries into writes, points and events. */
static int
collect(struct rumpuser_replay *rp, struct rumpuser_record *r,
    unsigned int file, struct points *pts)
{
	const struct rumpuser_record_entry *e;
	uint64_t i;

	for (i = 0; i < r->r_count; i++) {
		e = rumpuser__record_at(r, i);
		if (e->rre_file != file)
			continue;
		rp->rp_events[rp->rp_nevents++] = e->rre_issued;
		if (e->rre_completed != 0)
			rp->rp_events[rp->rp_nevents++] = e->rre_completed;
		if (is_point(e))
			pts->p[pts->n++] = (struct point){ e->rre_issued,
			    e->rre_completed,
			    e->rre_kind == RUMPUSER_RECORD_BARRIER,
			    e->rre_error };
		if (e->rre_kind != RUMPUSER_RECORD_WRITE ||
		    (e->rre_flags & RUMPUSER_RECORD_LOST) != 0)
			continue;
		if (e->rre_off < 0 || e->rre_data == NULL)
			return EINVAL;
		take_write(&rp->rp_writes[rp->rp_nwrites++], e, i);
	}
	qsort(rp->rp_events, rp->rp_nevents, sizeof(uint64_t), by_value);
	qsort(pts->p, pts->n, sizeof(*pts->p), by_done);
	return 0;
}

/* The first point that is done after time t. */
static size_t
first_after(const struct points *pts, uint64_t t)
{
	size_t lo = 0, hi = pts->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (pts->p[mid].done <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* When a write becomes required, or doubtful. */
static void
fate(struct rwrite *w, const struct points *pts)
{
	const struct point *p;
	size_t i;

	if (w->w_done == NEVER || w->w_error != 0)
		return;
	for (i = first_after(pts, w->w_done); i < pts->n; i++) {
		p = &pts->p[i];
		if (p->issued < w->w_done)
			continue;
		if (p->error != 0)
			w->w_doubtful = p->done;
		else if (!p->barrier)
			w->w_required = p->done;
		else
			continue;
		return;
	}
}

/* What the barriers before a write were issued after, at the latest. */
static void
barriers(struct rumpuser_replay *rp, const struct points *pts)
{
	uint64_t before = 0;
	uint32_t i;
	size_t j = 0;

	for (i = 0; i < rp->rp_nwrites; i++) {
		for (; j < pts->n && pts->p[j].done <
		    rp->rp_writes[i].w_issued; j++)
			if (pts->p[j].error == 0 && pts->p[j].issued > before)
				before = pts->p[j].issued;
		rp->rp_writes[i].w_before = before;
	}
}

struct byoff {
	uint64_t off, end;
	struct rwrite *w;
};

static int
by_offset(const void *a, const void *b)
{
	const struct byoff *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

/* Two that overlap: does that keep one of them from being solid? */
static int
unsettle(struct rwrite *a, struct rwrite *b)
{
	const int was = a->w_solid + b->w_solid;

	if (rumpuser__model_before(b, a)) {
		if (!b->w_solid || b->w_required > a->w_required)
			a->w_solid = 0;
	} else if (rumpuser__model_before(a, b)) {
		if (!a->w_solid || a->w_required > b->w_required)
			b->w_solid = 0;
	} else {
		a->w_solid = b->w_solid = 0;
	}
	return a->w_solid + b->w_solid != was;
}

/* Until nothing changes: one that is not solid takes later ones with it. */
static int
find_solid(struct rumpuser_replay *rp)
{
	const uint32_t n = rp->rp_nwrites;
	struct byoff *s;
	uint32_t i, j;
	int changed = 1;

	if ((s = calloc((size_t)n + 1, sizeof(*s))) == NULL)
		return ENOMEM;
	for (i = 0; i < n; i++) {
		rp->rp_writes[i].w_solid = 1;
		s[i].w = &rp->rp_writes[i];
		s[i].off = s[i].w->w_off;
		s[i].end = s[i].off + s[i].w->w_len;
	}
	qsort(s, n, sizeof(*s), by_offset);
	while (changed)
		for (i = changed = 0; i < n; i++)
			for (j = i + 1; j < n && s[j].off < s[i].end; j++)
				changed |= unsettle(s[i].w, s[j].w);
	free(s);
	return 0;
}

int
rumpuser__model_make(struct rumpuser_replay *rp, struct rumpuser_record *r,
    unsigned int file)
{
	const size_t n = (size_t)r->r_count + 1;
	struct points pts = { .n = 0 };
	uint32_t i;
	int error = 0;

	rp->rp_writes = calloc(n, sizeof(*rp->rp_writes));
	rp->rp_events = calloc(2 * n, sizeof(*rp->rp_events));
	rp->rp_active = calloc(n, sizeof(*rp->rp_active));
	pts.p = calloc(n, sizeof(*pts.p));
	if (rp->rp_writes == NULL || rp->rp_events == NULL ||
	    rp->rp_active == NULL || pts.p == NULL || n > UINT32_MAX)
		error = ENOMEM;
	if (error == 0)
		error = collect(rp, r, file, &pts);
	if (error == 0) {
		for (i = 0; i < rp->rp_nwrites; i++)
			fate(&rp->rp_writes[i], &pts);
		barriers(rp, &pts);
		error = find_solid(rp);
	}
	free(pts.p);
	return error;
}
