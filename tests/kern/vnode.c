/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel half of the vnode tests: a file system of nothing but numbered
 * nodes drives the vnode cache, iterators, flushing, the name cache, hooks,
 * directory hashes and the checks of genfs.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/dirhash.h>
#include <sys/fstrans.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <uvm/uvm_extern.h>

int	rumptest_vcache(void);
int	rumptest_vflush(void);
int	rumptest_rekey(void);
int	rumptest_namecache(void);
int	rumptest_genfs(void);
int	rumptest_pathbuf(void);
int	rumptest_dirhash(void);
int	rumptest_fstrans(void);
int	rumptest_opv(void);
int	rumptest_layer(void);

#define CHECK(expr) do {						\
	if (!(expr))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

/* A node: its number is the key. */
struct node {
	uint64_t	n_number;
	bool		n_unlinked;
};

static int (**numfs_vnodeop_p)(void *);
static unsigned loads, inactives, reclaims;

VFS_PROTOS(numfs);

static int
numfs_inactive(void *v)
{
	struct vop_inactive_args *ap = v;
	struct node *n = ap->a_vp->v_data;

	inactives++;
	*ap->a_recycle = n->n_unlinked;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
numfs_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;
	struct node *n = ap->a_vp->v_data;

	reclaims++;
	vcache_remove(ap->a_vp->v_mount, &n->n_number, sizeof(n->n_number));
	ap->a_vp->v_data = NULL;
	kmem_free(n, sizeof(*n));
	return 0;
}

static const struct vnodeopv_entry_desc numfs_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_inactive_desc, numfs_inactive },
	{ &vop_reclaim_desc, numfs_reclaim },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};
static const struct vnodeopv_desc numfs_opv_desc = {
	&numfs_vnodeop_p, numfs_entries
};
static const struct vnodeopv_desc * const numfs_opv_descs[] = {
	&numfs_opv_desc, NULL
};

/* Numbers from 1000 do not exist. */
int
numfs_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t keylen, const void **newkey)
{
	struct node *n;
	uint64_t number;

	memcpy(&number, key, sizeof(number));
	if (number >= 1000)
		return ENOENT;
	n = kmem_zalloc(sizeof(*n), KM_SLEEP);
	n->n_number = number;
	vp->v_tag = VT_NON;
	vp->v_type = VREG;
	vp->v_op = numfs_vnodeop_p;
	vp->v_data = n;
	loads++;
	*newkey = &n->n_number;
	return 0;
}

int
numfs_newvnode(struct mount *mp, struct vnode *dvp, struct vnode *vp,
    struct vattr *vap, kauth_cred_t cred, size_t *keylen, const void **key)
{
	struct node *n;

	if (vap->va_size == 99)
		return ENOSPC;
	n = kmem_zalloc(sizeof(*n), KM_SLEEP);
	n->n_number = 2000 + vap->va_size;
	vp->v_type = VREG;
	vp->v_op = numfs_vnodeop_p;
	vp->v_data = n;
	*keylen = sizeof(n->n_number);
	*key = &n->n_number;
	return 0;
}

static struct vfsops numfs_vfsops = {
	.vfs_name = "numfs",
	.vfs_loadvnode = numfs_loadvnode,
	.vfs_newvnode = numfs_newvnode,
	.vfs_statvfs = genfs_statvfs,
	.vfs_opv_descs = numfs_opv_descs,
};

static struct mount *
numfs_begin(void)
{
	struct mount *mp;

	if (vfs_attach(&numfs_vfsops) != 0)
		return NULL;
	if (vfs_rootmountalloc("numfs", "nothing", &mp) != 0)
		return NULL;
	mp->mnt_iflag |= IMNT_MPSAFE;
	vfs_getnewfsid(mp);
	loads = inactives = reclaims = 0;
	return mp;
}

static int
numfs_end(struct mount *mp)
{

	CHECK(vflush(mp, NULL, 0) == 0);
	vfs_unbusy(mp, true, NULL);
	vfs_destroy(mp);
	vfs_destroy(mp);
	CHECK(vfs_detach(&numfs_vfsops) == 0);
	return 0;
}

static int
get(struct mount *mp, uint64_t number, struct vnode **vpp)
{

	return vcache_get(mp, &number, sizeof(number), vpp);
}

