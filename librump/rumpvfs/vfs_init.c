/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File system types: attaching and detaching them, their operations
 * vectors, and the calls through struct vfsops.
 *
 * Locking: vfs_list_lock protects the list of types and their reference
 * counts.  Calls of file systems that are not MP safe take KERNEL_LOCK.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/lock.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/vnode.h>

#include <rump-priv/vnode.h>

struct vfs_list_head vfs_list = LIST_HEAD_INITIALIZER(vfs_list);
kmutex_t vfs_list_lock;

static LIST_HEAD(, vfs_hooks) vfs_hooks_head =
    LIST_HEAD_INITIALIZER(vfs_hooks_head);
static kmutex_t vfs_hooks_lock;

void
rump_vfstypes_init(void)
{

	mutex_init(&vfs_list_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&vfs_hooks_lock, MUTEX_DEFAULT, IPL_NONE);
}

/*
 * Operations vectors.
 */

static void
opv_init_one(const struct vnodeopv_desc *desc)
{
	const struct vnodeopv_entry_desc *e;
	int (**vec)(void *);
	int (*deflt)(void *) = NULL;
	int i;

	vec = kmem_zalloc(VNODE_OPS_COUNT * sizeof(*vec), KM_SLEEP);
	for (e = desc->opv_desc_ops; e->opve_op != NULL; e++) {
		KASSERT(e->opve_op->vdesc_offset >= 0 &&
		    e->opve_op->vdesc_offset < VNODE_OPS_COUNT);
		if (e->opve_op == &vop_default_desc)
			deflt = e->opve_impl;
		else
			vec[e->opve_op->vdesc_offset] = e->opve_impl;
	}
	if (deflt == NULL)
		panic("vfs_opv_init: operations without default");
	for (i = 0; i < VNODE_OPS_COUNT; i++)
		if (vec[i] == NULL)
			vec[i] = deflt;
	*desc->opv_desc_vector_p = vec;
}

void
vfs_opv_init(const struct vnodeopv_desc * const *descs)
{

	for (; *descs != NULL; descs++)
		opv_init_one(*descs);
}

void
vfs_opv_free(const struct vnodeopv_desc * const *descs)
{

	for (; *descs != NULL; descs++) {
		int (***vecp)(void *) = (*descs)->opv_desc_vector_p;

		kmem_free(*vecp, VNODE_OPS_COUNT * sizeof(**vecp));
		*vecp = NULL;
	}
}

/*
 * Types.
 */

static struct vfsops *
vfs_find(const char *name)
{
	struct vfsops *v;

	LIST_FOREACH(v, &vfs_list, vfs_list)
		if (strcmp(v->vfs_name, name) == 0)
			break;
	return v;
}

int
vfs_attach(struct vfsops *vfs)
{

	mutex_enter(&vfs_list_lock);
	if (vfs_find(vfs->vfs_name) != NULL) {
		mutex_exit(&vfs_list_lock);
		return EEXIST;
	}
	if (vfs->vfs_opv_descs != NULL)
		vfs_opv_init(vfs->vfs_opv_descs);
	vfs->vfs_refcount = 0;
	if (vfs->vfs_init != NULL)
		(*vfs->vfs_init)();
	LIST_INSERT_HEAD(&vfs_list, vfs, vfs_list);
	mutex_exit(&vfs_list_lock);
	return 0;
}

int
vfs_detach(struct vfsops *vfs)
{

	mutex_enter(&vfs_list_lock);
	if (vfs->vfs_refcount != 0) {
		mutex_exit(&vfs_list_lock);
		return EBUSY;
	}
	if (vfs_find(vfs->vfs_name) != vfs) {
		mutex_exit(&vfs_list_lock);
		return ESRCH;
	}
	LIST_REMOVE(vfs, vfs_list);
	mutex_exit(&vfs_list_lock);
	if (vfs->vfs_done != NULL)
		(*vfs->vfs_done)();
	if (vfs->vfs_opv_descs != NULL)
		vfs_opv_free(vfs->vfs_opv_descs);
	return 0;
}

struct vfsops *
vfs_getopsbyname(const char *name)
{
	struct vfsops *v;

	mutex_enter(&vfs_list_lock);
	v = vfs_find(name);
	if (v != NULL)
		v->vfs_refcount++;
	mutex_exit(&vfs_list_lock);
	return v;
}

void
vfs_delref(struct vfsops *vfs)
{

	mutex_enter(&vfs_list_lock);
	KASSERT(vfs->vfs_refcount > 0);
	vfs->vfs_refcount--;
	mutex_exit(&vfs_list_lock);
}

/* A number that tells file system types apart in file system ids. */
long
makefstype(const char *type)
{
	unsigned long n = 0;

	for (; *type != '\0'; type++)
		n = (n << 2) ^ (unsigned char)*type;
	return (long)(n & 0x7fffffff);
}

/*
 * Hooks.
 */

int
vfs_hooks_attach(struct vfs_hooks *hooks)
{

	mutex_enter(&vfs_hooks_lock);
	LIST_INSERT_HEAD(&vfs_hooks_head, hooks, vfs_hooks_list);
	mutex_exit(&vfs_hooks_lock);
	return 0;
}

int
vfs_hooks_detach(struct vfs_hooks *hooks)
{
	struct vfs_hooks *h;
	int error = ESRCH;

	mutex_enter(&vfs_hooks_lock);
	LIST_FOREACH(h, &vfs_hooks_head, vfs_hooks_list) {
		if (h == hooks) {
			LIST_REMOVE(h, vfs_hooks_list);
			error = 0;
			break;
		}
	}
	mutex_exit(&vfs_hooks_lock);
	return error;
}

