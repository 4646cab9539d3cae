/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Operations on files of the root file system: attributes, data, directories'
 * listing.  Names are in rumpfs_names.c.
 * Locking: rumpfs.h.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lockf.h>
#include <sys/malloc.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/unistd.h>
#include <sys/vnode.h>

#include <miscfs/fifofs/fifo.h>
#include <miscfs/genfs/genfs.h>
#include <miscfs/specfs/specdev.h>
#include <uvm/uvm_extern.h>

#include <rump/rump.h>

#include "rumpfs.h"
#include "rumpfs_vnops.h"

static int
rumpfs_open(void *v)
{
	struct vop_open_args *ap = v;
	struct rumpfs_node *rn = VTORN(ap->a_vp);
	int error;

	if (rn->rn_type == VREG && rn->rn_hostpath != NULL) {
		if ((error = rumpfs_hostopen(rn, ap->a_mode)) != 0)
			return error;
		uvm_vnp_setsize(ap->a_vp, rn->rn_size);
	}
	return 0;
}

static int
rumpfs_close(void *v)
{
	struct vop_close_args *ap = v;
	struct rumpfs_node *rn = VTORN(ap->a_vp);

	if (rn->rn_type == VREG && rn->rn_hostopens > 0)
		rumpfs_hostclose(rn);
	return 0;
}

/*
 * Attributes.
 */

static int
rumpfs_access(void *v)
{
	struct vop_access_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct rumpfs_node *rn = VTORN(vp);

	if ((ap->a_mode & VWRITE) != 0 && (rn->rn_flags & IMMUTABLE) != 0)
		return EPERM;
	return kauth_authorize_vnode(ap->a_cred,
	    KAUTH_ACCESS_ACTION(ap->a_mode, vp->v_type, rn->rn_mode), vp,
	    NULL, genfs_can_access(vp->v_type, rn->rn_mode, rn->rn_uid,
	    rn->rn_gid, ap->a_mode, ap->a_cred));
}

static int
rumpfs_getattr(void *v)
{
	struct vop_getattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct rumpfs_node *rn = VTORN(vp);
	struct vattr *va = ap->a_vap;

	if (rn->rn_type == VREG && rn->rn_hostpath != NULL &&
	    rn->rn_hostopens == 0)
		rn->rn_size = rumpfs_hostfilesize(rn);
	vattr_null(va);
	mutex_enter(&rumpfs_lock);
	va->va_type = rn->rn_type;
	va->va_mode = rn->rn_mode;
	va->va_nlink = rn->rn_nlink;
	va->va_uid = rn->rn_uid;
	va->va_gid = rn->rn_gid;
	va->va_fsid = vp->v_mount->mnt_stat.f_fsidx.__fsid_val[0];
	va->va_fileid = rn->rn_ino;
	va->va_size = rn->rn_type == VDIR ? DEV_BSIZE : rn->rn_size;
	va->va_blocksize = PAGE_SIZE;
	va->va_atime = rn->rn_atime;
	va->va_mtime = rn->rn_mtime;
	va->va_ctime = rn->rn_ctime;
	va->va_birthtime = rn->rn_btime;
	va->va_gen = 1;
	va->va_flags = rn->rn_flags;
	va->va_rdev = rn->rn_rdev;
	va->va_bytes = rn->rn_type == VREG ? round_page(rn->rn_size) :
	    DEV_BSIZE;
	va->va_filerev = 1;
	mutex_exit(&rumpfs_lock);
	return 0;
}

/* The size of a file in memory. */
static int
rumpfs_resize(struct vnode *vp, off_t size)
{
	struct rumpfs_node *rn = VTORN(vp);
	off_t old = rn->rn_size;

	if (rn->rn_hostpath != NULL)
		return size == old ? 0 : EOPNOTSUPP;
	if (size < old && rn->rn_uobj != NULL) {
		mutex_enter(rn->rn_uobj->vmobjlock);
		(void)(*rn->rn_uobj->pgops->pgo_put)(rn->rn_uobj,
		    round_page(size), 0, PGO_FREE);
		if ((size & PAGE_MASK) != 0)
			ubc_zerorange(rn->rn_uobj, size,
			    PAGE_SIZE - (size & PAGE_MASK), 0);
	}
	uvm_vnp_setsize(vp, size);
	mutex_enter(&rumpfs_lock);
	/* Record locks read it without the vnode lock. */
	__atomic_store_n(&rn->rn_size, size, __ATOMIC_RELAXED);
	rumpfs_touch(rn, RUMPFS_MTIME | RUMPFS_CTIME);
	mutex_exit(&rumpfs_lock);
	return 0;
}