/* Identity, errors, unlinked files, the bound on vnodes. */
int
rumptest_vcache(void)
{
	struct mount *mp = numfs_begin();
	struct vnode *vp, *vq;
	struct vattr va;
	uint64_t i;
	const int desired = desiredvnodes;

	CHECK(mp != NULL);
	CHECK(vfs_attach(&numfs_vfsops) == EEXIST);
	CHECK(vfs_detach(&numfs_vfsops) == EBUSY);
	CHECK(get(mp, 7, &vp) == 0 && loads == 1);
	CHECK(vp->v_usecount == 1 && VOP_ISLOCKED(vp) == 0);
	CHECK(get(mp, 7, &vq) == 0 && vq == vp && loads == 1);
	CHECK(vp->v_usecount == 2);
	vrele(vq);
	CHECK(inactives == 0);
	vrele(vp);
	CHECK(inactives == 1 && reclaims == 0);
	CHECK(get(mp, 7, &vq) == 0 && vq == vp && loads == 1);
	CHECK(vn_lock(vq, LK_EXCLUSIVE) == 0);
	CHECK(VOP_ISLOCKED(vq) == LK_EXCLUSIVE);
	CHECK(VOP_LOCK(vq, LK_EXCLUSIVE | LK_NOWAIT) == EBUSY);
	vput(vq);
	CHECK(get(mp, 1001, &vp) == ENOENT && vp == NULL);

	/* The last reference to an unlinked file reclaims it. */
	CHECK(get(mp, 7, &vp) == 0);
	((struct node *)vp->v_data)->n_unlinked = true;
	vrele(vp);
	CHECK(reclaims == 1);
	CHECK(get(mp, 7, &vp) == 0 && loads == 2);
	CHECK(!vrecycle(vp) == false);
	CHECK(reclaims == 2);

	/* New ones. */
	vattr_null(&va);
	va.va_size = 1;
	CHECK(vcache_new(mp, NULL, &va, kauth_cred_get(), &vp) == 0);
	i = 2001;
	CHECK(vcache_get(mp, &i, sizeof(i), &vq) == 0 && vq == vp);
	vrele(vq);
	vrele(vp);
	va.va_size = 99;
	CHECK(vcache_new(mp, NULL, &va, kauth_cred_get(), &vp) == ENOSPC);

	/* Not many more than are wanted, once they are released. */
	desiredvnodes = numvnodes + 10;
	for (i = 0; i < 500; i++) {
		CHECK(get(mp, i, &vp) == 0);
		vrele(vp);
		CHECK(numvnodes <= (unsigned)desiredvnodes + 1);
	}
	desiredvnodes = desired;
	return numfs_end(mp);
}

static bool
odd(void *cl, struct vnode *vp)
{
	struct node *n = vp->v_data;

	return (n->n_number & 1) != 0;
}

/* Iteration, flushing, and what remains of a vnode that died in use. */
int
rumptest_vflush(void)
{
	struct mount *mp = numfs_begin();
	struct vnode_iterator *vi;
	struct vnode *vp, *held;
	uint64_t i;
	int n;

	CHECK(mp != NULL);
	for (i = 0; i < 10; i++) {
		CHECK(get(mp, i, &vp) == 0);
		vrele(vp);
	}
	vfs_vnode_iterator_init(mp, &vi);
	for (n = 0; (vp = vfs_vnode_iterator_next(vi, odd, NULL)) != NULL;
	    n++) {
		CHECK(((struct node *)vp->v_data)->n_number & 1);
		vrele(vp);
	}
	vfs_vnode_iterator_destroy(vi);
	CHECK(n == 5);
	CHECK(get(mp, 3, &held) == 0);
	CHECK(vflush(mp, NULL, 0) == EBUSY);
	CHECK(reclaims == 9);
	CHECK(vflush(mp, held, 0) == 0);
	CHECK(held->v_data != NULL);
	CHECK(vflush(mp, NULL, FORCECLOSE) == 0);
	CHECK(reclaims == 10);
	/* Dead: it can be locked by force, and released. */
	CHECK(held->v_data == NULL && held->v_type == VBAD);
	CHECK(vn_lock(held, LK_EXCLUSIVE) == ENOENT);
	CHECK(vn_lock(held, LK_EXCLUSIVE | LK_RETRY) == 0);
	VOP_UNLOCK(held);
	mutex_enter(held->v_interlock);
	CHECK(vdead_check(held, VDEAD_NOWAIT) == ENOENT);
	mutex_exit(held->v_interlock);
	CHECK(get(mp, 3, &vp) == 0 && vp != held);
	vrele(vp);
	vrele(held);
	/* vgone() with others still referring. */
	CHECK(get(mp, 4, &vp) == 0);
	vref(vp);
	vgone(vp);
	CHECK(vp->v_data == NULL);
	vrele(vp);
	return numfs_end(mp);
}

