/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations on files, vnodeops(9).  The vnode's lock is held as the
 * operation's description says; BMAP, STRATEGY and the search for holes need
 * none.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/dirent.h>
#include <sys/extattr.h>
#include <sys/fcntl.h>
#include <sys/filio.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lockf.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/unistd.h>
#include <sys/vnode.h>
#include <miscfs/fifofs/fifo.h>
#include <miscfs/genfs/genfs.h>
#include <miscfs/genfs/genfs_node.h>
#include <miscfs/specfs/specdev.h>
#include <uvm/uvm_extern.h>

#include "ext2fs.h"

/*
 * Block numbers from here on stand for contents that are not simply on the
 * device: inline data, and blocks that the journal had to escape.
 */
#define	FILEDADDR	((daddr_t)1 << 52)

/* A directory may have this many children with a wrong ".." at once. */
#define	MAXADOPTED	65536

static int	ext2fs_gop_alloc(struct vnode *, off_t, off_t, int,
		    kauth_cred_t);

const struct genfs_ops ext2fs_genfsops = {
	.gop_size = genfs_size,
	.gop_alloc = ext2fs_gop_alloc,
	.gop_write = genfs_gop_write,
};

static int
ext2fs_gop_alloc(struct vnode *vp, off_t off, off_t len, int flags,
    kauth_cred_t cred)
{

	return EROFS;
}

/*
 * Decides for a directory whose ".." does not name its finder: it belongs to
 * the parent that it names if that one has it, else to who asks first.
 */
static int
adopt_stray(struct ext2_inode *dip, struct ext2_inode *cip, uint32_t named,
    uint64_t *parentp)
{
	struct ext2_inode *pip;
	int error;

	*parentp = dip->i_ino;
	if (named == 0 || named > dip->i_emp->em_inodes)
		return 0;
	pip = kmem_alloc(sizeof(*pip), KM_SLEEP);
	error = ext2fs_iload(dip->i_emp, named, pip);
	if (error == 0) {
		if ((pip->i_mode & E2_IFMT) == E2_IFDIR &&
		    ext2fs_dirholds(pip, cip->i_ino) == 0)
			*parentp = named;
		ext2fs_idone(pip);
	}
	kmem_free(pip, sizeof(*pip));
	return 0;
}

/*
 * Keeps the directories a tree whatever the image says: each is found
 * through one parent only, the one its ".." names if that has it.  So no
 * walk can come back to where it was.
 */
int
ext2fs_adopt(struct ext2_inode *dip, struct ext2_inode *cip)
{
	struct ext2_mount *emp = dip->i_emp;
	uint64_t parent = 0;
	uint32_t named = 0;
	bool known;
	int error = 0;

	if (cip->i_ino == E2_ROOTINO || cip->i_ino == dip->i_ino)
		return ext2fs_damaged(emp, "inode %u: entry for directory %u",
		    dip->i_ino, cip->i_ino);
	mutex_enter(&emp->em_lock);
	known = ext2fs_tabget(&emp->em_adopted, cip->i_ino, &parent, NULL);
	mutex_exit(&emp->em_lock);
	if (!known) {
		if (ext2fs_dirlookup(cip, "..", 2, &named) != 0)
			named = 0;
		if (named == dip->i_ino)
			return 0;
		(void)adopt_stray(dip, cip, named, &parent);
		mutex_enter(&emp->em_lock);
		if (emp->em_adopted.t_used < MAXADOPTED)
			error = ext2fs_tabset(&emp->em_adopted, cip->i_ino,
			    parent, 0);
		else
			error = ENOMEM;
		mutex_exit(&emp->em_lock);
		ext2fs_damaged(emp, "inode %u: \"..\" is not inode %u",
		    cip->i_ino, dip->i_ino);
	}
	if (error)
		return error;
	return parent == dip->i_ino ? 0 : EIO;
}

/* From an inode number found in dvp to its vnode. */
static int
lookup_node(struct vnode *dvp, struct componentname *cnp, uint32_t ino,
    struct vnode **vpp)
{
	struct ext2_inode *dip = VTOEI(dvp);
	int error;

