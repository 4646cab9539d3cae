/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * extent.c - reference-counted extents.
 *
 * The shared state of an extent is one word: its generation, and a bit for
 * each peer that holds it.  No bit set: it is free.  So the count and the
 * table of who holds what are the same thing, and there is no instant at
 * which a process can die with the two at odds: to clear up after a peer is
 * to clear its bit everywhere.  How often a process holds an extent is its
 * own affair, in private memory, and that record alone says what it may drop.
 * A hold moves to another process by one compare-and-swap of both bits.
 *
 * Locking: sg_lock for the private record; shared words change by
 * compare-and-swap.  Acquire and release on them order what the holders wrote
 * into the extent.
 */
#include "shm/shm.h"

#include <string.h>

#define WORD_GEN(w)	((uint32_t)((w) >> 32))
#define WORD_MASK(w)	((uint32_t)(w))
#define WORD_MAKE(gen, mask) ((uint64_t)(gen) << 32 | (mask))

/* Swaps that fail only because a peer plays with the word. */
#define MAX_TRIES	10000

static inline uint64_t *
ext_word(const struct rumpuser_shmseg *seg, uint32_t n)
{

	return (uint64_t *)(seg->sg_base + seg->sg_layout.sl_words) + n;
}

static inline uint64_t
word_load(const struct rumpuser_shmseg *seg, uint32_t n)
{

	return __atomic_load_n(ext_word(seg, n), __ATOMIC_ACQUIRE);
}

static inline int
word_swap(const struct rumpuser_shmseg *seg, uint32_t n, uint64_t *wp,
    uint64_t to)
{

	return __atomic_compare_exchange_n(ext_word(seg, n), wp, to, 0,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline uint32_t
bit(int peer)
{

	return UINT32_C(1) << peer;
}

static uint64_t
ext_offset(const struct rumpuser_shmseg *seg, int c, uint32_t n)
{
	const struct shm_layout *l = &seg->sg_layout;

	return l->sl_data[c] + (uint64_t)(n - l->sl_first[c]) * l->sl_size[c];
}

/*
 * The number of the extent a handle names, and its class; -1: none.  The
 * handle may come from anywhere.
 */
static int64_t
ext_number(const struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, int *cp)
{
	const struct shm_layout *l = &seg->sg_layout;
	uint64_t off = ext->sx_off, n;
	int c;

	if (ext->sx_seg != seg->sg_id)
		return -1;
	for (c = 0; c < RUMPUSER_SHM_NCLASS; c++) {
		if (l->sl_size[c] == 0 || off < l->sl_data[c])
			continue;
		n = (off - l->sl_data[c]) / l->sl_size[c];
		if (n >= seg->sg_params.sp_class[c].sc_count)
			continue;
		*cp = c;
		return off == ext_offset(seg, c, l->sl_first[c] +
		    (uint32_t)n) ? (int64_t)l->sl_first[c] + (int64_t)n : -1;
	}
	return -1;
}

static void
ext_where(const struct rumpuser_shmseg *seg, const struct rumpuser_shmext *ext,
    int c, void **memp, size_t *sizep)
{

	if (memp != NULL)
		*memp = seg->sg_base + ext->sx_off;
	if (sizep != NULL)
		*sizep = seg->sg_layout.sl_size[c];
}

/*
 * The common beginning: a good handle, the private record locked.  0, or an
 * error and nothing is locked.
 */
static int
ext_begin(struct rumpuser_shmseg *seg, const struct rumpuser_shmext *ext,
    uint32_t *np, int *cp)
{
	int64_t n;

	if (rumpuser__shm_forked(seg))
		return SHM_EPERM;
	if ((n = ext_number(seg, ext, cp)) == -1)
		return SHM_EINVAL;
	*np = (uint32_t)n;
	pthread_mutex_lock(&seg->sg_lock);
	return 0;
}

static int
ext_end(struct rumpuser_shmseg *seg, int error)
{

	if (error == SHM_EPROTO)
		seg->sg_faults++;
	pthread_mutex_unlock(&seg->sg_lock);
	return error;
}

/*
 * Clear @peer's bit of life @gen.  ESTALE: it is not set, or it is another
 * life.
 */
static int
bit_clear(struct rumpuser_shmseg *seg, uint32_t n, uint32_t gen, int peer)
{
	uint64_t w = word_load(seg, n);
	int tries;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		if (WORD_GEN(w) != gen || (WORD_MASK(w) & bit(peer)) == 0)
			return SHM_ESTALE;
		if (word_swap(seg, n, &w, w & ~(uint64_t)bit(peer)))
			return 0;
	}
	return SHM_EPROTO;
}

/* Set @peer's bit, if somebody holds life @gen; clear @from's (-1: none). */
static int
bit_move(struct rumpuser_shmseg *seg, uint32_t n, uint32_t gen, int from,
    int peer)
{
	uint64_t w = word_load(seg, n), to;
	int tries;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		if (WORD_GEN(w) != gen || WORD_MASK(w) == 0)
			return SHM_ESTALE;
		if (from >= 0 && (WORD_MASK(w) & bit(from)) == 0)
			return SHM_ESTALE;
		to = from >= 0 ? w & ~(uint64_t)bit(from) : w;
		if (word_swap(seg, n, &w, to | bit(peer)))
			return 0;
	}
	return SHM_EPROTO;
}