int
rumptest_rekey(void)
{
	struct mount *mp = numfs_begin();
	struct vnode *vp, *vq;
	uint64_t old = 5, new = 6, taken = 8;
	struct node *n;

	CHECK(mp != NULL);
	CHECK(get(mp, 5, &vp) == 0 && get(mp, 8, &vq) == 0);
	CHECK(vcache_rekey_enter(mp, vp, &old, sizeof(old), &taken,
	    sizeof(taken)) == EEXIST);
	CHECK(vcache_rekey_enter(mp, vp, &old, sizeof(old), &new,
	    sizeof(new)) == 0);
	n = vp->v_data;
	n->n_number = new;
	vcache_rekey_exit(mp, vp, &old, sizeof(old), &n->n_number,
	    sizeof(n->n_number));
	vrele(vq);
	CHECK(get(mp, 6, &vq) == 0 && vq == vp);
	vrele(vq);
	CHECK(get(mp, 5, &vq) == 0 && vq != vp);
	vrele(vq);
	vrele(vp);
	return numfs_end(mp);
}

int
rumptest_namecache(void)
{
	struct mount *mp = numfs_begin();
	struct vnode *dvp, *vp, *got;
	char buf[64], *bp, name[300];
	int iswht, i;

	CHECK(mp != NULL);
	CHECK(get(mp, 1, &dvp) == 0 && get(mp, 2, &vp) == 0);
	CHECK(!cache_lookup(dvp, "n", 1, LOOKUP, MAKEENTRY, &iswht, &got));
	cache_enter(dvp, vp, "n", 1, MAKEENTRY);
	CHECK(cache_lookup(dvp, "n", 1, LOOKUP, MAKEENTRY, &iswht, &got));
	CHECK(got == vp && vp->v_usecount == 2);
	vrele(got);
	/* Not entered without MAKEENTRY; looking without it forgets. */
	cache_enter(dvp, vp, "m", 1, 0);
	CHECK(!cache_lookup_raw(dvp, "m", 1, 0, &iswht, &got));
	bp = buf + sizeof(buf);
	CHECK(cache_revlookup(vp, &got, &bp, buf) == 0 && got == dvp);
	CHECK(bp == buf + sizeof(buf) - 1 && *bp == 'n');
	vrele(got);
	CHECK(!cache_lookup(dvp, "n", 1, DELETE, ISLASTCN, &iswht, &got));
	CHECK(!cache_lookup_raw(dvp, "n", 1, 0, &iswht, &got));
	CHECK(cache_revlookup(vp, &got, &bp, buf) == -1);
	/* A name that is known not to exist; creation must look itself. */
	cache_enter(dvp, NULL, "none", 4, MAKEENTRY);
	CHECK(cache_lookup(dvp, "none", 4, LOOKUP, MAKEENTRY, &iswht, &got));
	CHECK(got == NULL && !iswht);
	CHECK(!cache_lookup(dvp, "none", 4, CREATE, MAKEENTRY | ISLASTCN,
	    &iswht, &got));
	cache_enter(dvp, NULL, "white", 5, MAKEENTRY | ISWHITEOUT);
	CHECK(cache_lookup(dvp, "white", 5, LOOKUP, MAKEENTRY, &iswht,
	    &got));
	CHECK(got == NULL && iswht);
	/* Long names, too many of them, and purging. */
	memset(name, 'x', sizeof(name));
	cache_enter(dvp, vp, name, 255, MAKEENTRY);
	CHECK(cache_lookup_raw(dvp, name, 255, 0, &iswht, &got));
	vrele(got);
	cache_enter(dvp, vp, name, 256, MAKEENTRY);
	CHECK(!cache_lookup_raw(dvp, name, 256, 0, &iswht, &got));
	for (i = 0; i < 5000; i++) {
		snprintf(buf, sizeof(buf), "name-%d", i);
		cache_enter(dvp, vp, buf, strlen(buf), MAKEENTRY);
	}
	CHECK(cache_lookup_raw(dvp, "name-4999", 9, 0, &iswht, &got));
	vrele(got);
	CHECK(!cache_lookup_raw(dvp, "name-0", 6, 0, &iswht, &got));
	cache_purge1(dvp, "name-4999", 9, 0);
	CHECK(!cache_lookup_raw(dvp, "name-4999", 9, 0, &iswht, &got));
	cache_purge(vp);
	CHECK(!cache_lookup_raw(dvp, "name-4998", 9, 0, &iswht, &got));
	cache_enter(dvp, vp, "n", 1, MAKEENTRY);
	cache_purgevfs(mp);
	CHECK(!cache_lookup_raw(dvp, "n", 1, 0, &iswht, &got));
	/* A vnode takes its names with it. */
	cache_enter(dvp, vp, "n", 1, MAKEENTRY);
	vgone(vp);
	CHECK(!cache_lookup_raw(dvp, "n", 1, 0, &iswht, &got));
	vrele(dvp);
	return numfs_end(mp);
}

