/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files that make up descriptors, files, events and pipes share.
 * The reference count of a file is protected by its f_lock.
 */
#ifndef _RUMP_PRIV_FILE_H_
#define	_RUMP_PRIV_FILE_H_

#include <sys/file.h>
#include <sys/filedesc.h>

struct iovec;
struct knote;
struct proc;
struct uio;

/* Boot. */
void	rump_file_init(void);
void	rump_select_init(void);
void	rump_kqueue_init(void);

/* A file without a reference (f_count 0), the opener's credentials set. */
file_t	*rump_file_alloc(void);
/* Free a file that never got a reference, or lost its last. */
void	rump_file_free(file_t *);

/*
 * Slot fd of a table.  dt_ff has the size of the smallest table in its type;
 * this is the way past it.
 */
static __inline fdfile_t **
rump_fd_slotp(fdtab_t *dt, unsigned fd)
{
	fdfile_t **slots = (fdfile_t **)(void *)dt->dt_ff;

	return &slots[fd];
}

static __inline fdfile_t *
rump_fd_slot(fdtab_t *dt, unsigned fd)
{

	return *rump_fd_slotp(dt, fd);
}

/* One reference more. */
static __inline void
rump_file_hold(file_t *fp)
{

	mutex_enter(&fp->f_lock);
	fp->f_count++;
	mutex_exit(&fp->f_lock);
}

/* A process forks or executes (NOTE_*), gets a signal, ends: to who asked. */
void	rump_knote_proc(struct proc *, uint32_t);
void	rump_knote_signal(struct proc *, int);
void	rump_knote_exit(struct proc *);

/* The knotes of a table that is not on a descriptor; its last process ends. */
void	rump_knotes_free(filedesc_t *);

/*
 * A client's iovec array copied in and checked: *iovp is the given small one
 * or allocated (rump_iov_free), *residp the sum, at most SSIZE_MAX.  EINVAL,
 * EFAULT, ENOMEM.
 */
int	rump_iov_copyin(const struct iovec *, int, struct iovec *,
	    struct iovec **, size_t *);
void	rump_iov_free(struct iovec *, struct iovec *, int);

#endif /* _RUMP_PRIV_FILE_H_ */