	if (ino != E2_ROOTINO && ino < E2_FIRSTINO)
		return ext2fs_damaged(dip->i_emp, "inode %u: entry for "
		    "reserved inode %u", dip->i_ino, ino);
	if (ino > dip->i_emp->em_inodes)
		return ext2fs_damaged(dip->i_emp, "inode %u: entry for "
		    "inode %u", dip->i_ino, ino);
	error = ext2fs_getnode(dip->i_emp, ino, vpp);
	if (error)
		return error == ESTALE || error == ENOENT ?
		    ext2fs_damaged(dip->i_emp, "inode %u: entry for free "
		    "inode %u", dip->i_ino, ino) : error;
	if ((cnp->cn_flags & ISDOTDOT) ? (*vpp)->v_type != VDIR :
	    ((*vpp)->v_type == VDIR && ext2fs_adopt(dip, VTOEI(*vpp)) != 0)) {
		vrele(*vpp);
		*vpp = NULL;
		return EIO;
	}
	return 0;
}

/* The parent that was decided on for a directory, 0 if none had to be. */
static uint32_t
adopted_parent(struct ext2_inode *dip)
{
	uint64_t parent = 0;

	mutex_enter(&dip->i_emp->em_lock);
	(void)ext2fs_tabget(&dip->i_emp->em_adopted, dip->i_ino, &parent,
	    NULL);
	mutex_exit(&dip->i_emp->em_lock);
	return (uint32_t)parent;
}

static int
ext2fs_lookup(void *v)
{
	struct vop_lookup_v2_args *ap = v;
	struct componentname *cnp = ap->a_cnp;
	struct vnode *dvp = ap->a_dvp;
	bool last = (cnp->cn_flags & ISLASTCN) != 0;
	uint32_t ino = 0;
	int error, wht;

	*ap->a_vpp = NULL;
	error = VOP_ACCESS(dvp, VEXEC, cnp->cn_cred);
	if (error)
		return error;
	if (last && (cnp->cn_nameiop == DELETE || cnp->cn_nameiop == RENAME))
		return EROFS;
	if (cache_lookup(dvp, cnp->cn_nameptr, cnp->cn_namelen,
	    cnp->cn_nameiop, cnp->cn_flags, &wht, ap->a_vpp))
		return *ap->a_vpp == NULL ? ENOENT : 0;
	if (cnp->cn_namelen == 1 && cnp->cn_nameptr[0] == '.') {
		vref(dvp);
		*ap->a_vpp = dvp;
		return 0;
	}
	if (cnp->cn_namelen > E2_NAMEMAX)
		return ENAMETOOLONG;
	if (cnp->cn_flags & ISDOTDOT)
		ino = adopted_parent(VTOEI(dvp));
	error = 0;
	if (ino == 0)
		error = ext2fs_dirlookup(VTOEI(dvp), cnp->cn_nameptr,
		    cnp->cn_namelen, &ino);
	if (error == ENOENT && last && cnp->cn_nameiop == CREATE)
		return EROFS;
	if (error == ENOENT && cnp->cn_nameiop == LOOKUP)
		cache_enter(dvp, NULL, cnp->cn_nameptr, cnp->cn_namelen,
		    cnp->cn_flags);
	if (error)
		return error;
	error = lookup_node(dvp, cnp, ino, ap->a_vpp);
	if (error == 0)
		cache_enter(dvp, *ap->a_vpp, cnp->cn_nameptr, cnp->cn_namelen,
		    cnp->cn_flags);
	return error;
}

static int
ext2fs_open(void *v)
{
	struct vop_open_args *ap = v;
	struct ext2_inode *ip = VTOEI(ap->a_vp);

	if (ap->a_vp->v_type == VREG && (ip->i_flags & E2_ENCRYPT))
		return ENOKEY;
	return 0;
}

static int
ext2fs_access(void *v)
{
	struct vop_access_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct ext2_inode *ip = VTOEI(vp);

	if (ap->a_mode & VWRITE) {
		if (vp->v_type == VREG || vp->v_type == VDIR ||
		    vp->v_type == VLNK)
			return EROFS;
		if (ip->i_flags & E2_IMMUTABLE)
			return EPERM;
	}
	return kauth_authorize_vnode(ap->a_cred, KAUTH_ACCESS_ACTION(
	    ap->a_mode, vp->v_type, ip->i_mode & ALLPERMS), vp, NULL,
	    genfs_can_access(vp->v_type, ip->i_mode & ALLPERMS, ip->i_uid,
	    ip->i_gid, ap->a_mode, ap->a_cred));
}