int
rumptest_genfs(void)
{
	kauth_cred_t cred = kauth_cred_alloc();

	kauth_cred_seteuid(cred, 10);
	kauth_cred_setegid(cred, 20);
	CHECK(genfs_can_access(VREG, 0400, 10, 0, VREAD, cred) == 0);
	CHECK(genfs_can_access(VREG, 0400, 10, 0, VWRITE, cred) == EACCES);
	CHECK(genfs_can_access(VREG, 0477, 10, 0, VWRITE, cred) == EACCES);
	CHECK(genfs_can_access(VREG, 0040, 0, 20, VREAD, cred) == 0);
	CHECK(genfs_can_access(VREG, 0707, 0, 20, VREAD, cred) == EACCES);
	CHECK(genfs_can_access(VREG, 0004, 0, 0, VREAD, cred) == 0);
	CHECK(genfs_can_access(VREG, 0004, 0, 0, VREAD | VEXEC, cred) ==
	    EACCES);
	CHECK(genfs_can_chmod(VREG, cred, 10, 20, 0600) == 0);
	CHECK(genfs_can_chmod(VREG, cred, 11, 20, 0600) == EPERM);
	CHECK(genfs_can_chmod(VREG, cred, 10, 20, S_ISTXT) == EFTYPE);
	CHECK(genfs_can_chmod(VDIR, cred, 10, 20, S_ISTXT) == 0);
	CHECK(genfs_can_chmod(VREG, cred, 10, 30, S_ISGID) == EPERM);
	CHECK(genfs_can_chown(cred, 10, 20, 10, 20) == 0);
	CHECK(genfs_can_chown(cred, 10, 20, 11, 20) == EPERM);
	CHECK(genfs_can_chown(cred, 10, 20, 10, 21) == EPERM);
	CHECK(genfs_can_sticky(cred, 10, 1) == 0);
	CHECK(genfs_can_sticky(cred, 1, 10) == 0);
	CHECK(genfs_can_sticky(cred, 1, 2) == EPERM);
	CHECK(genfs_can_chflags(cred, VREG, 10, false) == 0);
	CHECK(genfs_can_chflags(cred, VREG, 10, true) == EPERM);
	CHECK(genfs_ufslike_remove_check_possible(0, 0, 1, 2) == 0);
	CHECK(genfs_ufslike_remove_check_possible(1, 0, 1, 2) == EPERM);
	CHECK(genfs_ufslike_remove_check_possible(0, 2, 1, 2) == EPERM);
	CHECK(IFTOVT(S_IFDIR) == VDIR && VTTOIF(VLNK) == S_IFLNK);
	CHECK(vtype2dt(VREG) == DT_REG && vtype2dt(VFIFO) == DT_FIFO);
	kauth_cred_free(cred);
	return 0;
}

