/* SPDX-License-Identifier: BSD-2-Clause */
/* workqueue(9): work items handed to a thread. */
#ifndef _SYS_WORKQUEUE_H_
#define _SYS_WORKQUEUE_H_

#include <sys/types.h>

struct cpu_info;
struct workqueue;

/** The caller's piece of storage for one queued item. */
struct work {
	void *wk_link;
	void *wk_spare;
};

#define WQ_FPU		0x01
#define WQ_MPSAFE	0x20	/* without the kernel lock */
#define WQ_PERCPU	0x40	/* one thread per CPU */

/** Make a queue served at (priority, IPL, flags).  May sleep. */
int	workqueue_create(struct workqueue **, const char *,
	    void (*)(struct work *, void *), void *, pri_t, int, int);
/** End it; what is queued is done first. */
void	workqueue_destroy(struct workqueue *);
/** Queue an item that is not queued already.  From any context. */
void	workqueue_enqueue(struct workqueue *, struct work *,
	    struct cpu_info *);
/** Wait until the item is done if it is queued. */
void	workqueue_wait(struct workqueue *, struct work *);

#endif /* _SYS_WORKQUEUE_H_ */
