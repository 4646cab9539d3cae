/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of the page cache: int rumptest_pages_NAME(void),
 * 0 or the line of what failed.  A file system of one file, whose block map a
 * test sets up as it likes, lies over the test's device.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/genfs/genfs_node.h>
#include <uvm/uvm.h>

#include "bio.h"

int	rumptest_pages_read(void);
int	rumptest_pages_coherence(void);
int	rumptest_pages_write(void);
int	rumptest_pages_truncate(void);
int	rumptest_pages_limit(void);
int	rumptest_pages_readerror(void);
int	rumptest_pages_writeerror(void);
int	rumptest_pages_anonymous(void);
int	rumptest_pages_directio(void);
int	rumptest_pages_compat(void);

int	genfs_getpages(void *) __attribute__((__weak__));
int	genfs_putpages(void *) __attribute__((__weak__));
int	genfs_compat_getpages(void *) __attribute__((__weak__));
int	genfs_compat_gop_write(struct vnode *, struct vm_page **, int, int)
	    __attribute__((__weak__));
int	genfs_lock(void *) __attribute__((__weak__));
int	genfs_unlock(void *) __attribute__((__weak__));
int	genfs_islocked(void *) __attribute__((__weak__));
int	genfs_badop(void *) __attribute__((__weak__));
int	genfs_nullop(void *) __attribute__((__weak__));
void	genfs_size(struct vnode *, off_t, off_t *, int)
	    __attribute__((__weak__));
int	genfs_gop_write(struct vnode *, struct vm_page **, int, int)
	    __attribute__((__weak__));
int	vn_default_error(void *) __attribute__((__weak__));
int	vn_bwrite(void *) __attribute__((__weak__));

#define	BSHIFT		11		/* blocks of 2 KiB: 2 to a page */
#define	BSIZE		(1 << BSHIFT)
#define	NBLOCKS		1024
#define	HOLE		((daddr_t)-1)
#define	BASE		1024		/* first sector used for data */
#define	SECT(b)		(BASE + (daddr_t)(b) * (BSIZE / DEV_BSIZE))

struct tnode {
	struct genfs_node t_gnode;
	int		t_key;
	struct vnode	*t_devvp;
	daddr_t		t_map[NBLOCKS];	/* sectors */
	int		t_nextfree;	/* block for gop_alloc */
	int		t_nbmap;	/* calls */
};

#define	VTOT(vp)	((struct tnode *)(vp)->v_data)

static struct tnode tnode;
static struct mount *tmount;

static int
t_bmap(void *v)
{
	struct vop_bmap_args *ap = v;
	struct tnode *t = VTOT(ap->a_vp);
	daddr_t bn = ap->a_bn;
	int run = 0;

	t->t_nbmap++;
	if (bn < 0 || bn >= NBLOCKS)
		return EFBIG;
	if (ap->a_vpp != NULL)
		*ap->a_vpp = t->t_devvp;
	*ap->a_bnp = t->t_map[bn];
	while (bn + run + 1 < NBLOCKS && run < 63 && (t->t_map[bn] == HOLE ?
	    t->t_map[bn + run + 1] == HOLE : t->t_map[bn + run + 1] ==
	    t->t_map[bn] + (run + 1) * (BSIZE / DEV_BSIZE)))
		run++;
	if (ap->a_runp != NULL)
		*ap->a_runp = run;
	return 0;
}

static int
t_alloc(struct vnode *vp, off_t off, off_t len, int flags,
    struct kauth_cred *cred)
{
	struct tnode *t = VTOT(vp);
	daddr_t bn;

	for (bn = off >> BSHIFT; bn <= (off + len - 1) >> BSHIFT; bn++) {
		if (bn >= NBLOCKS)
			return EFBIG;
		if (t->t_map[bn] != HOLE)
			continue;
		if (t->t_nextfree >= NBLOCKS)
			return ENOSPC;
		t->t_map[bn] = SECT(t->t_nextfree++);
	}
	return 0;
}

static int
t_strategy(void *v)
{
	struct vop_strategy_args *ap = v;

	return VOP_STRATEGY(VTOT(ap->a_vp)->t_devvp, ap->a_bp);
}

