/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Describing the sysctl tree to clients: CTL_QUERY and CTL_DESCRIBE. The
 * tree's lock is held by the caller.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/sysctl.h>

#include "sysctl_impl.h"

/* A node as a client sees it: no address of the kernel's leaves. */
static void
client_view(const struct sysctlnode *node, struct sysctlnode *out)
{

	memset(out, 0, sizeof(*out));
	out->sysctl_flags = node->sysctl_flags;
	out->sysctl_num = node->sysctl_num;
	memcpy(out->sysctl_name, node->sysctl_name, sizeof(out->sysctl_name));
	out->sysctl_ver = node->sysctl_ver;
	out->sysctl_size = node->sysctl_size;
	if (SYSCTL_TYPE(node->sysctl_flags) == CTLTYPE_NODE) {
		out->sysctl_csize = node->sysctl_csize;
		out->sysctl_clen = node->sysctl_clen;
	} else if ((node->sysctl_flags & CTLFLAG_IMMEDIATE) != 0)
		out->sysctl_qdata = node->sysctl_qdata;
}

int
sysctl_query(SYSCTLFN_ARGS)
{
	struct sysctlnode n;
	size_t room, need;
	uint32_t i;
	int error;

	if (SYSCTL_VERS(rnode->sysctl_flags) != SYSCTL_VERSION)
		return EINVAL;
	if (SYSCTL_TYPE(rnode->sysctl_flags) != CTLTYPE_NODE)
		return ENOTDIR;
	if (namelen != 1 || name[0] != CTL_QUERY)
		return EINVAL;
	/* A version handed in must be one we speak. */
	if (newp != NULL) {
		if (newlen != sizeof(n))
			return EINVAL;
		if ((error = sysctl_copyin(l, newp, &n, sizeof(n))) != 0)
			return error;
		if (SYSCTL_VERS(n.sysctl_flags) != SYSCTL_VERSION)
			return EINVAL;
	}
	room = oldp != NULL ? *oldlenp : 0;
	need = rnode->sysctl_clen * sizeof(n);
	for (i = 0; i < rnode->sysctl_clen && room >= sizeof(n);
	    i++, room -= sizeof(n)) {
		client_view(&rnode->sysctl_child[i], &n);
		error = sysctl_copyout(l, &n, (char *)oldp + i * sizeof(n),
		    sizeof(n));
		if (error != 0)
			return error;
	}
	*oldlenp = need;
	return oldp != NULL && i < rnode->sysctl_clen ? ENOMEM : 0;
}

/* Put one description at *oldp; *total grows whether there was room or not. */
static int
describe_one(struct lwp *l, const struct sysctlnode *node, char *oldp,
    size_t room, size_t *total)
{
	const char *text = node->sysctl_desc != NULL ? node->sysctl_desc : "";
	size_t len = strlen(text) + 1, size = __sysc_desc_len(len);
	struct sysctldesc *d;
	int error = 0;

	if (oldp != NULL && *total + size <= room) {
		d = kmem_zalloc(size, KM_SLEEP);
		d->descr_num = node->sysctl_num;
		d->descr_ver = node->sysctl_ver;
		d->descr_len = (uint32_t)len;
		memcpy((char *)d + offsetof(struct sysctldesc, descr_str),
		    text, len);
		error = sysctl_copyout(l, d, oldp + *total, size);
		kmem_free(d, size);
	}
	*total += size;
	return error;
}

int
sysctl_describe(SYSCTLFN_ARGS)
{
	const struct sysctlnode *node;
	struct sysctlnode n;
	size_t total = 0, room = *oldlenp;
	uint32_t i;
	int error, want = -1;

	if (namelen != 1 || name[0] != CTL_DESCRIBE)
		return EINVAL;
	if (newp != NULL) {
		if (newlen != sizeof(n))
			return EINVAL;
		if ((error = sysctl_copyin(l, newp, &n, sizeof(n))) != 0)
			return error;
		if (SYSCTL_VERS(n.sysctl_flags) != SYSCTL_VERSION)
			return EINVAL;
		/* Setting a description is not for clients. */
		if (n.sysctl_desc != NULL)
			return EPERM;
		want = n.sysctl_num;
	}
	if (SYSCTL_TYPE(rnode->sysctl_flags) != CTLTYPE_NODE)
		return ENOTDIR;
	for (i = 0; i < rnode->sysctl_clen; i++) {
		node = &rnode->sysctl_child[i];
		if (newp != NULL && node->sysctl_num != want)
			continue;
		error = describe_one(l, node, oldp, room, &total);
		if (error != 0)
			return error;
	}
	if (newp != NULL && total == 0)
		return ENOENT;
	*oldlenp = total;
	return oldp != NULL && total > room ? ENOMEM : 0;
}
