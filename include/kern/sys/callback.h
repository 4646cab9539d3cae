/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of callbacks that many parties may join. */
#ifndef _SYS_CALLBACK_H_
#define _SYS_CALLBACK_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <sys/condvar.h>
#include <sys/queue.h>

#define CALLBACK_CHAIN_CONTINUE	0
#define CALLBACK_CHAIN_ABORT	1

struct callback_entry {
	TAILQ_ENTRY(callback_entry) ce_q;
	int (*ce_func)(struct callback_entry *, void *, void *);
	void *ce_obj;
};

struct callback_head {
	kmutex_t ch_lock;
	kcondvar_t ch_cv;
	TAILQ_HEAD(, callback_entry) ch_q;
	struct callback_entry *ch_next;
	int ch_nentries;
	int ch_running;
	int ch_flags;
};

void	callback_head_init(struct callback_head *, int);
void	callback_head_destroy(struct callback_head *);
void	callback_register(struct callback_head *, struct callback_entry *,
	    void *, int (*)(struct callback_entry *, void *, void *));
void	callback_unregister(struct callback_head *, struct callback_entry *);
/** Call each until one says abort. */
int	callback_run_roundrobin(struct callback_head *, void *);
int	callback_runall(struct callback_head *, void *);

#endif /* _SYS_CALLBACK_H_ */