static int
t_fsync(void *v)
{
	struct vop_fsync_args *ap = v;

	return vflushbuf(ap->a_vp, ap->a_flags);
}

static int
t_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = true;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
t_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;

	vcache_remove(ap->a_vp->v_mount, &tnode.t_key, sizeof(tnode.t_key));
	genfs_node_destroy(ap->a_vp);
	ap->a_vp->v_data = NULL;
	return 0;
}

static int (**t_vnodeop_p)(void *);
static const struct vnodeopv_entry_desc t_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_bmap_desc, t_bmap },
	{ &vop_strategy_desc, t_strategy },
	{ &vop_fsync_desc, t_fsync },
	{ &vop_inactive_desc, t_inactive },
	{ &vop_reclaim_desc, t_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_getpages_desc, genfs_getpages },
	{ &vop_putpages_desc, genfs_putpages },
	{ NULL, NULL }
};
static const struct vnodeopv_desc t_opv_desc = { &t_vnodeop_p, t_entries };
static const struct vnodeopv_desc *const t_descs[] = { &t_opv_desc, NULL };

static const struct genfs_ops t_genfsops = {
	.gop_size = genfs_size,
	.gop_alloc = t_alloc,
	.gop_write = genfs_gop_write,
};

static int
t_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t keylen, const void **newkey)
{

	vp->v_type = VREG;
	vp->v_op = t_vnodeop_p;
	vp->v_data = &tnode;
	genfs_node_init(vp, &t_genfsops);
	*newkey = &tnode.t_key;
	return 0;
}

static struct vfsops t_vfsops = {
	.vfs_name = "tstfs",
	.vfs_loadvnode = t_loadvnode,
};

/* The file, locked; blocks [0, n) lie in order on the device. */
static int
t_setup(struct vnode **vpp, int n)
{
	int error, i;

	if (tmount == NULL) {
		vfs_opv_init(t_descs);
		t_vfsops.vfs_refcount++;
		tmount = vfs_mountalloc(&t_vfsops, NULL);
		tmount->mnt_iflag |= IMNT_MPSAFE;
		tmount->mnt_fs_bshift = BSHIFT;
		tmount->mnt_dev_bshift = DEV_BSHIFT;
	}
	memset(&tnode, 0, sizeof(tnode));
	tnode.t_key = 4711;
	tnode.t_nextfree = n;
	for (i = 0; i < NBLOCKS; i++)
		tnode.t_map[i] = i < n ? SECT(i) : HOLE;
	if ((error = tst_device(&tnode.t_devvp)) != 0)
		return error;
	error = vcache_get(tmount, &tnode.t_key, sizeof(tnode.t_key), vpp);
	if (error == 0) {
		vn_lock(*vpp, LK_EXCLUSIVE | LK_RETRY);
		uvm_vnp_setsize(*vpp, (voff_t)n << BSHIFT);
	}
	return error;
}

static void
t_finish(struct vnode *vp)
{

	vput(vp);
	tst_release(tnode.t_devvp);
}

static int
t_rw(struct vnode *vp, void *mem, size_t len, off_t off, enum uio_rw rw,
    int flags)
{
	struct iovec iov = { mem, len };
	struct uio uio;
	int error;

	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = off;
	uio.uio_resid = len;
	uio.uio_rw = rw;
	UIO_SETUP_SYSSPACE(&uio);
	error = ubc_uiomove(&vp->v_uobj, &uio, len, UVM_ADV_NORMAL,
	    (rw == UIO_READ ? UBC_READ : UBC_WRITE) | flags);
	return error == 0 && uio.uio_resid != 0 ? -1 : error;
}

#define	T_READ(vp, mem, len, off)	t_rw(vp, mem, len, off, UIO_READ, 0)

