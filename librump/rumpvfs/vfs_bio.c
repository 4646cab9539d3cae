/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The buffer cache, buffercache(9): blocks of vnodes in memory, found by
 * vnode and logical block number.
 *
 * Locking: bufcache_lock guards the hash, the free lists, b_cflags and the
 * lists of the vnodes; an interlock may be taken under it.  A buffer that is
 * BC_BUSY belongs to who set that; one that is not is on a free list.
 *
 * Memory: each buffer's data is one kmem allocation of exactly its size, so
 * that the allocator's red zones begin where the block ends.  When the total
 * reaches bufmem_limit, free buffers give theirs up, the oldest first.  Only
 * if all of it is busy does the total go past the limit: waiting for memory
 * that the waiter holds would be a deadlock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>

#include <rump-priv/devsw.h>
#include <rump-priv/io.h>

#include "bio.h"

#define	BUFMEM_DEFAULT	(8 * 1024 * 1024)
#define	BUFHASH_MIN	64		/* lists, at the start */
#define	BUFHASH_MAX	16384

#define	BQ_NONE		(-1)		/* busy */
#define	BQ_DEAD		(-2)		/* freed by the last waiter */

kmutex_t bufcache_lock;
struct bqueue bufqueues[BQUEUES];
u_int nbuf;

static kmutex_t buffer_lock;	/* b_objlock of buffers without a vnode */
static struct pool buf_pool;
static struct buflists *bufhash;
static u_int bufhash_size;
static uint64_t bufmem;		/* bytes of data, bufcache_lock */
static uint64_t bufmem_limit = BUFMEM_DEFAULT;

void
rump_bio_init(void)
{
	int i;

	mutex_init(&bufcache_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&buffer_lock, MUTEX_DEFAULT, IPL_NONE);
	pool_init(&buf_pool, sizeof(struct buf), 0, 0, 0, "bufpl", NULL,
	    IPL_NONE);
	for (i = 0; i < BQUEUES; i++)
		TAILQ_INIT(&bufqueues[i].bq_queue);
	bufhash_size = BUFHASH_MIN;
	bufhash = kmem_alloc(bufhash_size * sizeof(*bufhash), KM_SLEEP);
	for (i = 0; i < BUFHASH_MIN; i++)
		LIST_INIT(&bufhash[i]);
	rump_biodone_hook = biodone;
}

void
rump_bio_setlimit(uint64_t bytes)
{

	bufmem_limit = bytes;
}

uint64_t
rump_bio_limit(void)
{

	return bufmem_limit;
}

uint64_t
rump_bio_memory(void)
{

	return bufmem;
}

u_long
buf_memcalc(void)
{

	return (u_long)bufmem_limit;
}

/*
 * The hash.
 */

static struct buflists *
bufhash_list(const struct vnode *vp, daddr_t lbn)
{
	uint64_t h = ((uint64_t)(uintptr_t)vp >> 6) + (uint64_t)lbn;

	h *= 0x9e3779b97f4a7c15ULL;
	return &bufhash[(h >> 32) & (bufhash_size - 1)];
}

/* Four times the lists, if there is memory for them. */
static void
bufhash_grow(void)
{
	struct buflists *old = bufhash, *new;
	u_int oldsize = bufhash_size, newsize = oldsize * 4, i;
	struct buf *bp;

	if (nbuf <= 2 * oldsize || oldsize >= BUFHASH_MAX)
		return;
	new = kmem_alloc(newsize * sizeof(*new), KM_NOSLEEP);
	if (new == NULL)
		return;
	for (i = 0; i < newsize; i++)
		LIST_INIT(&new[i]);
	bufhash = new;
	bufhash_size = newsize;
	for (i = 0; i < oldsize; i++) {
		while ((bp = LIST_FIRST(&old[i])) != NULL) {
			LIST_REMOVE(bp, b_hash);
			LIST_INSERT_HEAD(bufhash_list(bp->b_vp,
			    bp->b_lblkno), bp, b_hash);
		}
	}
	kmem_free(old, oldsize * sizeof(*old));
}

buf_t *
incore(struct vnode *vp, daddr_t lbn)
{
	struct buf *bp;

	KASSERT(mutex_owned(&bufcache_lock));
	LIST_FOREACH(bp, bufhash_list(vp, lbn), b_hash) {
		if (bp->b_lblkno == lbn && bp->b_vp == vp &&
		    (bp->b_cflags & BC_INVAL) == 0)
			return bp;
	}
	return NULL;
}

