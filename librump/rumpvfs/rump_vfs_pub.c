/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rump_pub_*: what client programs that work on vnodes and mounts directly
 * may call.  Each enters the kernel, does one thing and leaves.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>

#include <rump/rump.h>
#include <rump/rumpvfs_if_pub.h>
#include <rump-priv/kern.h>
#include <rump-priv/namei.h>
#include <rump-priv/vnode.h>

/*
 * Vnodes and attributes.
 */

void
rump_pub_getvninfo(struct vnode *vp, enum rump_vtype *vtype, int64_t *vsize,
    uint64_t *vdev)
{

	rump_schedule();
	*vtype = (enum rump_vtype)vp->v_type;
	*vsize = vp->v_size;
	if (vp->v_type == VBLK || vp->v_type == VCHR)
		*vdev = vp->v_rdev;
	else
		*vdev = 0;
	rump_unschedule();
}

struct vattr *
rump_pub_vattr_init(void)
{
	struct vattr *vap;

	rump_schedule();
	vap = kmem_alloc(sizeof(*vap), KM_SLEEP);
	vattr_null(vap);
	rump_unschedule();
	return vap;
}

void
rump_pub_vattr_settype(struct vattr *vap, enum rump_vtype vt)
{

	vap->va_type = (enum vtype)vt;
}

void
rump_pub_vattr_setmode(struct vattr *vap, uint32_t mode)
{

	vap->va_mode = mode;
}

void
rump_pub_vattr_setrdev(struct vattr *vap, uint64_t dev)
{

	vap->va_rdev = dev;
}

void
rump_pub_vattr_free(struct vattr *vap)
{

	rump_schedule();
	kmem_free(vap, sizeof(*vap));
	rump_unschedule();
}

void
rump_pub_vp_incref(struct vnode *vp)
{

	rump_schedule();
	vref(vp);
	rump_unschedule();
}

int
rump_pub_vp_getref(struct vnode *vp)
{

	return (int)vnode_uses(vp);
}

void
rump_pub_vp_rele(struct vnode *vp)
{

	rump_schedule();
	vrele(vp);
	rump_unschedule();
}

void
rump_pub_vp_interlock(struct vnode *vp)
{

	rump_schedule();
	mutex_enter(vp->v_interlock);
	rump_unschedule();
}

/*
 * Names.
 */

static struct componentname *
makecn(u_long nameiop, u_long flags, const char *name, size_t namelen,
    kauth_cred_t cred)
{
	struct componentname *cnp;
	char *copy;

	cnp = kmem_zalloc(sizeof(*cnp), KM_SLEEP);
	copy = PNBUF_GET();
	if (namelen >= MAXPATHLEN)
		namelen = MAXPATHLEN - 1;
	memcpy(copy, name, namelen);
	copy[namelen] = '\0';
	cnp->cn_nameiop = nameiop;
	cnp->cn_flags = flags & (MODMASK | PARAMASK);
	cnp->cn_nameptr = copy;
	cnp->cn_namelen = namelen;
	cnp->cn_cred = cred;
	return cnp;
}

struct componentname *
rump_pub_makecn(unsigned long nameiop, unsigned long flags, const char *name,
    size_t namelen, struct kauth_cred *cred, struct lwp *l)
{
	struct componentname *cnp;

	rump_schedule();
	cnp = makecn(nameiop, flags, name, namelen, cred);
	rump_unschedule();
	return cnp;
}

void
rump_pub_freecn(struct componentname *cnp, int flags)
{

	rump_schedule();
	if (flags & RUMPCN_FREECRED)
		kauth_cred_free(cnp->cn_cred);
	PNBUF_PUT(__UNCONST(cnp->cn_nameptr));
	kmem_free(cnp, sizeof(*cnp));
	rump_unschedule();
}

/* The last component of PATH. */
static void
last_component(const char *path, const char **namep, size_t *lenp)
{
	const char *end = path + strlen(path), *p;

	while (end > path + 1 && end[-1] == '/')
		end--;
	for (p = end; p > path && p[-1] != '/'; p--)
		continue;
	*namep = p;
	*lenp = end - p;
}

/* With a parent asked for it comes back locked. */
int
rump_pub_namei(uint32_t op, uint32_t flags, const char *namep,
    struct vnode **dvpp, struct vnode **vpp, struct componentname **cnpp)
{
	struct nameidata nd;
	struct pathbuf *pb;
	const char *name;
	size_t len;
	int error;

