/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user has in use, over all processes.  Counts change atomically. */
#ifndef _SYS_UIDINFO_H_
#define _SYS_UIDINFO_H_

#include <sys/types.h>
#include <sys/queue.h>

struct uidinfo {
	LIST_ENTRY(uidinfo) ui_hash;
	uid_t ui_uid;
	u_long ui_proccnt;
	u_long ui_lwpcnt;
	u_long ui_lockcnt;
	u_long ui_sbsize;
};

/** The record of a user; lives for ever.  NULL when there is no memory. */
struct uidinfo *uid_find(uid_t);
/** Change a count; the new value. */
int	chgproccnt(uid_t, int);
int	chglwpcnt(uid_t, int);
/** Change the socket buffer space from *@hiwat to @to within a limit;
 * non-zero if that was possible. */
int	chgsbsize(struct uidinfo *, u_long *, u_long, rlim_t);
void	uid_init(void);

#endif /* _SYS_UIDINFO_H_ */
