/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources of randomness among device drivers; rnd(9). The host's generator
 * supplies the kernel's random numbers; what sources give is counted and
 * stirred into a pool that only adds to it. Any context.
 */
#ifndef _SYS_RNDSOURCE_H_
#define _SYS_RNDSOURCE_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/rndio.h>

struct krndsource;

typedef struct krndsource {
	LIST_ENTRY(krndsource) list;
	char		name[16];
	uint32_t	total;		/* bits of entropy credited */
	uint32_t	type;		/* RND_TYPE_* */
	uint32_t	flags;		/* RND_FLAG_* */
	void		(*get)(size_t, void *);
	void		*getarg;
	void		(*enable)(struct krndsource *, bool);
	uint32_t	last;
	uint32_t	samples;	/* times it gave something */
} krndsource_t;

__BEGIN_DECLS
void	rnd_attach_source(krndsource_t *, const char *, uint32_t, uint32_t);
void	rnd_detach_source(krndsource_t *);
void	_rnd_add_uint32(krndsource_t *, uint32_t);
void	rnd_add_data(krndsource_t *, const void *const, uint32_t, uint32_t);
__END_DECLS

/* fn(bytes, arg) is called when more randomness is wanted. */
static __inline void __unused
rndsource_setcb(krndsource_t *rs, void (*fn)(size_t, void *), void *arg)
{

	rs->get = fn;
	rs->getarg = arg;
}

static __inline void __unused
rndsource_setenable(krndsource_t *rs, void (*fn)(krndsource_t *, bool))
{

	rs->enable = fn;
}

#define RND_ENABLED(rp)							\
	(((rp)->flags & RND_FLAG_NO_COLLECT) == 0)

static __inline void __unused
rnd_add_uint32(krndsource_t *rs, uint32_t val)
{

	if (RND_ENABLED(rs))
		_rnd_add_uint32(rs, val);
}

#endif /* _SYS_RNDSOURCE_H_ */
