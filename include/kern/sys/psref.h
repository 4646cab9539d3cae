/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * psref(9): passive references, held by an lwp on a target that may be
 * destroyed only when all of them are released.
 */
#ifndef _SYS_PSREF_H_
#define _SYS_PSREF_H_

#include <sys/types.h>

struct lwp;
struct psref_class;

struct psref_target {
	struct psref_class *prt_class;
	volatile unsigned int prt_refs;
	volatile bool prt_draining;
};

struct psref {
	struct psref *psref_next;	/* of the holding lwp's list */
	const struct psref_target *psref_target;
	struct lwp *psref_lwp;
	void *psref_spare;
};

struct psref_class *psref_class_create(const char *, int);
void	psref_class_destroy(struct psref_class *);
void	psref_target_init(struct psref_target *, struct psref_class *);
/** Wait for all references to go; no new ones may be taken.  Sleeps. */
void	psref_target_destroy(struct psref_target *, struct psref_class *);
/** Take a reference, from inside a read section or holding another. */
void	psref_acquire(struct psref *, const struct psref_target *,
	    struct psref_class *);
void	psref_release(struct psref *, const struct psref_target *,
	    struct psref_class *);
void	psref_copy(struct psref *, const struct psref *,
	    struct psref_class *);
/** Whether curlwp holds a reference; for assertions. */
bool	psref_held(const struct psref_target *, struct psref_class *);

#endif /* _SYS_PSREF_H_ */
