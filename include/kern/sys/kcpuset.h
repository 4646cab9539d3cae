/* SPDX-License-Identifier: BSD-2-Clause */
/* kcpuset(9): sets of CPUs. */
#ifndef _SYS_KCPUSET_H_
#define _SYS_KCPUSET_H_

#include <sys/types.h>

struct kcpuset;
typedef struct kcpuset kcpuset_t;

void	kcpuset_create(kcpuset_t **, bool);
void	kcpuset_clone(kcpuset_t **, const kcpuset_t *);
void	kcpuset_destroy(kcpuset_t *);
void	kcpuset_copy(kcpuset_t *, const kcpuset_t *);
void	kcpuset_use(kcpuset_t *);
void	kcpuset_unuse(kcpuset_t *, kcpuset_t **);
void	kcpuset_zero(kcpuset_t *);
void	kcpuset_fill(kcpuset_t *);
void	kcpuset_set(kcpuset_t *, cpuid_t);
void	kcpuset_clear(kcpuset_t *, cpuid_t);
bool	kcpuset_isset(const kcpuset_t *, cpuid_t);
bool	kcpuset_iszero(const kcpuset_t *);
bool	kcpuset_match(const kcpuset_t *, const kcpuset_t *);
void	kcpuset_merge(kcpuset_t *, const kcpuset_t *);
void	kcpuset_intersect(kcpuset_t *, const kcpuset_t *);
int	kcpuset_countset(const kcpuset_t *);
cpuid_t	kcpuset_ffs(const kcpuset_t *);

#endif /* _SYS_KCPUSET_H_ */