/*
 * Headers.
 */

void
buf_init(buf_t *bp)
{

	memset(bp, 0, sizeof(*bp));
	bp->b_dev = NODEV;
	bp->b_objlock = &buffer_lock;
	bp->b_cflags = BC_BUSY;
	bp->b_freelistindex = BQ_NONE;
	BIO_SETPRIO(bp, BPRIO_DEFAULT);
	cv_init(&bp->b_busy, "biolock");
	cv_init(&bp->b_done, "biowait");
}

void
buf_destroy(buf_t *bp)
{

	cv_destroy(&bp->b_busy);
	cv_destroy(&bp->b_done);
}

buf_t *
getiobuf(struct vnode *vp, bool waitok)
{
	struct buf *bp;

	bp = pool_get(&buf_pool, waitok ? PR_WAITOK : PR_NOWAIT);
	if (bp == NULL)
		return NULL;
	buf_init(bp);
	if ((bp->b_vp = vp) != NULL)
		bp->b_objlock = vp->v_interlock;
	return bp;
}

void
putiobuf(buf_t *bp)
{

	buf_destroy(bp);
	pool_put(&buf_pool, bp);
}

/*
 * The free lists.
 */

void
bremfree(buf_t *bp)
{
	struct bqueue *bq;

	KASSERT(mutex_owned(&bufcache_lock));
	KASSERT(bp->b_freelistindex >= 0);
	bq = &bufqueues[bp->b_freelistindex];
	TAILQ_REMOVE(&bq->bq_queue, bp, b_freelist);
	bq->bq_bytes -= bp->b_bufsize;
	bp->b_freelistindex = BQ_NONE;
}

static void
binsfree(buf_t *bp, int index)
{
	struct bqueue *bq = &bufqueues[index];

	KASSERT(bp->b_freelistindex == BQ_NONE);
	TAILQ_INSERT_TAIL(&bq->bq_queue, bp, b_freelist);
	bq->bq_bytes += bp->b_bufsize;
	bp->b_freelistindex = index;
}

/*
 * Takes a buffer: 0.  If it was busy, EPASSTHROUGH after a sleep, when it may
 * be another one or none; or the reason why the sleep ended.
 */
int
bbusy(buf_t *bp, bool intr, int timo, kmutex_t *interlock)
{
	int error;

	KASSERT(mutex_owned(&bufcache_lock));
	if ((bp->b_cflags & BC_BUSY) == 0) {
		bremfree(bp);
		bp->b_cflags |= BC_BUSY;
		return 0;
	}
	bp->b_cflags |= BC_WANTED;
	bp->b_refcnt++;
	if (interlock != NULL)
		mutex_exit(interlock);
	if (intr)
		error = cv_timedwait_sig(&bp->b_busy, &bufcache_lock, timo);
	else
		error = cv_timedwait(&bp->b_busy, &bufcache_lock, timo);
	if (--bp->b_refcnt == 0 && bp->b_freelistindex == BQ_DEAD)
		putiobuf(bp);
	if (interlock != NULL)
		mutex_enter(interlock);
	return error != 0 ? error : EPASSTHROUGH;
}

/* A busy buffer leaves the cache and is freed, at the latest by a waiter. */
static void
buf_discard(buf_t *bp)
{

	KASSERT(mutex_owned(&bufcache_lock));
	KASSERT((bp->b_cflags & BC_BUSY) != 0);
	if (bp->b_hash.le_prev != NULL) {	/* not one of getiobuf() */
		LIST_REMOVE(bp, b_hash);
		brelvp(bp);
		nbuf--;
	}
	if (bp->b_data != NULL) {
		bufmem -= bp->b_bufsize;
		kmem_free(bp->b_data, bp->b_bufsize);
		bp->b_data = NULL;
	}
	bp->b_cflags = (bp->b_cflags & ~BC_WANTED) | BC_INVAL;
	if (bp->b_refcnt == 0) {
		putiobuf(bp);
		return;
	}
	bp->b_freelistindex = BQ_DEAD;
	cv_broadcast(&bp->b_busy);
}

