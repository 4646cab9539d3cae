/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider.h - a provider from inside, and how the hypercalls reach the one
 * in use.  Private to librumpuser.
 */
#ifndef _RUMPUSER_FAULT_PROVIDER_H_
#define _RUMPUSER_FAULT_PROVIDER_H_

#pragma GCC visibility push(default)
#include <rump/rumpuser_provider.h>
#pragma GCC visibility pop

enum { PV_DOWN, PV_INITIALISING, PV_UP, PV_FINISHING };

struct rumpuser_provider {
	struct rumpuser_hostops pv_ops;		/* first: no hole is NULL */
	struct rumpuser_provider *pv_lower;
	void *pv_priv;
	const char *pv_name;
	struct rumpuser_provider *pv_next;	/* below: provider.c's lock */
	unsigned int pv_refs;
	int pv_state;				/* PV_* */
	int pv_builtin;				/* never freed */
	struct rumpuser_provider *pv_counted;	/* built-in: holds this one */
};

/** The host that is linked in, and the fault provider. */
extern struct rumpuser_provider rumpuser__posix;
extern struct rumpuser_provider rumpuser__faults;

/** The provider in use. */
extern struct rumpuser_provider *rumpuser__inuse;

/**
 * Acquire: what the one that put it there wrote before (its tables) is seen.
 * On x86 and with the pointer's value needed at once it is a plain load.
 */
static inline struct rumpuser_provider *
rumpuser__host(void)
{

	return __atomic_load_n(&rumpuser__inuse, __ATOMIC_ACQUIRE);
}

/** An operation of the provider in use, of one below it. */
#define HOST_CALL(op, ...) ({						\
	struct rumpuser_provider *pv_ = rumpuser__host();		\
	pv_->pv_ops.op(pv_, ##__VA_ARGS__);				\
})
#define LOWER_CALL(p, op, ...) ({					\
	struct rumpuser_provider *pv_ = (p)->pv_lower;			\
	pv_->pv_ops.op(pv_, ##__VA_ARGS__);				\
})

/** Put a built-in provider on another one, or (NULL) let that one go. */
void	rumpuser__provider_stack(struct rumpuser_provider *,
	    struct rumpuser_provider *lower);
int	rumpuser__provider_up(struct rumpuser_provider *);

/** Operations that only pass on. */
int	rumpuser__through_fdinfo(struct rumpuser_provider *, int, int *, char *,
	    size_t);
int	rumpuser__through_join(struct rumpuser_provider *, void *);
void	rumpuser__through_free(struct rumpuser_provider *, void *, size_t);
void	rumpuser__through_unmap(struct rumpuser_provider *, void *, size_t);
void	rumpuser__through_exit(struct rumpuser_provider *, int);

#endif /* _RUMPUSER_FAULT_PROVIDER_H_ */
