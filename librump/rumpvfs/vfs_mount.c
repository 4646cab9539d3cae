/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounted file systems: their life, the list of them, unmounting.
 *
 * Locking: mountlist_lock protects the list.  busy_lock protects mnt_busycnt
 * and mnt_unmounter: a mount is unmounted only when nobody has it busy, and
 * who wants it busy meanwhile waits for the outcome.  mnt_refcnt is atomic;
 * it keeps the memory.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>

#include <rump-priv/io.h>
#include <rump-priv/vnode.h>

struct mntlist mountlist = TAILQ_HEAD_INITIALIZER(mountlist);
kmutex_t mountlist_lock;

static kmutex_t busy_lock;
static kmutex_t statvfs_lock;		/* the numbers in mnt_stat */
static kcondvar_t busy_cv;
static uint64_t mount_gen;

void
rump_mount_init(void)
{

	mutex_init(&mountlist_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&busy_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&statvfs_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&busy_cv, "mntbusy");
}

/*
 * Life of a mount.
 */

/* One reference; the caller's to the type becomes the mount's. */
struct mount *
vfs_mountalloc(struct vfsops *ops, struct vnode *covered)
{
	struct mount *mp;

	mp = kmem_zalloc(sizeof(*mp), KM_SLEEP);
	mp->mnt_op = ops;
	mp->mnt_refcnt = 1;
	mp->mnt_vnodecovered = covered;
	TAILQ_INIT(&mp->mnt_vnodelist);
	mutex_init(&mp->mnt_renamelock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&mp->mnt_updating, MUTEX_DEFAULT, IPL_NONE);
	mp->mnt_gen = atomic_inc_64_nv(&mount_gen);
	return mp;
}

void
vfs_reference(struct mount *mp)
{

	atomic_inc_uint((volatile unsigned *)&mp->mnt_refcnt);
}

/* Drop a reference; the last one frees the mount. */
void
vfs_destroy(struct mount *mp)
{

	if (atomic_dec_uint_nv((volatile unsigned *)&mp->mnt_refcnt) > 0)
		return;
	KASSERT(TAILQ_EMPTY(&mp->mnt_vnodelist));
	mutex_destroy(&mp->mnt_renamelock);
	mutex_destroy(&mp->mnt_updating);
	if (mp->mnt_op != NULL)
		vfs_delref(mp->mnt_op);
	kmem_free(mp, sizeof(*mp));
}

/*
 * A mount for a root file system of the given type, busy.  ENODEV: no such
 * type.
 */
int
vfs_rootmountalloc(const char *fstypename, const char *devname,
    struct mount **mpp)
{
	struct vfsops *ops;
	struct mount *mp;

	ops = vfs_getopsbyname(fstypename);
	if (ops == NULL)
		return ENODEV;
	mp = vfs_mountalloc(ops, NULL);
	(void)vfs_busy(mp, NULL);
	mp->mnt_flag = MNT_RDONLY;
	(void)strlcpy(mp->mnt_stat.f_fstypename, ops->vfs_name,
	    sizeof(mp->mnt_stat.f_fstypename));
	mp->mnt_stat.f_mntonname[0] = '/';
	mp->mnt_stat.f_mntonname[1] = '\0';
	(void)strlcpy(mp->mnt_stat.f_mntfromname, devname,
	    sizeof(mp->mnt_stat.f_mntfromname));
	*mpp = mp;
	return 0;
}

/*
 * Take a busy reference.  With NEXTP mountlist_lock is held; it is released
 * on success, and *NEXTP set on failure.
 */
int
vfs_busy(struct mount *mp, struct mount **nextp)
{

	vfs_reference(mp);
	if (nextp != NULL)
		mutex_exit(&mountlist_lock);
	mutex_enter(&busy_lock);
	while (mp->mnt_unmounter != NULL && mp->mnt_unmounter != curlwp &&
	    (rump_mount_iflag(mp) & IMNT_GONE) == 0)
		cv_wait(&busy_cv, &busy_lock);
	if ((rump_mount_iflag(mp) & IMNT_GONE) == 0) {
		mp->mnt_busycnt++;
		mutex_exit(&busy_lock);
		return 0;
	}
	mutex_exit(&busy_lock);
	if (nextp != NULL) {
		/* It is off the list: start again from the oldest. */
		mutex_enter(&mountlist_lock);
		*nextp = TAILQ_FIRST(&mountlist);
	}
	vfs_destroy(mp);
	return ENOENT;
}

