/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Queues of transfers for disk drivers, bufq(9).
 * Locking: the driver's own; a queue has none.
 */

#ifndef _SYS_BUFQ_H_
#define _SYS_BUFQ_H_

#include <sys/types.h>

struct buf;
struct bufq_state;

#define	BUFQ_SORT_RAWBLOCK	0x0001	/* by b_rawblkno */
#define	BUFQ_SORT_CYLINDER	0x0002	/* by b_cylinder, b_rawblkno */
#define	BUFQ_SORT_MASK		0x000f
#define	BUFQ_EXACT		0x0010	/* this strategy or failure */

#define	BUFQ_STRAT_ANY		"any"
#define	BUFQ_DISK_DEFAULT_STRAT	BUFQ_STRAT_ANY
#define	BUFQ_STRATNAMELEN	16

#ifdef _KERNEL

__BEGIN_DECLS

/*
 * Strategies are "fcfs" and "disksort"; "any" is the best, and is what an
 * unknown name gets unless BUFQ_EXACT (then ENOENT).
 */
int	bufq_alloc(struct bufq_state **, const char *, int);
void	bufq_free(struct bufq_state *);
void	bufq_put(struct bufq_state *, struct buf *);
struct buf *bufq_get(struct bufq_state *);
struct buf *bufq_peek(struct bufq_state *);
struct buf *bufq_cancel(struct bufq_state *, struct buf *);
void	bufq_move(struct bufq_state *, struct bufq_state *);
/* Fails all queued transfers with EIO. */
void	bufq_drain(struct bufq_state *);
const char *bufq_getstrategyname(struct bufq_state *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_BUFQ_H_ */
