/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of the buffer cache: int rumptest_bio_NAME(void),
 * 0 or the line of what failed.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/bufq.h>
#include <sys/conf.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>
#include <rump-sys/vfs.h>

#include "bio.h"

int	rumptest_bio_read(void);
int	rumptest_bio_delayed(void);
int	rumptest_bio_sizes(void);
int	rumptest_bio_limit(void);
int	rumptest_bio_errors(void);
int	rumptest_bio_nested(void);
int	rumptest_bio_readahead(void);
int	rumptest_bio_busy(void);
int	rumptest_bio_anonymous(void);
int	rumptest_bio_invalidate(void);
int	rumptest_bio_revoke(void);
int	rumptest_bio_anonvnode(void);
int	rumptest_bio_overread(void);
int	rumptest_bufq_order(void);
int	rumptest_devsw(void);

int
tst_device(struct vnode **vpp)
{
	struct vnode *vp;
	int error;

	error = namei_simple_kernel(TST_KEY, NSM_FOLLOW_NOEMULROOT, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = VOP_OPEN(vp, FREAD | FWRITE, curlwp->l_cred);
	VOP_UNLOCK(vp);
	if (error != 0)
		vrele(vp);
	*vpp = vp;
	return error;
}

void
tst_release(struct vnode *vp)
{

	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	(void)VOP_CLOSE(vp, FREAD | FWRITE, curlwp->l_cred);
	VOP_UNLOCK(vp);
	vrele(vp);
}

bool
tst_issector(const void *p, uint64_t number)
{
	const uint8_t *b = p;
	uint64_t n;
	int i;

	memcpy(&n, b, sizeof(n));
	if (n != number)
		return false;
	for (i = sizeof(n); i < DEV_BSIZE; i++) {
		if (b[i] != TST_FILL)
			return false;
	}
	return true;
}

static bool
is_incore(struct vnode *vp, daddr_t lbn)
{
	bool yes;

	mutex_enter(&bufcache_lock);
	yes = incore(vp, lbn) != NULL;
	mutex_exit(&bufcache_lock);
	return yes;
}

int
rumptest_bio_read(void)
{
	struct vnode *vp;
	struct buf *bp, *again;

	WANT(tst_device(&vp) == 0);
	WANT(bread(vp, 16, 4096, 0, &bp) == 0);
	WANT(bp != NULL && bp->b_bcount == 4096 && bp->b_resid == 0);
	WANT(tst_issector(bp->b_data, 16));
	WANT(tst_issector((char *)bp->b_data + 3584, 23));
	WANT((bp->b_cflags & BC_BUSY) != 0);
	brelse(bp, 0);
	WANT(is_incore(vp, 16));
	WANT(bread(vp, 16, 4096, 0, &again) == 0);
	WANT(again == bp);
	brelse(again, BC_NOCACHE);
	WANT(!is_incore(vp, 16));
	/* What was never valid does not stay. */
	bp = getblk(vp, 24, 2048, 0, 0);
	WANT(bp != NULL && (bp->b_oflags & (BO_DONE | BO_DELWRI)) == 0);
	brelse(bp, 0);
	WANT(!is_incore(vp, 24));
	tst_release(vp);
	return 0;
}

/* A delayed write is seen at once, and by the device after a flush. */
int
rumptest_bio_delayed(void)
{
	struct vnode *vp;
	struct buf *bp;

	WANT(tst_device(&vp) == 0);
	WANT(bread(vp, 40, 1024, B_MODIFY, &bp) == 0);
	memset(bp->b_data, 0x11, 1024);
	bdwrite(bp);
	WANT(!LIST_EMPTY(&vp->v_dirtyblkhd));
	WANT(bread(vp, 40, 1024, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x11);
	WANT((bp->b_oflags & BO_DELWRI) != 0);
	brelse(bp, 0);
	WANT(!LIST_EMPTY(&vp->v_dirtyblkhd));
	WANT(vflushbuf(vp, FSYNC_WAIT) == 0);
	WANT(LIST_EMPTY(&vp->v_dirtyblkhd));
	WANT(vp->v_numoutput == 0);
	WANT(vinvalbuf(vp, 0, NOCRED, curlwp, false, 0) == 0);
	WANT(!is_incore(vp, 40));
	WANT(bread(vp, 40, 1024, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x11);
	/* Thrown away before it was written: never happened. */
	memset(bp->b_data, 0x22, 1024);
	bdwrite(bp);
	WANT(vinvalbuf(vp, 0, NOCRED, curlwp, false, 0) == 0);
	WANT(bread(vp, 40, 1024, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x11);
	/* Closing writes what is left. */
	memset(bp->b_data, 0x33, 1024);
	bdwrite(bp);
	tst_release(vp);
	WANT(tst_device(&vp) == 0);
	WANT(bread(vp, 40, 1024, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x33);
	/* Synchronous and asynchronous ones, too. */
	memset(bp->b_data, 0x44, 1024);
	WANT(bwrite(bp) == 0);
	WANT(bread(vp, 40, 1024, 0, &bp) == 0);
	WANT((bp->b_oflags & BO_DELWRI) == 0);
	memset(bp->b_data, 0x55, 1024);
	bawrite(bp);
	WANT(vflushbuf(vp, FSYNC_WAIT) == 0);
	WANT(vinvalbuf(vp, 0, NOCRED, curlwp, false, 0) == 0);
	WANT(bread(vp, 40, 1024, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x55);
	brelse(bp, 0);
	tst_release(vp);
	return 0;
}

/* One block wanted with different sizes: never stale, never short. */
int
rumptest_bio_sizes(void)
{
	struct vnode *vp;
	struct buf *bp;

	WANT(tst_device(&vp) == 0);
	WANT(bread(vp, 64, 512, 0, &bp) == 0);
	WANT(tst_issector(bp->b_data, 64));
	brelse(bp, 0);
	WANT(bread(vp, 64, 8192, 0, &bp) == 0);
	WANT(bp->b_bcount == 8192);
	WANT(tst_issector((char *)bp->b_data + 7680, 79));
	brelse(bp, 0);
	WANT(bread(vp, 64, 1024, 0, &bp) == 0);
	WANT(bp->b_bcount == 1024);
	WANT(tst_issector((char *)bp->b_data + 512, 65));
	memset(bp->b_data, 0x77, 1024);
	bdwrite(bp);
	WANT(bread(vp, 64, 2048, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x77);
	WANT(tst_issector((char *)bp->b_data + 1024, 66));
	brelse(bp, 0);
	tst_release(vp);
	return 0;
}

/* The cache holds 8 MiB, dirty or clean, and loses nothing. */
int
rumptest_bio_limit(void)
{
	struct vnode *vp;
	struct buf *bp;
	daddr_t bn;

	WANT(tst_device(&vp) == 0);
	for (bn = 0; bn < TST_SECTORS; bn += 8) {
		WANT(bread(vp, bn, 4096, 0, &bp) == 0);
		WANT(tst_issector(bp->b_data, bn));
		WANT((uint64_t)nbuf * 4096 <= 8 * 1024 * 1024);
		if (bn % 64 == 8) {
			memset((char *)bp->b_data + 512, (uint8_t)(bn >> 6),
			    512);
			bdwrite(bp);
		} else
			brelse(bp, 0);
	}
	for (bn = 8; bn < TST_SECTORS; bn += 64) {
		WANT(bread(vp, bn, 4096, 0, &bp) == 0);
		WANT(((uint8_t *)bp->b_data)[700] == (uint8_t)(bn >> 6));
		brelse(bp, 0);
	}
	WANT(buf_drain(1024 * 1024) >= 1024 * 1024);
	tst_release(vp);
	return 0;
}

int
rumptest_bio_errors(void)
{
	struct vnode *vp;
	struct buf *bp;

	WANT(tst_device(&vp) == 0);
	WANT(bread(vp, TST_SECTORS + 8, 4096, 0, &bp) != 0);
	WANT(bp == NULL);
	WANT(!is_incore(vp, TST_SECTORS + 8));
	WANT(bread(vp, TST_SECTORS, 4096, 0, &bp) != 0 && bp == NULL);
	WANT(bread(vp, -1000, 4096, 0, &bp) != 0 && bp == NULL);
	WANT(bread(vp, (daddr_t)1 << 60, 4096, 0, &bp) != 0 && bp == NULL);
	/* A write beyond the end fails, and fsync says so. */
	bp = getblk(vp, TST_SECTORS + 16, 512, 0, 0);
	memset(bp->b_data, 0, 512);
	bdwrite(bp);
	WANT(vflushbuf(vp, FSYNC_WAIT) != 0);
	WANT(LIST_EMPTY(&vp->v_dirtyblkhd) && vp->v_numoutput == 0);
	bp = getblk(vp, TST_SECTORS + 16, 512, 0, 0);
	WANT(bwrite(bp) != 0);
	tst_release(vp);
	return 0;
}

/* A transfer in two halves; the error of one is the error of the whole. */
static int
nested(struct vnode *vp, daddr_t first, daddr_t second, uint8_t *mem)
{
	struct buf *mbp, *bp;
	int error, i;

	mbp = getiobuf(vp, true);
	mbp->b_data = mem;
	mbp->b_flags = B_READ;
	mbp->b_bufsize = mbp->b_bcount = mbp->b_resid = 4096;
	for (i = 0; i < 2; i++) {
		bp = getiobuf(NULL, true);
		nestiobuf_setup(mbp, bp, i * 2048, 2048);
		bp->b_blkno = i == 0 ? first : second;
		(void)VOP_STRATEGY(vp, bp);
	}
	error = biowait(mbp);
	if (error == 0 && mbp->b_resid != 0)
		error = -1;
	putiobuf(mbp);
	return error;
}

int
rumptest_bio_nested(void)
{
	struct vnode *vp;
	uint8_t *mem = kmem_alloc(4096, KM_SLEEP);
	struct buf *mbp;

	WANT(tst_device(&vp) == 0);
	WANT(nested(vp, 100, 200, mem) == 0);
	WANT(tst_issector(mem, 100) && tst_issector(mem + 2048, 200));
	WANT(nested(vp, 100, TST_SECTORS + 100, mem) > 0);
	WANT(nested(vp, TST_SECTORS + 100, 100, mem) > 0);
	/* Bytes that need no transfer count, too. */
	mbp = getiobuf(vp, true);
	mbp->b_flags = B_READ;
	mbp->b_bcount = mbp->b_resid = 100;
	nestiobuf_done(mbp, 60, 0);
	WANT((mbp->b_oflags & BO_DONE) == 0);
	nestiobuf_done(mbp, 40, EIO);
	WANT(biowait(mbp) == EIO && mbp->b_resid == 100);
	putiobuf(mbp);
	kmem_free(mem, 4096);
	tst_release(vp);
	return 0;
}

int
rumptest_bio_readahead(void)
{
	daddr_t ra[2] = { 304, TST_SECTORS + 8 };
	int sizes[2] = { 4096, 4096 };
	struct vnode *vp;
	struct buf *bp;

	WANT(tst_device(&vp) == 0);
	WANT(breadn(vp, 296, 4096, ra, sizes, 2, 0, &bp) == 0);
	WANT(tst_issector(bp->b_data, 296));
	brelse(bp, 0);
	WANT(is_incore(vp, 304));
	/* A read-ahead that fails is nobody's error. */
	WANT(!is_incore(vp, TST_SECTORS + 8));
	WANT(bread(vp, 304, 4096, 0, &bp) == 0);
	WANT(tst_issector(bp->b_data, 304));
	brelse(bp, 0);
	tst_release(vp);
	return 0;
}

int
rumptest_bio_busy(void)
{
	struct vnode *vp;
	struct buf *bp;

	WANT(tst_device(&vp) == 0);
	bp = getblk(vp, 8, 512, 0, 0);
	WANT(bp != NULL);
	WANT(getblk(vp, 8, 512, 0, 2) == NULL);
	WANT((bp->b_cflags & BC_BUSY) != 0);
	brelse(bp, 0);
	bp = getblk(vp, 8, 512, 0, 2);
	WANT(bp != NULL);
	brelse(bp, 0);
	tst_release(vp);
	return 0;
}

int
rumptest_bio_anonymous(void)
{
	struct vnode *vp;
	struct buf *bp;

	WANT(tst_device(&vp) == 0);
	bp = geteblk(3000);
	WANT(bp->b_bcount == 3000 && bp->b_bufsize >= 3000);
	memset(bp->b_data, 1, 3000);
	WANT(allocbuf(bp, 6000, 1) == 0);
	WANT(((uint8_t *)bp->b_data)[2999] == 1);
	brelse(bp, 0);
	bp = geteblk(1024);
	bp->b_dev = vp->v_rdev;
	bp->b_blkno = 12;
	bp->b_flags |= B_READ;
	bdev_strategy(bp);
	WANT(biowait(bp) == 0);
	WANT(tst_issector(bp->b_data, 12));
	brelse(bp, BC_INVAL);
	tst_release(vp);
	return 0;
}

int
rumptest_bio_invalidate(void)
{
	struct vnode *vp;
	struct buf *bp;
	daddr_t bn;

	WANT(tst_device(&vp) == 0);
	for (bn = 0; bn < 800; bn += 8) {
		WANT(bread(vp, bn, 4096, 0, &bp) == 0);
		memset((char *)bp->b_data + 1024, 0x99, 512);
		bdwrite(bp);
	}
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	WANT(vinvalbuf(vp, V_SAVE, curlwp->l_cred, curlwp, false, 0) == 0);
	VOP_UNLOCK(vp);
	WANT(LIST_EMPTY(&vp->v_dirtyblkhd) && LIST_EMPTY(&vp->v_cleanblkhd));
	for (bn = 0; bn < 800; bn += 8) {
		WANT(bread(vp, bn, 4096, 0, &bp) == 0);
		WANT(((uint8_t *)bp->b_data)[1024] == 0x99);
		brelse(bp, 0);
	}
	tst_release(vp);
	return 0;
}

/* The device goes away under its user, whose writes are not lost. */
int
rumptest_bio_revoke(void)
{
	struct vnode *vp, *other;
	struct buf *bp;
	dev_t dev;

	WANT(tst_device(&vp) == 0);
	dev = vp->v_rdev;
	WANT(bread(vp, 80, 512, 0, &bp) == 0);
	memset(bp->b_data, 0x13, 512);
	bdwrite(bp);
	vdevgone(major(dev), minor(dev), minor(dev), VBLK);
	WANT(vp->v_type == VBAD);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	WANT(VOP_OPEN(vp, FREAD, curlwp->l_cred) != 0);
	WANT(VOP_CLOSE(vp, FREAD, curlwp->l_cred) == 0);
	VOP_UNLOCK(vp);
	vrele(vp);
	/* It can be opened anew, by another vnode. */
	WANT(tst_device(&other) == 0);
	WANT(bread(other, 80, 512, 0, &bp) == 0);
	WANT(*(uint8_t *)bp->b_data == 0x13);
	brelse(bp, 0);
	tst_release(other);
	return 0;
}

/* Vnodes of devices without a name; one device has one opener. */
int
rumptest_bio_anonvnode(void)
{
	struct vnode *vp, *named, *found;
	struct buf *bp;
	dev_t dev;

	WANT(tst_device(&named) == 0);
	dev = named->v_rdev;
	WANT(bdevvp(dev, &vp) == 0 && vp != named);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	WANT(VOP_OPEN(vp, FREAD, curlwp->l_cred) == EBUSY);
	VOP_UNLOCK(vp);
	tst_release(named);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	WANT(VOP_OPEN(vp, FREAD, curlwp->l_cred) == 0);
	VOP_UNLOCK(vp);
	WANT(bread(vp, 3, 512, 0, &bp) == 0);
	WANT(tst_issector(bp->b_data, 3));
	brelse(bp, 0);
	WANT(vfinddev(dev, VBLK, &found) != 0);
	vrele(found);
	WANT(vfinddev(dev, VCHR, &found) == 0);
	WANT(spec_node_getmountedfs(vp) == NULL);
	tst_release(vp);
	return 0;
}

/* Wrong on purpose: one byte behind a block.  Sanitizers must say so. */
int
rumptest_bio_overread(void)
{
	struct vnode *vp;
	struct buf *bp;
	volatile uint8_t sink;

	WANT(tst_device(&vp) == 0);
	WANT(bread(vp, 0, 1024, 0, &bp) == 0);
	sink = ((volatile uint8_t *)bp->b_data)[1024];
	(void)sink;
	brelse(bp, 0);
	tst_release(vp);
	return 0;
}

int
rumptest_bufq_order(void)
{
	static const daddr_t in[] = { 50, 10, 70, 30, 60, 20 };
	static const daddr_t up[] = { 10, 20, 30, 50, 60, 70 };
	struct bufq_state *bq, *other;
	struct buf bufs[6], *bp;
	int i;

	WANT(bufq_alloc(&bq, "nonsense", BUFQ_EXACT | BUFQ_SORT_RAWBLOCK) ==
	    ENOENT);
	WANT(bufq_alloc(&bq, "disksort", BUFQ_SORT_RAWBLOCK) == 0);
	WANT(bufq_alloc(&other, "fcfs", BUFQ_SORT_RAWBLOCK) == 0);
	for (i = 0; i < 6; i++) {
		buf_init(&bufs[i]);
		bufs[i].b_rawblkno = in[i];
		bufq_put(bq, &bufs[i]);
	}
	for (i = 0; i < 3; i++) {
		WANT((bp = bufq_peek(bq)) != NULL && bufq_get(bq) == bp);
		WANT(bp->b_rawblkno == up[i]);
		bufq_put(other, bp);
	}
	/* The sweep goes on upwards before it starts again below. */
	bufq_put(bq, bufq_get(other));
	WANT(bufq_get(bq)->b_rawblkno == 50);
	WANT(bufq_cancel(bq, &bufs[2]) == &bufs[2]);	/* 70 */
	WANT(bufq_cancel(bq, &bufs[2]) == NULL);
	WANT(bufq_get(bq)->b_rawblkno == 60);
	WANT(bufq_get(bq)->b_rawblkno == 10);
	WANT(bufq_get(bq) == NULL);
	bufq_move(bq, other);
	WANT(bufq_get(other) == NULL);
	bufq_drain(bq);
	WANT(bufs[5].b_error == EIO && bufs[3].b_error == EIO);
	bufq_free(bq);
	bufq_free(other);
	for (i = 0; i < 6; i++)
		buf_destroy(&bufs[i]);
	return 0;
}

static int
tst_read(dev_t dev, struct uio *uio, int flag)
{
	char c = 'a' + minor(dev);

	return uiomove(&c, 1, uio);
}

static const struct cdevsw tst_cdevsw = {
	.d_open = nullopen, .d_close = nullclose, .d_read = tst_read,
	.d_write = nowrite, .d_ioctl = noioctl, .d_stop = nostop,
	.d_tty = notty, .d_poll = nopoll, .d_mmap = nommap,
	.d_kqfilter = nokqfilter, .d_discard = nodiscard, .d_flag = D_MPSAFE,
};

/* A node of the name, and its device number. */
static bool
hasnode(const char *path, dev_t dev)
{
	struct vnode *vp;
	bool ok;

	if (namei_simple_kernel(path, NSM_NOFOLLOW_NOEMULROOT, &vp) != 0)
		return false;
	ok = vp->v_type == VCHR && vp->v_rdev == dev;
	vrele(vp);
	return ok;
}

int
rumptest_devsw(void)
{
	devmajor_t maj = NODEVMAJOR, fixed = 333, big = 100000;
	struct iovec iov;
	struct uio uio;
	char c = 0, name[16];

	WANT(devsw_attach("tstdev", NULL, NULL, &tst_cdevsw, &maj) == 0);
	WANT(maj >= 0 && cdevsw_lookup(makedev(maj, 5)) == &tst_cdevsw);
	WANT(bdevsw_lookup(makedev(maj, 5)) == NULL);
	WANT(cdevsw_lookup_major(&tst_cdevsw) == maj);
	WANT(devsw_attach("tstdev", NULL, NULL, &tst_cdevsw, &fixed) ==
	    EEXIST);
	WANT(devsw_attach("other", NULL, NULL, &tst_cdevsw, &big) != 0);
	WANT(devsw_name2chr("tstdev3", name, sizeof(name)) == maj);
	WANT(strcmp(name, "tstdev") == 0);
	WANT(devsw_name2chr("tstdevice", NULL, 0) == NODEVMAJOR);
	WANT(rump_vfs_makedevnodes(S_IFCHR, "/dev/tst0", 'a', maj, 0, 2) == 0);
	WANT(hasnode("/dev/tst0b", makedev(maj, 1)));
	WANT(rump_vfs_makedevnodes(S_IFCHR, "/dev/tst", 'a', maj, 16, 2) == 0);
	WANT(hasnode("/dev/tst1b", makedev(maj, 17)));
	WANT(rump_vfs_makedevnodes(S_IFCHR, "/dev/tst", '9', maj, 3, 2) == 0);
	WANT(hasnode("/dev/tst10", makedev(maj, 4)));
	WANT(rump_vfs_makedevnodes(S_IFCHR, "/dev/tst", '\0', maj, 5, 1) == 0);
	WANT(hasnode("/dev/tst5", makedev(maj, 5)));
	iov.iov_base = &c;
	iov.iov_len = 1;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = 0;
	uio.uio_resid = 1;
	uio.uio_rw = UIO_READ;
	UIO_SETUP_SYSSPACE(&uio);
	WANT(cdev_read(makedev(maj, 2), &uio, 0) == 0 && c == 'c');
	WANT(cdev_write(makedev(maj, 2), &uio, 0) == ENODEV);
	WANT(cdev_ioctl(makedev(maj, 2), 0, NULL, 0, curlwp) == ENODEV);
	WANT(devsw_detach(NULL, &tst_cdevsw) == 0);
	WANT(cdevsw_lookup(makedev(maj, 5)) == NULL);
	WANT(cdev_read(makedev(maj, 2), &uio, 0) == ENXIO);
	return 0;
}
