/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_xattr.c - extended attributes, a list with each file.
 * Locking: the vnode lock, exclusive to change.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/extattr.h>
#include <sys/kauth.h>
#include <sys/uio.h>

#include <miscfs/genfs/genfs.h>

/* Largest value, and all attributes of a file together. */
#define XATTR_VALUE_MAX	65536
#define XATTR_COUNT_MAX	1024

static void
xattr_free(struct tmpfs_mount *tm, struct tmpfs_xattr *x)
{

	if (x->tx_value != NULL)
		tmpfs_free(tm, x->tx_value, x->tx_size);
	tmpfs_free(tm, x, sizeof(*x) + x->tx_namelen + 1);
}

void
tmpfs_xattr_purge(struct tmpfs_mount *tm, struct tmpfs_node *node)
{
	struct tmpfs_xattr *x;

	while ((x = LIST_FIRST(&node->tn_xattrs)) != NULL) {
		LIST_REMOVE(x, tx_link);
		xattr_free(tm, x);
	}
}

static struct tmpfs_xattr *
xattr_find(struct tmpfs_node *node, int ns, const char *name)
{
	struct tmpfs_xattr *x;

	LIST_FOREACH(x, &node->tn_xattrs, tx_link)
		if (x->tx_ns == ns && strcmp(x->tx_name, name) == 0)
			return x;
	return NULL;
}

/*
 * User attributes go with the right to the content; only who may do
 * everything sees the system's.
 */
static int
xattr_check(struct vnode *vp, int ns, kauth_cred_t cred, int mode)
{

	switch (ns) {
	case EXTATTR_NAMESPACE_SYSTEM:
		return extattr_check_cred(vp,
		    EXTATTR_NAMESPACE_SYSTEM_STRING, cred, mode);
	case EXTATTR_NAMESPACE_USER:
		return extattr_check_cred(vp, EXTATTR_NAMESPACE_USER_STRING,
		    cred, mode);
	default:
		return EINVAL;
	}
}

static int
xattr_check_change(struct vnode *vp, int ns, kauth_cred_t cred)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);

	if (vp->v_mount->mnt_flag & MNT_RDONLY)
		return EROFS;
	if (node->tn_flags & (IMMUTABLE | APPEND))
		return EPERM;
	return xattr_check(vp, ns, cred, VWRITE);
}

int
tmpfs_getextattr(void *v)
{
	struct vop_getextattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_xattr *x;
	int error;

	error = xattr_check(vp, ap->a_attrnamespace, ap->a_cred, VREAD);
	if (error != 0)
		return error;
	x = xattr_find(VP_TO_TMPFS_NODE(vp), ap->a_attrnamespace, ap->a_name);
	if (x == NULL)
		return ENOATTR;
	if (ap->a_size != NULL)
		*ap->a_size = x->tx_size;
	if (ap->a_uio == NULL || x->tx_size == 0)
		return 0;
	return uiomove_frombuf(x->tx_value, x->tx_size, ap->a_uio);
}

/* A new attribute with its value, read from uio. */
static int
xattr_new(struct tmpfs_mount *tm, int ns, const char *name, struct uio *uio,
    struct tmpfs_xattr **xp)
{
	const size_t namelen = strlen(name), size = uio->uio_resid;
	struct tmpfs_xattr *x;
	int error = 0;

	x = tmpfs_alloc(tm, sizeof(*x) + namelen + 1);
	if (x == NULL)
		return ENOSPC;
	x->tx_ns = ns;
	x->tx_namelen = namelen;
	memcpy(x->tx_name, name, namelen + 1);
	x->tx_size = size;
	if (size > 0) {
		x->tx_value = tmpfs_alloc(tm, size);
		error = x->tx_value == NULL ? ENOSPC :
		    uiomove(x->tx_value, size, uio);
	}
	if (error != 0)
		xattr_free(tm, x);
	else
		*xp = x;
	return error;
}

int
tmpfs_setextattr(void *v)
{
	struct vop_setextattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_mount *tm = VP_TO_TMPFS(vp);
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct tmpfs_xattr *x, *old;
	unsigned int n = 0;
	int error;

	error = xattr_check_change(vp, ap->a_attrnamespace, ap->a_cred);
	if (error != 0)
		return error;
	if (ap->a_uio == NULL || ap->a_name[0] == '\0' ||
	    ap->a_uio->uio_offset != 0)
		return EINVAL;
	if (strlen(ap->a_name) > EXTATTR_MAXNAMELEN)
		return ENAMETOOLONG;
	if (ap->a_uio->uio_resid > XATTR_VALUE_MAX)
		return E2BIG;
	old = xattr_find(node, ap->a_attrnamespace, ap->a_name);
	LIST_FOREACH(x, &node->tn_xattrs, tx_link)
		n++;
	if (old == NULL && n >= XATTR_COUNT_MAX)
		return ENOSPC;
	error = xattr_new(tm, ap->a_attrnamespace, ap->a_name, ap->a_uio, &x);
	if (error != 0)
		return error;
	if (old != NULL) {
		LIST_REMOVE(old, tx_link);
		xattr_free(tm, old);
	}
	LIST_INSERT_HEAD(&node->tn_xattrs, x, tx_link);
	tmpfs_touch(vp, TMPFS_CTIME);
	VN_KNOTE(vp, NOTE_ATTRIB);
	return 0;
}

/* One name in the form asked for. */
static int
list_one(const struct tmpfs_xattr *x, bool lenprefix, struct uio *uio)
{
	uint8_t len = (uint8_t)x->tx_namelen;
	int error;

	if (!lenprefix)
		return uiomove(__UNCONST(x->tx_name), x->tx_namelen + 1, uio);
	error = uiomove(&len, 1, uio);
	if (error == 0)
		error = uiomove(__UNCONST(x->tx_name), x->tx_namelen, uio);
	return error;
}

int
tmpfs_listextattr(void *v)
{
	struct vop_listextattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_xattr *x;
	size_t total = 0;
	int error;

	error = xattr_check(vp, ap->a_attrnamespace, ap->a_cred, VREAD);
	if (error != 0)
		return error;
	LIST_FOREACH(x, &VP_TO_TMPFS_NODE(vp)->tn_xattrs, tx_link) {
		if (x->tx_ns != ap->a_attrnamespace)
			continue;
		total += x->tx_namelen + 1;
		if (ap->a_uio == NULL)
			continue;
		/* No half names: what does not fit is only counted. */
		if (ap->a_uio->uio_resid < x->tx_namelen + 1)
			continue;
		error = list_one(x, ap->a_flag == EXTATTR_LIST_LENPREFIX,
		    ap->a_uio);
		if (error != 0)
			return error;
	}
	if (ap->a_size != NULL)
		*ap->a_size = total;
	return 0;
}

int
tmpfs_deleteextattr(void *v)
{
	struct vop_deleteextattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_xattr *x;
	int error;

	error = xattr_check_change(vp, ap->a_attrnamespace, ap->a_cred);
	if (error != 0)
		return error;
	x = xattr_find(VP_TO_TMPFS_NODE(vp), ap->a_attrnamespace, ap->a_name);
	if (x == NULL)
		return ENOATTR;
	LIST_REMOVE(x, tx_link);
	xattr_free(VP_TO_TMPFS(vp), x);
	tmpfs_touch(vp, TMPFS_CTIME);
	VN_KNOTE(vp, NOTE_ATTRIB);
	return 0;
}
