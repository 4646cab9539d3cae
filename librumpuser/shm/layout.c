/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.c - where things are in a segment, computed from its parameters
 * alone.  Locking: none, it is a pure function.
 */
#include "shm/shm.h"

#include "shm/ringmem.h"

#include <string.h>

#define MAX_BYTES	(1u << 30)
#define MAX_COUNT	(1u << 20)
#define MIN_RING	(1u << 12)
#define MAX_RING	(1u << 26)

static uint64_t
up(uint64_t n, uint64_t to)
{

	return (n + to - 1) / to * to;
}

static int
params_ok(const struct rumpuser_shmparams *p)
{
	uint32_t rb = p->sp_ringbytes;
	int i;

	if (p->sp_npeers == 0 || p->sp_npeers > RUMPUSER_SHM_MAXPEERS ||
	    p->sp_nrings > RUMPUSER_SHM_MAXRINGS ||
	    p->sp_userbytes > MAX_BYTES)
		return 0;
	if (p->sp_nrings != 0 &&
	    (rb < MIN_RING || rb > MAX_RING || (rb & (rb - 1)) != 0))
		return 0;
	for (i = 0; i < RUMPUSER_SHM_NCLASS; i++)
		if (p->sp_class[i].sc_count > MAX_COUNT ||
		    p->sp_class[i].sc_size > MAX_BYTES ||
		    (p->sp_class[i].sc_count != 0 &&
		    p->sp_class[i].sc_size == 0))
			return 0;
	return 1;
}

/*
 * Nothing here overflows: a class is at most 2^50 bytes, and everything else
 * below 2^40.
 */
int
rumpuser__shm_layout(const struct rumpuser_shmparams *p,
    struct shm_layout *l)
{
	uint64_t at = SHM_PAGE;
	uint32_t n = 0;
	int i;

	if (!params_ok(p))
		return SHM_EINVAL;
	memset(l, 0, sizeof(*l));
	l->sl_peers = at;
	at = up(at + p->sp_npeers * sizeof(uint64_t), SHM_PAGE);
	l->sl_rings = at;
	l->sl_ringsize = sizeof(struct shm_ringmem) +
	    2 * (uint64_t)p->sp_ringbytes;
	at += p->sp_nrings * l->sl_ringsize;
	l->sl_words = at = up(at, SHM_LINE);
	for (i = 0; i < RUMPUSER_SHM_NCLASS; i++) {
		l->sl_first[i] = n;
		n += p->sp_class[i].sc_count;
	}
	l->sl_first[i] = n;
	at = up(at + n * sizeof(uint64_t), SHM_LINE);
	l->sl_user = at;
	at += p->sp_userbytes;
	for (i = 0; i < RUMPUSER_SHM_NCLASS; i++) {
		l->sl_size[i] = (uint32_t)up(p->sp_class[i].sc_size, 64);
		l->sl_data[i] = at = up(at, SHM_PAGE);
		at += (uint64_t)p->sp_class[i].sc_count * l->sl_size[i];
	}
	l->sl_total = up(at, SHM_PAGE);
	return l->sl_total <= UINT64_C(1) << 40 ? 0 : SHM_EINVAL;
}
