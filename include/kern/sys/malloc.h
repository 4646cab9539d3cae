/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General-purpose kernel memory that remembers its size; malloc(9). Its own
 * locking; without M_NOWAIT it may sleep.
 */
#ifndef _SYS_MALLOC_H_
#define _SYS_MALLOC_H_

#include <sys/mallocvar.h>

#define M_WAITOK	0x0000	/* wait for memory; NULL only with CANFAIL */
#define M_NOWAIT	0x0001	/* NULL rather than waiting */
#define M_ZERO		0x0002	/* zero the memory */
#define M_CANFAIL	0x0004	/* NULL if the request can never succeed */

MALLOC_DECLARE(M_DEVBUF);
MALLOC_DECLARE(M_DMAMAP);
MALLOC_DECLARE(M_FREE);
MALLOC_DECLARE(M_PCB);
MALLOC_DECLARE(M_SOFTINTR);
MALLOC_DECLARE(M_TEMP);
MALLOC_DECLARE(M_RTABLE);
MALLOC_DECLARE(M_FTABLE);
MALLOC_DECLARE(M_UFSMNT);
MALLOC_DECLARE(M_NETADDR);
MALLOC_DECLARE(M_IPMOPTS);
MALLOC_DECLARE(M_IPMADDR);
MALLOC_DECLARE(M_MRTABLE);
MALLOC_DECLARE(M_BWMETER);

__BEGIN_DECLS
void	*kern_malloc(unsigned long, int);
/* Resize; the old memory is freed only on success. */
void	*kern_realloc(void *, unsigned long, int);
void	 kern_free(void *);
/* The same with the name of the type, for statistics. */
void	*rump_malloc(unsigned long, int, const char *);
void	*rump_realloc(void *, unsigned long, int, const char *);
__END_DECLS

/* The type itself is not referred to, so it need not be linked. */
#define malloc(size, type, flags)	rump_malloc((size), (flags), #type)
#define realloc(addr, size, type, flags)				\
	rump_realloc((addr), (size), (flags), #type)
#define free(addr, type)		kern_free(addr)

#endif /* _SYS_MALLOC_H_ */