/*
 * An extent that was given away: taken by now?  Then the record is out of
 * date.  1: not taken, our bit is the giver's still.
 */
static int
in_transit(struct rumpuser_shmseg *seg, uint32_t n)
{
	struct shm_hold *h = &seg->sg_holds[n];
	uint64_t w;

	if (h->h_transit == 0)
		return 0;
	w = word_load(seg, n);
	if (WORD_GEN(w) == h->h_gen && (WORD_MASK(w) & bit(seg->sg_self)) != 0)
		return 1;
	h->h_transit = 0;
	return 0;
}

/*
 * Allocation.
 */

/* Take extent @n if it is free; 1: done. */
static int
alloc_one(struct rumpuser_shmseg *seg, uint32_t n)
{
	struct shm_hold *h = &seg->sg_holds[n];
	uint64_t w = word_load(seg, n);

	if (WORD_MASK(w) != 0)
		return 0;
	if (h->h_count != 0) {
		/* It is ours; somebody has rubbed our bit out. */
		seg->sg_faults++;
		return 0;
	}
	if (!word_swap(seg, n, &w, WORD_MAKE(WORD_GEN(w) + 1,
	    bit(seg->sg_self))))
		return 0;
	h->h_gen = WORD_GEN(w) + 1;
	h->h_count = 1;
	h->h_transit = 0;
	return 1;
}

static int
alloc_class(struct rumpuser_shmseg *seg, int c, uint32_t *np)
{
	uint32_t count = seg->sg_params.sp_class[c].sc_count, i, at;

	at = seg->sg_hint[c];
	for (i = 0; i < count; i++) {
		if (at >= count)
			at = 0;
		*np = seg->sg_layout.sl_first[c] + at++;
		if (alloc_one(seg, *np)) {
			seg->sg_hint[c] = at;
			return 0;
		}
	}
	return SHM_ENOMEM;
}

int
rumpuser_shmext_alloc(struct rumpuser_shmseg *seg, size_t size,
    struct rumpuser_shmext *extp, void **memp)
{
	int c, error = SHM_EMSGSIZE;
	uint32_t n = 0;

	if (rumpuser__shm_forked(seg))
		return SHM_EPERM;
	pthread_mutex_lock(&seg->sg_lock);
	for (c = 0; c < RUMPUSER_SHM_NCLASS; c++) {
		if (seg->sg_params.sp_class[c].sc_count == 0 ||
		    seg->sg_layout.sl_size[c] < size)
			continue;
		if ((error = alloc_class(seg, c, &n)) == 0)
			break;
	}
	if (error == 0) {
		extp->sx_off = ext_offset(seg, c, n);
		extp->sx_gen = seg->sg_holds[n].h_gen;
		extp->sx_seg = seg->sg_id;
		ext_where(seg, extp, c, memp, NULL);
	}
	return ext_end(seg, error);
}