/*
 * Frees or writes the oldest free buffer.  False if there is none.  Writing
 * drops the lock.
 */
static bool
buf_trim(void)
{
	struct buf *bp;
	struct vnode *vp;

	bp = TAILQ_FIRST(&bufqueues[BQ_AGE].bq_queue);
	if (bp == NULL)
		bp = TAILQ_FIRST(&bufqueues[BQ_LRU].bq_queue);
	if (bp == NULL)
		return false;
	bremfree(bp);
	bp->b_cflags |= BC_BUSY;
	vp = bp->b_vp;
	if ((bp->b_oflags & BO_DELWRI) == 0 || vp == NULL) {
		buf_discard(bp);
		return true;
	}
	bp->b_cflags |= BC_AGE;
	mutex_exit(&bufcache_lock);
	bawrite(bp);
	mutex_enter(&bufcache_lock);
	return true;
}

/* Room for size more bytes, if free buffers can make it. */
static void
buf_makeroom(size_t size)
{
	u_int tries = 2 * nbuf + 1;	/* a failing disk gives no room */

	while (bufmem + size > bufmem_limit && tries-- > 0) {
		if (!buf_trim())
			return;
	}
}

int
buf_drain(int n)
{
	uint64_t before;
	int freed;

	mutex_enter(&bufcache_lock);
	before = bufmem;
	while (before - bufmem < (uint64_t)n && buf_trim())
		continue;
	freed = bufmem < before ? (int)(before - bufmem) : 0;
	mutex_exit(&bufcache_lock);
	return freed;
}

/* Who asks for memory may hold the interlock that letting go needs. */
static bool
buf_reclaimable(const struct buf *bp)
{

	if ((bp->b_oflags & BO_DELWRI) != 0 ||
	    !mutex_tryenter(bp->b_objlock))
		return false;
	mutex_exit(bp->b_objlock);
	return true;
}

size_t
rump_bio_reclaim(size_t want)
{
	static const int queues[] = { BQ_AGE, BQ_LRU };
	struct buf *bp, *next;
	size_t freed = 0, i;

	if (mutex_owned(&bufcache_lock) || !mutex_tryenter(&bufcache_lock))
		return 0;
	for (i = 0; i < __arraycount(queues); i++) {
		TAILQ_FOREACH_SAFE(bp, &bufqueues[queues[i]].bq_queue,
		    b_freelist, next) {
			if (freed >= want)
				break;
			if (!buf_reclaimable(bp))
				continue;
			freed += bp->b_bufsize;
			bremfree(bp);
			bp->b_cflags |= BC_BUSY;
			buf_discard(bp);
		}
	}
	mutex_exit(&bufcache_lock);
	return freed;
}

/*
 * Gives a busy buffer size bytes of memory, keeping what fits of its
 * content.
 */
int
allocbuf(buf_t *bp, int size, int preserve)
{
	void *data = NULL, *old = bp->b_data;
	int oldsize = bp->b_bufsize;

	KASSERT((bp->b_cflags & BC_BUSY) != 0);
	if (size == oldsize) {
		bp->b_bcount = size;
		return 0;
	}
	mutex_enter(&bufcache_lock);
	if (size > oldsize)
		buf_makeroom(size - oldsize);
	mutex_exit(&bufcache_lock);
	if (size > 0)
		data = kmem_alloc(size, KM_SLEEP);
	if (preserve && old != NULL && data != NULL)
		memcpy(data, old, MIN(size, oldsize));
	if (old != NULL)
		kmem_free(old, oldsize);
	bp->b_data = data;
	bp->b_bufsize = size;
	bp->b_bcount = size;
	mutex_enter(&bufcache_lock);
	bufmem += size;
	bufmem -= oldsize;
	mutex_exit(&bufcache_lock);
	return 0;
}

/*
 * Lookup.
 */

/*
 * The cached buffer has another size than is wanted now: whoever chose the
 * sizes, the content of the disk counts.
 */
static int
buf_resize(buf_t *bp, int size)
{
	int error = 0;

	if (size < bp->b_bcount && (bp->b_oflags & BO_DELWRI) == 0) {
		(void)allocbuf(bp, size, 1);
		return 0;
	}
	if ((bp->b_oflags & BO_DELWRI) != 0) {
		/* bwrite() releases; have it thrown away by that. */
		bp->b_cflags |= BC_NOCACHE;
		error = bwrite(bp);
		return error != 0 ? error : EAGAIN;
	}
	bp->b_oflags &= ~BO_DONE;
	(void)allocbuf(bp, size, 0);
	return 0;
}

