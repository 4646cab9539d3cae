/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysctl(9): the tree, walking it, reading and writing plain nodes. sysctl_rw
 * guards the tree; it is held for reading by lookups, for writing by what
 * changes the tree or a value. kern_sysctl_create.c changes the tree,
 * kern_sysctl_query.c describes it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/rwlock.h>
#include <sys/syscallargs.h>
#include <sys/sysctl.h>

#include <rump-priv/kern.h>
#include "sysctl_impl.h"

static krwlock_t sysctl_rw;

struct sysctlnode sysctl_root = {
	.sysctl_flags = SYSCTL_VERSION | CTLFLAG_ROOT | CTLTYPE_NODE |
	    CTLFLAG_READWRITE,
	.sysctl_num = 0,
	.sysctl_name = "(root)",
};

void
sysctl_lock(bool write)
{

	rw_enter(&sysctl_rw, write ? RW_WRITER : RW_READER);
}

void
sysctl_relock(void)
{

	rw_enter(&sysctl_rw, RW_WRITER);
}

void
sysctl_unlock(void)
{

	rw_exit(&sysctl_rw);
}

void
rump_sysctl_tree_init(void)
{

	rw_init(&sysctl_rw);
}

int
sysctl_copyin(struct lwp *l, const void *uaddr, void *kaddr, size_t len)
{

	if (l != NULL)
		return copyin(uaddr, kaddr, len);
	memcpy(kaddr, uaddr, len);
	return 0;
}

int
sysctl_copyout(struct lwp *l, const void *kaddr, void *uaddr, size_t len)
{

	if (l != NULL)
		return copyout(kaddr, uaddr, len);
	memcpy(uaddr, kaddr, len);
	return 0;
}

int
sysctl_copyinstr(struct lwp *l, const void *uaddr, void *kaddr, size_t len,
    size_t *done)
{

	if (l != NULL)
		return copyinstr(uaddr, kaddr, len, done);
	return copystr(uaddr, kaddr, len, done);
}

/* Whether l may see a private subtree or change something. */
int
rump_sysctl_auth(struct lwp *l, int req, const struct sysctlnode *node)
{

	if (l == NULL)
		return 0;
	return kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_SYSCTL,
	    (enum kauth_system_req)req, __UNCONST(node), NULL, NULL);
}

/* The child of that number; aliases lead to what they stand for. */
struct sysctlnode *
rump_sysctl_child(const struct sysctlnode *pnode, int num)
{
	struct sysctlnode *node = pnode->sysctl_child;
	uint32_t i;
	int hops;

	if (SYSCTL_TYPE(pnode->sysctl_flags) != CTLTYPE_NODE)
		return NULL;
	for (hops = 0; hops < 2; hops++) {
		for (i = 0; i < pnode->sysctl_clen; i++) {
			if (node[i].sysctl_num == num)
				break;
		}
		if (i == pnode->sysctl_clen)
			return NULL;
		if ((node[i].sysctl_flags & CTLFLAG_ALIAS) == 0)
			return &node[i];
		num = node[i].sysctl_alias;
	}
	return NULL;
}

int
sysctl_locate(struct lwp *l, const int *name, u_int namelen,
    const struct sysctlnode **rnode, int *nip)
{
	const struct sysctlnode *node, *pnode;
	int error = 0;
	u_int ni;

	pnode = *rnode != NULL ? *rnode : &sysctl_root;
	if (SYSCTL_VERS(pnode->sysctl_flags) != SYSCTL_VERSION)
		return EINVAL;
	for (ni = 0; ni < namelen; ni++) {
		if (SYSCTL_TYPE(pnode->sysctl_flags) != CTLTYPE_NODE) {
			error = ENOTDIR;
			break;
		}
		/* Verbs, and nodes whose handler does the rest itself. */
		if (name[ni] < 0 || pnode->sysctl_func != NULL)
			break;
		if (pnode->sysctl_clen == 1 &&
		    (pnode->sysctl_child[0].sysctl_flags &
		    CTLFLAG_ANYNUMBER) != 0)
			node = &pnode->sysctl_child[0];
		else
			node = rump_sysctl_child(pnode, name[ni]);
		if (node == NULL) {
			error = ENOENT;
			break;
		}
		if ((node->sysctl_flags & CTLFLAG_PRIVATE) != 0 &&
		    (error = rump_sysctl_auth(l,
		    KAUTH_REQ_SYSTEM_SYSCTL_PRVT, node)) != 0)
			break;
		pnode = node;
	}
	*rnode = pnode;
	if (nip != NULL)
		*nip = (int)ni;
	return error;
}

