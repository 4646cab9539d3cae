/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables and the current-directory record of a process.  A table's slots
 * are read without a lock (fd_getfile takes a reference in the slot); fd_lock
 * serialises changes.  cwdi_lock protects a cwdinfo.
 */
#ifndef _SYS_FILEDESC_H_
#define	_SYS_FILEDESC_H_

#include <sys/param.h>
#include <sys/queue.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/condvar.h>
#include <sys/event.h>

/*
 * The first NDFILE descriptors need no allocation beyond the table itself.
 */
#define	NDFILE		20
#define	NDEXTENT	32		/* first growth, then doubled */
#define	NDENTRIES	32		/* descriptors per word of a bitmap */
#define	NDWORDS(x)	(((x) + NDENTRIES - 1) / NDENTRIES)

struct file;
struct stat;
struct vnode;
struct socket;
struct fileops;
struct flock;
struct knote;
struct lwp;
struct proc;

/* One descriptor.  Never freed before its table is. */
typedef struct fdfile {
	struct file	*ff_file;	/* NULL: closed */
	u_int		ff_refcnt;	/* references by fd_getfile, flags */
	bool		ff_exclose;	/* close on exec */
	bool		ff_allocated;	/* the number is taken */
	SLIST_HEAD(, knote) ff_knlist;	/* knotes on this descriptor */
} fdfile_t;

/* ff_refcnt: a close waits for the other references to go. */
#define	FR_CLOSING	0x80000000U
#define	FR_MASK		0x7fffffffU

/* Grown by replacement; the old one lives until the filedesc is freed. */
typedef struct fdtab {
	u_int		dt_nfiles;	/* slots in dt_ff */
	u_int		dt_nchunk;	/* of them in dt_chunk, the last ones */
	struct fdfile	*dt_chunk;
	struct fdtab	*dt_link;	/* the one this replaced */
	fdfile_t	*dt_ff[NDFILE];	/* in truth dt_nfiles of them */
} fdtab_t;

typedef struct filedesc {
	fdtab_t *volatile fd_dt;
	kmutex_t	fd_lock;
	kcondvar_t	fd_closecv;	/* waiting for references to go */
	u_int		fd_refcnt;	/* processes that share it */
	u_int		fd_freefile;	/* a lower bound for the lowest free */
	bool		fd_exclose;	/* some slot has ff_exclose */
	uint32_t	*fd_map;	/* a bit for each number taken */
	uint32_t	fd_dmap[NDWORDS(NDFILE)];
	fdtab_t		fd_builtin;
	fdfile_t	fd_dfdfile[NDFILE];
	/* knotes that are not on descriptors */
	struct klist	*fd_knhash;
	u_long		fd_knhashmask;
} filedesc_t;

/* Where a process is in the file tree. */
typedef struct cwdinfo {
	struct vnode	*cwdi_cdir;	/* current directory */
	struct vnode	*cwdi_rdir;	/* root, NULL: the real one */
	struct vnode	*cwdi_edir;	/* emulation root or NULL */
	krwlock_t	cwdi_lock;
	u_short		cwdi_cmask;	/* umask */
	u_int		cwdi_refcnt;	/* processes that share it */
} cwdinfo_t;

#ifdef _KERNEL

extern kmutex_t		filelist_lock;
extern filedesc_t	filedesc0;
extern struct cwdinfo	cwdi0;

/*
 * filedesc(9).  The functions act on the table of the calling lwp unless
 * they take another.
 */
/* fd_sys_init: once at boot. */
void	fd_sys_init(void);
/* fd_getfile: a reference to an open descriptor's file, or NULL. */
struct file *fd_getfile(unsigned);
struct file *fd_getfile2(struct proc *, unsigned);
/* fd_putfile: give the reference back. */
void	fd_putfile(unsigned);
/* fd_getvnode: the same, EINVAL unless the file is a vnode. */
int	fd_getvnode(unsigned, struct file **);
/* fd_getsock: the same, ENOTSOCK unless the file is a socket. */
int	fd_getsock(unsigned, struct socket **);
int	fd_getsock1(unsigned, struct socket **, struct file **);

/* fd_alloc: the lowest free number >= want; ENOSPC: fd_tryexpand first. */
int	fd_alloc(struct proc *, int, int *);
void	fd_tryexpand(struct proc *);
/*
 * fd_allocfile: a new file and a number for it; then either fd_affix makes
 * it visible or fd_abort gives both back.
 */
int	fd_allocfile(struct file **, int *);
void	fd_affix(struct proc *, struct file *, unsigned);
void	fd_abort(struct proc *, struct file *, unsigned);
/*
 * fd_clone: for a device's open routine that wants a file of its own:
 * completes the file of fd_allocfile and answers EMOVEFD.
 */
int	fd_clone(struct file *, unsigned, int, const struct fileops *, void *);
/* fd_close: consumes the caller's reference of fd_getfile. */
int	fd_close(unsigned);
int	fd_dup(struct file *, int, int *, bool);
int	fd_dup2(struct file *, unsigned, int);
int	fd_dupopen(int, int *, int, int);
void	fd_set_exclose(struct lwp *, int, bool);
void	fd_closeexec(void);

/* Tables as wholes: a new one, a copy, a further user, one user less. */
filedesc_t *fd_init(filedesc_t *);
filedesc_t *fd_copy(void);
void	fd_share(struct proc *);
void	fd_free(void);

/* fgetdummy, fputdummy: a file that is in no table. */
struct file *fgetdummy(void);
void	fputdummy(struct file *);
/* closef: drop a reference to a file; the last one closes it. */
int	closef(struct file *);

int	dodup(struct lwp *, int, int, int, register_t *);
int	pipe1(struct lwp *, register_t *, int);
int	do_sys_fstat(int, struct stat *);
int	do_fcntl_lock(int, int, struct flock *);

/* Current directories: implemented with the vnodes. */
struct cwdinfo *cwdinit(void);
void	cwdshare(struct proc *);
void	cwdfree(struct cwdinfo *);
void	cwdunshare(struct proc *);
int	getcwd_common(struct vnode *, struct vnode *, char **, char *, int,
	    int, struct lwp *);
int	vnode_to_path(char *, size_t, struct vnode *, struct lwp *,
	    struct proc *);
#endif /* _KERNEL */

#endif /* _SYS_FILEDESC_H_ */