	rump_schedule();
	error = pathbuf_copyin(namep, &pb);
	if (error != 0)
		goto out;
	if (dvpp != NULL)
		flags |= LOCKPARENT;
	NDINIT(&nd, op, flags, pb);
	error = namei(&nd);
	if (error == 0) {
		if (dvpp != NULL)
			*dvpp = nd.ni_dvp;
		else if (nd.ni_dvp != NULL)
			vput(nd.ni_dvp);
		if (vpp != NULL)
			*vpp = nd.ni_vp;
		else if (nd.ni_vp != NULL) {
			if (flags & LOCKLEAF)
				VOP_UNLOCK(nd.ni_vp);
			vrele(nd.ni_vp);
		}
		if (cnpp != NULL) {
			/* A lookup in the cache leaves no component behind. */
			name = nd.ni_cnd.cn_nameptr;
			len = nd.ni_cnd.cn_namelen;
			if (len == 0)
				last_component(namep, &name, &len);
			*cnpp = makecn(op, nd.ni_cnd.cn_flags, name, len,
			    nd.ni_cnd.cn_cred);
			(*cnpp)->cn_flags = nd.ni_cnd.cn_flags;
			kauth_cred_hold((*cnpp)->cn_cred);
		}
	}
	pathbuf_destroy(pb);
out:
	rump_unschedule();
	return error;
}

/*
 * File system types and mounts.
 */

struct vfsops *
rump_pub_vfslist_iterate(struct vfsops *ops)
{

	rump_schedule();
	mutex_enter(&vfs_list_lock);
	ops = ops == NULL ? LIST_FIRST(&vfs_list) : LIST_NEXT(ops, vfs_list);
	mutex_exit(&vfs_list_lock);
	rump_unschedule();
	return ops;
}

struct vfsops *
rump_pub_vfs_getopsbyname(const char *name)
{
	struct vfsops *ops;

	rump_schedule();
	ops = vfs_getopsbyname(name);
	rump_unschedule();
	return ops;
}

int
rump_pub_vfs_getmp(const char *path, struct mount **mpp)
{
	struct vnode *vp;
	int error;

	rump_schedule();
	error = namei_simple_user(path, NSM_FOLLOW_TRYEMULROOT, &vp);
	if (error == 0) {
		*mpp = vp->v_mount;
		vrele(vp);
	}
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_unmount(struct mount *mp, int flags)
{
	int error;

	rump_schedule();
	vfs_reference(mp);
	error = dounmount(mp, flags, curlwp);
	vfs_destroy(mp);
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_root(struct mount *mp, struct vnode **vpp, int lock)
{
	int error;

	rump_schedule();
	error = VFS_ROOT(mp, vpp);
	if (error == 0 && !lock)
		VOP_UNLOCK(*vpp);
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_statvfs(struct mount *mp, struct statvfs *sb)
{
	int error;

	rump_schedule();
	memset(sb, 0, sizeof(*sb));
	error = VFS_STATVFS(mp, sb);
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_sync(struct mount *mp, int wait, struct kauth_cred *cred)
{
	int error;

	rump_schedule();
	error = VFS_SYNC(mp, wait ? MNT_WAIT : MNT_NOWAIT, cred);
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_fhtovp(struct mount *mp, struct fid *fid, struct vnode **vpp)
{
	int error;

	rump_schedule();
	error = VFS_FHTOVP(mp, fid, vpp);
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_vptofh(struct vnode *vp, struct fid *fid, size_t *sizep)
{
	int error;

	rump_schedule();
	error = VFS_VPTOFH(vp, fid, sizep);
	rump_unschedule();
	return error;
}

int
rump_pub_vfs_extattrctl(struct mount *mp, int cmd, struct vnode *vp,
    int attrns, const char *name)
{
	int error;

	rump_schedule();
	error = VFS_EXTATTRCTL(mp, cmd, vp, attrns, name);
	rump_unschedule();
	return error;
}

/* Wait until what was to be written is written. */
void
rump_pub_vfs_syncwait(struct mount *mp)
{

	rump_schedule();
	(void)VFS_SYNC(mp, MNT_WAIT, kauth_cred_get());
	rump_unschedule();
}

static bool
print_vnode(void *cl, struct vnode *vp)
{

	vprint(NULL, vp);
	return false;
}

/* For a debugger's user: a mount and, with FULL, its vnodes. */
void
rump_pub_vfs_mount_print(const char *path, int full)
{
	struct vnode_iterator *vi;
	struct vnode *vp;
	struct mount *mp;

	rump_schedule();
	if (namei_simple_user(path, NSM_FOLLOW_TRYEMULROOT, &vp) != 0) {
		printf("%s: no such mount\n", path);
		rump_unschedule();
		return;
	}
	mp = vp->v_mount;
	printf("mount %p: %s on %s from %s, flags 0x%x 0x%x, %d references\n",
	    mp, mp->mnt_op->vfs_name, mp->mnt_stat.f_mntonname,
	    mp->mnt_stat.f_mntfromname, mp->mnt_flag, mp->mnt_iflag,
	    mp->mnt_refcnt);
	if (full) {
		vfs_vnode_iterator_init(mp, &vi);
		(void)vfs_vnode_iterator_next(vi, print_vnode, NULL);
		vfs_vnode_iterator_destroy(vi);
	}
	vrele(vp);
	rump_unschedule();
}
