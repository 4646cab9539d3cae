/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ringmem.h - what a ring looks like in shared memory.  Private to
 * librumpuser/shm.
 *
 * Each word has one writer, but for the sleep words, whose bits are set by
 * the side that is going to sleep and cleared by the one that wakes it; and
 * each stands in cache lines of its own.
 */
#ifndef _RUMPUSER_SHM_RINGMEM_H_
#define _RUMPUSER_SHM_RINGMEM_H_

#include "shm/shm.h"

struct shm_line {
	uint64_t w;
	char pad[SHM_LINE - sizeof(uint64_t)];
} __attribute__((__aligned__(SHM_LINE)));

/** One direction: bytes written and read so far; only ever grow. */
struct shm_fifo {
	struct shm_line tail;		/* published by the writer */
	struct shm_line head;		/* freed by the reader */
};

/** A ring; the data of fifo 0 and of fifo 1 follow.  Side s writes fifo s. */
struct shm_ringmem {
	struct shm_line claim[2];	/* id of the process that has the end */
	struct shm_line closed[2];	/* the side has closed in good order */
	struct shm_line sleep[2];	/* RUMPUSER_SHMRING_* it sleeps for */
	struct shm_fifo fifo[2];
	struct shm_line pad[6];
};

/*
 * A record: this header, the handle of an extent if there is one, the body;
 * rounded up to 8 bytes, and never wrapped: the rest of the buffer before a
 * record that starts over is a record with SKIP.
 */
#define REC_HDR		sizeof(uint64_t)
#define REC_EXT		sizeof(struct rumpuser_shmext)
#define REC_LEN(h)	((uint32_t)(h))
#define REC_FLAGS(h)	((uint32_t)((h) >> 32))
#define REC_MAKE(len, flags) ((uint64_t)(flags) << 32 | (uint32_t)(len))
#define REC_SKIP	0x100
#define REC_UP(n)	(((n) + 7) & ~(size_t)7)

_Static_assert(sizeof(struct rumpuser_shmext) == 16, "layout");
_Static_assert(sizeof(struct shm_ringmem) % SHM_LINE == 0, "layout");

#endif /* _RUMPUSER_SHM_RINGMEM_H_ */