static int
setattr_owner(struct vnode *vp, const struct vattr *va, kauth_cred_t cred)
{
	struct rumpfs_node *rn = VTORN(vp);
	uid_t uid = va->va_uid == (uid_t)VNOVAL ? rn->rn_uid : va->va_uid;
	gid_t gid = va->va_gid == (gid_t)VNOVAL ? rn->rn_gid : va->va_gid;
	int error;

	error = kauth_authorize_vnode(cred, KAUTH_VNODE_CHANGE_OWNERSHIP, vp,
	    NULL, genfs_can_chown(cred, rn->rn_uid, rn->rn_gid, uid, gid));
	if (error != 0)
		return error;
	mutex_enter(&rumpfs_lock);
	rn->rn_uid = uid;
	rn->rn_gid = gid;
	rumpfs_touch(rn, RUMPFS_CTIME);
	mutex_exit(&rumpfs_lock);
	return 0;
}

static int
setattr_mode(struct vnode *vp, mode_t mode, kauth_cred_t cred)
{
	struct rumpfs_node *rn = VTORN(vp);
	int error;

	error = kauth_authorize_vnode(cred, KAUTH_VNODE_WRITE_SECURITY, vp,
	    NULL, genfs_can_chmod(vp->v_type, cred, rn->rn_uid, rn->rn_gid,
	    mode));
	if (error != 0)
		return error;
	mutex_enter(&rumpfs_lock);
	rn->rn_mode = mode & ALLPERMS;
	rumpfs_touch(rn, RUMPFS_CTIME);
	mutex_exit(&rumpfs_lock);
	return 0;
}

static int
setattr_times(struct vnode *vp, const struct vattr *va, kauth_cred_t cred)
{
	struct rumpfs_node *rn = VTORN(vp);
	int error;

	error = kauth_authorize_vnode(cred, KAUTH_VNODE_WRITE_TIMES, vp,
	    NULL, genfs_can_chtimes(vp, va->va_vaflags, rn->rn_uid, cred));
	if (error != 0)
		return error;
	mutex_enter(&rumpfs_lock);
	if (va->va_atime.tv_sec != VNOVAL)
		rn->rn_atime = va->va_atime;
	if (va->va_mtime.tv_sec != VNOVAL)
		rn->rn_mtime = va->va_mtime;
	if (va->va_birthtime.tv_sec != VNOVAL)
		rn->rn_btime = va->va_birthtime;
	rumpfs_touch(rn, RUMPFS_CTIME);
	mutex_exit(&rumpfs_lock);
	return 0;
}

static int
setattr_flags(struct vnode *vp, u_long flags, kauth_cred_t cred)
{
	struct rumpfs_node *rn = VTORN(vp);
	bool sys = ((flags ^ rn->rn_flags) & SF_SETTABLE) != 0;
	int error;

	error = kauth_authorize_vnode(cred, KAUTH_VNODE_WRITE_FLAGS |
	    (sys ? KAUTH_VNODE_WRITE_SYSFLAGS : 0), vp, NULL,
	    genfs_can_chflags(cred, vp->v_type, rn->rn_uid, sys));
	if (error != 0)
		return error;
	mutex_enter(&rumpfs_lock);
	rn->rn_flags = flags;
	rumpfs_touch(rn, RUMPFS_CTIME);
	mutex_exit(&rumpfs_lock);
	return 0;
}

