/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General-purpose kernel memory whose size the caller remembers; kmem(9). The
 * functions take their own locks; with KM_SLEEP they may sleep.
 */
#ifndef _SYS_KMEM_H_
#define _SYS_KMEM_H_

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

#endif /* _SYS_KMEM_H_ */
