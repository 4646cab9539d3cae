/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to a user's terminal; tprintf(9). */
#ifndef _SYS_TPRINTF_H_
#define _SYS_TPRINTF_H_

#include <sys/cdefs.h>

struct proc;
struct session;
typedef struct session *tpr_t;

__BEGIN_DECLS
/* Get hold of p's terminal; NULL if it has none. */
tpr_t	tprintf_open(struct proc *);
void	tprintf_close(tpr_t);
void	tprintf(tpr_t, const char *fmt, ...) __printflike(2, 3);
__END_DECLS

#endif /* _SYS_TPRINTF_H_ */
