/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Block buffers and the buffer cache, buffercache(9).
 *
 * Locking: b_cflags, the hash, the free lists and the lists of a vnode
 * belong to bufcache_lock; b_oflags and b_error of a buffer in flight
 * belong to *b_objlock; everything else belongs to whoever holds the buffer
 * busy (BC_BUSY), or made it with getiobuf().
 */

#ifndef _SYS_BUF_H_
#define _SYS_BUF_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/mutex.h>
#include <sys/condvar.h>
#include <sys/workqueue.h>

struct buf;
struct buflists;
struct kauth_cred;
struct lwp;
struct mount;
struct proc;
struct uio;
struct vnode;

struct buf {
	union {
		TAILQ_ENTRY(buf) u_actq;	/* the driver's queue */
		struct work	u_work;		/* deferred completion */
	} b_u;
#define	b_actq	b_u.u_actq
#define	b_work	b_u.u_work
	void		(*b_iodone)(struct buf *);	/* instead of waking */
	int		b_error;	/* errno of the transfer, or 0 */
	int		b_resid;	/* bytes not transferred */
	u_int		b_flags;	/* B_* */
	int		b_prio;		/* BPRIO_* */
	int		b_bufsize;	/* bytes allocated at b_data */
	int		b_bcount;	/* bytes to transfer, or valid */
	dev_t		b_dev;		/* device for the driver */
	void		*b_data;
	daddr_t		b_blkno;	/* DEV_BSIZE units on the device */
	daddr_t		b_rawblkno;	/* the driver's absolute block */
	struct proc	*b_proc;	/* owner of the memory if B_PHYS */
	void		*b_private;	/* for b_iodone */
	off_t		b_dcookie;	/* directory offset, for servers */
	kcondvar_t	b_busy;		/* wait for BC_BUSY to clear */
	u_int		b_refcnt;	/* waiters on b_busy */
	LIST_ENTRY(buf)	b_hash;
	LIST_ENTRY(buf)	b_vnbufs;	/* clean or dirty list of b_vp */
	TAILQ_ENTRY(buf) b_freelist;
	int		b_freelistindex;
	daddr_t		b_lblkno;	/* logical block of b_vp */
	u_int		b_cflags;	/* BC_* */
	struct vnode	*b_vp;
	kcondvar_t	b_done;		/* wait for BO_DONE */
	u_int		b_oflags;	/* BO_* */
	kmutex_t	*b_objlock;
};

/* b_oflags: state of the transfer, under b_objlock. */
#define	BO_DELWRI	0x00000080	/* data newer than the disk's */
#define	BO_DONE		0x00000200	/* transfer complete */

/* b_cflags: state in the cache, under bufcache_lock. */
#define	BC_AGE		0x00000001	/* reuse early */
#define	BC_BUSY		0x00000010	/* somebody holds it */
#define	BC_SCANNED	0x00000020	/* seen by a flush in progress */
#define	BC_INVAL	0x00002000	/* no valid content */
#define	BC_NOCACHE	0x00008000	/* throw away on release */
#define	BC_WANTED	0x00800000	/* somebody waits for BC_BUSY */
#define	BC_VFLUSH	0x04000000	/* being flushed for reuse */

/* b_flags: the kind of transfer, owned by the holder. */
#define	B_WRITE		0x00000000	/* the absence of B_READ */
#define	B_ASYNC		0x00000004	/* release when done */
#define	B_COWDONE	0x00000400	/* copy on write was done */
#define	B_GATHERED	0x00001000	/* segment under construction */
#define	B_LOCKED	0x00004000	/* stays in memory */
#define	B_PHYS		0x00040000	/* b_data is a client's memory */
#define	B_RAW		0x00080000	/* transfer of a raw device */
#define	B_READ		0x00100000
#define	B_DEVPRIVATE	0x02000000	/* the driver's own */
#define	B_MEDIA_FUA	0x08000000	/* through to the medium */
#define	B_MEDIA_DPO	0x10000000	/* keep out of the device's cache */

#define	BUF_ISREAD(bp)	(((bp)->b_flags & B_READ) == B_READ)
#define	BUF_ISWRITE(bp)	(((bp)->b_flags & B_READ) == B_WRITE)

/* Flags for the flags argument of block allocators and of bread(). */
#define	B_CLRBUF	0x01		/* clear what is not written */
#define	B_SYNC		0x02		/* metadata synchronously */
#define	B_METAONLY	0x04		/* the indirect block only */
#define	B_CONTIG	0x08		/* contiguous with the last */
#define	B_MODIFY	0x10		/* bread(): caller will write */

