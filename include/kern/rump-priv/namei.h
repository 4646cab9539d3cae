/* SPDX-License-Identifier: BSD-2-Clause */
/* Path lookup: what only its implementation knows. */
#ifndef _RUMP_PRIV_NAMEI_H_
#define _RUMP_PRIV_NAMEI_H_

#include <sys/types.h>

struct lwp;
struct namei_simple_flags_type;
struct vnode;

/* A path: MAXPATHLEN bytes from pnbuf_cache, rewritten by the lookup. */
struct pathbuf {
	char		*pb_path;
	char		*pb_copy;	/* of the original, if asked for */
	unsigned	pb_copyrefs;
};

struct namei_simple_flags_type {
	int		dummy;
};

/*
 * Look the client's string PATH up from descriptor FD (AT_FDCWD: the current
 * directory), follow a symlink at its end by FOLLOW.  The fast way without
 * allocation first.  *VPP is referenced, unlocked.
 */
int	rump_lookupat_user(struct lwp *, int, const char *, bool,
	    struct vnode **);

#endif /* _RUMP_PRIV_NAMEI_H_ */