int
rumptest_pathbuf(void)
{
	struct pathbuf *pb;
	struct nameidata nd;
	struct vnode *vp;
	const char *copy;
	char *buf;

	pb = pathbuf_create("/dev/../dev");
	copy = pathbuf_stringcopy_get(pb);
	CHECK(strcmp(copy, "/dev/../dev") == 0);
	NDINIT(&nd, LOOKUP, FOLLOW | LOCKLEAF, pb);
	CHECK(namei(&nd) == 0);
	CHECK(nd.ni_vp->v_type == VDIR && nd.ni_dvp == NULL);
	CHECK(VOP_ISLOCKED(nd.ni_vp) == LK_EXCLUSIVE);
	vput(nd.ni_vp);
	pathbuf_stringcopy_put(pb, copy);
	pathbuf_destroy(pb);

	buf = PNBUF_GET();
	strlcpy(buf, "/dev/brandnew", MAXPATHLEN);
	pb = pathbuf_assimilate(buf);
	NDINIT(&nd, CREATE, LOCKPARENT, pb);
	CHECK(namei(&nd) == 0);
	CHECK(nd.ni_vp == NULL && nd.ni_dvp != NULL);
	CHECK(nd.ni_cnd.cn_namelen == 8);
	CHECK(memcmp(nd.ni_cnd.cn_nameptr, "brandnew", 8) == 0);
	CHECK((nd.ni_cnd.cn_flags & ISLASTCN) != 0);
	CHECK(relookup(nd.ni_dvp, &vp, &nd.ni_cnd, 0) == 0 && vp == NULL);
	VOP_ABORTOP(nd.ni_dvp, &nd.ni_cnd);
	vput(nd.ni_dvp);
	pathbuf_destroy(pb);

	CHECK(namei_simple_kernel("/dev", NSM_FOLLOW_NOEMULROOT, &vp) == 0);
	CHECK(vn_isunder(vp, rootvnode, curlwp));
	CHECK(!vn_isunder(rootvnode, vp, curlwp));
	vrele(vp);
	CHECK(namei_simple_kernel("/nodev", NSM_FOLLOW_NOEMULROOT, &vp) ==
	    ENOENT && vp == NULL);
	return 0;
}

static void
dirent_fill(struct dirent *d, const char *name)
{

	memset(d, 0, sizeof(*d));
	d->d_namlen = strlen(name);
	strlcpy(d->d_name, name, sizeof(d->d_name));
}

int
rumptest_dirhash(void)
{
	struct dirhash *dirh = NULL;
	struct dirhash_entry *e;
	struct dirent *d;
	char name[32];
	int i;

	d = kmem_zalloc(sizeof(*d), KM_SLEEP);
	dirhash_get(&dirh);
	CHECK(dirh != NULL && dirh->refcnt == 1);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		dirent_fill(d, name);
		dirhash_enter(dirh, d, i * 32, 32, 0);
	}
	dirh->flags |= DIRH_COMPLETE;
	e = NULL;
	CHECK(dirhash_lookup(dirh, "file77", 6, &e) && e->offset == 77 * 32);
	CHECK(!dirhash_lookup(dirh, "file77", 6, &e));
	CHECK(!dirhash_dir_isempty(dirh));
	dirent_fill(d, "file77");
	dirhash_remove(dirh, d, 77 * 32, 32);
	e = NULL;
	CHECK(!dirhash_lookup(dirh, "file77", 6, &e));
	e = NULL;
	CHECK(dirhash_lookup_freed(dirh, 32, &e) && e->offset == 77 * 32);
	e = NULL;
	CHECK(!dirhash_lookup_freed(dirh, 33, &e));
	dirhash_enter(dirh, d, 77 * 32, 32, 1);
	e = NULL;
	CHECK(!dirhash_lookup_freed(dirh, 1, &e));
	dirhash_purge_entries(dirh);
	CHECK((dirh->flags & DIRH_COMPLETE) == 0);
	CHECK(dirhash_dir_isempty(dirh));
	dirhash_put(dirh);
	dirhash_purge(&dirh);
	CHECK(dirh == NULL);
	kmem_free(d, sizeof(*d));
	return 0;
}

static int cow_calls;

static int
cow_handler(void *arg, struct buf *bp, bool data_valid)
{

	cow_calls++;
	return 0;
}

