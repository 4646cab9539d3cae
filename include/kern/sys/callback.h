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

#endif /* _SYS_CALLBACK_H_ */