void
vfs_unbusy(struct mount *mp, bool keepref, struct mount **nextp)
{

	mutex_enter(&busy_lock);
	KASSERT(mp->mnt_busycnt > 0);
	if (--mp->mnt_busycnt == 0 && mp->mnt_unmounter != NULL)
		cv_broadcast(&busy_cv);
	mutex_exit(&busy_lock);
	if (nextp != NULL) {
		mutex_enter(&mountlist_lock);
		*nextp = (rump_mount_iflag(mp) & IMNT_GONE) ?
		    TAILQ_FIRST(&mountlist) : TAILQ_NEXT(mp, mnt_list);
	}
	if (!keepref)
		vfs_destroy(mp);
}

void
mountlist_append(struct mount *mp)
{

	mutex_enter(&mountlist_lock);
	TAILQ_INSERT_TAIL(&mountlist, mp, mnt_list);
	mutex_exit(&mountlist_lock);
}

/* The mount with this id, unreferenced, or NULL. */
struct mount *
vfs_getvfs(fsid_t *fsid)
{
	struct mount *mp;

	mutex_enter(&mountlist_lock);
	TAILQ_FOREACH(mp, &mountlist, mnt_list)
		if (mp->mnt_stat.f_fsidx.__fsid_val[0] ==
		    fsid->__fsid_val[0] &&
		    mp->mnt_stat.f_fsidx.__fsid_val[1] == fsid->__fsid_val[1])
			break;
	mutex_exit(&mountlist_lock);
	return mp;
}

/* Give MP an id that no other mount has. */
void
vfs_getnewfsid(struct mount *mp)
{
	static uint32_t next;
	const int mtype = (int)makefstype(mp->mnt_op->vfs_name);
	fsid_t fsid;

	fsid.__fsid_val[1] = mtype;
	do {
		fsid.__fsid_val[0] = (int32_t)makedev(mtype & 255,
		    atomic_inc_uint_nv(&next));
	} while (vfs_getvfs(&fsid) != NULL);
	mp->mnt_stat.f_fsidx = fsid;
	mp->mnt_stat.f_fsid = fsid.__fsid_val[0];
}

/*
 * Unmount.
 */

/* Become the only one who has to do with MP. */
static int
unmount_claim(struct mount *mp, struct lwp *l)
{

	mutex_enter(&busy_lock);
	while (mp->mnt_unmounter != NULL &&
	    (rump_mount_iflag(mp) & IMNT_GONE) == 0)
		cv_wait(&busy_cv, &busy_lock);
	if (rump_mount_iflag(mp) & IMNT_GONE) {
		mutex_exit(&busy_lock);
		return ENOENT;
	}
	mp->mnt_unmounter = l;
	while (mp->mnt_busycnt > 0)
		cv_wait(&busy_cv, &busy_lock);
	mutex_exit(&busy_lock);
	return 0;
}

static void
unmount_release(struct mount *mp, bool gone)
{

	mutex_enter(&busy_lock);
	if (gone)
		__atomic_or_fetch(&mp->mnt_iflag, IMNT_GONE, __ATOMIC_RELAXED);
	else
		mp->mnt_unmounter = NULL;
	cv_broadcast(&busy_cv);
	mutex_exit(&busy_lock);
}

/* MP is gone: uncover what it covered, take it off the list. */
static void
unmount_detach(struct mount *mp)
{
	struct vnode *covered = mp->mnt_vnodecovered;

	mutex_enter(&mountlist_lock);
	TAILQ_REMOVE(&mountlist, mp, mnt_list);
	mutex_exit(&mountlist_lock);
	if (covered != NULL) {
		vn_lock(covered, LK_EXCLUSIVE | LK_RETRY);
		if (covered->v_mountedhere == mp)
			rump_vnode_cover(covered, NULL);
		VOP_UNLOCK(covered);
	}
	vfs_hooks_unmount(mp);
}

