/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General-purpose kernel memory whose size the caller remembers; kmem(9). The
 * functions take their own locks; with KM_SLEEP they may sleep.
 */
#ifndef _SYS_KMEM_H_
#define _SYS_KMEM_H_

#include <sys/null.h>
#include <sys/types.h>

typedef unsigned int	km_flag_t;

#define KM_SLEEP	0x00000001	/* wait for memory; never NULL */
#define KM_NOSLEEP	0x00000002	/* NULL rather than waiting */

__BEGIN_DECLS
/*
 * Allocate size > 0 bytes, aligned for any object; kmem_zalloc zeroes them. The
 * caller frees them with kmem_free and the same size.
 */
void	*kmem_alloc(size_t, km_flag_t);
void	*kmem_zalloc(size_t, km_flag_t);
void	 kmem_free(void *, size_t);
/* The same for use from interrupt context. */
void	*kmem_intr_alloc(size_t, km_flag_t);
void	*kmem_intr_zalloc(size_t, km_flag_t);
void	 kmem_intr_free(void *, size_t);
/*
 * Formatted string, KM_SLEEP.
 * Freed by kmem_strfree (or kmem_free of its length plus one).
 */
char	*kmem_asprintf(const char *, ...) __printflike(1, 2);
/* Copy of a string; its size is stored where the pointer says if not NULL. */
char	*kmem_strdupsize(const char *, size_t *, km_flag_t);
#define kmem_strdup(s, f)	kmem_strdupsize((s), NULL, (f))
void	 kmem_strfree(char *);
__END_DECLS

#ifdef RUMP_UP
/*
 * Free memory at hand, by size: sixteenths to eighths of the next power of two.
 * With debugging ks_max stays 0. Where the size is a constant, as it is of
 * structures, it is taken and put back right here.
 */
#define RUMP_KMEM_SMALL		1024	/* the largest size */
#define RUMP_KMEM_NSTACKS	20
#define RUMP_KMEM_DEPTH		30
#define RUMP_KMEM_STACK(size)						\
	((size) <= 128 ? ((size) - 1) / 16 :				\
	(size) <= 256 ? 8 + ((size) - 129) / 32 :			\
	(size) <= 512 ? 12 + ((size) - 257) / 64 : 16 + ((size) - 513) / 128)

struct rump_kmemstack {
	unsigned int	ks_n;
	unsigned int	ks_max;
	void		*ks_obj[RUMP_KMEM_DEPTH];
};
extern struct rump_kmemstack rump_kmemstack[RUMP_KMEM_NSTACKS];

#define RUMP_KMEM_INLINE(size)						\
	(__builtin_constant_p(size) && (size) - 1 < RUMP_KMEM_SMALL)

static __inline void * __attribute__((__always_inline__, __unused__))
rump_kmem_alloc(size_t size, km_flag_t flags)
{
	struct rump_kmemstack *ks;

	if (RUMP_KMEM_INLINE(size)) {
		ks = &rump_kmemstack[RUMP_KMEM_STACK(size)];
		if (__builtin_expect(ks->ks_n != 0, 1))
			return ks->ks_obj[--ks->ks_n];
	}
	return kmem_alloc(size, flags);
}

static __inline void __attribute__((__always_inline__, __unused__))
rump_kmem_free(void *p, size_t size)
{
	struct rump_kmemstack *ks;

	if (RUMP_KMEM_INLINE(size)) {
		ks = &rump_kmemstack[RUMP_KMEM_STACK(size)];
		if (__builtin_expect(ks->ks_n < ks->ks_max && p != NULL, 1)) {
			ks->ks_obj[ks->ks_n++] = p;
			return;
		}
	}
	kmem_free(p, size);
}

#define kmem_alloc(size, flags)	rump_kmem_alloc((size), (flags))
#define kmem_free(p, size)	rump_kmem_free((p), (size))
#endif /* RUMP_UP */

#endif /* _SYS_KMEM_H_ */
