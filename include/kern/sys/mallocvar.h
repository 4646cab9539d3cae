/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of malloc(9) memory. They are names for statistics only. */
#ifndef _SYS_MALLOCVAR_H_
#define _SYS_MALLOCVAR_H_

#include <sys/types.h>

#define M_MAGIC		877983977

struct malloc_type {
	struct malloc_type *ks_next;
	u_long		 ks_magic;
	const char	*ks_shortdesc;
	const char	*ks_longdesc;
	u_long		 ks_limit;
};

#ifdef _KERNEL
#define MALLOC_JUSTDEFINE_LIMIT(type, shortdesc, longdesc, limit)	\
	struct malloc_type type[1] __unused = { {			\
		.ks_next = NULL,					\
		.ks_magic = M_MAGIC,					\
		.ks_shortdesc = shortdesc,				\
		.ks_longdesc = longdesc,				\
		.ks_limit = limit,					\
	} }
#define MALLOC_JUSTDEFINE(type, shortdesc, longdesc)			\
	MALLOC_JUSTDEFINE_LIMIT(type, shortdesc, longdesc, 0)
#define MALLOC_DEFINE_LIMIT(type, shortdesc, longdesc, limit)		\
	MALLOC_JUSTDEFINE_LIMIT(type, shortdesc, longdesc, limit)
#define MALLOC_DEFINE(type, shortdesc, longdesc)			\
	MALLOC_DEFINE_LIMIT(type, shortdesc, longdesc, 0)
#define MALLOC_DECLARE(type)	extern struct malloc_type type[1]

/* Types need no registration. */
#define malloc_type_attach(type)	do {} while (/*CONSTCOND*/0)
#define malloc_type_detach(type)	do {} while (/*CONSTCOND*/0)
#endif /* _KERNEL */

#endif /* _SYS_MALLOCVAR_H_ */
