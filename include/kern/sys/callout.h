/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions called after a time; callout(9). The functions run at
 * IPL_SOFTCLOCK, under the kernel lock unless CALLOUT_MPSAFE. Callouts lock
 * themselves; only callout_halt sleeps.
 */
#ifndef _SYS_CALLOUT_H_
#define _SYS_CALLOUT_H_

#include <sys/types.h>

/* Free layout: what it holds is the implementation's business. */
typedef struct callout {
	void	*_c_store[10];
} callout_t;

#define CALLOUT_FIRED	0x0002	/* has expired */
#define CALLOUT_PENDING	0x0004	/* is on the queue */
#define CALLOUT_INVOKING 0x0008	/* its function is being called */
#define CALLOUT_MPSAFE	0x0100	/* the function needs no kernel lock */
#define CALLOUT_FLAGMASK 0xff00


__BEGIN_DECLS
void	callout_init(callout_t *, u_int);
/* The callout must be neither pending nor running. */
void	callout_destroy(callout_t *);
void	callout_setfunc(callout_t *, void (*)(void *), void *);
/* Call the function in ticks; a pending callout is rescheduled. */
void	callout_reset(callout_t *, int, void (*)(void *), void *);
void	callout_schedule(callout_t *, int);
/* Take it off the queue; true if it had expired already. */
bool	callout_stop(callout_t *);
/*
 * The same, and wait until the function does not run; a kmutex_t interlock
 * (may be NULL) is released while waiting.
 */
bool	callout_halt(callout_t *, void *);
bool	callout_pending(callout_t *);
bool	callout_expired(callout_t *);
bool	callout_active(callout_t *);
bool	callout_invoking(callout_t *);
/* Called by the function: callout_invoking is false from now on. */
void	callout_ack(callout_t *);
__END_DECLS

#endif /* _SYS_CALLOUT_H_ */