static int
ext2fs_getattr(void *v)
{
	struct vop_getattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct ext2_inode *ip = VTOEI(vp);
	struct vattr *va = ap->a_vap;

	vattr_null(va);
	va->va_type = vp->v_type;
	va->va_mode = ip->i_mode & ALLPERMS;
	va->va_nlink = ip->i_links;
	va->va_uid = ip->i_uid;
	va->va_gid = ip->i_gid;
	va->va_fsid = vp->v_mount->mnt_stat.f_fsidx.__fsid_val[0];
	va->va_fileid = ip->i_ino;
	va->va_size = ip->i_size;
	va->va_blocksize = ip->i_emp->em_bsize;
	va->va_atime = ip->i_atime;
	va->va_mtime = ip->i_mtime;
	va->va_ctime = ip->i_ctime;
	va->va_birthtime = ip->i_birth;
	va->va_gen = ip->i_gen;
	va->va_flags = 0;
	if (ip->i_flags & E2_IMMUTABLE)
		va->va_flags |= SF_IMMUTABLE;
	if (ip->i_flags & E2_APPEND)
		va->va_flags |= SF_APPEND;
	if (ip->i_flags & E2_NODUMP)
		va->va_flags |= UF_NODUMP;
	va->va_rdev = 0;
	if (vp->v_type == VCHR || vp->v_type == VBLK)
		va->va_rdev = ext2fs_rdev(ip);
	va->va_bytes = ip->i_blocks * DEV_BSIZE;
	/* As Linux: what has contents does not look like one large hole. */
	if (vp->v_type == VREG && (ip->i_flags & E2_INLINE_DATA))
		va->va_bytes += roundup(ip->i_size, DEV_BSIZE);
	va->va_filerev = ip->i_version;
	va->va_vaflags = 0;
	return 0;
}

static int
ext2fs_setattr(void *v)
{

	return EROFS;
}

static int
ext2fs_write(void *v)
{

	return EROFS;
}

/* Reads contents that are in the inode. */
static int
read_inline(struct ext2_inode *ip, struct uio *uio)
{
	uint8_t *buf;
	size_t len;
	int error;

	error = ext2fs_inline(ip, &buf, &len);
	if (error)
		return error;
	KASSERT(ip->i_size <= len);
	if ((uint64_t)uio->uio_offset < ip->i_size)
		error = uiomove(buf + uio->uio_offset,
		    MIN(uio->uio_resid, ip->i_size - uio->uio_offset), uio);
	kmem_free(buf, len);
	return error;
}

static int
ext2fs_read(void *v)
{
	struct vop_read_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct ext2_inode *ip = VTOEI(vp);
	struct uio *uio = ap->a_uio;
	vsize_t n;
	int error = 0;

	if (vp->v_type == VDIR)
		return EISDIR;
	if (vp->v_type != VREG)
		return EINVAL;
	if (ip->i_flags & E2_ENCRYPT)
		return ENOKEY;
	if (uio->uio_offset < 0)
		return EINVAL;
	if (ip->i_flags & E2_INLINE_DATA)
		return read_inline(ip, uio);
	while (error == 0 && uio->uio_resid > 0 &&
	    (uint64_t)uio->uio_offset < ip->i_size) {
		n = MIN(uio->uio_resid, ip->i_size - uio->uio_offset);
		error = ubc_uiomove(&vp->v_uobj, uio, n,
		    IO_ADV_DECODE(ap->a_ioflag),
		    UBC_READ | UBC_PARTIALOK | UBC_UNMAP_FLAG(vp));
	}
	return error;
}

static int
ext2fs_ioctl(void *v)
{
	struct vop_ioctl_args *ap = v;
	struct vnode *vp = ap->a_vp;

	if (vp->v_type != VREG)
		return EPASSTHROUGH;
	switch (ap->a_command) {
	case FIOSEEKDATA:
		return ext2fs_seek(VTOEI(vp), true, ap->a_data);
	case FIOSEEKHOLE:
		return ext2fs_seek(VTOEI(vp), false, ap->a_data);
	default:
		return EPASSTHROUGH;
	}
}

static int
ext2fs_readdir(void *v)
{
	struct vop_readdir_args *ap = v;

	if (ap->a_vp->v_type != VDIR)
		return ENOTDIR;
	return ext2fs_readdir_uio(VTOEI(ap->a_vp), ap->a_uio, ap->a_eofflag,
	    ap->a_cookies, ap->a_ncookies);
}