/*
 * Holding and dropping.
 */

static int
hold(struct rumpuser_shmseg *seg, uint32_t n, uint32_t gen)
{
	struct shm_hold *h = &seg->sg_holds[n];
	int error;

	if (h->h_count != 0) {
		if (h->h_gen != gen)
			return SHM_ESTALE;
		if (h->h_count == UINT32_MAX)
			return SHM_EBUSY;
		h->h_count++;
		return 0;
	}
	if (in_transit(seg, n))
		return h->h_gen == gen ? SHM_EBUSY : SHM_ESTALE;
	if ((error = bit_move(seg, n, gen, -1, seg->sg_self)) != 0)
		return error;
	h->h_gen = gen;
	h->h_count = 1;
	return 0;
}

int
rumpuser_shmext_hold(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, void **memp, size_t *sizep)
{
	uint32_t n;
	int c, error;

	if ((error = ext_begin(seg, ext, &n, &c)) != 0)
		return error;
	if ((error = hold(seg, n, ext->sx_gen)) == 0)
		ext_where(seg, ext, c, memp, sizep);
	return ext_end(seg, error);
}

static int
drop(struct rumpuser_shmseg *seg, uint32_t n, uint32_t gen)
{
	struct shm_hold *h = &seg->sg_holds[n];

	if (h->h_count == 0 || h->h_gen != gen)
		return SHM_EPERM;
	if (--h->h_count > 0)
		return 0;
	return bit_clear(seg, n, gen, seg->sg_self) == 0 ? 0 : SHM_EPROTO;
}

int
rumpuser_shmext_drop(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext)
{
	uint32_t n;
	int c, error;

	if ((error = ext_begin(seg, ext, &n, &c)) != 0)
		return error;
	return ext_end(seg, drop(seg, n, ext->sx_gen));
}

int
rumpuser_shmext_addr(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, void **memp, size_t *sizep)
{
	uint32_t n;
	int c, error;

	if ((error = ext_begin(seg, ext, &n, &c)) != 0)
		return error;
	if (seg->sg_holds[n].h_count == 0 ||
	    seg->sg_holds[n].h_gen != ext->sx_gen)
		error = SHM_EPERM;
	else
		ext_where(seg, ext, c, memp, sizep);
	return ext_end(seg, error);
}

/*
 * From one process to another.
 */

/* Drop what was given to @peer and not taken; under sg_lock. */
static void
untransit(struct rumpuser_shmseg *seg, int peer)
{
	uint32_t i, n = seg->sg_layout.sl_first[RUMPUSER_SHM_NCLASS];
	struct shm_hold *h;

	for (i = 0; i < n; i++) {
		h = &seg->sg_holds[i];
		if (h->h_transit != peer + 1)
			continue;
		if (in_transit(seg, i))
			(void)bit_clear(seg, i, h->h_gen, seg->sg_self);
		h->h_transit = 0;
	}
}

void
rumpuser__shm_untransit(struct rumpuser_shmseg *seg, int peer)
{

	pthread_mutex_lock(&seg->sg_lock);
	untransit(seg, peer);
	pthread_mutex_unlock(&seg->sg_lock);
}

/* What was given to an earlier process in that entry is not taken any more. */
static void
given_to(struct rumpuser_shmseg *seg, int peer)
{
	uint64_t id = __atomic_load_n(rumpuser__shm_peerword(seg,
	    (unsigned int)peer), __ATOMIC_RELAXED);

	if (seg->sg_given[peer] == id)
		return;
	if (seg->sg_given[peer] != 0)
		untransit(seg, peer);
	seg->sg_given[peer] = id;
}

