/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing the sysctl tree: creating and destroying nodes, by the kernel with
 * logs to undo it and by clients, and the setup functions. The children of a
 * node are an array in order of their numbers. The tree's lock is held for
 * writing throughout.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/stdarg.h>
#include <sys/sysctl.h>

#include <rump-priv/kern.h>
#include "sysctl_impl.h"

#undef sysctl_createv

struct logentry {
	int		le_name[CTL_MAXNAME];
	u_int		le_len;
	uint32_t	le_ver;		/* of the node that was made */
};

struct sysctllog {
	struct logentry	*log_ent;
	u_int		log_num;
	u_int		log_size;
};

struct sysctl_boot_chain sysctl_boot_chain =
    LIST_HEAD_INITIALIZER(sysctl_boot_chain);

static uint32_t next_ver = 1;

/*
 * The array of children.
 */

/* Children have moved: tell theirs where their parent is. */
static void
reparent(struct sysctlnode *pnode)
{
	struct sysctlnode *c = pnode->sysctl_child;
	uint32_t i, j;

	for (i = 0; i < pnode->sysctl_clen; i++) {
		c[i].sysctl_parent = pnode;
		if (SYSCTL_TYPE(c[i].sysctl_flags) != CTLTYPE_NODE)
			continue;
		for (j = 0; j < c[i].sysctl_clen; j++)
			c[i].sysctl_child[j].sysctl_parent = &c[i];
	}
}

static void
children_grow(struct sysctlnode *pnode)
{
	uint32_t size = pnode->sysctl_csize;
	struct sysctlnode *n;

	if (pnode->sysctl_clen < size)
		return;
	n = kmem_zalloc((size + SYSCTL_DEFSIZE) * sizeof(*n), KM_SLEEP);
	if (size != 0) {
		memcpy(n, pnode->sysctl_child, size * sizeof(*n));
		kmem_free(pnode->sysctl_child, size * sizeof(*n));
	}
	pnode->sysctl_child = n;
	pnode->sysctl_csize = size + SYSCTL_DEFSIZE;
}

static struct sysctlnode *
child_insert(struct sysctlnode *pnode, const struct sysctlnode *new)
{
	struct sysctlnode *c;
	uint32_t i;

	children_grow(pnode);
	c = pnode->sysctl_child;
	for (i = pnode->sysctl_clen;
	    i > 0 && c[i - 1].sysctl_num > new->sysctl_num; i--)
		c[i] = c[i - 1];
	c[i] = *new;
	pnode->sysctl_clen++;
	reparent(pnode);
	for (; pnode != NULL; pnode = pnode->sysctl_parent)
		pnode->sysctl_ver = next_ver;
	return &c[i];
}

/* Free what a node owns. */
static void
node_release(struct sysctlnode *node)
{

	if ((node->sysctl_flags & CTLFLAG_OWNDATA) != 0 &&
	    node->sysctl_data != NULL)
		kmem_free(node->sysctl_data, node->sysctl_size);
	if ((node->sysctl_flags & CTLFLAG_OWNDESC) != 0)
		kmem_strfree(__UNCONST(node->sysctl_desc));
	if (SYSCTL_TYPE(node->sysctl_flags) == CTLTYPE_NODE &&
	    node->sysctl_csize != 0)
		kmem_free(node->sysctl_child,
		    node->sysctl_csize * sizeof(*node));
}

static void
child_remove(struct sysctlnode *node)
{
	struct sysctlnode *pnode = node->sysctl_parent, *c;
	uint32_t i;

	c = pnode->sysctl_child;
	node_release(node);
	for (i = (uint32_t)(node - c); i + 1 < pnode->sysctl_clen; i++)
		c[i] = c[i + 1];
	pnode->sysctl_clen--;
	memset(&c[pnode->sysctl_clen], 0, sizeof(*c));
	reparent(pnode);
	next_ver++;
	for (; pnode != NULL; pnode = pnode->sysctl_parent)
		pnode->sysctl_ver = next_ver;
}