static int
setattr_size(struct vnode *vp, u_quad_t size)
{

	switch (vp->v_type) {
	case VDIR:
		return EISDIR;
	case VREG:
		if (size > (u_quad_t)INT64_MAX - PAGE_SIZE)
			return EFBIG;
		return rumpfs_resize(vp, (off_t)size);
	case VLNK:
		return EINVAL;
	default:
		return 0;
	}
}

static int
rumpfs_setattr(void *v)
{
	struct vop_setattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	const struct vattr *va = ap->a_vap;
	int error = 0;

	if (va->va_type != VNON || va->va_nlink != (nlink_t)VNOVAL ||
	    va->va_fsid != (dev_t)VNOVAL || va->va_fileid != (ino_t)VNOVAL ||
	    va->va_rdev != (dev_t)VNOVAL || va->va_bytes != (u_quad_t)VNOVAL)
		return EINVAL;
	if (va->va_flags != (u_long)VNOVAL)
		error = setattr_flags(vp, va->va_flags, ap->a_cred);
	else if ((VTORN(vp)->rn_flags & (IMMUTABLE | APPEND)) != 0)
		error = EPERM;
	if (error == 0 && va->va_size != (u_quad_t)VNOVAL)
		error = setattr_size(vp, va->va_size);
	if (error == 0 && (va->va_uid != (uid_t)VNOVAL ||
	    va->va_gid != (gid_t)VNOVAL))
		error = setattr_owner(vp, va, ap->a_cred);
	if (error == 0 && va->va_mode != (mode_t)VNOVAL)
		error = setattr_mode(vp, va->va_mode, ap->a_cred);
	if (error == 0 && (va->va_atime.tv_sec != VNOVAL ||
	    va->va_mtime.tv_sec != VNOVAL ||
	    va->va_birthtime.tv_sec != VNOVAL))
		error = setattr_times(vp, va, ap->a_cred);
	if (error == 0)
		VN_KNOTE(vp, NOTE_ATTRIB);
	return error;
}

/*
 * Data.
 */

static struct uvm_object *
rumpfs_uobj(struct rumpfs_node *rn)
{

	if (rn->rn_uobj == NULL)
		rn->rn_uobj = uao_create(0, 0);
	return rn->rn_uobj;
}

static int
rumpfs_read(void *v)
{
	struct vop_read_args *ap = v;
	struct rumpfs_node *rn = VTORN(ap->a_vp);
	struct uio *uio = ap->a_uio;
	size_t chunk;

	if (rn->rn_type == VDIR)
		return EISDIR;
	if (rn->rn_type != VREG)
		return EINVAL;
	if (uio->uio_offset < 0)
		return EINVAL;
	if (rn->rn_hostpath != NULL)
		return rumpfs_hostrw(rn, uio);
	if (uio->uio_offset >= rn->rn_size || uio->uio_resid == 0)
		return 0;
	chunk = (size_t)MIN((off_t)MIN(uio->uio_resid, INT64_MAX),
	    rn->rn_size - uio->uio_offset);
	mutex_enter(&rumpfs_lock);
	rumpfs_touch(rn, RUMPFS_ATIME);
	mutex_exit(&rumpfs_lock);
	return ubc_uiomove(rumpfs_uobj(rn), uio, chunk, UVM_ADV_NORMAL,
	    UBC_READ | UBC_PARTIALOK);
}

