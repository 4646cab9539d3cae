/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutex.c - a mutex between processes that survives its owner: a PI futex
 * (futex(2)) beside a stamp.
 *
 * Why not a robust, process-shared pthread mutex: libc keeps the links of its
 * robust list in the mutex itself, in memory that a hostile peer writes, and
 * follows them when it unlocks; also its kind.  That would be a wild write.
 * Why not a robust list of our own: set_robust_list(2) is libc's, one a
 * thread.  A PI futex needs neither:
 *
 *  - The word that is taken, by one compare-and-swap from 0 to the owner's
 *    TID, is the record of the owner.  There is no instant between taking and
 *    recording in which a kill would be missed.
 *  - Who waits sleeps in FUTEX_LOCK_PI, queued at the owner.  When the owner
 *    dies, thread or process, by whatever way, the kernel hands the mutex to
 *    the first of them with FUTEX_OWNER_DIED set in the word.
 *  - If nobody waited, the word keeps the TID of the dead, and the next one
 *    to come learns ESRCH from the kernel; it swaps the exact word it saw for
 *    its own, so that of several one succeeds.
 *
 * Either way the new owner sets sm_dirty before it removes the sign by which
 * it knows (the bit, or its own TID, dead if it is killed here as well): a
 * death is never forgotten, at worst it is reported after a clean exit.
 *
 * The stamp is for a TID that was used again after its owner died with nobody
 * waiting: the kernel would have us wait for a stranger.  It is swapped
 * together with the word on the fast path (8 bytes; the kernel works on the
 * lower 4 alone), is 0 while the word changes hands inside the kernel, and is
 * compared with the start time of the thread that has the TID when a wait
 * takes long.  What remains: an owner killed within the few instructions
 * between the kernel's handing over and its storing the stamp, whose TID is
 * then used by a thread that lives on; and, once a stale word was replaced,
 * another waiter that the kernel had queued at the stranger, should that one
 * exit before this waiter's round (at most a second) ends.
 *
 * Lock order: none; the futex word is the only lock.
 */
#include "shm/shm.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <sched.h>
#include <time.h>
#include <unistd.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2	13
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "the owner is the lower half of the word and comes first");
_Static_assert(sizeof(struct rumpuser_shmmtx) == 16, "layout");

#define FIRST_ROUND	20000000	/* ns until a stranger is looked for */
#define LATER_ROUND	1000000000
#define MAX_ODD		3000		/* odd answers until it is EPROTO */

static inline uint64_t *
whole(struct rumpuser_shmmtx *mtx)
{

	return (uint64_t *)(void *)&mtx->sm_owner;
}

/*
 * Acquire pairs with the release in rumpuser_shmmtx_exit(): what the last
 * owner wrote is seen.
 */