void
sysctl_free(struct sysctlnode *rnode)
{
	struct sysctlnode *node = rnode != NULL ? rnode : &sysctl_root;
	uint32_t i;

	if (SYSCTL_TYPE(node->sysctl_flags) != CTLTYPE_NODE)
		return;
	for (i = 0; i < node->sysctl_clen; i++) {
		sysctl_free(&node->sysctl_child[i]);
		if (SYSCTL_TYPE(node->sysctl_child[i].sysctl_flags) !=
		    CTLTYPE_NODE)
			node_release(&node->sysctl_child[i]);
	}
	if (node->sysctl_csize != 0)
		kmem_free(node->sysctl_child,
		    node->sysctl_csize * sizeof(*node));
	node->sysctl_child = NULL;
	node->sysctl_csize = node->sysctl_clen = 0;
}

/*
 * Checking what is to be made.
 */

static bool
name_ok(const char *name)
{
	size_t i, len = strnlen(name, SYSCTL_NAMELEN);

	if (len == 0 || len == SYSCTL_NAMELEN || isdigit((unsigned char)*name))
		return false;
	for (i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' &&
		    name[i] != '-')
			return false;
	}
	return true;
}

/* The size that a type must have, 0 for any. */
static size_t
type_size(int type)
{

	switch (type) {
	case CTLTYPE_INT:
		return sizeof(int);
	case CTLTYPE_QUAD:
		return sizeof(u_quad_t);
	case CTLTYPE_BOOL:
		return sizeof(bool);
	default:
		return 0;
	}
}

static int
node_check(struct sysctlnode *n)
{
	int type = (int)SYSCTL_TYPE(n->sysctl_flags);
	size_t size;

	if (type < CTLTYPE_NODE || type > CTLTYPE_BOOL ||
	    !name_ok(n->sysctl_name))
		return EINVAL;
	if ((size = type_size(type)) != 0) {
		if (n->sysctl_size == 0)
			n->sysctl_size = size;
		if (n->sysctl_size != size)
			return EINVAL;
	}
	return 0;
}

/*
 * Put a node under pnode. EEXIST with *have set when there is one of that
 * name: another one unless both are inner nodes without a handler.
 */
static int
node_add(struct sysctlnode *pnode, struct sysctlnode *new,
    const struct sysctlnode **have)
{
	struct sysctlnode *c = pnode->sysctl_child;
	int num = CREATE_BASE;
	uint32_t i;

	if (SYSCTL_TYPE(pnode->sysctl_flags) != CTLTYPE_NODE)
		return ENOTDIR;
	for (i = 0; i < pnode->sysctl_clen; i++) {
		if (strncmp(c[i].sysctl_name, new->sysctl_name,
		    SYSCTL_NAMELEN) == 0 ||
		    (new->sysctl_num >= 0 &&
		    c[i].sysctl_num == new->sysctl_num)) {
			*have = &c[i];
			return EEXIST;
		}
		if (c[i].sysctl_num >= num)
			num = c[i].sysctl_num + 1;
	}
	if (new->sysctl_num < 0)
		new->sysctl_num = num;
	new->sysctl_ver = ++next_ver;
	*have = child_insert(pnode, new);
	return 0;
}

/*
 * The kernel's interface.
 */

static void
log_node(struct sysctllog **logp, const struct sysctlnode *node)
{
	struct sysctllog *log;
	struct logentry *le;
	const struct sysctlnode *n;
	u_int i;

	if ((log = *logp) == NULL)
		log = *logp = kmem_zalloc(sizeof(*log), KM_SLEEP);
	if (log->log_num == log->log_size) {
		le = kmem_alloc((log->log_size + 16) * sizeof(*le), KM_SLEEP);
		if (log->log_size != 0) {
			memcpy(le, log->log_ent, log->log_size * sizeof(*le));
			kmem_free(log->log_ent, log->log_size * sizeof(*le));
		}
		log->log_ent = le;
		log->log_size += 16;
	}
	le = &log->log_ent[log->log_num++];
	le->le_len = 0;
	for (n = node; n->sysctl_parent != NULL; n = n->sysctl_parent)
		le->le_len++;
	KASSERT(le->le_len <= CTL_MAXNAME);
	for (i = le->le_len, n = node; i > 0; n = n->sysctl_parent)
		le->le_name[--i] = n->sysctl_num;
	le->le_ver = node->sysctl_ver;
}