static int
rumpfs_write(void *v)
{
	struct vop_write_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct rumpfs_node *rn = VTORN(vp);
	struct uio *uio = ap->a_uio;
	off_t end;
	bool grown;
	int error;

	if (rn->rn_type != VREG)
		return rn->rn_type == VDIR ? EISDIR : EINVAL;
	if ((ap->a_ioflag & IO_APPEND) != 0)
		uio->uio_offset = rn->rn_size;
	if (uio->uio_offset < 0)
		return EINVAL;
	if (rn->rn_hostpath != NULL) {
		error = rumpfs_hostrw(rn, uio);
		uvm_vnp_setsize(vp, rn->rn_size);
		return error;
	}
	if (uio->uio_resid == 0)
		return 0;
	if (uio->uio_resid > (size_t)(INT64_MAX - PAGE_SIZE) ||
	    uio->uio_offset > INT64_MAX - PAGE_SIZE - (off_t)uio->uio_resid)
		return EFBIG;
	error = ubc_uiomove(rumpfs_uobj(rn), uio, uio->uio_resid,
	    UVM_ADV_NORMAL, UBC_WRITE | UBC_FAULTBUSY);
	end = uio->uio_offset;
	grown = end > rn->rn_size;
	mutex_enter(&rumpfs_lock);
	if (grown)
		rn->rn_size = end;
	rumpfs_touch(rn, RUMPFS_MTIME | RUMPFS_CTIME);
	mutex_exit(&rumpfs_lock);
	if (grown)
		uvm_vnp_setsize(vp, end);
	VN_KNOTE(vp, NOTE_WRITE | (grown ? NOTE_EXTEND : 0));
	return error;
}

static int
rumpfs_readlink(void *v)
{
	struct vop_readlink_args *ap = v;
	struct rumpfs_node *rn = VTORN(ap->a_vp);

	if (rn->rn_type != VLNK)
		return EINVAL;
	return uiomove(rn->rn_target, (size_t)rn->rn_size, ap->a_uio);
}

/*
 * Listing.  The place of an entry is its cookie, so that it stays valid when
 * others come and go.
 */

struct listing {
	uint8_t	*l_mem;
	size_t	l_size;
	size_t	l_used;
	off_t	*l_cookies;
	int	l_ncookies;
	int	l_maxcookies;
};

/* False if it does not fit. */
static bool
listing_add(struct listing *l, ino_t ino, enum vtype type, const char *name,
    size_t len, off_t nextcookie)
{
	struct dirent *d = (struct dirent *)(void *)(l->l_mem + l->l_used);
	size_t reclen = _DIRENT_RECLEN(d, len);

	if (reclen > l->l_size - l->l_used ||
	    (l->l_cookies != NULL && l->l_ncookies == l->l_maxcookies))
		return false;
	memset(d, 0, reclen);
	d->d_fileno = ino;
	d->d_reclen = (uint16_t)reclen;
	d->d_namlen = (uint16_t)len;
	d->d_type = vtype2dt(type);
	memcpy(d->d_name, name, len);
	l->l_used += reclen;
	if (l->l_cookies != NULL)
		l->l_cookies[l->l_ncookies++] = nextcookie;
	return true;
}

/* Fills the listing from *offp on, which moves; true at the end. */
static bool
listing_fill(struct listing *l, struct rumpfs_node *dir, off_t *offp)
{
	struct rumpfs_node *parent;
	struct rumpfs_dirent *rd;
	off_t off = *offp;
	bool fits = true;

	mutex_enter(&rumpfs_lock);
	parent = dir->rn_parent != NULL ? dir->rn_parent : dir;
	if (off == 0 && (fits = listing_add(l, dir->rn_ino, VDIR, ".", 1, 1)))
		off = 1;
	if (fits && off == 1 &&
	    (fits = listing_add(l, parent->rn_ino, VDIR, "..", 2, 2)))
		off = 2;
	TAILQ_FOREACH(rd, &dir->rn_list, rd_list) {
		if (!fits)
			break;
		if (rd->rd_cookie < off)
			continue;
		fits = listing_add(l, rd->rd_node->rn_ino,
		    rd->rd_node->rn_type, rd->rd_name, rd->rd_namelen,
		    rd->rd_cookie + 1);
		if (fits)
			off = rd->rd_cookie + 1;
	}
	mutex_exit(&rumpfs_lock);
	*offp = off;
	return fits;
}

