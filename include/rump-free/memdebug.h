/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debugging mode of the allocator of both namespaces: memory objects with
 * a header before them and a red zone behind, and the counts of memory in use
 * by call site. How it works stands in lib/free/memdebug.c.
 */
#ifndef _RUMP_FREE_MEMDEBUG_H_
#define _RUMP_FREE_MEMDEBUG_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define rump_memdebug_alloc	rumpuser__memdebug_alloc
#define rump_memdebug_attribute	rumpuser__memdebug_attribute
#define rump_memdebug_audit	rumpuser__memdebug_audit
#define rump_memdebug_check	rumpuser__memdebug_check
#define rump_memdebug_drain	rumpuser__memdebug_drain
#define rump_memdebug_drop	rumpuser__memdebug_drop
#define rump_memdebug_free	rumpuser__memdebug_free
#define rump_memdebug_hold	rumpuser__memdebug_hold
#define rump_memdebug_holds	rumpuser__memdebug_holds
#define rump_memdebug_owner	rumpuser__memdebug_owner
#define rump_memdebug_setowner	rumpuser__memdebug_setowner
#define rump_memdebug_site	rumpuser__memdebug_site
#define rump_memdebug_size	rumpuser__memdebug_size
#define rump_memsite_count	rumpuser__memsite_count
#define rump_memsite_find	rumpuser__memsite_find
#define rump_memsite_walk	rumpuser__memsite_walk
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** A place in the code: a string "FILE:LINE", or else an address. */
struct rump_memplace {
	const char	*mp_name;
	const void	*mp_pc;
};

/** What is in use that was asked for at one place. Never freed. */
struct rump_memsite {
	const void	*st_key;	/* the string or address; NULL: unused */
	uint64_t	st_count;	/* objects in use */
	uint64_t	st_bytes;	/* in these, as asked for */
	uint64_t	st_total;	/* objects ever made */
	char		st_name[64];
};

/* What an object gets. */
#define RUMP_MEMDEBUG_COUNT	0x01	/* it is counted at its site */
#define RUMP_MEMDEBUG_GUARD	0x02	/* patterns, quarantine when freed */

/**
 * An object of @size bytes aligned to @align (a power of two, at most a page;
 * 0: any object) on behalf of @owner, which may be NULL. NULL: no memory.
 */
void *rump_memdebug_alloc(size_t size, size_t align, unsigned int flags,
    struct rump_memplace where, void *owner);
/**
 * Free it; @size 0: whatever it has. Does not return if the object is damaged,
 * not one, freed already, of another size, or held.
 */
void rump_memdebug_free(void *p, size_t size, struct rump_memplace where);
/** The checks of rump_memdebug_free() alone. */
void rump_memdebug_check(void *p, struct rump_memplace where);
/** The size asked for. */
size_t rump_memdebug_size(const void *p);
/** The owner given at the allocation, or later. */
void *rump_memdebug_owner(const void *p);
/** Another owner; nobody else may ask for it meanwhile. */
void rump_memdebug_setowner(void *p, void *owner);
/** Where it was asked for. */
const struct rump_memsite *rump_memdebug_site(const void *p);
/** Count it at another site from now on. */
void rump_memdebug_attribute(void *p, struct rump_memplace where);

/** A hold more. */
void rump_memdebug_hold(void *p);
/** A hold less; returns those left, and 0 if the caller's is the last. */
unsigned int rump_memdebug_drop(void *p, struct rump_memplace where);
/** Holds, at least 1. */
unsigned int rump_memdebug_holds(const void *p);

/** Check the objects in quarantine. */
void rump_memdebug_audit(void);
/** Check them and let them go. */
void rump_memdebug_drain(void);

/** The site of a place, made if it is new; one for all when there are too many. */
struct rump_memsite *rump_memsite_find(struct rump_memplace where);
/** Count @size bytes more (@sign 1) or less (-1) at a site. */
void rump_memsite_count(struct rump_memsite *st, size_t size, int sign);
/**
 * Hand up to @max sites with something in use to @fn, the most bytes first;
 * returns the number of objects in use at all of them. No locks.
 */
uint64_t rump_memsite_walk(void (*fn)(const struct rump_memsite *, void *),
    void *arg, unsigned int max);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_FREE_MEMDEBUG_H_ */