/* Fill a node from the arguments of sysctl_createv. */
static void
node_fill(struct sysctlnode *n, int num, int flags, int type,
    const char *name, const char *descr, sysctlfn func, u_quad_t qv,
    void *newp, size_t newlen)
{

	memset(n, 0, sizeof(*n));
	n->sysctl_flags = (uint32_t)(SYSCTL_VERSION | (flags &
	    (int)SYSCTL_FLAGMASK & ~CTLFLAG_OWNDESC) | (int)SYSCTL_TYPE(type));
	n->sysctl_num = num == CTL_CREATE ? -1 : num;
	if (name != NULL)
		strlcpy(n->sysctl_name, name, sizeof(n->sysctl_name));
	n->sysctl_size = newlen;
	n->sysctl_func = func;
	n->sysctl_desc = descr;
	if ((flags & CTLFLAG_ALIAS) != 0) {
		n->sysctl_alias = (int32_t)qv;
		return;
	}
	if ((flags & CTLFLAG_IMMEDIATE) != 0) {
		switch (type) {
		case CTLTYPE_INT:
			n->sysctl_idata = (int32_t)qv;
			break;
		case CTLTYPE_QUAD:
			n->sysctl_qdata = qv;
			break;
		case CTLTYPE_BOOL:
			n->sysctl_bdata = qv != 0;
			break;
		}
	} else if (type != CTLTYPE_NODE)
		n->sysctl_data = newp;
	if (type == CTLTYPE_STRING && newlen == 0 && newp != NULL)
		n->sysctl_size = strlen(newp) + 1;
}

/* Give a node memory of its own, if that was asked for. */
static int
node_own(struct sysctlnode *n, const void *init)
{
	void *p;

	if ((n->sysctl_flags & CTLFLAG_OWNDATA) == 0)
		return 0;
	if (n->sysctl_size == 0)
		return EINVAL;
	p = kmem_zalloc(n->sysctl_size, KM_SLEEP);
	if (init != NULL)
		memcpy(p, init, n->sysctl_size);
	n->sysctl_data = p;
	return 0;
}

int
sysctl_createv(struct sysctllog **log, int cflags,
    const struct sysctlnode **rnode, const struct sysctlnode **cnode,
    int flags, int type, const char *namep, const char *descr, sysctlfn func,
    u_quad_t qv, void *newp, size_t newlen, ...)
{
	const struct sysctlnode *root, *made = NULL;
	int name[CTL_MAXNAME], error, ni;
	struct sysctlnode n;
	u_int namelen = 0;
	va_list ap;

	root = rnode != NULL && *rnode != NULL ? *rnode : &sysctl_root;
	va_start(ap, newlen);
	do {
		if (namelen == CTL_MAXNAME) {
			va_end(ap);
			return ENAMETOOLONG;
		}
		name[namelen] = va_arg(ap, int);
	} while (name[namelen++] != CTL_EOL);
	va_end(ap);
	if (--namelen == 0)
		return EINVAL;
	node_fill(&n, name[namelen - 1], flags, type, namep, descr, func, qv,
	    newp, newlen);
	sysctl_lock(true);
	if ((error = node_check(&n)) != 0)
		goto out;
	error = sysctl_locate(NULL, name, namelen - 1, &root, &ni);
	if (error != 0)
		goto out;
	if ((error = node_own(&n, newp)) != 0)
		goto out;
	error = node_add(__UNCONST(root), &n, &made);
	if (error != 0)
		node_release(&n);
	/* An inner node that is there already is as good as a new one. */
	if (error == EEXIST && type == CTLTYPE_NODE &&
	    SYSCTL_TYPE(made->sysctl_flags) == CTLTYPE_NODE)
		error = 0;
	else if (error == 0 && log != NULL)
		log_node(log, made);
 out:
	if (error == 0 && cnode != NULL)
		*cnode = made;
	sysctl_unlock();
	return error;
}

