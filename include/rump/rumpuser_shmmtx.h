/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_shmmtx.h - a mutex in memory shared between processes, that tells
 * its next owner when the last one died holding it.  See rumpuser_shmmtx(3).
 *
 * The owner is a host thread.  A kernel thread (a fiber) must not block while
 * it owns one, since it may come back on another host thread.  exec(3) does
 * not end ownership, the end of the thread or process does, however it comes.
 */
#ifndef _RUMP_RUMPUSER_SHMMTX_H_
#define _RUMP_RUMPUSER_SHMMTX_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include <rump/rumpuser_shm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The mutex: aligned to 8 bytes, anywhere in shared memory, all zero is a
 * free one.  The members are not for callers.
 */
struct rumpuser_shmmtx {
	uint32_t sm_owner;		/* TID of the owner, the host's flags */
	uint32_t sm_stamp;		/* tells its TID's earlier users apart */
	uint32_t sm_dirty;		/* an owner has died */
	uint32_t sm_spare;
} __attribute__((__aligned__(8)));

/** Deadline that never comes. */
#define RUMPUSER_SHM_FOREVER	((int64_t)-1)

/** Make a free, clean mutex of it. */
void rumpuser_shmmtx_init(struct rumpuser_shmmtx *mtx);

/**
 * Take the mutex; may block.  0: taken.  RUMPUSER_EOWNERDEAD: taken, and what
 * it guards is suspect, since an owner has died with it: every owner is told
 * so until one calls rumpuser_shmmtx_clean().  EDEADLK: the calling thread
 * has it already.  EPROTO: the word is none that an honest peer leaves there.
 * ENOSYS: the host has no such locks.  A peer that never lets go blocks the
 * caller for ever: use a deadline with peers that are not trusted.
 */
int rumpuser_shmmtx_enter(struct rumpuser_shmmtx *mtx);
/**
 * The same until @deadline, in nanoseconds of the monotonic clock;
 * ETIMEDOUT after it.  RUMPUSER_SHM_FOREVER: rumpuser_shmmtx_enter().
 */
int rumpuser_shmmtx_timedenter(struct rumpuser_shmmtx *mtx, int64_t deadline);
/** The same without waiting: EBUSY, also when the caller has it. */
int rumpuser_shmmtx_tryenter(struct rumpuser_shmmtx *mtx);
/**
 * Let go.  EPERM: the calling thread is not the owner, nothing changed.
 * EPROTO: it is free now, but a peer had tampered with it.
 */
int rumpuser_shmmtx_exit(struct rumpuser_shmmtx *mtx);
/** The owner has put things right: the mutex is clean.  EPERM. */
int rumpuser_shmmtx_clean(struct rumpuser_shmmtx *mtx);
/**
 * *@tidp (may be NULL): the host's number of the owning thread, 0 if free;
 * exact only for the owner.  *@dirtyp (may be NULL): is it dirty?
 */
void rumpuser_shmmtx_owner(const struct rumpuser_shmmtx *mtx, int32_t *tidp,
    int *dirtyp);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_SHMMTX_H_ */