static inline int
swap_word(struct rumpuser_shmmtx *mtx, uint64_t from, uint64_t to)
{

	return __atomic_compare_exchange_n(whole(mtx), &from, to, 0,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* The mutex is ours: 0, or that it is dirty. */
static inline int
taken(struct rumpuser_shmmtx *mtx)
{

	return __predict_true(__atomic_load_n(&mtx->sm_dirty,
	    __ATOMIC_RELAXED) == 0) ? 0 : RUMPUSER_EOWNERDEAD;
}

/*
 * The kernel has put our TID into the word.  The stamp's release was done by
 * the last owner before it asked the kernel to hand over.
 */
static int
handed(struct rumpuser_shmmtx *mtx, uint64_t id)
{
	uint32_t owner = __atomic_load_n(&mtx->sm_owner, __ATOMIC_ACQUIRE);

	if (owner & FUTEX_OWNER_DIED)
		__atomic_store_n(&mtx->sm_dirty, 1, __ATOMIC_RELEASE);
	__atomic_exchange_n(&mtx->sm_stamp, ID_STAMP(id), __ATOMIC_ACQ_REL);
	if (owner & FUTEX_OWNER_DIED)
		__atomic_fetch_and(&mtx->sm_owner,
		    ~(uint32_t)FUTEX_OWNER_DIED, __ATOMIC_RELEASE);
	return taken(mtx);
}

/*
 * The kernel says that the owner is gone, and has no waiter to hand the word
 * to.  Swap what was seen for our own.  That @seen is what the kernel judged
 * is not certain, so its thread is looked for: once gone it stays gone, and
 * the word cannot become @seen again.  EAGAIN: somebody was faster; EBUSY:
 * the thread is about to be gone.
 */
static int
inherit(struct rumpuser_shmmtx *mtx, uint64_t id, uint64_t seen)
{

	if (ID_NUM(seen) == 0)
		return SHM_EAGAIN;
	if (!rumpuser__shm_threadgone(seen))
		return SHM_EBUSY;
	/* The kernel may have set the waiters' bit meanwhile. */
	if (!swap_word(mtx, seen, id | (seen & FUTEX_WAITERS)) &&
	    !swap_word(mtx, seen | FUTEX_WAITERS, id | FUTEX_WAITERS))
		return SHM_EAGAIN;
	__atomic_store_n(&mtx->sm_dirty, 1, __ATOMIC_RELEASE);
	return RUMPUSER_EOWNERDEAD;
}

/* Does the word name a thread that is not the one that took the mutex? */
static int
stale(uint64_t seen)
{

	return (seen & FUTEX_OWNER_DIED) == 0 && ID_STAMP(seen) != 0 &&
	    rumpuser__shm_threadgone(seen);
}

static void
to_timespec(int64_t ns, struct timespec *ts)
{

	ts->tv_sec = ns / 1000000000;
	ts->tv_nsec = ns % 1000000000;
}

/* Before Linux 5.14 the deadline is on the wall clock. */
static int
lock_pi_wall(uint32_t *word, int64_t until)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	to_timespec((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec +
	    (until - rumpuser__shm_now()), &ts);
	return syscall(SYS_futex, word, FUTEX_LOCK_PI, 0, &ts, NULL, 0) == 0 ?
	    0 : errno;
}

/* Wait in the kernel; host errno numbers. */
static int
lock_pi(uint32_t *word, int64_t until)
{
	struct timespec ts;

	to_timespec(until, &ts);
	if (syscall(SYS_futex, word, FUTEX_LOCK_PI2, 0, &ts, NULL, 0) == 0)
		return 0;
	return errno == ENOSYS ? lock_pi_wall(word, until) : errno;
}

/*
 * One attempt: wait until @until.  EAGAIN: try again at once; EBUSY: try
 * again after a moment, the kernel's and the word's ideas do not agree.
 */
static int
attempt(struct rumpuser_shmmtx *mtx, uint64_t id, int64_t until)
{
	uint64_t seen = __atomic_load_n(whole(mtx), __ATOMIC_RELAXED);

	switch (lock_pi(&mtx->sm_owner, until)) {
	case 0:
		return handed(mtx, id);
	case ESRCH:
		return inherit(mtx, id, seen);
	case ETIMEDOUT:
		if (stale(seen))
			return inherit(mtx, id, seen);
		return SHM_ETIMEDOUT;
	case EDEADLK:
		return seen >> 32 == ID_STAMP(id) ? SHM_EDEADLK : SHM_EPROTO;
	case EAGAIN:
	case EINTR:
		return SHM_EAGAIN;
	case EINVAL:
		return SHM_EBUSY;
	case ENOMEM:
		return SHM_ENOMEM;
	case ENOSYS:
		return SHM_ENOSYS;
	default:
		return SHM_EPROTO;
	}
}

/* Take it by way of the kernel.  0, RUMPUSER_EOWNERDEAD, or not taken. */
HOSTCALL int
take_slow(struct rumpuser_shmmtx *mtx, uint64_t id, int64_t deadline)
{
	struct timespec moment = { 0, 1000000 };
	int64_t now, until, step = FIRST_ROUND;
	int error, odd = 0, serrno = errno;

	for (;;) {
		now = rumpuser__shm_now();
		until = now + step;
		if (deadline >= 0 && deadline < until)
			until = deadline;
		error = attempt(mtx, id, until);
		if (error == SHM_ETIMEDOUT) {
			step = LATER_ROUND;
			if (deadline >= 0 && rumpuser__shm_now() >= deadline)
				break;
			continue;
		}
		if (error != SHM_EAGAIN && error != SHM_EBUSY)
			break;
		/* Only a word that changes all the time gets us here often. */
		if (++odd == MAX_ODD) {
			error = SHM_EPROTO;
			break;
		}
		if (deadline >= 0 && now >= deadline) {
			error = SHM_ETIMEDOUT;
			break;
		}
		if (error == SHM_EBUSY)
			nanosleep(&moment, NULL);
		else
			sched_yield();
	}
	errno = serrno;
	return error;
}

/* Host errno number of asking the kernel for a word that is not free. */
HOSTCALL int
trylock_pi(uint32_t *word)
{
	int error = 0, serrno = errno;

	if (syscall(SYS_futex, word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0) == -1)
		error = errno;
	errno = serrno;
	return error;
}

void
rumpuser_shmmtx_init(struct rumpuser_shmmtx *mtx)
{

	__atomic_store_n(whole(mtx), 0, __ATOMIC_RELAXED);
	__atomic_store_n(&mtx->sm_spare, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&mtx->sm_dirty, 0, __ATOMIC_RELEASE);
}

int
rumpuser_shmmtx_tryenter(struct rumpuser_shmmtx *mtx)
{
	uint64_t id = rumpuser__shm_self(), seen;

	if (__predict_true(swap_word(mtx, 0, id)))
		return taken(mtx);
	seen = __atomic_load_n(whole(mtx), __ATOMIC_RELAXED);
	switch (trylock_pi(&mtx->sm_owner)) {
	case 0:
		return handed(mtx, id);
	case ESRCH:
		return inherit(mtx, id, seen) ==
		    RUMPUSER_EOWNERDEAD ? RUMPUSER_EOWNERDEAD : SHM_EBUSY;
	case ENOSYS:
		return SHM_ENOSYS;
	default:
		return SHM_EBUSY;
	}
}

/*
 * A fiber, or a thread with a virtual CPU: it may come back from the wait on another host
 * thread, which would not be the owner.  So it waits for its turn, lets go
 * (which keeps the mutex dirty if it is) and takes the mutex where it is
 * then.
 */
static int
enter_lwp(struct rumpuser_shmmtx *mtx, int64_t deadline)
{
	int cookie, error;

	for (;;) {
		cookie = rumpuser__unschedule(NULL);
		error = take_slow(mtx, rumpuser__shm_self(), deadline);
		if (error == 0 || error == RUMPUSER_EOWNERDEAD)
			error = rumpuser_shmmtx_exit(mtx);
		rumpuser__schedule(cookie, NULL);
		if (error != 0)
			return error;
		if (swap_word(mtx, 0, rumpuser__shm_self()))
			return taken(mtx);
	}
}

int
rumpuser_shmmtx_timedenter(struct rumpuser_shmmtx *mtx, int64_t deadline)
{
	uint64_t id = rumpuser__shm_self();

	if (__predict_true(swap_word(mtx, 0, id)))
		return taken(mtx);
	if (rumpuser_curlwp() != NULL || rumpuser_fiber_current() != NULL)
		return enter_lwp(mtx, deadline);
	return take_slow(mtx, id, deadline);
}

int
rumpuser_shmmtx_enter(struct rumpuser_shmmtx *mtx)
{

	return rumpuser_shmmtx_timedenter(mtx, RUMPUSER_SHM_FOREVER);
}

/*
 * Somebody waits, or a peer has been at the word.  From here on the stamp is
 * 0: the next owner puts its own there.
 */
HOSTCALL int
exit_slow(struct rumpuser_shmmtx *mtx)
{
	int error = 0, serrno = errno;

	__atomic_store_n(&mtx->sm_stamp, 0, __ATOMIC_RELEASE);
	__atomic_fetch_and(&mtx->sm_owner, ~(uint32_t)FUTEX_OWNER_DIED,
	    __ATOMIC_RELEASE);
	if (syscall(SYS_futex, &mtx->sm_owner, FUTEX_UNLOCK_PI, 0, NULL, NULL,
	    0) == -1) {
		__atomic_store_n(&mtx->sm_owner, 0, __ATOMIC_RELEASE);
		error = SHM_EPROTO;
	}
	errno = serrno;
	return error;
}

int
rumpuser_shmmtx_exit(struct rumpuser_shmmtx *mtx)
{
	uint64_t id = rumpuser__shm_self(), seen = id;

	if (__predict_true(__atomic_compare_exchange_n(whole(mtx), &seen, 0, 0,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
		return 0;
	if (ID_NUM(seen) != ID_NUM(id))
		return SHM_EPERM;
	return exit_slow(mtx);
}

int
rumpuser_shmmtx_clean(struct rumpuser_shmmtx *mtx)
{
	uint32_t owner = __atomic_load_n(&mtx->sm_owner, __ATOMIC_RELAXED);

	if (ID_NUM(owner) != ID_NUM(rumpuser__shm_self()))
		return SHM_EPERM;
	__atomic_store_n(&mtx->sm_dirty, 0, __ATOMIC_RELEASE);
	return 0;
}

void
rumpuser_shmmtx_owner(const struct rumpuser_shmmtx *mtx, int32_t *tidp,
    int *dirtyp)
{
	uint32_t owner = __atomic_load_n(&mtx->sm_owner, __ATOMIC_RELAXED);

	if (tidp != NULL)
		*tidp = (int32_t)ID_NUM(owner);
	if (dirtyp != NULL)
		*dirtyp = (owner & FUTEX_OWNER_DIED) != 0 ||
		    __atomic_load_n(&mtx->sm_dirty, __ATOMIC_RELAXED) != 0;
}