static int
rumpfs_readdir(void *v)
{
	struct vop_readdir_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct uio *uio = ap->a_uio;
	struct listing l = { .l_used = 0 };
	off_t off = uio->uio_offset;
	bool end;
	int error;

	if (vp->v_type != VDIR)
		return ENOTDIR;
	if (off < 0 || uio->uio_resid < _DIRENT_MINSIZE((struct dirent *)0))
		return EINVAL;
	l.l_size = MIN(uio->uio_resid, 32 * 1024);
	l.l_mem = kmem_alloc(l.l_size, KM_SLEEP);
	if (ap->a_ncookies != NULL) {
		l.l_maxcookies = (int)(l.l_size /
		    _DIRENT_MINSIZE((struct dirent *)0));
		*ap->a_cookies = l.l_cookies = malloc(l.l_maxcookies *
		    sizeof(off_t), M_TEMP, M_WAITOK);
	}
	end = listing_fill(&l, VTORN(vp), &off);
	if (l.l_used == 0 && !end)
		error = EINVAL;		/* no room for one */
	else
		error = uiomove(l.l_mem, l.l_used, uio);
	kmem_free(l.l_mem, l.l_size);
	if (error == 0) {
		uio->uio_offset = off;
		if (ap->a_eofflag != NULL)
			*ap->a_eofflag = end;
		if (ap->a_ncookies != NULL)
			*ap->a_ncookies = l.l_ncookies;
	} else if (ap->a_ncookies != NULL) {
		free(l.l_cookies, M_TEMP);
		*ap->a_cookies = NULL;
		*ap->a_ncookies = 0;
	}
	return error;
}

/*
 * The rest.
 */

static int
rumpfs_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = VTORN(ap->a_vp)->rn_nlink == 0;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
rumpfs_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct rumpfs_node *rn = VTORN(vp);

	vcache_remove(vp->v_mount, &rn->rn_self, sizeof(rn->rn_self));
	vp->v_data = NULL;
	rumpfs_noderele(rn);
	return 0;
}

static int
rumpfs_pathconf(void *v)
{
	struct vop_pathconf_args *ap = v;

	switch (ap->a_name) {
	case _PC_LINK_MAX:
		*ap->a_retval = LINK_MAX;
		return 0;
	case _PC_NAME_MAX:
		*ap->a_retval = NAME_MAX;
		return 0;
	case _PC_PATH_MAX:
		*ap->a_retval = PATH_MAX;
		return 0;
	case _PC_PIPE_BUF:
		*ap->a_retval = PIPE_BUF;
		return 0;
	case _PC_CHOWN_RESTRICTED:
	case _PC_NO_TRUNC:
	case _PC_SYNC_IO:
		*ap->a_retval = 1;
		return 0;
	case _PC_FILESIZEBITS:
		*ap->a_retval = 64;
		return 0;
	default:
		return EINVAL;
	}
}

static int
rumpfs_advlock(void *v)
{
	struct vop_advlock_args *ap = v;
	struct rumpfs_node *rn = VTORN(ap->a_vp);

	return lf_advlock(ap, &rn->rn_lockf,
	    __atomic_load_n(&rn->rn_size, __ATOMIC_RELAXED));
}

static int
rumpfs_print(void *v)
{
	struct vop_print_args *ap = v;
	struct rumpfs_node *rn = VTORN(ap->a_vp);

	printf("rumpfs ino %llu, %u links\n", (unsigned long long)rn->rn_ino,
	    rn->rn_nlink);
	return 0;
}

int (**rumpfs_vnodeop_p)(void *);
static const struct vnodeopv_entry_desc rumpfs_vnodeop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, rumpfs_lookupop },
	{ &vop_create_desc, rumpfs_create },
	{ &vop_mknod_desc, rumpfs_mknod },
	{ &vop_open_desc, rumpfs_open },
	{ &vop_close_desc, rumpfs_close },
	{ &vop_access_desc, rumpfs_access },
	{ &vop_getattr_desc, rumpfs_getattr },
	{ &vop_setattr_desc, rumpfs_setattr },
	{ &vop_read_desc, rumpfs_read },
	{ &vop_write_desc, rumpfs_write },
	{ &vop_fallocate_desc, genfs_eopnotsupp },
	{ &vop_fdiscard_desc, genfs_eopnotsupp },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_ioctl_desc, genfs_enoioctl },
	{ &vop_poll_desc, genfs_poll },
	{ &vop_kqfilter_desc, genfs_kqfilter },
	{ &vop_revoke_desc, genfs_revoke },
	{ &vop_mmap_desc, genfs_eopnotsupp },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_seek_desc, genfs_seek },
	{ &vop_remove_desc, rumpfs_remove },
	{ &vop_link_desc, rumpfs_link },
	{ &vop_rename_desc, rumpfs_rename },
	{ &vop_mkdir_desc, rumpfs_mkdir },
	{ &vop_rmdir_desc, rumpfs_rmdir },
	{ &vop_symlink_desc, rumpfs_symlink },
	{ &vop_readdir_desc, rumpfs_readdir },
	{ &vop_readlink_desc, rumpfs_readlink },
	{ &vop_abortop_desc, genfs_abortop },
	{ &vop_inactive_desc, rumpfs_inactive },
	{ &vop_reclaim_desc, rumpfs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_print_desc, rumpfs_print },
	{ &vop_pathconf_desc, rumpfs_pathconf },
	{ &vop_advlock_desc, rumpfs_advlock },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};