/* A new buffer, unless somebody else makes it while we allocate. */
static buf_t *
buf_create(struct vnode *vp, daddr_t lbn, int size)
{
	struct buf *bp;

	bp = getiobuf(NULL, true);
	(void)allocbuf(bp, size, 0);
	mutex_enter(&bufcache_lock);
	if (incore(vp, lbn) != NULL) {
		buf_discard(bp);
		mutex_exit(&bufcache_lock);
		return NULL;
	}
	bp->b_lblkno = bp->b_blkno = bp->b_rawblkno = lbn;
	mutex_enter(vp->v_interlock);
	bgetvp(vp, bp);
	mutex_exit(vp->v_interlock);
	LIST_INSERT_HEAD(bufhash_list(vp, lbn), bp, b_hash);
	nbuf++;
	bufhash_grow();
	mutex_exit(&bufcache_lock);
	return bp;
}

buf_t *
getblk(struct vnode *vp, daddr_t lbn, int size, int slpflag, int slptimeo)
{
	struct buf *bp;
	int error;

	KASSERT(size > 0);
	for (;;) {
		mutex_enter(&bufcache_lock);
		if ((bp = incore(vp, lbn)) == NULL) {
			mutex_exit(&bufcache_lock);
			if ((bp = buf_create(vp, lbn, size)) != NULL)
				return bp;
			continue;
		}
		error = bbusy(bp, (slpflag & PCATCH) != 0, slptimeo, NULL);
		mutex_exit(&bufcache_lock);
		if (error == EPASSTHROUGH)
			continue;
		if (error != 0)
			return NULL;
		bp->b_error = 0;
		if (bp->b_bcount == size || buf_resize(bp, size) == 0)
			return bp;
	}
}

buf_t *
geteblk(int size)
{
	struct buf *bp;

	bp = getiobuf(NULL, true);
	bp->b_cflags |= BC_INVAL;
	(void)allocbuf(bp, size, 0);
	return bp;
}

/*
 * Reading.
 */

/* Takes the block and starts to read it if it is not valid. */
static buf_t *
bio_start(struct vnode *vp, daddr_t lbn, int size, int async)
{
	struct buf *bp;

	bp = getblk(vp, lbn, size, 0, 0);
	if ((bp->b_oflags & (BO_DONE | BO_DELWRI)) == 0) {
		bp->b_flags |= B_READ | async;
		if (async)
			BIO_SETPRIO(bp, BPRIO_TIMELIMITED);
		else
			BIO_SETPRIO(bp, BPRIO_TIMECRITICAL);
		(void)VOP_STRATEGY(vp, bp);
	} else if (async)
		brelse(bp, 0);
	return bp;
}

static int
bio_finish(buf_t *bp, buf_t **bpp)
{
	int error;

	error = biowait(bp);
	if (error != 0) {
		brelse(bp, 0);
		bp = NULL;
	}
	*bpp = bp;
	return error;
}

int
bread(struct vnode *vp, daddr_t lbn, int size, int flags, buf_t **bpp)
{

	return bio_finish(bio_start(vp, lbn, size, 0), bpp);
}

int
breadn(struct vnode *vp, daddr_t lbn, int size, daddr_t *rablks,
    int *rasizes, int nrablks, int flags, buf_t **bpp)
{
	struct buf *bp;
	bool have;
	int i;

	bp = bio_start(vp, lbn, size, 0);
	for (i = 0; i < nrablks; i++) {
		mutex_enter(&bufcache_lock);
		have = incore(vp, rablks[i]) != NULL;
		mutex_exit(&bufcache_lock);
		if (!have)
			(void)bio_start(vp, rablks[i], rasizes[i], B_ASYNC);
	}
	return bio_finish(bp, bpp);
}

/*
 * Writing.
 */