int
rumptest_fstrans(void)
{
	struct mount *mp = numfs_begin();

	CHECK(mp != NULL);
	/* Without transactions everything is granted. */
	fstrans_start(mp, FSTRANS_SHARED);
	fstrans_done(mp);
	CHECK(fscow_establish(mp, cow_handler, NULL) == EINVAL);
	CHECK(vfs_suspend(mp, 0) == EOPNOTSUPP);
	CHECK(fstrans_mount(mp) == 0);
	CHECK(fstrans_getstate(mp) == FSTRANS_NORMAL);
	fstrans_start(mp, FSTRANS_SHARED);
	fstrans_start(mp, FSTRANS_LAZY);
	fstrans_done(mp);
	CHECK(fstrans_setstate(mp, FSTRANS_SUSPENDED) == 0);
	CHECK(fstrans_is_owner(mp));
	CHECK(_fstrans_start(mp, FSTRANS_LAZY, 0) == 0);
	fstrans_done(mp);
	CHECK(fstrans_setstate(mp, FSTRANS_NORMAL) == 0);
	fstrans_done(mp);
	CHECK(fscow_establish(mp, cow_handler, mp) == 0);
	CHECK(fscow_disestablish(mp, cow_handler, NULL) == EINVAL);
	CHECK(fscow_disestablish(mp, cow_handler, mp) == 0);
	fstrans_unmount(mp);
	return numfs_end(mp);
}

/* Defaults of operations, and what releases what it is given. */
int
rumptest_opv(void)
{
	struct mount *mp = numfs_begin();
	struct componentname cn;
	struct vattr va;
	struct vnode *vp, *dvp, *out;

	CHECK(mp != NULL);
	CHECK(get(mp, 1, &dvp) == 0 && get(mp, 2, &vp) == 0);
	memset(&cn, 0, sizeof(cn));
	vn_lock(vp, LK_SHARED | LK_RETRY);
	CHECK(VOP_GETATTR(vp, &va, kauth_cred_get()) == EOPNOTSUPP);
	VOP_UNLOCK(vp);
	vn_lock(dvp, LK_EXCLUSIVE | LK_RETRY);
	CHECK(VOP_MKDIR(dvp, &out, &cn, &va) == EOPNOTSUPP);
	CHECK(VOP_ISLOCKED(dvp) == LK_EXCLUSIVE);
	VOP_UNLOCK(dvp);
	CHECK(vop_remove_desc.vdesc_vp_offsets[0] != VDESC_NO_OFFSET);
	CHECK(vop_remove_desc.vdesc_vp_offsets[2] == VDESC_NO_OFFSET);
	CHECK(vop_remove_desc.vdesc_flags ==
	    (VDESC_VP0_WILLPUT | VDESC_VP1_WILLPUT));
	CHECK(vop_lookup_desc.vdesc_vpp_offset ==
	    (int)offsetof(struct vop_lookup_v2_args, a_vpp));
	CHECK(vop_access_desc.vdesc_cred_offset ==
	    (int)offsetof(struct vop_access_args, a_cred));
	CHECK(vop_create_desc.vdesc_componentname_offset ==
	    (int)offsetof(struct vop_create_v3_args, a_cnp));
	CHECK(vfs_op_descs[VOP_WRITE_DESCOFFSET] == &vop_write_desc);
	/* genfs_eopnotsupp unlocks and releases as the operation would. */
	numfs_vnodeop_p[VOP_REMOVE_DESCOFFSET] = genfs_eopnotsupp;
	vref(dvp);
	vref(vp);
	vn_lock(dvp, LK_EXCLUSIVE | LK_RETRY);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	CHECK(VOP_REMOVE(dvp, vp, &cn) == EOPNOTSUPP);
	CHECK(VOP_ISLOCKED(dvp) == 0 && VOP_ISLOCKED(vp) == 0);
	CHECK(dvp->v_usecount == 1 && vp->v_usecount == 1);
	vrele(dvp);
	vrele(vp);
	return numfs_end(mp);
}

/*
 * A layer: its nodes stand for those of another file system, whose interlock
 * and lock they share; the key is the lower vnode.
 */
struct upper {
	struct vnode	*u_lower;
};

static int (**upfs_vnodeop_p)(void *);
static unsigned upreclaims;

#define LOWER(vp)	(((struct upper *)(vp)->v_data)->u_lower)

static int
upfs_lock(void *v)
{
	struct vop_lock_args *ap = v;
	struct vnode *vp = ap->a_vp, *lower = LOWER(vp);
	int error;

	error = VOP_LOCK(lower, ap->a_flags);
	if (error != 0)
		return error;
	mutex_enter(vp->v_interlock);
	error = vdead_check(vp, VDEAD_NOWAIT);
	if (error != 0) {
		VOP_UNLOCK(lower);
		error = vdead_check(vp, 0);
		KASSERT(error == ENOENT);
	}
	mutex_exit(vp->v_interlock);
	return error;
}

