/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files.  A struct file is one open instance of an object; descriptors of any
 * number of processes refer to it.  f_lock protects f_count, f_flag's
 * read-modify-write and f_offset where the object does not have a lock of its
 * own; filelist_lock protects f_list.
 */
#ifndef _SYS_FILE_H_
#define	_SYS_FILE_H_

#include <sys/types.h>
#include <sys/fcntl.h>
#include <sys/unistd.h>

#ifdef _KERNEL
#include <sys/queue.h>
#include <sys/mutex.h>
#include <sys/condvar.h>

struct proc;
struct lwp;
struct uio;
struct iovec;
struct stat;
struct knote;
struct vnode;
struct socket;
struct pipe;
struct kqueue;
struct bpf_d;
struct fcrypt;
struct rnd_ctx;
struct mqueue;
struct ksem;
struct file;
struct kauth_cred;

/*
 * What an open object can do.  All are called with a reference to the file
 * held and no locks; they return 0 or an errno.  fo_read and fo_write move
 * *offset only with FOF_UPDATE_OFFSET.  fo_restart wakes whoever sleeps in
 * the object because a descriptor is being closed under it.
 */
struct fileops {
	int	(*fo_read)(struct file *, off_t *, struct uio *,
		    struct kauth_cred *, int);
	int	(*fo_write)(struct file *, off_t *, struct uio *,
		    struct kauth_cred *, int);
	int	(*fo_ioctl)(struct file *, u_long, void *);
	int	(*fo_fcntl)(struct file *, u_int, void *);
	int	(*fo_poll)(struct file *, int);
	int	(*fo_stat)(struct file *, struct stat *);
	int	(*fo_close)(struct file *);
	int	(*fo_kqfilter)(struct file *, struct knote *);
	void	(*fo_restart)(struct file *);
	void	(*fo_spare1)(void);
	void	(*fo_spare2)(void);
};

union file_data {
	struct vnode	*fd_vp;
	struct socket	*fd_so;
	struct pipe	*fd_pipe;
	struct kqueue	*fd_kq;
	struct bpf_d	*fd_bpf;
	struct fcrypt	*fd_fcrypt;
	struct rnd_ctx	*fd_rndctx;
	struct mqueue	*fd_mq;
	struct ksem	*fd_ks;
	int		fd_devunit;
	void		*fd_data;
};

struct file {
	/* read by every system call on the descriptor */
	off_t			f_offset;
	struct kauth_cred	*f_cred;	/* of the opener */
	const struct fileops	*f_ops;
	union file_data		f_undata;
	int			f_flag;		/* FREAD, FWRITE ... */
	u_int			f_type;		/* DTYPE_* */
	/* bookkeeping */
	u_int			f_count;	/* references */
	u_int			f_msgcount;	/* references in messages */
	u_int			f_unpcount;	/* deferred close, local sockets */
	u_int			f_marker;	/* stands in a list walk */
	u_int			f_advice;	/* posix_fadvise(2) */
	LIST_ENTRY(file)	f_list;		/* all open files */
	SLIST_ENTRY(file)	f_unplist;
	kmutex_t		f_lock;
};

#define	f_vnode		f_undata.fd_vp
#define	f_socket	f_undata.fd_so
#define	f_pipe		f_undata.fd_pipe
#define	f_kqueue	f_undata.fd_kq
#define	f_bpf		f_undata.fd_bpf
#define	f_fcrypt	f_undata.fd_fcrypt
#define	f_rndctx	f_undata.fd_rndctx
#define	f_mqueue	f_undata.fd_mq
#define	f_ksem		f_undata.fd_ks
#define	f_devunit	f_undata.fd_devunit
#define	f_data		f_undata.fd_data

#define	DTYPE_VNODE	1
#define	DTYPE_SOCKET	2
#define	DTYPE_PIPE	3
#define	DTYPE_KQUEUE	4
#define	DTYPE_MISC	5
#define	DTYPE_CRYPTO	6
#define	DTYPE_MQUEUE	7
#define	DTYPE_SEM	8

/* flags of fo_read and fo_write */
#define	FOF_UPDATE_OFFSET	0x0001

LIST_HEAD(filelist, file);

extern struct filelist	filehead;	/* every open file */
extern u_int		maxfiles;	/* limit on open files, kern.maxfiles */
extern u_int		nfiles;		/* open files now */
extern const struct fileops vnops;	/* of files that are vnodes */

/*
 * dofileread, dofilewrite: one buffer in or out through a file.  They
 * consume the reference to the descriptor (fd_putfile).  The count goes to
 * *retval.
 */
int	dofileread(int, struct file *, void *, size_t, off_t *, int,
	    register_t *);
int	dofilewrite(int, struct file *, const void *, size_t, off_t *, int,
	    register_t *);
/* do_filereadv, do_filewritev: the same, vectored. */
int	do_filereadv(int, const struct iovec *, int, off_t *, int,
	    register_t *);
int	do_filewritev(int, const struct iovec *, int, off_t *, int,
	    register_t *);

/* F_SETOWN and friends: who gets the signal of a descriptor. */
int	fgetown(pid_t, u_long, void *);
int	fsetown(pid_t *, u_long, const void *);
void	fownsignal(pid_t, int, int, int, void *);

/* For members of a fileops that have nothing to do, or refuse. */
int	fnullop_fcntl(struct file *, u_int, void *);
int	fnullop_poll(struct file *, int);
int	fnullop_kqfilter(struct file *, struct knote *);
void	fnullop_restart(struct file *);
int	fbadop_read(struct file *, off_t *, struct uio *,
	    struct kauth_cred *, int);
int	fbadop_write(struct file *, off_t *, struct uio *,
	    struct kauth_cred *, int);
int	fbadop_ioctl(struct file *, u_long, void *);
int	fbadop_stat(struct file *, struct stat *);
int	fbadop_close(struct file *);
#endif /* _KERNEL */

#endif /* _SYS_FILE_H_ */
