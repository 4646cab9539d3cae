/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory byte-range locks (fcntl(2), flock(2)) of one file.  All lists are
 * protected by one lock inside the implementation.
 */
#ifndef _SYS_LOCKF_H_
#define _SYS_LOCKF_H_

#include <sys/types.h>

struct lockf;
struct vop_advlock_args;

/*
 * The whole of VOP_ADVLOCK for a file system that keeps its locks in the list
 * HEAD; SIZE is the file's size, for SEEK_END.  Blocks for F_SETLKW.
 */
int	lf_advlock(struct vop_advlock_args *, struct lockf **, off_t);

#endif /* _SYS_LOCKF_H_ */