/* The target of a link that has a block of its own. */
static int
read_slowlink(struct ext2_inode *ip, struct uio *uio)
{
	struct buf *bp;
	int error;

	error = ext2fs_iblock(ip, 0, &bp, NULL);
	if (error)
		return error;
	if (bp == NULL)
		return ext2fs_damaged(ip->i_emp, "inode %u: link without a "
		    "target", ip->i_ino);
	if (memchr(bp->b_data, '\0', ip->i_size) != NULL)
		error = ext2fs_damaged(ip->i_emp, "inode %u: target of link",
		    ip->i_ino);
	else
		error = uiomove(bp->b_data, MIN(ip->i_size, uio->uio_resid),
		    uio);
	brelse(bp, 0);
	return error;
}

static int
ext2fs_readlink(void *v)
{
	struct vop_readlink_args *ap = v;
	struct ext2_inode *ip = VTOEI(ap->a_vp);

	if (ap->a_vp->v_type != VLNK)
		return EINVAL;
	if (ip->i_flags & E2_ENCRYPT)
		return ENOKEY;
	if (ip->i_size == 0)
		return ext2fs_damaged(ip->i_emp, "inode %u: empty link",
		    ip->i_ino);
	if (ip->i_flags & E2_INLINE_DATA)
		return read_inline(ip, ap->a_uio);
	if (!ext2fs_fastlink(ip))
		return read_slowlink(ip, ap->a_uio);
	if (memchr(ip->i_block, '\0', ip->i_size) != NULL)
		return ext2fs_damaged(ip->i_emp, "inode %u: target of link",
		    ip->i_ino);
	return uiomove(ip->i_block, MIN(ip->i_size, ap->a_uio->uio_resid),
	    ap->a_uio);
}

static int
ext2fs_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = false;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
ext2fs_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct ext2_node *en = VTOE(vp);

	vcache_remove(vp->v_mount, &en->en_i.i_ino, sizeof(en->en_i.i_ino));
	genfs_node_destroy(vp);
	vp->v_data = NULL;
	ext2fs_idone(&en->en_i);
	kmem_free(en, sizeof(*en));
	return 0;
}

static int
ext2fs_bmap(void *v)
{
	struct vop_bmap_args *ap = v;
	struct ext2_inode *ip = VTOEI(ap->a_vp);
	struct ext2_run run;
	daddr_t bn;
	bool escaped = false;
	int error;

	if (ap->a_vpp != NULL)
		*ap->a_vpp = ip->i_emp->em_devvp;
	if (ap->a_bnp == NULL)
		return 0;
	if (ap->a_bn < 0)
		return EINVAL;
	if (ip->i_flags & E2_INLINE_DATA) {
		run.r_len = 1;
		escaped = true;
	} else {
		error = ext2fs_map(ip, (uint64_t)ap->a_bn, &run);
		if (error)
			return error;
		if (run.r_pblk == 0)
			bn = -1;
		else {
			error = ext2fs_devaddr(ip, &run, &bn, &escaped);
			if (error)
				return error;
		}
	}
	if (escaped) {
		if (ap->a_vpp != NULL)
			*ap->a_vpp = ap->a_vp;
		bn = FILEDADDR + (ap->a_bn << ip->i_emp->em_dbshift);
	}
	*ap->a_bnp = bn;
	if (ap->a_runp != NULL)
		*ap->a_runp = (int)MIN(run.r_len - 1, INT_MAX >> 20);
	return 0;
}

/* Fills a buffer with what is not simply on the device. */
static int
strategy_file(struct ext2_inode *ip, struct buf *bp)
{
	uint64_t off = (uint64_t)(bp->b_blkno - FILEDADDR) << DEV_BSHIFT;
	uint32_t bsize = ip->i_emp->em_bsize;
	uint8_t *dst = bp->b_data, *buf;
	size_t left = bp->b_bcount, n, len;
	struct buf *sbp;
	int error;

	memset(dst, 0, left);
	if (ip->i_flags & E2_INLINE_DATA) {
		error = ext2fs_inline(ip, &buf, &len);
		if (error)
			return error;
		if (off < len)
			memcpy(dst, buf + off, MIN(left, len - off));
		kmem_free(buf, len);
		return 0;
	}
	for (; left > 0; left -= n, dst += n, off += n) {
		n = MIN(left, bsize - (off & (bsize - 1)));
		error = ext2fs_iblock(ip, off / bsize, &sbp, NULL);
		if (error)
			return error;
		if (sbp == NULL)
			continue;
		memcpy(dst, (uint8_t *)sbp->b_data + (off & (bsize - 1)), n);
		brelse(sbp, 0);
	}
	return 0;
}