static int
destroy_locked(const int *name, u_int namelen, const struct sysctlnode *root,
    uint32_t ver)
{
	struct sysctlnode *node;
	int error, ni;

	error = sysctl_locate(NULL, name, namelen, &root, &ni);
	if (error != 0)
		return error;
	node = __UNCONST(root);
	if (node->sysctl_parent == NULL || (u_int)ni != namelen)
		return EINVAL;
	if (ver != 0 && SYSCTL_TYPE(node->sysctl_flags) != CTLTYPE_NODE &&
	    node->sysctl_ver != ver)
		return EINVAL;
	if (SYSCTL_TYPE(node->sysctl_flags) == CTLTYPE_NODE &&
	    node->sysctl_clen != 0)
		return ENOTEMPTY;
	child_remove(node);
	return 0;
}

int
sysctl_destroyv(struct sysctlnode *rnode, ...)
{
	int name[CTL_MAXNAME], error;
	u_int namelen = 0;
	va_list ap;

	va_start(ap, rnode);
	do {
		if (namelen == CTL_MAXNAME) {
			va_end(ap);
			return ENAMETOOLONG;
		}
		name[namelen] = va_arg(ap, int);
	} while (name[namelen++] != CTL_EOL);
	va_end(ap);
	sysctl_lock(true);
	error = destroy_locked(name, namelen - 1,
	    rnode != NULL ? rnode : &sysctl_root, 0);
	sysctl_unlock();
	return error;
}

void
sysctl_teardown(struct sysctllog **logp)
{
	struct sysctllog *log;
	struct logentry *le;

	if ((log = *logp) == NULL)
		return;
	*logp = NULL;
	sysctl_lock(true);
	/* Backwards: what was made last stands deepest. */
	while (log->log_num != 0) {
		le = &log->log_ent[--log->log_num];
		(void)destroy_locked(le->le_name, le->le_len, &sysctl_root,
		    le->le_ver);
	}
	sysctl_unlock();
	kmem_free(log->log_ent, log->log_size * sizeof(*log->log_ent));
	kmem_free(log, sizeof(*log));
}

/*
 * Clients' interface: creation and destruction by verbs.
 */

static int
client_change_ok(struct lwp *l, const struct sysctlnode *rnode, int req)
{
	int error;

	if ((error = rump_sysctl_auth(l, req, rnode)) != 0)
		return error;
	if ((rnode->sysctl_flags & CTLFLAG_READWRITE) != CTLFLAG_READWRITE)
		return EPERM;
	return 0;
}

int
sysctl_create(SYSCTLFN_ARGS)
{
	const struct sysctlnode *made = NULL;
	struct sysctlnode n;
	const void *init;
	size_t len;
	int error;

	if (namelen != 1 || (name[0] != CTL_CREATE))
		return EOPNOTSUPP;
	if (newp == NULL || newlen != sizeof(n))
		return EINVAL;
	error = client_change_ok(l, rnode, KAUTH_REQ_SYSTEM_SYSCTL_ADD);
	if (error != 0)
		return error;
	if ((error = sysctl_copyin(l, newp, &n, sizeof(n))) != 0)
		return error;
	if (SYSCTL_VERS(n.sysctl_flags) != SYSCTL_VERSION)
		return EINVAL;
	n.sysctl_name[SYSCTL_NAMELEN - 1] = '\0';
	/* No pointer into the kernel comes from a client. */
	if ((n.sysctl_flags & ~(uint32_t)(SYSCTL_USERFLAGS | SYSCTL_TYPEMASK |
	    CTLFLAG_OWNDATA | CTLFLAG_IMMEDIATE | SYSCTL_VERS_MASK)) != 0)
		return EPERM;
	if (n.sysctl_func != NULL || (n.sysctl_flags & CTLFLAG_ALIAS) != 0)
		return EPERM;
	n.sysctl_desc = NULL;
	n.sysctl_parent = NULL;
	if ((error = node_check(&n)) != 0)
		return error;
	init = NULL;
	if (SYSCTL_TYPE(n.sysctl_flags) == CTLTYPE_NODE)
		memset(&n.sysctl_un, 0, sizeof(n.sysctl_un));
	else if ((n.sysctl_flags & CTLFLAG_IMMEDIATE) == 0) {
		if (n.sysctl_size > MAXPHYS)
			return EINVAL;
		n.sysctl_flags |= CTLFLAG_OWNDATA;
		init = n.sysctl_data;
	} else if (type_size((int)SYSCTL_TYPE(n.sysctl_flags)) == 0)
		return EINVAL;
	if ((n.sysctl_flags & CTLFLAG_OWNDATA) != 0) {
		if ((error = node_own(&n, NULL)) != 0)
			return error;
		if (init != NULL)
			error = sysctl_copyin(l, init, n.sysctl_data,
			    n.sysctl_size);
	}
	if (error == 0)
		error = node_add(__UNCONST(rnode), &n, &made);
	if (error != 0 && error != EEXIST) {
		node_release(&n);
		return error;
	}
	if (error == EEXIST)
		node_release(&n);
	len = *oldlenp;
	*oldlenp = sizeof(*made);
	if (oldp != NULL && len >= sizeof(*made)) {
		n = *made;
		n.sysctl_data = NULL;
		n.sysctl_func = NULL;
		n.sysctl_parent = NULL;
		n.sysctl_desc = NULL;
		(void)sysctl_copyout(l, &n, oldp, sizeof(n));
	}
	return error;
}