int
rumpuser_shmext_give(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, int peer)
{
	struct shm_hold *h;
	uint32_t n;
	int c, error;

	if (peer < 0 || peer >= (int)seg->sg_params.sp_npeers)
		return SHM_EINVAL;
	if ((error = ext_begin(seg, ext, &n, &c)) != 0)
		return error;
	h = &seg->sg_holds[n];
	if (h->h_count == 0 || h->h_gen != ext->sx_gen) {
		error = SHM_EPERM;
	} else if (h->h_count > 1) {
		error = SHM_EBUSY;
	} else {
		given_to(seg, peer);
		h->h_count = 0;
		h->h_transit = (int16_t)(peer + 1);
	}
	return ext_end(seg, error);
}

static int
take(struct rumpuser_shmseg *seg, uint32_t n, uint32_t gen, int from)
{
	struct shm_hold *h = &seg->sg_holds[n];
	int error;

	if (h->h_count != 0 && h->h_gen != gen)
		return SHM_ESTALE;
	if (from == seg->sg_self) {
		/* Both ends are in one process. */
		if (h->h_transit == 0 || h->h_gen != gen)
			return SHM_ESTALE;
	} else {
		/* One bit cannot stand for a hold that goes and one here. */
		if (in_transit(seg, n) || h->h_count == UINT32_MAX)
			return SHM_ESTALE;
		error = bit_move(seg, n, gen, from, seg->sg_self);
		if (error != 0)
			return error;
	}
	h->h_transit = 0;
	h->h_gen = gen;
	h->h_count++;
	return 0;
}

int
rumpuser_shmext_take(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, int from, void **memp, size_t *sizep)
{
	uint32_t n;
	int c, error;

	if (from < 0 || from >= (int)seg->sg_params.sp_npeers)
		return SHM_EINVAL;
	if ((error = ext_begin(seg, ext, &n, &c)) != 0)
		return error;
	if ((error = take(seg, n, ext->sx_gen, from)) == 0)
		ext_where(seg, ext, c, memp, sizep);
	return ext_end(seg, error);
}

/*
 * All of a peer's.
 */

unsigned int
rumpuser__shm_dropall(struct rumpuser_shmseg *seg, int peer)
{
	uint32_t i, n = seg->sg_layout.sl_first[RUMPUSER_SHM_NCLASS];
	unsigned int dropped = 0;

	for (i = 0; i < n; i++)
		if (__atomic_load_n(ext_word(seg, i), __ATOMIC_RELAXED) &
		    bit(peer))
			dropped += (__atomic_fetch_and(ext_word(seg, i),
			    ~(uint64_t)bit(peer), __ATOMIC_ACQ_REL) &
			    bit(peer)) != 0;
	if (peer == seg->sg_self) {
		pthread_mutex_lock(&seg->sg_lock);
		memset(seg->sg_holds, 0, n * sizeof(*seg->sg_holds));
		pthread_mutex_unlock(&seg->sg_lock);
	}
	return dropped;
}

int
rumpuser_shmseg_stat(struct rumpuser_shmseg *seg, struct rumpuser_shmstat *st)
{
	uint32_t i, n = seg->sg_layout.sl_first[RUMPUSER_SHM_NCLASS];

	if (rumpuser__shm_forked(seg))
		return SHM_EPERM;
	memset(st, 0, sizeof(*st));
	for (i = 0; i < seg->sg_params.sp_npeers; i++)
		st->ss_peers += __atomic_load_n(rumpuser__shm_peerword(seg, i),
		    __ATOMIC_RELAXED) != 0;
	st->ss_extents = n;
	pthread_mutex_lock(&seg->sg_lock);
	for (i = 0; i < n; i++) {
		st->ss_used += WORD_MASK(word_load(seg, i)) != 0;
		st->ss_held += seg->sg_holds[i].h_count != 0;
		st->ss_transit += in_transit(seg, i);
	}
	st->ss_faults = seg->sg_faults;
	pthread_mutex_unlock(&seg->sg_lock);
	return 0;
}