/* As file systems write: blocks, then the coming size, pages, the size. */
static int
t_write(struct vnode *vp, void *mem, size_t len, off_t off)
{
	int error;

	if ((error = t_alloc(vp, off, len, 0, NULL)) != 0)
		return error;
	if (off + (off_t)len > vp->v_size)
		uvm_vnp_setwritesize(vp, off + len);
	error = t_rw(vp, mem, len, off, UIO_WRITE,
	    UBC_FAULTBUSY | UBC_PARTIALOK);
	if (error == 0 && off + (off_t)len > vp->v_size)
		uvm_vnp_setsize(vp, off + len);
	return error;
}

static int
t_sync(struct vnode *vp, int flags)
{

	mutex_enter(vp->v_interlock);
	return VOP_PUTPAGES(vp, 0, 0, PGO_ALLPAGES | PGO_SYNCIO | flags);
}

static bool
isbyte(const uint8_t *p, uint8_t byte, size_t n)
{

	while (n-- > 0) {
		if (*p++ != byte)
			return false;
	}
	return true;
}

/* Holes and what lies behind the end are zero, whatever the disk has. */
int
rumptest_pages_read(void)
{
	uint8_t *mem = kmem_alloc(65536, KM_SLEEP);
	struct vm_page *pgs[1] = { NULL };
	struct vnode *vp;
	int npages = 1;

	WANT(t_setup(&vp, 8) == 0);
	tnode.t_map[1] = HOLE;
	tnode.t_map[4] = tnode.t_map[5] = HOLE;
	uvm_vnp_setsize(vp, 7 * BSIZE + 100);
	WANT(T_READ(vp, mem, 7 * BSIZE + 100, 0) == 0);
	WANT(tst_issector(mem, SECT(0)));
	WANT(isbyte(mem + BSIZE, 0, BSIZE));
	WANT(tst_issector(mem + 2 * BSIZE, SECT(2)));
	WANT(tst_issector(mem + 3 * BSIZE + 1536, SECT(3) + 3));
	WANT(isbyte(mem + 4 * BSIZE, 0, 2 * BSIZE));
	WANT(tst_issector(mem + 6 * BSIZE, SECT(6)));
	/* Small pieces, out of order. */
	WANT(T_READ(vp, mem, 8, 7 * BSIZE) == 0);
	WANT(*(uint64_t *)mem == (uint64_t)SECT(7));
	WANT(T_READ(vp, mem, 600, BSIZE - 300) == 0);
	WANT(isbyte(mem, TST_FILL, 300) && isbyte(mem + 300, 0, 300));
	/* The tail of the last page. */
	mutex_enter(vp->v_interlock);
	WANT(VOP_GETPAGES(vp, 3 * PAGE_SIZE, pgs, &npages, 0, VM_PROT_READ,
	    0, PGO_SYNCIO) == 0);
	mem = memcpy(mem, (void *)(uintptr_t)VM_PAGE_TO_PHYS(pgs[0]),
	    PAGE_SIZE);
	mutex_enter(vp->v_interlock);
	uvm_page_unbusy(pgs, 1);
	mutex_exit(vp->v_interlock);
	WANT(isbyte(mem + BSIZE + 100, 0, BSIZE - 100));
	/* Past the end there is nothing to get. */
	pgs[0] = NULL;
	npages = 1;
	mutex_enter(vp->v_interlock);
	WANT(VOP_GETPAGES(vp, 4 * PAGE_SIZE, pgs, &npages, 0, VM_PROT_READ,
	    0, PGO_SYNCIO) == EINVAL);
	kmem_free(mem, 65536);
	t_finish(vp);
	return 0;
}