int
sysctl_destroy(SYSCTLFN_ARGS)
{
	struct sysctlnode n, *node;
	size_t len;
	int error;

	if (namelen != 1 || name[0] != CTL_DESTROY)
		return EINVAL;
	if (newp == NULL || newlen != sizeof(n))
		return EINVAL;
	error = client_change_ok(l, rnode, KAUTH_REQ_SYSTEM_SYSCTL_DELETE);
	if (error != 0)
		return error;
	if ((error = sysctl_copyin(l, newp, &n, sizeof(n))) != 0)
		return error;
	if ((node = rump_sysctl_child(rnode, n.sysctl_num)) == NULL)
		return ENOENT;
	if (n.sysctl_ver != 0 && n.sysctl_ver != node->sysctl_ver)
		return EINVAL;
	if ((node->sysctl_flags & CTLFLAG_PERMANENT) != 0)
		return EPERM;
	if (SYSCTL_TYPE(node->sysctl_flags) == CTLTYPE_NODE &&
	    node->sysctl_clen != 0)
		return ENOTEMPTY;
	len = *oldlenp;
	*oldlenp = sizeof(n);
	if (oldp != NULL && len >= sizeof(n)) {
		n = *node;
		memset(&n.sysctl_un, 0, sizeof(n.sysctl_un));
		n.sysctl_func = NULL;
		n.sysctl_parent = NULL;
		n.sysctl_desc = NULL;
		(void)sysctl_copyout(l, &n, oldp, sizeof(n));
	}
	child_remove(node);
	return 0;
}

/*
 * Setup functions. The ones that were run are remembered, because both a link
 * set and a constructor may have told of one.
 */

__link_set_decl(sysctl_funcs, sysctl_setup_func);

#define NDONE	64
struct done {
	struct done	*d_next;
	u_int		d_num;
	sysctl_setup_func d_func[NDONE];
};
static struct done *done_list;

static void
setup_once(sysctl_setup_func fn)
{
	struct done *d;
	u_int i;

	for (d = done_list; d != NULL; d = d->d_next) {
		for (i = 0; i < d->d_num; i++) {
			if (d->d_func[i] == fn)
				return;
		}
	}
	if ((d = done_list) == NULL || d->d_num == NDONE) {
		d = kmem_zalloc(sizeof(*d), KM_SLEEP);
		d->d_next = done_list;
		done_list = d;
	}
	d->d_func[d->d_num++] = fn;
	(*fn)(NULL);
}

void
rump_sysctl_setup_run(void)
{
	sysctl_setup_func *const *sfp;
	struct sysctl_setup_chain *ssc;

	__link_set_foreach(sfp, sysctl_funcs)
		setup_once((sysctl_setup_func)(uintptr_t)*sfp);
	LIST_FOREACH(ssc, &sysctl_boot_chain, ssc_entries)
		setup_once(ssc->ssc_func);
}

void
rump_sysctl_init(void)
{

	rump_sysctl_tree_init();
	rump_sysctl_base_setup(NULL);
	rump_sysctl_setup_run();
}
