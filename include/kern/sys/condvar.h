/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * condvar(9): condition variables.  Sleepers are on the sleep queue of its
 * address; that queue's lock protects cv_waiters (in `up': the virtual CPU).
 */
#ifndef _SYS_CONDVAR_H_
#define _SYS_CONDVAR_H_

#include <sys/types.h>

struct kmutex;
struct lwp;

struct kcondvar {
	volatile unsigned int cv_waiters;	/* lwps asleep on it */
	unsigned int cv_magic;
	const char *cv_wmesg;
	void *cv_spare;
};
typedef struct kcondvar kcondvar_t;

void	cv_init(kcondvar_t *, const char *);
void	cv_destroy(kcondvar_t *);
/** Sleep until woken; the mutex is released meanwhile.  May wake spuriously. */
void	cv_wait(kcondvar_t *, struct kmutex *);
/** The same, ended by a signal: 0, EINTR or ERESTART. */
int	cv_wait_sig(kcondvar_t *, struct kmutex *);
/** The same for at most @timo ticks (0: for ever): 0 or EWOULDBLOCK. */
int	cv_timedwait(kcondvar_t *, struct kmutex *, int);
int	cv_timedwait_sig(kcondvar_t *, struct kmutex *, int);
/** Wake one. */
void	cv_signal(kcondvar_t *);
/** Wake all. */
void	cv_broadcast(kcondvar_t *);
bool	cv_has_waiters(kcondvar_t *);
/** Whether this has been initialised and not destroyed. */
bool	cv_is_valid(kcondvar_t *);

#endif /* _SYS_CONDVAR_H_ */