/* Both ways of reading see the same, and what was written. */
int
rumptest_pages_coherence(void)
{
	uint8_t *mem = kmem_alloc(65536, KM_SLEEP);
	const unsigned limit = uvmexp.filelimit;
	struct vnode *vp;

	WANT(t_setup(&vp, 64) == 0);
	uvmexp.filelimit = 8;			/* the file does not fit */
	WANT(T_READ(vp, mem, 65536, 0) == 0);
	uvmexp.filelimit = limit;
	WANT(vp->v_uobj.uo_npages == 0);	/* straight from the device */
	WANT(tst_issector(mem + 65024, SECT(31) + 3));
	WANT(T_READ(vp, mem, 100, 10000) == 0);
	WANT(vp->v_uobj.uo_npages > 0);
	memset(mem, 0x42, 5000);
	WANT(t_write(vp, mem, 5000, 9000) == 0);
	WANT(vp->v_uobj.uo_ndirty > 0 && !uvn_clean_p(&vp->v_uobj));
	WANT(T_READ(vp, mem, 65536, 0) == 0);
	WANT(isbyte(mem + 9000, 0x42, 5000));
	WANT(tst_issector(mem + 8704 - 512, SECT(4)));
	WANT(mem[8999] == TST_FILL && mem[14000] == TST_FILL);
	/* From the device again, once it is there. */
	WANT(t_sync(vp, PGO_CLEANIT) == 0);
	WANT(vp->v_uobj.uo_ndirty == 0 && uvn_clean_p(&vp->v_uobj));
	memset(mem, 0, 65536);
	WANT(T_READ(vp, mem, 65536, 0) == 0);
	WANT(isbyte(mem + 9000, 0x42, 5000));
	WANT(mem[8999] == TST_FILL && mem[14000] == TST_FILL);
	WANT(t_sync(vp, PGO_FREE) == 0);
	WANT(vp->v_uobj.uo_npages == 0);
	WANT(T_READ(vp, mem, 6000, 8500) == 0);
	WANT(isbyte(mem + 500, 0x42, 5000));
	/* An odd offset and an odd end. */
	uvm_vnp_setsize(vp, 40001);
	WANT(T_READ(vp, mem, 40001 - 512, 512) == 0);
	WANT(mem[40001 - 512 - 1] == TST_FILL);
	WANT(T_READ(vp, mem, 39900, 101) == 0);
	WANT(isbyte(mem + 9000 - 101, 0x42, 5000));
	kmem_free(mem, 65536);
	t_finish(vp);
	return 0;
}

int
rumptest_pages_write(void)
{
	uint8_t *mem = kmem_alloc(300000, KM_SLEEP);
	struct vnode *vp;
	struct buf *bp;
	int i;

	WANT(t_setup(&vp, 2) == 0);
	for (i = 0; i < 300000; i++)
		mem[i] = (uint8_t)(i * 7 + (i >> 10));
	WANT(t_write(vp, mem, 300000, 12345) == 0);
	WANT(vp->v_size == 312345);
	WANT(tnode.t_map[3] == HOLE && tnode.t_map[6] != HOLE);
	WANT(t_sync(vp, PGO_CLEANIT | PGO_FREE) == 0);
	WANT(vp->v_uobj.uo_npages == 0 && vp->v_numoutput == 0);
	memset(mem, 0, 300000);
	WANT(T_READ(vp, mem, 1000, 12345) == 0);
	for (i = 0; i < 1000; i++)
		WANT(mem[i] == (uint8_t)(i * 7 + (i >> 10)));
	WANT(T_READ(vp, mem, 300000, 12345) == 0);
	for (i = 0; i < 300000; i++)
		WANT(mem[i] == (uint8_t)(i * 7 + (i >> 10)));
	/* The gap is a hole, in which nothing was written on disk. */
	WANT(T_READ(vp, mem, 12345 - 2 * BSIZE, 2 * BSIZE) == 0);
	WANT(isbyte(mem, 0, 12345 - 2 * BSIZE));
	/* A hole written through pages gets blocks. */
	WANT(T_READ(vp, mem, 10, 2 * BSIZE + 5) == 0);
	memset(mem, 0x17, 10);
	WANT(t_rw(vp, mem, 10, 2 * BSIZE + 5, UIO_WRITE, 0) == 0);
	WANT(tnode.t_map[2] != HOLE);
	WANT(t_sync(vp, PGO_CLEANIT) == 0);
	WANT(bread(tnode.t_devvp, tnode.t_map[2], 512, 0, &bp) == 0);
	WANT(((uint8_t *)bp->b_data)[4] == 0 &&
	    ((uint8_t *)bp->b_data)[5] == 0x17);
	brelse(bp, 0);
	kmem_free(mem, 300000);
	t_finish(vp);
	return 0;
}