#define	BPRIO_NPRIO		3
#define	BPRIO_TIMECRITICAL	2
#define	BPRIO_TIMELIMITED	1
#define	BPRIO_TIMENONCRITICAL	0
#define	BPRIO_DEFAULT		BPRIO_TIMELIMITED

#define	BIO_GETPRIO(bp)		((bp)->b_prio)
#define	BIO_SETPRIO(bp, prio)	((bp)->b_prio = (prio))
#define	BIO_COPYPRIO(bp1, bp2)	BIO_SETPRIO(bp1, BIO_GETPRIO(bp2))

/* A disk driver's name for the place where it remembers its cylinder. */
#define	b_cylinder	b_resid

#define	clrbuf(bp) do {							\
	memset((bp)->b_data, 0, (u_int)(bp)->b_bcount);			\
	(bp)->b_resid = 0;						\
} while (/*CONSTCOND*/0)

/* The free lists; bq_bytes is the memory that their buffers hold. */
struct bqueue {
	TAILQ_HEAD(, buf) bq_queue;
	uint64_t	bq_bytes;
};
#define	BQ_LOCKED	0	/* B_LOCKED: never reused */
#define	BQ_LRU		1
#define	BQ_AGE		2	/* reused first */
#define	BQ_EMPTY	3	/* headers without memory */
#define	BQUEUES		4

#ifdef _KERNEL

extern kmutex_t bufcache_lock;
extern struct bqueue bufqueues[BQUEUES];
extern u_int nbuf;		/* buffers in the cache */

__BEGIN_DECLS

/*
 * Cached blocks: getblk() returns the busy buffer of block lbn of vp with
 * size bytes of memory, whatever its content (BO_DONE/BO_DELWRI tell if it
 * is valid); NULL only with catch or a time-out.  bread() and breadn() read
 * it if needed, and return NULL in *bpp and an errno when that fails.
 * B_MODIFY says that the caller is about to change it.  incore() looks
 * without taking.  All may sleep.
 */
buf_t	*getblk(struct vnode *, daddr_t, int, int, int);
buf_t	*incore(struct vnode *, daddr_t);
int	bread(struct vnode *, daddr_t, int, int, buf_t **);
int	breadn(struct vnode *, daddr_t, int, daddr_t *, int *, int, int,
	    buf_t **);

/*
 * Release: bwrite() now and waits, bawrite() now, bdwrite() some time
 * later; brelse() without writing, set adding BC_* flags; brelsel() with
 * bufcache_lock held.
 */
int	bwrite(buf_t *);
void	bawrite(buf_t *);
void	bdwrite(buf_t *);
void	brelse(buf_t *, int);
void	brelsel(buf_t *, int);

/*
 * Anonymous and driver buffers.  geteblk() makes one with size bytes that
 * is in no cache; getiobuf() a bare header for I/O on vp (may be NULL),
 * sleeping for memory only if waitok, released by putiobuf(); buf_init() and
 * buf_destroy() are for headers that the caller allocates himself.
 */
buf_t	*geteblk(int);
buf_t	*getiobuf(struct vnode *, bool);
void	putiobuf(buf_t *);
void	buf_init(buf_t *);
void	buf_destroy(buf_t *);

/*
 * Completion: a driver calls biodone() exactly once for each strategy call,
 * in any context; biowait() waits for it and returns the errno.
 */
void	biodone(buf_t *);
int	biowait(buf_t *);

/*
 * One master buffer split in pieces: set up each with offset and size in
 * the master, whose biodone() comes with the last.  nestiobuf_done() accounts
 * bytes that were dealt with without I/O.
 */
void	nestiobuf_setup(buf_t *, buf_t *, int, size_t);
void	nestiobuf_done(buf_t *, int, int);
void	nestiobuf_iodone(buf_t *);

/*
 * Raw I/O between a device and uio in pieces that the minphys function
 * allows; bp may be NULL.  Returns errno.
 */
int	physio(void (*)(buf_t *), buf_t *, dev_t, int, void (*)(buf_t *),
	    struct uio *);
void	minphys(buf_t *);

/* For users who build lists of their own; bufcache_lock held. */
int	allocbuf(buf_t *, int, int);
int	bbusy(buf_t *, bool, int, kmutex_t *);
void	bgetvp(struct vnode *, buf_t *);
void	brelvp(buf_t *);
void	reassignbuf(buf_t *, struct vnode *);
void	bremfree(buf_t *);

/* Gives memory of free buffers back, n bytes of it; true if it could. */
int	buf_drain(int);
u_long	buf_memcalc(void);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_BUF_H_ */
