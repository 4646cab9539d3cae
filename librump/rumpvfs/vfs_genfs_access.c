/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may do what to a file: the checks of genfs(9) that file systems hand
 * to kauth(9) as their own decision.  They look at their arguments only.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/extattr.h>
#include <sys/kauth.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>

int
genfs_can_access(enum vtype type, mode_t file_mode, uid_t uid, gid_t gid,
    mode_t acc_mode, kauth_cred_t cred)
{
	mode_t have, want = acc_mode & (VREAD | VWRITE | VEXEC);
	int ismember = 0;

	if (kauth_cred_geteuid(cred) == uid)
		have = file_mode >> 6;
	else if (kauth_cred_getegid(cred) == gid ||
	    (kauth_cred_ismember_gid(cred, gid, &ismember) == 0 && ismember))
		have = file_mode >> 3;
	else
		have = file_mode;
	return (have & want) == want ? 0 : EACCES;
}

static bool
cred_in_group(kauth_cred_t cred, gid_t gid)
{
	int ismember = 0;

	if (kauth_cred_getegid(cred) == gid)
		return true;
	return kauth_cred_ismember_gid(cred, gid, &ismember) == 0 && ismember;
}

int
genfs_can_chmod(enum vtype type, kauth_cred_t cred, uid_t cur_uid,
    gid_t cur_gid, mode_t new_mode)
{

	if (kauth_cred_geteuid(cred) != cur_uid)
		return EPERM;
	if (type != VDIR && (new_mode & S_ISTXT) != 0)
		return EFTYPE;
	if ((new_mode & S_ISGID) != 0 && !cred_in_group(cred, cur_gid))
		return EPERM;
	return 0;
}

/* Owners may give a file to a group of theirs, nothing else. */
int
genfs_can_chown(kauth_cred_t cred, uid_t cur_uid, gid_t cur_gid,
    uid_t new_uid, gid_t new_gid)
{

	if (kauth_cred_geteuid(cred) != cur_uid)
		return EPERM;
	if (new_uid != cur_uid)
		return EPERM;
	if (new_gid != cur_gid && !cred_in_group(cred, new_gid))
		return EPERM;
	return 0;
}

int
genfs_can_chtimes(vnode_t *vp, u_int vaflags, uid_t owner_uid,
    kauth_cred_t cred)
{

	if (kauth_cred_geteuid(cred) == owner_uid)
		return 0;
	if ((vaflags & VA_UTIMES_NULL) == 0)
		return EPERM;
	return VOP_ACCESS(vp, VWRITE, cred);
}

int
genfs_can_chflags(kauth_cred_t cred, enum vtype type, uid_t owner_uid,
    bool changing_sysflags)
{

	if (kauth_cred_geteuid(cred) != owner_uid || changing_sysflags)
		return EPERM;
	return 0;
}

/* In a sticky directory: owners of the directory or of the file only. */
int
genfs_can_sticky(kauth_cred_t cred, uid_t dir_uid, uid_t file_uid)
{

	if (kauth_cred_geteuid(cred) != dir_uid &&
	    kauth_cred_geteuid(cred) != file_uid)
		return EPERM;
	return 0;
}

/*
 * Extended attributes by the namespace that their names begin with: user.*
 * goes with access to the file, system.* and security.* may be read by all
 * and are set by the superuser, all others are the superuser's.
 */
int
extattr_check_cred(struct vnode *vp, const char *attr, kauth_cred_t cred,
    int access)
{

	if (cred == NOCRED || cred == FSCRED)
		return 0;
	if (strncmp(attr, "user.", 5) == 0)
		return VOP_ACCESS(vp, access, cred);
	if (access == VREAD && (strncmp(attr, "system.", 7) == 0 ||
	    strncmp(attr, "security.", 9) == 0))
		return 0;
	return kauth_authorize_generic(cred, KAUTH_GENERIC_ISSUSER, NULL);
}
