/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers fit for keys, from the host's generator; cprng(9). */
#ifndef _SYS_CPRNG_H_
#define _SYS_CPRNG_H_

#include <sys/types.h>

#include <crypto/cprng_fast/cprng_fast.h>

#define CPRNG_MAX_LEN	524288	/* most bytes of one request */
#define CPRNG_INIT_ANY	0x00000001
#define CPRNG_REKEY_ANY	0x00000002
#define CPRNG_USE_CV	0x00000004
#define CPRNG_HARD	0x00000008
#define CPRNG_FMT	(CPRNG_INIT_ANY | CPRNG_REKEY_ANY)

struct knote;
typedef struct cprng_strong cprng_strong_t;

extern cprng_strong_t *kern_cprng;

__BEGIN_DECLS
cprng_strong_t *cprng_strong_create(const char *, int, int);
void	cprng_strong_destroy(cprng_strong_t *);
/*
 * Fill buf with random bytes and return how many were filled: all, up to
 * CPRNG_MAX_LEN. The host's generator does not run dry.
 */
size_t	cprng_strong(cprng_strong_t *, void *, size_t, int);
int	cprng_strong_poll(cprng_strong_t *, int);
/** Watch for reading: there is always something.  EINVAL: another filter. */
int	cprng_strong_kqfilter(cprng_strong_t *, struct knote *);
__END_DECLS

static __inline uint32_t __unused
cprng_strong32(void)
{
	uint32_t r;

	cprng_strong(kern_cprng, &r, sizeof(r), 0);
	return r;
}

static __inline uint64_t __unused
cprng_strong64(void)
{
	uint64_t r;

	cprng_strong(kern_cprng, &r, sizeof(r), 0);
	return r;
}

#endif /* _SYS_CPRNG_H_ */