static int
upfs_unlock(void *v)
{
	struct vop_unlock_args *ap = v;

	return VOP_UNLOCK(LOWER(ap->a_vp));
}

static int
upfs_islocked(void *v)
{
	struct vop_islocked_args *ap = v;

	return VOP_ISLOCKED(LOWER(ap->a_vp));
}

static int
upfs_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = false;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
upfs_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;
	struct upper *u = ap->a_vp->v_data;
	struct vnode *lower = u->u_lower;

	upreclaims++;
	u->u_lower = NULL;
	vcache_remove(ap->a_vp->v_mount, &lower, sizeof(lower));
	ap->a_vp->v_data = NULL;
	kmem_free(u, sizeof(*u));
	vrele(lower);
	return 0;
}

static const struct vnodeopv_entry_desc upfs_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lock_desc, upfs_lock },
	{ &vop_unlock_desc, upfs_unlock },
	{ &vop_islocked_desc, upfs_islocked },
	{ &vop_inactive_desc, upfs_inactive },
	{ &vop_reclaim_desc, upfs_reclaim },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};
static const struct vnodeopv_desc upfs_opv_desc = {
	&upfs_vnodeop_p, upfs_entries
};
static const struct vnodeopv_desc * const upfs_opv_descs[] = {
	&upfs_opv_desc, NULL
};

static int
upfs_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t keylen, const void **newkey)
{
	struct upper *u;
	struct vnode *lower;

	memcpy(&lower, key, sizeof(lower));
	vref(lower);
	mutex_obj_hold(lower->v_interlock);
	uvm_obj_setlock(&vp->v_uobj, lower->v_interlock);
	u = kmem_zalloc(sizeof(*u), KM_SLEEP);
	u->u_lower = lower;
	vp->v_type = lower->v_type;
	vp->v_op = upfs_vnodeop_p;
	vp->v_data = u;
	*newkey = &u->u_lower;
	return 0;
}

static struct vfsops upfs_vfsops = {
	.vfs_name = "upfs",
	.vfs_loadvnode = upfs_loadvnode,
	.vfs_statvfs = genfs_statvfs,
	.vfs_opv_descs = upfs_opv_descs,
};

int
rumptest_layer(void)
{
	struct mount *lowmp = numfs_begin(), *upmp;
	struct vnode *lower, *up, *again;

	CHECK(lowmp != NULL && vfs_attach(&upfs_vfsops) == 0);
	CHECK(vfs_rootmountalloc("upfs", "nothing", &upmp) == 0);
	CHECK(get(lowmp, 5, &lower) == 0);
	CHECK(vcache_get(upmp, &lower, sizeof(lower), &up) == 0);
	CHECK(lower->v_usecount == 2);
	CHECK(up->v_interlock == lower->v_interlock);
	CHECK(vcache_get(upmp, &lower, sizeof(lower), &again) == 0);
	CHECK(again == up && up->v_usecount == 2);
	vrele(again);
	CHECK(vn_lock(up, LK_EXCLUSIVE) == 0);
	CHECK(VOP_ISLOCKED(lower) == LK_EXCLUSIVE);
	vput(up);
	CHECK(upreclaims == 0 && lower->v_usecount == 2);
	/* Gone under a user, and found anew. */
	CHECK(vcache_get(upmp, &lower, sizeof(lower), &up) == 0);
	vref(up);
	vgone(up);
	CHECK(upreclaims == 1 && lower->v_usecount == 1);
	CHECK(vn_lock(up, LK_EXCLUSIVE) == ENOENT);
	CHECK(vn_lock(up, LK_SHARED | LK_RETRY) == 0);
	VOP_UNLOCK(up);
	CHECK(vcache_get(upmp, &lower, sizeof(lower), &again) == 0);
	CHECK(again != up);
	vrele(up);
	vrele(again);
	vrele(lower);
	/* The layer keeps the lower file system busy. */
	CHECK(vflush(lowmp, NULL, 0) == EBUSY);
	CHECK(vflush(upmp, NULL, 0) == 0);
	CHECK(upreclaims == 2);
	vfs_unbusy(upmp, true, NULL);
	vfs_destroy(upmp);
	vfs_destroy(upmp);
	CHECK(vfs_detach(&upfs_vfsops) == 0);
	return numfs_end(lowmp);
}