const struct vnodeopv_desc rumpfs_vnodeop_opv_desc = {
	&rumpfs_vnodeop_p, rumpfs_vnodeop_entries
};

int (**rumpfs_specop_p)(void *);
static const struct vnodeopv_entry_desc rumpfs_specop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, spec_lookup },
	{ &vop_open_desc, spec_open },
	{ &vop_close_desc, spec_close },
	{ &vop_access_desc, rumpfs_access },
	{ &vop_getattr_desc, rumpfs_getattr },
	{ &vop_setattr_desc, rumpfs_setattr },
	{ &vop_read_desc, spec_read },
	{ &vop_write_desc, spec_write },
	{ &vop_fallocate_desc, spec_fallocate },
	{ &vop_fdiscard_desc, spec_fdiscard },
	{ &vop_fcntl_desc, spec_fcntl },
	{ &vop_ioctl_desc, spec_ioctl },
	{ &vop_poll_desc, spec_poll },
	{ &vop_kqfilter_desc, spec_kqfilter },
	{ &vop_revoke_desc, spec_revoke },
	{ &vop_mmap_desc, spec_mmap },
	{ &vop_fsync_desc, spec_fsync },
	{ &vop_seek_desc, spec_seek },
	{ &vop_inactive_desc, rumpfs_inactive },
	{ &vop_reclaim_desc, rumpfs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_bmap_desc, spec_bmap },
	{ &vop_strategy_desc, spec_strategy },
	{ &vop_print_desc, rumpfs_print },
	{ &vop_pathconf_desc, spec_pathconf },
	{ &vop_advlock_desc, spec_advlock },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_getpages_desc, spec_getpages },
	{ &vop_putpages_desc, spec_putpages },
	{ NULL, NULL }
};
const struct vnodeopv_desc rumpfs_specop_opv_desc = {
	&rumpfs_specop_p, rumpfs_specop_entries
};

int (**rumpfs_fifoop_p)(void *);
static const struct vnodeopv_entry_desc rumpfs_fifoop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, vn_fifo_bypass },
	{ &vop_open_desc, vn_fifo_bypass },
	{ &vop_close_desc, vn_fifo_bypass },
	{ &vop_access_desc, rumpfs_access },
	{ &vop_getattr_desc, rumpfs_getattr },
	{ &vop_setattr_desc, rumpfs_setattr },
	{ &vop_read_desc, vn_fifo_bypass },
	{ &vop_write_desc, vn_fifo_bypass },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_ioctl_desc, vn_fifo_bypass },
	{ &vop_poll_desc, vn_fifo_bypass },
	{ &vop_kqfilter_desc, vn_fifo_bypass },
	{ &vop_revoke_desc, genfs_revoke },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_inactive_desc, rumpfs_inactive },
	{ &vop_reclaim_desc, rumpfs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_print_desc, rumpfs_print },
	{ &vop_pathconf_desc, vn_fifo_bypass },
	{ &vop_advlock_desc, rumpfs_advlock },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};
const struct vnodeopv_desc rumpfs_fifoop_opv_desc = {
	&rumpfs_fifoop_p, rumpfs_fifoop_entries
};
