/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File system transactions and suspension, copy-on-write handlers
 * (fstrans(9)).
 */
#ifndef _SYS_FSTRANS_H_
#define _SYS_FSTRANS_H_

#include <sys/mount.h>

#define	SUSPEND_SUSPEND	0x0001
#define	SUSPEND_RESUME	0x0002

enum fstrans_lock_type {
	FSTRANS_LAZY = 1,	/* granted while not suspended */
	FSTRANS_SHARED = 2	/* granted while not suspending */
};

enum fstrans_state {
	FSTRANS_NORMAL,
	FSTRANS_SUSPENDING,
	FSTRANS_SUSPENDED
};

struct buf;

/* Enter a transaction, sleeping until the state admits LOCK_TYPE. */
#define	fstrans_start(mp, t)		((void)_fstrans_start((mp), (t), 1))
/* As fstrans_start() but answers EBUSY instead of sleeping. */
#define	fstrans_start_nowait(mp, t)	_fstrans_start((mp), (t), 0)

int	_fstrans_start(struct mount *, enum fstrans_lock_type, int);
void	fstrans_done(struct mount *);
int	fstrans_is_owner(struct mount *);
int	fstrans_mount(struct mount *);
void	fstrans_unmount(struct mount *);
int	fstrans_setstate(struct mount *, enum fstrans_state);
enum fstrans_state fstrans_getstate(struct mount *);

int	fscow_establish(struct mount *,
	    int (*)(void *, struct buf *, bool), void *);
int	fscow_disestablish(struct mount *,
	    int (*)(void *, struct buf *, bool), void *);
int	fscow_run(struct buf *, bool);

/* Suspend all operations of a file system / let them go on. */
int	vfs_suspend(struct mount *, int);
void	vfs_resume(struct mount *);

#endif /* _SYS_FSTRANS_H_ */
