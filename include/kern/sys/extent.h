/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of numbers, allocated region by region; extent(9). Maps lock themselves;
 * EX_WAITOK and EX_WAITSPACE may sleep.
 */
#ifndef _SYS_EXTENT_H_
#define _SYS_EXTENT_H_

#include <sys/types.h>
#include <sys/condvar.h>
#include <sys/mutex.h>
#include <sys/queue.h>

/* An allocated region. Private. */
struct extent_region {
	LIST_ENTRY(extent_region) er_link;	/* by address */
	u_long		er_start;
	u_long		er_end;			/* inclusive */
	int		er_flags;
};

/* A map. Private but for its name and bounds. */
struct extent {
	const char	*ex_name;
	kmutex_t	ex_lock;
	kcondvar_t	ex_cv;		/* for EX_WAITSPACE */
	LIST_HEAD(, extent_region) ex_regions;
	LIST_HEAD(, extent_region) ex_spare;	/* of fixed storage, unused */
	u_long		ex_start;
	u_long		ex_end;		/* inclusive */
	int		ex_flags;
};

struct extent_fixed {
	struct extent	fex_extent;
};

/* Bytes of storage for a fixed map of so many regions. */
#define EXTENT_FIXED_STORAGE_SIZE(nregions)				\
	(ALIGN(sizeof(struct extent_fixed)) +				\
	ALIGN(sizeof(struct extent_region)) * (nregions))

#define EX_NOWAIT	0x00	/* do not sleep */
#define EX_WAITOK	0x01	/* sleep for memory of descriptors */
#define EX_FAST		0x02	/* the first place that fits, not the best */
#define EX_CATCH	0x04	/* signals end EX_WAITSPACE */
#define EX_NOCOALESCE	0x08	/* create: regions are freed as allocated */
#define EX_MALLOCOK	0x10	/* a fixed map may take more memory */
#define EX_WAITSPACE	0x20	/* sleep until there is space */
#define EX_BOUNDZERO	0x40	/* boundaries count from 0, not the start */
#define EX_EARLY	0x80	/* create: no lock is needed yet; not used */

#define EX_NOALIGN	1	/* no alignment */
#define EX_NOBOUNDARY	0	/* no boundary */

#ifdef _KERNEL
__BEGIN_DECLS
/*
 * A map of [start, end]. storage of that size is where it and its regions are
 * (a fixed map), NULL: memory is allocated. EX_NOCOALESCE, and EX_WAITOK or
 * EX_NOWAIT, with which it may be NULL. The name has to stay.
 */
struct extent *extent_create(const char *, u_long, u_long, void *, size_t,
	    int);
/* Regions that are allocated are freed. */
void	extent_destroy(struct extent *);
/*
 * Allocate size at an address in [substart, subend] (all of the map) which is
 * skew more than a multiple of alignment (a power of two), and does not cross a
 * multiple of boundary. 0, with its start; EAGAIN: no space; ENOMEM: no memory;
 * EINTR, ERESTART: EX_CATCH.
 */
int	extent_alloc_subregion1(struct extent *, u_long, u_long, u_long, u_long,
	    u_long, u_long, int, u_long *);
int	extent_alloc_subregion(struct extent *, u_long, u_long, u_long, u_long,
	    u_long, int, u_long *);
int	extent_alloc1(struct extent *, u_long, u_long, u_long, u_long, int,
	    u_long *);
int	extent_alloc(struct extent *, u_long, u_long, u_long, int, u_long *);
/* Allocate just that; errors as above. */
int	extent_alloc_region(struct extent *, u_long, u_long, int);
/*
 * Free a region, or a part of one unless the map is EX_NOCOALESCE; all of it must
 * be allocated. ENOMEM: it leaves two parts, and there is no memory for one.
 */
int	extent_free(struct extent *, u_long, u_long, int);
/* Print the map on the console. */
void	extent_print(struct extent *);
__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_EXTENT_H_ */