/* The caller has a reference to MP and keeps it. */
int
dounmount(struct mount *mp, int flags, struct lwp *l)
{
	struct vnode *covered;
	bool wasasync;
	int error;

	error = unmount_claim(mp, l);
	if (error != 0)
		return error;
	mutex_enter(&mp->mnt_updating);
	__atomic_or_fetch(&mp->mnt_iflag, IMNT_UNMOUNT, __ATOMIC_RELAXED);
	wasasync = (mp->mnt_flag & MNT_ASYNC) != 0;
	if (wasasync)
		mp->mnt_flag &= ~MNT_ASYNC;
	cache_purgevfs(mp);
	error = 0;
	if ((mp->mnt_flag & MNT_RDONLY) == 0)
		error = VFS_SYNC(mp, MNT_WAIT, l->l_cred);
	if (error == 0 || (flags & MNT_FORCE) != 0)
		error = VFS_UNMOUNT(mp, flags);
	if (error != 0) {
		__atomic_and_fetch(&mp->mnt_iflag, ~IMNT_UNMOUNT,
		    __ATOMIC_RELAXED);
		if (wasasync)
			mp->mnt_flag |= MNT_ASYNC;
		mutex_exit(&mp->mnt_updating);
		unmount_release(mp, false);
		return error;
	}
	/* Who waits to enter the mount must find the directory uncovered. */
	unmount_detach(mp);
	unmount_release(mp, true);
	mutex_exit(&mp->mnt_updating);
	covered = mp->mnt_vnodecovered;
	mp->mnt_vnodecovered = NULL;
	vfs_destroy(mp);
	if (covered != NULL)
		vrele(covered);
	return 0;
}

/* The youngest mount but the root that is older than LIMIT, referenced. */
static struct mount *
mount_before(uint64_t limit)
{
	struct mount *mp, *found = NULL;

	mutex_enter(&mountlist_lock);
	TAILQ_FOREACH(mp, &mountlist, mnt_list)
		if (mp->mnt_vnodecovered != NULL && mp->mnt_gen < limit &&
		    (found == NULL || mp->mnt_gen > found->mnt_gen))
			found = mp;
	if (found != NULL)
		vfs_reference(found);
	mutex_exit(&mountlist_lock);
	return found;
}

/*
 * Unmount all but the root, youngest first, for what is mounted on another
 * mount is younger; then write out what is left.
 */
void
rump_vfs_unmountall(struct lwp *l)
{
	struct mount *mp;
	uint64_t limit = UINT64_MAX;

	while ((mp = mount_before(limit)) != NULL) {
		limit = mp->mnt_gen;
		(void)dounmount(mp, MNT_FORCE, l);
		vfs_destroy(mp);
	}
	do_sys_sync(l);
}

/*
 * Statistics.
 */

int
set_statvfs_info(const char *onp, int ukon, const char *fromp, int ukfrom,
    const char *vfsname, struct mount *mp, struct lwp *l)
{
	struct statvfs *sb = &mp->mnt_stat;
	size_t size = sizeof(sb->f_mntonname) - 1, done;
	int error = 0;

	(void)strlcpy(sb->f_fstypename, vfsname, sizeof(sb->f_fstypename));
	if (onp != NULL) {
		memset(sb->f_mntonname, 0, sizeof(sb->f_mntonname));
		error = (ukon == UIO_SYSSPACE ? copystr : copyinstr)(onp,
		    sb->f_mntonname, size, &done);
		if (error != 0)
			return error;
	}
	if (fromp != NULL) {
		memset(sb->f_mntfromname, 0, sizeof(sb->f_mntfromname));
		error = (ukfrom == UIO_SYSSPACE ? copystr : copyinstr)(fromp,
		    sb->f_mntfromname, size, &done);
	}
	return error;
}

void
copy_statvfs_info(struct statvfs *sbp, const struct mount *mp)
{
	const struct statvfs *mbp = &mp->mnt_stat;

	if (sbp == mbp)
		return;
	(void)memcpy(&sbp->f_fsidx, &mbp->f_fsidx, sizeof(sbp->f_fsidx));
	sbp->f_fsid = mbp->f_fsid;
	sbp->f_owner = mbp->f_owner;
	sbp->f_flag = mbp->f_flag;
	sbp->f_syncwrites = mbp->f_syncwrites;
	sbp->f_asyncwrites = mbp->f_asyncwrites;
	sbp->f_syncreads = mbp->f_syncreads;
	sbp->f_asyncreads = mbp->f_asyncreads;
	(void)memcpy(sbp->f_spare, mbp->f_spare, sizeof(sbp->f_spare));
	(void)strlcpy(sbp->f_fstypename, mbp->f_fstypename,
	    sizeof(sbp->f_fstypename));
	(void)strlcpy(sbp->f_mntonname, mbp->f_mntonname,
	    sizeof(sbp->f_mntonname));
	(void)strlcpy(sbp->f_mntfromname, mbp->f_mntfromname,
	    sizeof(sbp->f_mntfromname));
	sbp->f_namemax = mbp->f_namemax;
}

