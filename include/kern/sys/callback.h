/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of functions to call until one says stop; callback(9). */
#ifndef _SYS_CALLBACK_H_
#define _SYS_CALLBACK_H_

#include <sys/mutex.h>
#include <sys/condvar.h>
#include <sys/queue.h>

struct callback_entry {
	TAILQ_ENTRY(callback_entry) ce_q;
	int	(*ce_func)(struct callback_entry *, void *, void *);
	void	*ce_obj;
};

struct callback_head {
	TAILQ_HEAD(, callback_entry) ch_q;
	kmutex_t	ch_lock;
	kcondvar_t	ch_cv;
	int		ch_running;
	struct callback_entry *ch_next;	/* round robin */
};

#define CALLBACK_CHAIN_CONTINUE	0
#define CALLBACK_CHAIN_ABORT	1

__BEGIN_DECLS
void	callback_head_init(struct callback_head *, int);
void	callback_head_destroy(struct callback_head *);
void	callback_register(struct callback_head *, struct callback_entry *,
	    void *, int (*)(struct callback_entry *, void *, void *));
void	callback_unregister(struct callback_head *, struct callback_entry *);
/* Call all until one aborts; returns what the last one returned. */
int	callback_run(struct callback_head *, void *);
int	callback_run_roundrobin(struct callback_head *, void *);
__END_DECLS

#endif /* _SYS_CALLBACK_H_ */
