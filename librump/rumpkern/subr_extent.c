/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * extent(9). A map is a list of its allocated regions by address; neighbours are
 * one region unless the map is EX_NOCOALESCE. ex_lock guards it; descriptors are
 * allocated before it is taken.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/extent.h>
#include <sys/kmem.h>

#define EXF_FIXED	0x10000		/* in ex_flags */
#define ERF_MALLOC	0x1		/* in er_flags: not of the storage */

static struct extent *
fixed_create(char *storage, size_t size)
{
	struct extent *ex = (struct extent *)(void *)storage;
	struct extent_region *er;
	size_t off;

	KASSERTMSG(size >= sizeof(struct extent_fixed), "extent storage of "
	    "%zu bytes", size);
	memset(storage, 0, size);
	for (off = ALIGN(sizeof(struct extent_fixed));
	    off + sizeof(*er) <= size; off += ALIGN(sizeof(*er))) {
		er = (struct extent_region *)(void *)(storage + off);
		LIST_INSERT_HEAD(&ex->ex_spare, er, er_link);
	}
	ex->ex_flags = EXF_FIXED;
	return ex;
}

struct extent *
extent_create(const char *name, u_long start, u_long end, void *storage,
    size_t storagesize, int flags)
{
	struct extent *ex;

	KASSERT(name != NULL && start <= end);
	if (storage != NULL)
		ex = fixed_create(storage, storagesize);
	else if ((ex = kmem_zalloc(sizeof(*ex), (flags & EX_WAITOK) != 0 ?
	    KM_SLEEP : KM_NOSLEEP)) == NULL)
		return NULL;
	mutex_init(&ex->ex_lock, MUTEX_DEFAULT, IPL_VM);
	cv_init(&ex->ex_cv, "extent");
	ex->ex_name = name;
	ex->ex_start = start;
	ex->ex_end = end;
	ex->ex_flags |= flags & EX_NOCOALESCE;
	return ex;
}

/*
 * Descriptors.
 */

static struct extent_region *
region_alloc(struct extent *ex, int flags)
{
	struct extent_region *er = NULL;

	if ((ex->ex_flags & EXF_FIXED) != 0) {
		mutex_enter(&ex->ex_lock);
		if ((er = LIST_FIRST(&ex->ex_spare)) != NULL)
			LIST_REMOVE(er, er_link);
		mutex_exit(&ex->ex_lock);
		if (er != NULL || (flags & EX_MALLOCOK) == 0)
			return er;
	}
	er = kmem_intr_alloc(sizeof(*er), (flags & EX_WAITOK) != 0 ?
	    KM_SLEEP : KM_NOSLEEP);
	if (er != NULL)
		er->er_flags = ERF_MALLOC;
	return er;
}

static void
region_free(struct extent *ex, struct extent_region *er)
{

	if (er == NULL)
		return;
	if ((er->er_flags & ERF_MALLOC) != 0) {
		kmem_intr_free(er, sizeof(*er));
		return;
	}
	mutex_enter(&ex->ex_lock);
	LIST_INSERT_HEAD(&ex->ex_spare, er, er_link);
	mutex_exit(&ex->ex_lock);
}

void
extent_destroy(struct extent *ex)
{
	struct extent_region *er;

	while ((er = LIST_FIRST(&ex->ex_regions)) != NULL) {
		LIST_REMOVE(er, er_link);
		region_free(ex, er);
	}
	cv_destroy(&ex->ex_cv);
	mutex_destroy(&ex->ex_lock);
	if ((ex->ex_flags & EXF_FIXED) == 0)
		kmem_free(ex, sizeof(*ex));
}

/*
 * Allocating.
 */

struct request {
	u_long	rq_first, rq_last;	/* where, inclusive */
	u_long	rq_size;
	u_long	rq_align, rq_skew, rq_boundary;
	u_long	rq_base;		/* where boundaries count from */
};

/* The end of the part without a boundary that a is in. */
static u_long
part_end(const struct request *rq, u_long a)
{
	u_long n;

	if (rq->rq_boundary == EX_NOBOUNDARY)
		return ~0UL;
	n = (a - rq->rq_base) / rq->rq_boundary;
	n = rq->rq_base + n * rq->rq_boundary;
	return n + rq->rq_boundary - 1 < n ? ~0UL : n + rq->rq_boundary - 1;
}