static int
ext2fs_strategy(void *v)
{
	struct vop_strategy_args *ap = v;
	struct vnode *vp = ap->a_vp, *devvp = VTOEI(vp)->i_emp->em_devvp;
	struct buf *bp = ap->a_bp;
	int error = 0;

	if (!BUF_ISREAD(bp))
		error = EROFS;
	else if (bp->b_blkno < FILEDADDR && bp->b_blkno == bp->b_lblkno)
		error = VOP_BMAP(vp, bp->b_lblkno, &devvp, &bp->b_blkno,
		    NULL);
	if (error == 0 && bp->b_blkno >= FILEDADDR)
		error = strategy_file(VTOEI(vp), bp);
	else if (error == 0 && bp->b_blkno == -1)
		clrbuf(bp);
	else if (error == 0)
		return VOP_STRATEGY(devvp, bp);
	bp->b_error = error;
	bp->b_resid = error ? bp->b_bcount : 0;
	biodone(bp);
	return error;
}

static int
ext2fs_print(void *v)
{
	struct vop_print_args *ap = v;
	struct ext2_inode *ip = VTOEI(ap->a_vp);

	printf("tag VT_EXT2FS, ino %u, mode 0%o, flags 0x%x, size %" PRIu64
	    "\n", ip->i_ino, ip->i_mode, ip->i_flags, ip->i_size);
	return 0;
}

static int
ext2fs_pathconf(void *v)
{
	struct vop_pathconf_args *ap = v;

	switch (ap->a_name) {
	case _PC_LINK_MAX:
		*ap->a_retval = E2_LINKMAX;
		return 0;
	case _PC_NAME_MAX:
		*ap->a_retval = E2_NAMEMAX;
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
	case _PC_SYMLINK_MAX:
		*ap->a_retval = VTOEI(ap->a_vp)->i_emp->em_bsize - 1;
		return 0;
	default:
		return EINVAL;
	}
}

static int
ext2fs_advlock(void *v)
{
	struct vop_advlock_args *ap = v;

	return lf_advlock(ap, &VTOE(ap->a_vp)->en_lockf,
	    (off_t)VTOEI(ap->a_vp)->i_size);
}

static int
ext2fs_getextattr(void *v)
{
	struct vop_getextattr_args *ap = v;
	int error;

	error = extattr_check_cred(ap->a_vp,
	    ap->a_attrnamespace == EXTATTR_NAMESPACE_USER ? "user." :
	    ap->a_name, ap->a_cred, VREAD);
	if (error)
		return error;
	return ext2fs_xatget(VTOEI(ap->a_vp), ap->a_attrnamespace, ap->a_name,
	    ap->a_uio, ap->a_size);
}

static int
ext2fs_listextattr(void *v)
{
	struct vop_listextattr_args *ap = v;

	return ext2fs_xatlist(VTOEI(ap->a_vp), ap->a_attrnamespace, ap->a_uio,
	    ap->a_size, ap->a_flag);
}

int (**ext2fs_vnodeop_p)(void *);
static const struct vnodeopv_entry_desc ext2fs_vnodeop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, ext2fs_lookup },
	{ &vop_create_desc, genfs_eopnotsupp },
	{ &vop_mknod_desc, genfs_eopnotsupp },
	{ &vop_open_desc, ext2fs_open },
	{ &vop_close_desc, genfs_nullop },
	{ &vop_access_desc, ext2fs_access },
	{ &vop_getattr_desc, ext2fs_getattr },
	{ &vop_setattr_desc, ext2fs_setattr },
	{ &vop_read_desc, ext2fs_read },
	{ &vop_write_desc, ext2fs_write },
	{ &vop_fallocate_desc, genfs_eopnotsupp },
	{ &vop_fdiscard_desc, genfs_eopnotsupp },
	{ &vop_ioctl_desc, ext2fs_ioctl },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_poll_desc, genfs_poll },
	{ &vop_kqfilter_desc, genfs_kqfilter },
	{ &vop_revoke_desc, genfs_revoke },
	{ &vop_mmap_desc, genfs_mmap },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_seek_desc, genfs_seek },
	{ &vop_remove_desc, genfs_eopnotsupp },
	{ &vop_link_desc, genfs_eopnotsupp },
	{ &vop_rename_desc, genfs_eopnotsupp },
	{ &vop_mkdir_desc, genfs_eopnotsupp },
	{ &vop_rmdir_desc, genfs_eopnotsupp },
	{ &vop_symlink_desc, genfs_eopnotsupp },
	{ &vop_readdir_desc, ext2fs_readdir },
	{ &vop_readlink_desc, ext2fs_readlink },
	{ &vop_abortop_desc, genfs_abortop },
	{ &vop_inactive_desc, ext2fs_inactive },
	{ &vop_reclaim_desc, ext2fs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_bmap_desc, ext2fs_bmap },
	{ &vop_strategy_desc, ext2fs_strategy },
	{ &vop_print_desc, ext2fs_print },
	{ &vop_pathconf_desc, ext2fs_pathconf },
	{ &vop_advlock_desc, ext2fs_advlock },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_getpages_desc, genfs_getpages },
	{ &vop_putpages_desc, genfs_putpages },
	{ &vop_getextattr_desc, ext2fs_getextattr },
	{ &vop_listextattr_desc, ext2fs_listextattr },
	{ NULL, NULL }
};
const struct vnodeopv_desc ext2fs_vnodeop_opv_desc = {
	&ext2fs_vnodeop_p, ext2fs_vnodeop_entries
};