void
vfs_hooks_unmount(struct mount *mp)
{
	struct vfs_hooks *h;

	mutex_enter(&vfs_hooks_lock);
	LIST_FOREACH(h, &vfs_hooks_head, vfs_hooks_list)
		if (h->vh_unmount != NULL)
			(*h->vh_unmount)(mp);
	mutex_exit(&vfs_hooks_lock);
}

/*
 * Calls.
 */

static __inline bool
vfs_enter(const struct mount *mp)
{

	if (rump_mount_iflag(mp) & IMNT_MPSAFE)
		return false;
	KERNEL_LOCK(1, curlwp);
	return true;
}

static __inline void
vfs_leave(bool locked)
{

	if (locked)
		KERNEL_UNLOCK_ONE(curlwp);
}

#define VFS_CALL(mp, call) do {						\
	const bool locked_ = vfs_enter(mp);				\
	const int error_ = call;					\
	vfs_leave(locked_);						\
	return error_;							\
} while (/*CONSTCOND*/0)

/* The flag of MP safety is set by the mount routine itself. */
int
VFS_MOUNT(struct mount *mp, const char *path, void *data, size_t *lenp)
{
	int error;

	KERNEL_LOCK(1, curlwp);
	error = (*mp->mnt_op->vfs_mount)(mp, path, data, lenp);
	KERNEL_UNLOCK_ONE(curlwp);
	return error;
}

int
VFS_START(struct mount *mp, int flags)
{

	VFS_CALL(mp, (*mp->mnt_op->vfs_start)(mp, flags));
}

int
VFS_UNMOUNT(struct mount *mp, int flags)
{

	VFS_CALL(mp, (*mp->mnt_op->vfs_unmount)(mp, flags));
}

int
VFS_ROOT(struct mount *mp, struct vnode **vpp)
{

	VFS_CALL(mp, (*mp->mnt_op->vfs_root)(mp, vpp));
}

int
VFS_QUOTACTL(struct mount *mp, struct quotactl_args *args)
{

	VFS_CALL(mp, (*mp->mnt_op->vfs_quotactl)(mp, args));
}

int
VFS_STATVFS(struct mount *mp, struct statvfs *sb)
{

	VFS_CALL(mp, (*mp->mnt_op->vfs_statvfs)(mp, sb));
}

int
VFS_SYNC(struct mount *mp, int waitfor, struct kauth_cred *cred)
{

	VFS_CALL(mp, (*mp->mnt_op->vfs_sync)(mp, waitfor, cred));
}

int
VFS_LOADVNODE(struct mount *mp, struct vnode *vp, const void *key,
    size_t keylen, const void **newkey)
{

	if (mp->mnt_op->vfs_loadvnode == NULL)
		return EOPNOTSUPP;
	VFS_CALL(mp, (*mp->mnt_op->vfs_loadvnode)(mp, vp, key, keylen,
	    newkey));
}

int
VFS_NEWVNODE(struct mount *mp, struct vnode *dvp, struct vnode *vp,
    struct vattr *vap, kauth_cred_t cred, size_t *keylen, const void **key)
{

	if (mp->mnt_op->vfs_newvnode == NULL)
		return EOPNOTSUPP;
	VFS_CALL(mp, (*mp->mnt_op->vfs_newvnode)(mp, dvp, vp, vap, cred,
	    keylen, key));
}

int
VFS_FHTOVP(struct mount *mp, struct fid *fid, struct vnode **vpp)
{

	if (mp->mnt_op->vfs_fhtovp == NULL)
		return EOPNOTSUPP;
	VFS_CALL(mp, (*mp->mnt_op->vfs_fhtovp)(mp, fid, vpp));
}

int
VFS_VPTOFH(struct vnode *vp, struct fid *fid, size_t *sizep)
{
	struct mount *mp = vp->v_mount;

	if (mp->mnt_op->vfs_vptofh == NULL)
		return EOPNOTSUPP;
	VFS_CALL(mp, (*mp->mnt_op->vfs_vptofh)(vp, fid, sizep));
}

int
VFS_SNAPSHOT(struct mount *mp, struct vnode *vp, struct timespec *ts)
{

	if (mp->mnt_op->vfs_snapshot == NULL)
		return EOPNOTSUPP;
	VFS_CALL(mp, (*mp->mnt_op->vfs_snapshot)(mp, vp, ts));
}

int
VFS_EXTATTRCTL(struct mount *mp, int cmd, struct vnode *vp, int attrns,
    const char *name)
{

	if (mp->mnt_op->vfs_extattrctl == NULL)
		return vfs_stdextattrctl(mp, cmd, vp, attrns, name);
	KERNEL_LOCK(1, curlwp);
	const int error = (*mp->mnt_op->vfs_extattrctl)(mp, cmd, vp, attrns,
	    name);
	KERNEL_UNLOCK_ONE(curlwp);
	return error;
}

int
VFS_SUSPENDCTL(struct mount *mp, int cmd)
{

	if (mp->mnt_op->vfs_suspendctl == NULL)
		return EOPNOTSUPP;
	VFS_CALL(mp, (*mp->mnt_op->vfs_suspendctl)(mp, cmd));
}

/* For file systems without a database of extended attributes. */
int
vfs_stdextattrctl(struct mount *mp, int cmd, struct vnode *vp, int attrns,
    const char *name)
{

	if (vp != NULL)
		VOP_UNLOCK(vp);
	return EOPNOTSUPP;
}