/* The first address from a on that is aligned; false if there is none. */
static bool
align_up(const struct request *rq, u_long *ap)
{
	u_long a = *ap, r;

	r = (a - rq->rq_skew) & (rq->rq_align - 1);
	if (r != 0)
		a += rq->rq_align - r;
	if (a < *ap)
		return false;
	*ap = a;
	return true;
}

/*
 * A place for the request in the gap [lo, hi]; false if there is none. How far
 * the first aligned address is into a part repeats after rq_align parts at most.
 */
static bool
gap_fit(const struct request *rq, u_long lo, u_long hi, u_long *ap)
{
	u_long a = MAX(lo, rq->rq_first), end, tries;

	hi = MIN(hi, rq->rq_last);
	for (tries = 0; tries <= rq->rq_align && a <= hi && align_up(rq, &a) &&
	    a <= hi && hi - a >= rq->rq_size - 1; tries++) {
		end = part_end(rq, a);
		if (end - a >= rq->rq_size - 1) {
			*ap = a;
			return true;
		}
		if (end == ~0UL)
			break;
		a = end + 1;
	}
	return false;
}

/*
 * Find a place: the first, or the one in the smallest gap. prev is the region
 * before it, NULL if there is none.
 */
static bool
find(struct extent *ex, const struct request *rq, bool fast, u_long *ap,
    struct extent_region **prevp)
{
	struct extent_region *er, *prev = NULL;
	u_long lo = ex->ex_start, hi, a, best = ~0UL;
	bool found = false;

	for (er = LIST_FIRST(&ex->ex_regions);; er = LIST_NEXT(er, er_link)) {
		if (er == NULL || er->er_start > lo) {
			hi = er == NULL ? ex->ex_end : er->er_start - 1;
			if ((!found || hi - lo < best) &&
			    gap_fit(rq, lo, hi, &a)) {
				found = true;
				best = hi - lo;
				*ap = a;
				*prevp = prev;
				if (fast)
					break;
			}
		}
		if (er == NULL || er->er_end == ex->ex_end)
			break;
		lo = er->er_end + 1;
		prev = er;
	}
	return found;
}

/* Enter [a, b] after prev, joined with its neighbours; frees what is left. */
static void
insert(struct extent *ex, struct extent_region *prev, u_long a, u_long b,
    struct extent_region *er, struct extent_region **gone)
{
	struct extent_region *next;
	const bool join = (ex->ex_flags & EX_NOCOALESCE) == 0;

	next = prev == NULL ? LIST_FIRST(&ex->ex_regions) :
	    LIST_NEXT(prev, er_link);
	if (join && prev != NULL && prev->er_end + 1 == a) {
		prev->er_end = b;
		gone[0] = er;
		er = prev;
	} else {
		er->er_start = a;
		er->er_end = b;
		if (prev == NULL)
			LIST_INSERT_HEAD(&ex->ex_regions, er, er_link);
		else
			LIST_INSERT_AFTER(prev, er, er_link);
	}
	if (join && next != NULL && b + 1 == next->er_start) {
		er->er_end = next->er_end;
		LIST_REMOVE(next, er_link);
		gone[1] = next;
	}
}

static int
allocate(struct extent *ex, const struct request *rq, int flags, u_long *ap)
{
	struct extent_region *er, *prev = NULL, *gone[2] = { NULL, NULL };
	int error = 0;
	u_long a = 0;

	if ((er = region_alloc(ex, flags)) == NULL)
		return ENOMEM;
	mutex_enter(&ex->ex_lock);
	while (error == 0 &&
	    !find(ex, rq, (flags & EX_FAST) != 0, &a, &prev)) {
		if ((flags & EX_WAITSPACE) == 0)
			error = EAGAIN;
		else if ((flags & EX_CATCH) != 0)
			error = cv_wait_sig(&ex->ex_cv, &ex->ex_lock);
		else
			cv_wait(&ex->ex_cv, &ex->ex_lock);
	}
	if (error == 0)
		insert(ex, prev, a, a + rq->rq_size - 1, er, gone);
	else
		gone[0] = er;
	mutex_exit(&ex->ex_lock);
	region_free(ex, gone[0]);
	region_free(ex, gone[1]);
	if (error == 0 && ap != NULL)
		*ap = a;
	return error;
}