/* Accounts for one write of the vnode, ended by vwakeup(). */
static bool
bio_writestart(buf_t *bp)
{
	struct vnode *vp = bp->b_vp;
	bool delayed;

	mutex_enter(&bufcache_lock);
	mutex_enter(vp->v_interlock);
	bp->b_flags &= ~B_READ;
	delayed = (bp->b_oflags & BO_DELWRI) != 0;
	bp->b_oflags &= ~(BO_DONE | BO_DELWRI);
	bp->b_error = 0;
	if (delayed)
		reassignbuf(bp, vp);
	vp->v_numoutput++;
	mutex_exit(vp->v_interlock);
	mutex_exit(&bufcache_lock);
	return delayed;
}

int
bwrite(buf_t *bp)
{
	bool async = (bp->b_flags & B_ASYNC) != 0;
	int error;

	KASSERT((bp->b_cflags & BC_BUSY) != 0);
	KASSERT(bp->b_vp != NULL);
	(void)bio_writestart(bp);
	BIO_SETPRIO(bp, async ? BPRIO_TIMELIMITED : BPRIO_TIMECRITICAL);
	(void)VOP_STRATEGY(bp->b_vp, bp);
	if (async)
		return 0;
	error = biowait(bp);
	brelse(bp, 0);
	return error;
}

void
bawrite(buf_t *bp)
{

	bp->b_flags |= B_ASYNC;
	(void)VOP_BWRITE(bp->b_vp, bp);
}

void
bdwrite(buf_t *bp)
{
	struct vnode *vp = bp->b_vp;

	KASSERT((bp->b_cflags & BC_BUSY) != 0);
	mutex_enter(&bufcache_lock);
	mutex_enter(bp->b_objlock);
	if ((bp->b_oflags & BO_DELWRI) == 0) {
		bp->b_oflags |= BO_DELWRI;
		reassignbuf(bp, vp);
	}
	bp->b_oflags |= BO_DONE;
	mutex_exit(bp->b_objlock);
	bp->b_flags &= ~B_READ;
	brelsel(bp, 0);
	mutex_exit(&bufcache_lock);
}

/*
 * Release.
 */

void
brelsel(buf_t *bp, int set)
{

	KASSERT(mutex_owned(&bufcache_lock));
	KASSERT((bp->b_cflags & BC_BUSY) != 0);
	KASSERT(bp->b_iodone == NULL);
	bp->b_cflags |= set;
	if ((bp->b_flags & B_LOCKED) != 0)
		bp->b_error = 0;
	if ((bp->b_cflags & BC_NOCACHE) != 0 || bp->b_error != 0)
		bp->b_cflags |= BC_INVAL;
	/* What is neither valid nor dirty is no use to anybody. */
	if ((bp->b_oflags & (BO_DONE | BO_DELWRI)) == 0)
		bp->b_cflags |= BC_INVAL;
	if ((bp->b_cflags & BC_INVAL) != 0) {
		buf_discard(bp);
		return;
	}
	if ((bp->b_cflags & BC_WANTED) != 0)
		cv_broadcast(&bp->b_busy);
	binsfree(bp, (bp->b_flags & B_LOCKED) != 0 ? BQ_LOCKED :
	    (bp->b_cflags & BC_AGE) != 0 ? BQ_AGE : BQ_LRU);
	bp->b_cflags &= ~(BC_AGE | BC_BUSY | BC_NOCACHE | BC_WANTED |
	    BC_VFLUSH);
	bp->b_flags &= ~B_ASYNC;
}

void
brelse(buf_t *bp, int set)
{

	mutex_enter(&bufcache_lock);
	brelsel(bp, set);
	mutex_exit(&bufcache_lock);
}

/*
 * Completion.
 */

int
biowait(buf_t *bp)
{
	int error;

	mutex_enter(bp->b_objlock);
	while ((bp->b_oflags & (BO_DONE | BO_DELWRI)) == 0)
		cv_wait(&bp->b_done, bp->b_objlock);
	error = bp->b_error;
	mutex_exit(bp->b_objlock);
	return error;
}

/* A write of the buffer's vnode is over. */
void
vwakeup(struct buf *bp)
{
	struct vnode *vp = bp->b_vp;

	if (vp == NULL)
		return;
	KASSERT(mutex_owned(bp->b_objlock));
	KASSERT(vp->v_numoutput > 0);
	if (--vp->v_numoutput == 0)
		cv_broadcast(&vp->v_cv);
}