/* What a verb does, NULL if it is not one. */
static sysctlfn
verb_func(int verb)
{

	switch (verb) {
	case CTL_QUERY:
		return sysctl_query;
	case CTL_CREATE:
	case CTL_CREATESYM:
		return sysctl_create;
	case CTL_DESTROY:
		return sysctl_destroy;
	case CTL_DESCRIBE:
		return sysctl_describe;
	default:
		return NULL;
	}
}

int
sysctl_dispatch(SYSCTLFN_ARGS)
{
	sysctlfn fn;
	int error, ni;

	fn = NULL;
	error = sysctl_locate(l, name, namelen, &rnode, &ni);
	if (rnode->sysctl_func != NULL) {
		/* The handler sees what of the name is left. */
		if (error == 0 || error == ENOENT || error == ENOTDIR)
			fn = rnode->sysctl_func;
	} else if (error == 0) {
		if (namelen - (u_int)ni == 0)
			fn = sysctl_lookup;
		else if (name[ni] < 0 && namelen - (u_int)ni == 1) {
			if ((fn = verb_func(name[ni])) == NULL)
				error = EOPNOTSUPP;
		} else
			error = EINVAL;
	}
	if (fn == NULL)
		return error != 0 ? error : EOPNOTSUPP;
	return (*fn)(name + ni, namelen - (u_int)ni, oldp, oldlenp, newp,
	    newlen, oname, l, rnode);
}

int
sysctl_notavail(SYSCTLFN_ARGS)
{

	if (namelen == 1 && name[0] == CTL_QUERY)
		return sysctl_query(SYSCTLFN_CALL(rnode));
	return EOPNOTSUPP;
}

/* Where a node's value is. */
static void *
node_data(const struct sysctlnode *node)
{

	if ((node->sysctl_flags & CTLFLAG_IMMEDIATE) == 0)
		return node->sysctl_data;
	switch (SYSCTL_TYPE(node->sysctl_flags)) {
	case CTLTYPE_INT:
		return __UNCONST(&node->sysctl_idata);
	case CTLTYPE_QUAD:
		return __UNCONST(&node->sysctl_qdata);
	case CTLTYPE_BOOL:
		return __UNCONST(&node->sysctl_bdata);
	default:
		return NULL;
	}
}

static int
write_string(struct lwp *l, const struct sysctlnode *node, void *data,
    const void *newp, size_t newlen)
{
	size_t len;
	char *buf;
	int error;

	if (newlen > node->sysctl_size)
		return EINVAL;
	buf = kmem_alloc(newlen + 1, KM_SLEEP);
	if ((error = sysctl_copyin(l, newp, buf, newlen)) == 0) {
		buf[newlen] = '\0';
		len = strlen(buf);
		if (len >= node->sysctl_size)
			error = EINVAL;
		else
			memcpy(data, buf, len + 1);
	}
	kmem_free(buf, newlen + 1);
	return error;
}

static int
write_value(struct lwp *l, const struct sysctlnode *node, void *data,
    const void *newp, size_t newlen)
{
	uint64_t small;
	size_t size = node->sysctl_size;
	void *buf = &small;
	int error;

	if (newlen != size)
		return EINVAL;
	if (size > sizeof(small))
		buf = kmem_alloc(size, KM_SLEEP);
	/* Into a copy first: a fault must not leave half a value. */
	if ((error = sysctl_copyin(l, newp, buf, size)) == 0) {
		if (SYSCTL_TYPE(node->sysctl_flags) == CTLTYPE_BOOL)
			*(bool *)data = *(const uint8_t *)buf != 0;
		else
			memcpy(data, buf, size);
	}
	if (buf != &small)
		kmem_free(buf, size);
	return error;
}