int
rumptest_pages_truncate(void)
{
	uint8_t *mem = kmem_alloc(20000, KM_SLEEP);
	struct vnode *vp;

	WANT(t_setup(&vp, 16) == 0);
	memset(mem, 0x31, 20000);
	WANT(t_write(vp, mem, 20000, 0) == 0);
	ubc_zerorange(&vp->v_uobj, 9000, 12288 - 9000, 0);
	uvm_vnp_setsize(vp, 9000);
	WANT(vp->v_uobj.uo_npages == 3);
	uvm_vnp_setsize(vp, 20000);
	WANT(T_READ(vp, mem, 12288, 0) == 0);
	WANT(isbyte(mem, 0x31, 9000) && isbyte(mem + 9000, 0, 12288 - 9000));
	WANT(vtruncbuf(vp, 0, false, 0) == 0);
	WANT(vp->v_uobj.uo_npages == 0);
	kmem_free(mem, 20000);
	t_finish(vp);
	return 0;
}

/* Clean pages make room for others; dirty ones are written by who makes them. */
int
rumptest_pages_limit(void)
{
	const unsigned limit = uvmexp.filelimit;
	uint8_t mem[512];
	struct vnode *vp;
	off_t off;

	WANT(t_setup(&vp, NBLOCKS) == 0);
	uvmexp.filelimit = 64;
	for (off = 0; off < NBLOCKS * BSIZE; off += 512) {
		WANT(T_READ(vp, mem, 512, off) == 0);
		WANT(tst_issector(mem, BASE + off / 512));
		WANT(uvmexp.filepages <= 64 + 32);
	}
	memset(mem, 0x66, 512);
	for (off = 0; off < NBLOCKS * BSIZE; off += 1024) {
		WANT(t_write(vp, mem, 512, off) == 0);
		WANT(uvmexp.dirtypages <= 64);
		WANT(uvmexp.filepages <= 64 + 64);
	}
	for (off = 0; off < NBLOCKS * BSIZE; off += 1024) {
		WANT(T_READ(vp, mem, 512, off) == 0);
		WANT(isbyte(mem, 0x66, 512));
		WANT(T_READ(vp, mem, 512, off + 512) == 0);
		WANT(tst_issector(mem, BASE + off / 512 + 1));
	}
	WANT(t_sync(vp, PGO_CLEANIT | PGO_FREE) == 0);
	WANT(uvmexp.filepages == 0 && uvmexp.dirtypages == 0);
	uvmexp.filelimit = limit;
	t_finish(vp);
	return 0;
}

int
rumptest_pages_readerror(void)
{
	uint8_t *mem = kmem_alloc(65536, KM_SLEEP);
	struct vnode *vp;

	WANT(t_setup(&vp, 64) == 0);
	tnode.t_map[10] = TST_SECTORS + 1000;
	WANT(T_READ(vp, mem, 100, 10 * BSIZE) > 0);
	WANT(T_READ(vp, mem, 65536, 0) > 0);
	WANT(vp->v_uobj.uo_ndirty == 0);
	/* Its neighbours can be read, although read-ahead meets it. */
	WANT(T_READ(vp, mem, 4 * BSIZE, 0) == 0);
	WANT(T_READ(vp, mem, BSIZE, 9 * BSIZE) == 0);
	WANT(tst_issector(mem, SECT(9)));
	WANT(T_READ(vp, mem, BSIZE, 12 * BSIZE) == 0);
	/* Nothing of the failure stays. */
	tnode.t_map[10] = SECT(10);
	WANT(T_READ(vp, mem, BSIZE, 10 * BSIZE) == 0);
	WANT(tst_issector(mem, SECT(10)));
	kmem_free(mem, 65536);
	t_finish(vp);
	return 0;
}