int (**ext2fs_specop_p)(void *);
static const struct vnodeopv_entry_desc ext2fs_specop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, spec_lookup },
	{ &vop_open_desc, spec_open },
	{ &vop_close_desc, spec_close },
	{ &vop_access_desc, ext2fs_access },
	{ &vop_getattr_desc, ext2fs_getattr },
	{ &vop_setattr_desc, ext2fs_setattr },
	{ &vop_read_desc, spec_read },
	{ &vop_write_desc, spec_write },
	{ &vop_fdiscard_desc, spec_fdiscard },
	{ &vop_ioctl_desc, spec_ioctl },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_poll_desc, spec_poll },
	{ &vop_kqfilter_desc, spec_kqfilter },
	{ &vop_revoke_desc, spec_revoke },
	{ &vop_mmap_desc, spec_mmap },
	{ &vop_fsync_desc, spec_fsync },
	{ &vop_seek_desc, spec_seek },
	{ &vop_inactive_desc, ext2fs_inactive },
	{ &vop_reclaim_desc, ext2fs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_bmap_desc, spec_bmap },
	{ &vop_strategy_desc, spec_strategy },
	{ &vop_print_desc, ext2fs_print },
	{ &vop_pathconf_desc, spec_pathconf },
	{ &vop_advlock_desc, spec_advlock },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_getpages_desc, spec_getpages },
	{ &vop_putpages_desc, spec_putpages },
	{ &vop_getextattr_desc, ext2fs_getextattr },
	{ &vop_listextattr_desc, ext2fs_listextattr },
	{ NULL, NULL }
};
const struct vnodeopv_desc ext2fs_specop_opv_desc = {
	&ext2fs_specop_p, ext2fs_specop_entries
};

int (**ext2fs_fifoop_p)(void *);
static const struct vnodeopv_entry_desc ext2fs_fifoop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, vn_fifo_bypass },
	{ &vop_open_desc, vn_fifo_bypass },
	{ &vop_close_desc, vn_fifo_bypass },
	{ &vop_access_desc, ext2fs_access },
	{ &vop_getattr_desc, ext2fs_getattr },
	{ &vop_setattr_desc, ext2fs_setattr },
	{ &vop_read_desc, vn_fifo_bypass },
	{ &vop_write_desc, vn_fifo_bypass },
	{ &vop_ioctl_desc, vn_fifo_bypass },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_poll_desc, vn_fifo_bypass },
	{ &vop_kqfilter_desc, vn_fifo_bypass },
	{ &vop_revoke_desc, vn_fifo_bypass },
	{ &vop_mmap_desc, vn_fifo_bypass },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_seek_desc, vn_fifo_bypass },
	{ &vop_inactive_desc, ext2fs_inactive },
	{ &vop_reclaim_desc, ext2fs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_bmap_desc, vn_fifo_bypass },
	{ &vop_strategy_desc, vn_fifo_bypass },
	{ &vop_print_desc, ext2fs_print },
	{ &vop_pathconf_desc, vn_fifo_bypass },
	{ &vop_advlock_desc, vn_fifo_bypass },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ &vop_getextattr_desc, ext2fs_getextattr },
	{ &vop_listextattr_desc, ext2fs_listextattr },
	{ NULL, NULL }
};
const struct vnodeopv_desc ext2fs_fifoop_opv_desc = {
	&ext2fs_fifoop_p, ext2fs_fifoop_entries
};
