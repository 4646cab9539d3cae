/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The per-object record of waiters for select, poll and kevent.  Protected by the
 * lock of the object that embeds it, and internally by the select lock.
 */
#ifndef _SYS_SELINFO_H_
#define	_SYS_SELINFO_H_

#include <sys/event.h>

struct selwait;

struct selinfo {
	struct klist	sel_klist;	/* knotes attached to the object */
	struct selwait	*sel_first;	/* lwps that wait for it */
	uint64_t	sel_reserved[3];
};

#endif /* _SYS_SELINFO_H_ */