/*
 * The numbers that a file system has just counted, for who asks without
 * waiting.  The names and ids do not change and are not touched.
 */
static void
statvfs_remember(struct mount *mp, const struct statvfs *sp)
{
	struct statvfs *mbp = &mp->mnt_stat;

	mutex_enter(&statvfs_lock);
	mbp->f_bsize = sp->f_bsize;
	mbp->f_frsize = sp->f_frsize;
	mbp->f_iosize = sp->f_iosize;
	mbp->f_blocks = sp->f_blocks;
	mbp->f_bfree = sp->f_bfree;
	mbp->f_bavail = sp->f_bavail;
	mbp->f_bresvd = sp->f_bresvd;
	mbp->f_files = sp->f_files;
	mbp->f_ffree = sp->f_ffree;
	mbp->f_favail = sp->f_favail;
	mbp->f_fresvd = sp->f_fresvd;
	mutex_exit(&statvfs_lock);
}

/* Show a process with a root of its own the directory as it sees it. */
static int
statvfs_chrooted(struct mount *mp, struct statvfs *sp, struct lwp *l,
    struct vnode *rdir, int root)
{
	char *path, *bp;
	size_t len;
	int error;

	path = PNBUF_GET();
	bp = path + MAXPATHLEN;
	*--bp = '\0';
	error = getcwd_common(rdir, rootvnode, &bp, path, MAXPATHLEN / 2, 0,
	    l);
	if (error != 0) {
		PNBUF_PUT(path);
		return error;
	}
	len = strlen(bp);
	if (len == 1 && bp[0] == '/')
		len = 0;
	if (strncmp(bp, sp->f_mntonname, len) == 0 &&
	    (sp->f_mntonname[len] == '/' || sp->f_mntonname[len] == '\0')) {
		memmove(sp->f_mntonname, sp->f_mntonname + len,
		    strlen(sp->f_mntonname + len) + 1);
		if (sp->f_mntonname[0] == '\0')
			(void)strlcpy(sp->f_mntonname, "/",
			    sizeof(sp->f_mntonname));
	} else if (rdir->v_mount == mp) {
		(void)strlcpy(sp->f_mntonname, "/", sizeof(sp->f_mntonname));
	} else if (root) {
		error = EPERM;
	}
	PNBUF_PUT(path);
	return error;
}

/*
 * With ROOT a mount outside the process's root is refused (EPERM), else it
 * is shown under its real name.
 */
int
dostatvfs(struct mount *mp, struct statvfs *sp, struct lwp *l, int flags,
    int root)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;
	struct vnode *rdir;
	int error = 0;

	memset(sp, 0, sizeof(*sp));
	if (flags == MNT_NOWAIT || flags == MNT_LAZY) {
		mutex_enter(&statvfs_lock);
		*sp = mp->mnt_stat;
		mutex_exit(&statvfs_lock);
	} else {
		error = VFS_STATVFS(mp, sp);
		if (error != 0)
			return error;
		copy_statvfs_info(sp, mp);
		if (cwdi->cwdi_rdir == NULL)
			statvfs_remember(mp, sp);
	}
	sp->f_flag = (unsigned)mp->mnt_flag & MNT_VISFLAGMASK;
	rdir = cwdi->cwdi_rdir;
	if (rdir != NULL) {
		vref(rdir);
		error = statvfs_chrooted(mp, sp, l, rdir, root);
		vrele(rdir);
	}
	return error;
}

/*
 * Write everything out.
 */
int
do_sys_sync(struct lwp *l)
{
	struct mount *mp, *nmp;

	mutex_enter(&mountlist_lock);
	for (mp = TAILQ_FIRST(&mountlist); mp != NULL; mp = nmp) {
		if (vfs_busy(mp, &nmp) != 0)
			continue;
		mutex_enter(&mp->mnt_updating);
		if ((mp->mnt_flag & MNT_RDONLY) == 0)
			(void)VFS_SYNC(mp, MNT_NOWAIT, l->l_cred);
		mutex_exit(&mp->mnt_updating);
		vfs_unbusy(mp, false, &nmp);
	}
	mutex_exit(&mountlist_lock);
	/* And what programs wrote to devices themselves. */
	(void)rump_bufcache_sync();
	return 0;
}