int
rumptest_pages_writeerror(void)
{
	uint8_t *mem = kmem_alloc(PAGE_SIZE, KM_SLEEP);
	struct vnode *vp;

	WANT(t_setup(&vp, 64) == 0);
	tnode.t_map[0] = TST_SECTORS + 1000;
	memset(mem, 0x21, PAGE_SIZE);
	/* A whole page needs no reading. */
	WANT(t_write(vp, mem, PAGE_SIZE, 0) == 0);
	WANT(t_sync(vp, PGO_CLEANIT) > 0);
	WANT(vp->v_uobj.uo_ndirty == 1 && vp->v_numoutput == 0);
	tnode.t_map[0] = SECT(0);
	WANT(t_sync(vp, PGO_CLEANIT | PGO_FREE) == 0);
	WANT(T_READ(vp, mem, PAGE_SIZE, 0) == 0);
	WANT(isbyte(mem, 0x21, PAGE_SIZE));
	/* One that cannot be written does not hold up reclamation. */
	WANT(t_write(vp, mem, PAGE_SIZE, 0) == 0);
	tnode.t_map[0] = TST_SECTORS + 1000;
	WANT(vinvalbuf(vp, V_SAVE, NOCRED, curlwp, false, 0) > 0);
	WANT(vinvalbuf(vp, 0, NOCRED, curlwp, false, 0) == 0);
	WANT(vp->v_uobj.uo_npages == 0 && vp->v_uobj.uo_ndirty == 0);
	kmem_free(mem, PAGE_SIZE);
	t_finish(vp);
	return 0;
}

int
rumptest_pages_anonymous(void)
{
	const off_t far = (off_t)1 << 45;
	struct uvm_object *uobj = uao_create((vsize_t)1 << 50, 0);
	struct vm_page *pg = NULL;
	unsigned before = uvmexp.anonpages;
	int n = 1;

	mutex_enter(uobj->vmobjlock);
	WANT((*uobj->pgops->pgo_get)(uobj, far, &pg, &n, 0, VM_PROT_WRITE, 0,
	    PGO_SYNCIO) == 0);
	WANT(isbyte((void *)(uintptr_t)VM_PAGE_TO_PHYS(pg), 0, PAGE_SIZE));
	mutex_enter(uobj->vmobjlock);
	uvm_page_unbusy(&pg, 1);
	WANT(uvm_pagelookup(uobj, far) == pg);
	WANT(uvm_pagelookup(uobj, 0) == NULL);
	mutex_exit(uobj->vmobjlock);
	pg = NULL;
	mutex_enter(uobj->vmobjlock);
	WANT((*uobj->pgops->pgo_get)(uobj, 0, &pg, &n, 0, VM_PROT_WRITE, 0,
	    PGO_SYNCIO) == 0);
	memset((void *)(uintptr_t)VM_PAGE_TO_PHYS(pg), 1, PAGE_SIZE);
	mutex_enter(uobj->vmobjlock);
	uvm_page_unbusy(&pg, 1);
	WANT(uobj->uo_npages == 2 && uvmexp.anonpages == before + 2);
	WANT((*uobj->pgops->pgo_put)(uobj, PAGE_SIZE, 0, PGO_FREE) == 0);
	WANT(uobj->uo_npages == 1);
	uao_reference(uobj);
	uao_detach(uobj);
	WANT(uobj->uo_npages == 1);
	uao_detach(uobj);
	WANT(uvmexp.anonpages == before);
	return 0;
}

int
rumptest_pages_directio(void)
{
	uint8_t *mem = kmem_alloc(40000, KM_SLEEP);
	struct iovec iov[3];
	struct vnode *vp;
	struct uio uio;

	WANT(t_setup(&vp, 64) == 0);
	memset(mem, 0x5a, 1000);
	WANT(t_write(vp, mem, 1000, 3000) == 0);
	iov[0].iov_base = mem;
	iov[0].iov_len = 20000;
	iov[1].iov_base = NULL;
	iov[1].iov_len = 0;
	iov[2].iov_base = mem + 20000;
	iov[2].iov_len = 20000;
	uio.uio_iov = iov;
	uio.uio_iovcnt = 3;
	uio.uio_offset = 0;
	uio.uio_resid = 40000;
	uio.uio_rw = UIO_READ;
	UIO_SETUP_SYSSPACE(&uio);
	/* Dirty pages go out first; what cannot be direct is left over. */
	genfs_directio(vp, &uio, 0);
	WANT(vp->v_uobj.uo_ndirty == 0);
	WANT(uio.uio_resid < 40000);
	WANT(ubc_uiomove(&vp->v_uobj, &uio, uio.uio_resid, UVM_ADV_NORMAL,
	    UBC_READ) == 0);
	WANT(uio.uio_resid == 0 && uio.uio_offset == 40000);
	WANT(isbyte(mem + 3000, 0x5a, 1000));
	WANT(tst_issector(mem + 19968, BASE + 39));
	WANT(tst_issector(mem + 39424, BASE + 77));
	kmem_free(mem, 40000);
	t_finish(vp);
	return 0;
}

