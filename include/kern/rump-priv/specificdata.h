/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data attached to objects by key.  A domain has one mutex for its keys; a
 * container is used by its owner only.
 */
#ifndef _RUMP_PRIV_SPECIFICDATA_H_
#define _RUMP_PRIV_SPECIFICDATA_H_

#include <sys/types.h>
#include <sys/mutex.h>

typedef unsigned int specificdata_key_t;
typedef void (*specificdata_dtor_t)(void *);
typedef struct specificdata_domain *specificdata_domain_t;
typedef struct specificdata_container *specificdata_container_t;

typedef struct {
	specificdata_container_t specdataref_container;
	kmutex_t specdataref_lock;
} specificdata_reference;

specificdata_domain_t specificdata_domain_create(void);
void	specificdata_domain_delete(specificdata_domain_t);
/** A new key; its destructor is called for each value left behind. */
int	specificdata_key_create(specificdata_domain_t, specificdata_key_t *,
	    specificdata_dtor_t);
void	specificdata_key_delete(specificdata_domain_t, specificdata_key_t);
int	specificdata_init(specificdata_domain_t, specificdata_reference *);
void	specificdata_fini(specificdata_domain_t, specificdata_reference *);
void	*specificdata_getspecific(specificdata_domain_t,
	    specificdata_reference *, specificdata_key_t);
void	*specificdata_getspecific_unlocked(specificdata_domain_t,
	    specificdata_reference *, specificdata_key_t);
void	specificdata_setspecific(specificdata_domain_t,
	    specificdata_reference *, specificdata_key_t, void *);

#endif /* _RUMP_PRIV_SPECIFICDATA_H_ */
