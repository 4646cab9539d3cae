/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * select(2), and the driver's side of select and poll: selrecord(9).
 */
#ifndef _SYS_SELECT_H_
#define	_SYS_SELECT_H_

#include <sys/cdefs.h>
#include <sys/featuretest.h>
#include <sys/types.h>
#include <sys/fd_set.h>
#include <sys/sigtypes.h>
#include <sys/time.h>

#ifdef _KERNEL
#include <sys/selinfo.h>

struct lwp;
struct proc;

/* selcommon: the body of select and pselect; ts relative, NULL = for ever. */
int	selcommon(register_t *, int, fd_set *, fd_set *, fd_set *,
	    struct timespec *, sigset_t *);

/* selinit, seldestroy: life of a selinfo embedded in a driver's object. */
void	selinit(struct selinfo *);
void	seldestroy(struct selinfo *);
/*
 * selrecord: note that the calling lwp waits for this object.  Called by a
 * driver's poll routine with the lock held under which it calls selnotify.
 */
void	selrecord(struct lwp *selector, struct selinfo *);
/*
 * selnotify: wake who waits; events is a POLL* mask or 0 for all, knhint
 * goes to the knotes.
 */
void	selnotify(struct selinfo *, int, long);
#endif /* _KERNEL */

#endif /* _SYS_SELECT_H_ */