/*
 * A file without blocks: pages through VOP_READ and VOP_WRITE.
 */

#define	CSIZE	10000

static uint8_t cfile[CSIZE];
static int cerror;

static int
c_read(void *v)
{
	struct vop_read_args *ap = v;
	struct uio *uio = ap->a_uio;

	if (cerror != 0)
		return cerror;
	if (uio->uio_offset >= CSIZE)
		return 0;
	return uiomove(cfile + uio->uio_offset,
	    MIN(uio->uio_resid, (size_t)(CSIZE - uio->uio_offset)), uio);
}

static int
c_write(void *v)
{
	struct vop_write_args *ap = v;
	struct uio *uio = ap->a_uio;

	if (cerror != 0)
		return cerror;
	if (uio->uio_offset + uio->uio_resid > CSIZE)
		return EFBIG;
	return uiomove(cfile + uio->uio_offset, uio->uio_resid, uio);
}

static int (**c_vnodeop_p)(void *);
static const struct vnodeopv_entry_desc c_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_read_desc, c_read },
	{ &vop_write_desc, c_write },
	{ &vop_fsync_desc, t_fsync },
	{ &vop_inactive_desc, t_inactive },
	{ &vop_reclaim_desc, t_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_getpages_desc, genfs_compat_getpages },
	{ &vop_putpages_desc, genfs_putpages },
	{ NULL, NULL }
};
static const struct vnodeopv_desc c_opv_desc = { &c_vnodeop_p, c_entries };
static const struct vnodeopv_desc *const c_descs[] = { &c_opv_desc, NULL };

static const struct genfs_ops c_genfsops = {
	.gop_size = genfs_size,
	.gop_write = genfs_compat_gop_write,
};

int
rumptest_pages_compat(void)
{
	static uint8_t all[CSIZE];
	uint8_t mem[100];
	struct vnode *vp;
	int i;

	for (i = 0; i < CSIZE; i++)
		cfile[i] = (uint8_t)(i >> 3);
	vfs_opv_init(c_descs);
	WANT(t_setup(&vp, 0) == 0);
	vp->v_op = c_vnodeop_p;
	VTOT(vp)->t_gnode.g_op = &c_genfsops;
	uvm_vnp_setsize(vp, CSIZE);
	WANT(T_READ(vp, all, CSIZE, 0) == 0);
	WANT(memcmp(all, cfile, CSIZE) == 0);
	WANT(T_READ(vp, mem, 100, 4090) == 0);
	for (i = 0; i < 100; i++)
		WANT(mem[i] == (uint8_t)((4090 + i) >> 3));
	memset(mem, 0xfe, 100);
	WANT(t_rw(vp, mem, 100, CSIZE - 50, UIO_WRITE, 0) == 0);
	WANT(cfile[CSIZE - 1] != 0xfe);
	cerror = EIO;
	WANT(t_sync(vp, PGO_CLEANIT) == EIO);
	WANT(vp->v_uobj.uo_ndirty == 1);
	cerror = 0;
	WANT(t_sync(vp, PGO_CLEANIT | PGO_FREE) == 0);
	WANT(isbyte(cfile + CSIZE - 50, 0xfe, 50));
	WANT(cfile[CSIZE - 51] != 0xfe);
	cerror = EIO;
	WANT(T_READ(vp, mem, 100, 0) == EIO);
	WANT(vp->v_uobj.uo_npages == 0);
	cerror = 0;
	WANT(T_READ(vp, mem, 100, 0) == 0);
	t_finish(vp);
	return 0;
}