void
biodone(buf_t *bp)
{
	void (*callout)(buf_t *);

	mutex_enter(bp->b_objlock);
	KASSERTMSG((bp->b_oflags & BO_DONE) == 0, "buffer %p done twice", bp);
	if (bp->b_error == 0 && bp->b_resid != 0 && BUF_ISWRITE(bp) &&
	    (bp->b_flags & B_PHYS) == 0)
		bp->b_error = EIO;
	bp->b_oflags |= BO_DONE;
	if (BUF_ISWRITE(bp))
		vwakeup(bp);
	if ((callout = bp->b_iodone) != NULL) {
		bp->b_iodone = NULL;
		mutex_exit(bp->b_objlock);
		(*callout)(bp);
	} else if ((bp->b_flags & B_ASYNC) != 0) {
		mutex_exit(bp->b_objlock);
		brelse(bp, 0);
	} else {
		cv_broadcast(&bp->b_done);
		mutex_exit(bp->b_objlock);
	}
}

/*
 * All of the cache.
 */

/* A free dirty buffer that this pass has not seen, or NULL. */
static buf_t *
sync_next(void)
{
	static const int queues[] = { BQ_AGE, BQ_LRU };
	struct buf *bp;
	size_t i;

	for (i = 0; i < __arraycount(queues); i++) {
		TAILQ_FOREACH(bp, &bufqueues[queues[i]].bq_queue,
		    b_freelist) {
			if ((bp->b_oflags & BO_DELWRI) != 0 &&
			    (bp->b_cflags & BC_SCANNED) == 0)
				return bp;
		}
	}
	return NULL;
}

int
rump_bufcache_sync(void)
{
	struct buf *bp;
	int e, error = 0, i;

	mutex_enter(&bufcache_lock);
	for (i = BQ_LRU; i <= BQ_AGE; i++) {
		TAILQ_FOREACH(bp, &bufqueues[i].bq_queue, b_freelist)
			bp->b_cflags &= ~BC_SCANNED;
	}
	while ((bp = sync_next()) != NULL) {
		bremfree(bp);
		bp->b_cflags |= BC_BUSY | BC_SCANNED;
		mutex_exit(&bufcache_lock);
		e = VOP_BWRITE(bp->b_vp, bp);
		if (e != 0 && error == 0)
			error = e;
		mutex_enter(&bufcache_lock);
	}
	mutex_exit(&bufcache_lock);
	return error;
}

/*
 * Nested transfers.
 */

void
nestiobuf_setup(buf_t *mbp, buf_t *bp, int offset, size_t size)
{
	struct vnode *vp = mbp->b_vp;

	bp->b_vp = vp;
	bp->b_dev = mbp->b_dev;
	bp->b_objlock = mbp->b_objlock;
	bp->b_cflags = BC_BUSY;
	bp->b_flags = B_ASYNC | (mbp->b_flags & (B_READ | B_PHYS | B_RAW |
	    B_MEDIA_FUA | B_MEDIA_DPO));
	bp->b_iodone = nestiobuf_iodone;
	bp->b_data = (char *)mbp->b_data + offset;
	bp->b_resid = bp->b_bcount = (int)size;
	bp->b_bufsize = bp->b_bcount;
	bp->b_proc = mbp->b_proc;
	bp->b_private = mbp;
	BIO_COPYPRIO(bp, mbp);
	if (BUF_ISWRITE(bp) && vp != NULL) {
		mutex_enter(vp->v_interlock);
		vp->v_numoutput++;
		mutex_exit(vp->v_interlock);
	}
}

void
nestiobuf_iodone(buf_t *bp)
{
	struct buf *mbp = bp->b_private;
	int donebytes = bp->b_bufsize, error = bp->b_error;

	if (error == 0 && bp->b_resid != 0)
		error = EIO;
	putiobuf(bp);
	nestiobuf_done(mbp, donebytes, error);
}

void
nestiobuf_done(buf_t *mbp, int donebytes, int error)
{
	bool last;

	if (donebytes == 0)
		return;
	mutex_enter(mbp->b_objlock);
	KASSERT(mbp->b_resid >= donebytes);
	mbp->b_resid -= donebytes;
	if (error != 0)
		mbp->b_error = error;
	last = mbp->b_resid == 0;
	if (last && mbp->b_error != 0)
		mbp->b_resid = mbp->b_bcount;
	mutex_exit(mbp->b_objlock);
	if (last)
		biodone(mbp);
}