int
extent_alloc_subregion1(struct extent *ex, u_long substart, u_long subend,
    u_long size, u_long alignment, u_long skew, u_long boundary, int flags,
    u_long *result)
{
	struct request rq = {
		.rq_first = substart, .rq_last = subend, .rq_size = size,
		.rq_align = alignment, .rq_skew = skew,
		.rq_boundary = boundary,
		.rq_base = (flags & EX_BOUNDZERO) != 0 ? 0 : ex->ex_start,
	};

	KASSERTMSG(size > 0 && alignment != 0 && powerof2(alignment) &&
	    substart >= ex->ex_start && subend <= ex->ex_end &&
	    substart <= subend, "extent %s: %#lx bytes in [%#lx, %#lx], "
	    "alignment %#lx", ex->ex_name, size, substart, subend, alignment);
	/* What can never be is not waited for. */
	if (size - 1 > subend - substart || (boundary != EX_NOBOUNDARY &&
	    size > boundary))
		return EAGAIN;
	return allocate(ex, &rq, flags, result);
}

int
extent_alloc_subregion(struct extent *ex, u_long start, u_long end,
    u_long size, u_long alignment, u_long boundary, int flags, u_long *result)
{

	return extent_alloc_subregion1(ex, start, end, size, alignment, 0,
	    boundary, flags, result);
}

int
extent_alloc1(struct extent *ex, u_long size, u_long alignment, u_long skew,
    u_long boundary, int flags, u_long *result)
{

	return extent_alloc_subregion1(ex, ex->ex_start, ex->ex_end, size,
	    alignment, skew, boundary, flags, result);
}

int
extent_alloc(struct extent *ex, u_long size, u_long alignment,
    u_long boundary, int flags, u_long *result)
{

	return extent_alloc_subregion1(ex, ex->ex_start, ex->ex_end, size,
	    alignment, 0, boundary, flags, result);
}

int
extent_alloc_region(struct extent *ex, u_long start, u_long size, int flags)
{
	struct request rq = {
		.rq_first = start, .rq_last = start + size - 1,
		.rq_size = size, .rq_align = EX_NOALIGN,
	};

	KASSERTMSG(size > 0 && start >= ex->ex_start &&
	    rq.rq_last >= start && rq.rq_last <= ex->ex_end,
	    "extent %s: region of %#lx bytes at %#lx", ex->ex_name, size,
	    start);
	return allocate(ex, &rq, flags | EX_FAST, NULL);
}

/*
 * Freeing.
 */

int
extent_free(struct extent *ex, u_long start, u_long size, int flags)
{
	const u_long end = start + size - 1;
	struct extent_region *er, *rest;

	KASSERT(size > 0);
	/* In case two parts remain. */
	rest = (ex->ex_flags & EX_NOCOALESCE) != 0 ? NULL :
	    region_alloc(ex, flags);
	mutex_enter(&ex->ex_lock);
	LIST_FOREACH(er, &ex->ex_regions, er_link) {
		if (start >= er->er_start && end <= er->er_end)
			break;
	}
	KASSERTMSG(er != NULL && ((ex->ex_flags & EX_NOCOALESCE) == 0 ||
	    (start == er->er_start && end == er->er_end)), "extent %s: free "
	    "of [%#lx, %#lx], not allocated so", ex->ex_name, start, end);
	if (start == er->er_start && end == er->er_end) {
		LIST_REMOVE(er, er_link);
	} else if (start == er->er_start) {
		er->er_start = end + 1;
		er = NULL;
	} else if (end == er->er_end) {
		er->er_end = start - 1;
		er = NULL;
	} else if (rest == NULL) {
		mutex_exit(&ex->ex_lock);
		return ENOMEM;
	} else {
		rest->er_start = end + 1;
		rest->er_end = er->er_end;
		er->er_end = start - 1;
		LIST_INSERT_AFTER(er, rest, er_link);
		er = rest = NULL;
	}
	cv_broadcast(&ex->ex_cv);
	mutex_exit(&ex->ex_lock);
	region_free(ex, er);
	region_free(ex, rest);
	return 0;
}

void
extent_print(struct extent *ex)
{
	struct extent_region *er;

	mutex_enter(&ex->ex_lock);
	printf("extent `%s' (0x%lx - 0x%lx), flags = 0x%x\n", ex->ex_name,
	    ex->ex_start, ex->ex_end, ex->ex_flags & ~EXF_FIXED);
	LIST_FOREACH(er, &ex->ex_regions, er_link)
		printf("     0x%lx - 0x%lx\n", er->er_start, er->er_end);
	mutex_exit(&ex->ex_lock);
}
