/* SPDX-License-Identifier: BSD-2-Clause */
/* pserialize(9): read sections that cost nothing. */
#ifndef _SYS_PSERIALIZE_H_
#define _SYS_PSERIALIZE_H_

#include <sys/types.h>

struct pserialize;
typedef struct pserialize *pserialize_t;

pserialize_t pserialize_create(void);
void	pserialize_destroy(pserialize_t);
/** Wait until every read section that may see the old state has ended. */
void	pserialize_perform(pserialize_t);
/** Begin a read section: no sleeping until its end.  Sections nest. */
int	pserialize_read_enter(void);
void	pserialize_read_exit(int);
/**
 * For assertions: whether this can be, and can be not, in a read section.  Only
 * the checking build keeps count; others answer true to both.
 */
bool	pserialize_in_read_section(void);
bool	pserialize_not_in_read_section(void);

#ifndef RUMP_CHECK
/*
 * Who reads holds the virtual CPU, which writers wait for: that is all it
 * takes, but for the compiler.
 */
#define pserialize_read_enter()	rump_pserialize_fence()
#define pserialize_read_exit(s)	((void)(s), (void)rump_pserialize_fence())

static __inline int __attribute__((__always_inline__, __unused__))
rump_pserialize_fence(void)
{

	__asm __volatile("" ::: "memory");
	return 0;
}
#endif

#endif /* _SYS_PSERIALIZE_H_ */