int
sysctl_lookup(SYSCTLFN_ARGS)
{
	size_t sz, len;
	void *d;
	int error = 0;

	if (namelen != 0) {
		if (namelen == 1 && name[0] == CTL_QUERY)
			return sysctl_query(SYSCTLFN_CALL(rnode));
		if (namelen == 1 && name[0] == CTL_DESCRIBE)
			return sysctl_describe(SYSCTLFN_CALL(rnode));
		return EINVAL;
	}
	if (SYSCTL_TYPE(rnode->sysctl_flags) == CTLTYPE_NODE)
		return EISDIR;
	if ((d = node_data(rnode)) == NULL)
		return EOPNOTSUPP;
	if (newp != NULL) {
		if ((rnode->sysctl_flags & CTLFLAG_READWRITE) !=
		    CTLFLAG_READWRITE)
			return EPERM;
		if ((rnode->sysctl_flags & CTLFLAG_ANYWRITE) !=
		    CTLFLAG_ANYWRITE &&
		    (error = rump_sysctl_auth(l,
		    KAUTH_REQ_SYSTEM_SYSCTL_MODIFY, rnode)) != 0)
			return error;
	}
	sz = rnode->sysctl_size;
	if (SYSCTL_TYPE(rnode->sysctl_flags) == CTLTYPE_STRING)
		sz = strnlen(d, sz) + 1;
	if (oldlenp != NULL) {
		len = *oldlenp;
		*oldlenp = sz;
		if (oldp != NULL) {
			error = sysctl_copyout(l, d, oldp, MIN(len, sz));
			if (error != 0)
				return error;
			if (len < sz)
				error = ENOMEM;
		}
	}
	if (newp == NULL || error != 0)
		return error;
	if (SYSCTL_TYPE(rnode->sysctl_flags) == CTLTYPE_STRING)
		return write_string(l, rnode, d, newp, newlen);
	return write_value(l, rnode, d, newp, newlen);
}

int
old_sysctl(int *name, u_int namelen, void *oldp, size_t *oldlenp, void *newp,
    size_t newlen, struct lwp *l)
{
	size_t len = 0;
	int error;

	/* A verb or a value changes something: exclude the others. */
	sysctl_lock(newp != NULL);
	if (oldlenp != NULL)
		len = *oldlenp;
	error = sysctl_dispatch(name, namelen, oldp, &len, newp, newlen, name,
	    l, NULL);
	sysctl_unlock();
	if (error == 0 && oldp != NULL && oldlenp != NULL && *oldlenp < len)
		error = ENOMEM;
	if (oldlenp != NULL)
		*oldlenp = len;
	return error;
}

int
sys___sysctl(struct lwp *l, const struct sys___sysctl_args *uap,
    register_t *retval)
{
	int name[CTL_MAXNAME], error, error1;
	size_t len = 0;

	if (SCARG(uap, namelen) > CTL_MAXNAME || SCARG(uap, namelen) == 0)
		return EINVAL;
	error = copyin(SCARG(uap, name), name,
	    SCARG(uap, namelen) * sizeof(name[0]));
	if (error != 0)
		return error;
	if (SCARG(uap, oldlenp) != NULL) {
		error = copyin(SCARG(uap, oldlenp), &len, sizeof(len));
		if (error != 0)
			return error;
	}
	error = old_sysctl(name, SCARG(uap, namelen),
	    SCARG(uap, oldlenp) != NULL ? SCARG(uap, oldv) : NULL, &len,
	    __UNCONST(SCARG(uap, newv)), SCARG(uap, newlen), l);
	if (SCARG(uap, oldlenp) != NULL) {
		error1 = copyout(&len, SCARG(uap, oldlenp), sizeof(len));
		if (error == 0)
			error = error1;
	}
	return error;
}
