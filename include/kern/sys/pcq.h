/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcq(9): a bounded queue of pointers with any number of producers and one
 * consumer at a time; no locks, from any context.
 */
#ifndef _SYS_PCQ_H_
#define _SYS_PCQ_H_

#include <sys/types.h>
#include <sys/kmem.h>

struct pcq;
typedef struct pcq pcq_t;

/** Room for @maxlen (1 or more) items.  NULL: no memory, with KM_NOSLEEP. */
pcq_t	*pcq_create(size_t, km_flag_t);
/** It is empty and nobody uses it. */
void	pcq_destroy(pcq_t *);
/** Append an item, not NULL; false: no room. */
bool	pcq_put(pcq_t *, void *);
/** The oldest item, which stays; NULL: none.  Consumer only, as is get. */
void	*pcq_peek(pcq_t *);
void	*pcq_get(pcq_t *);
/** Like get, for any number of consumers, who use nothing else. */
void	*rump_pcq_take(pcq_t *);

#endif /* _SYS_PCQ_H_ */
