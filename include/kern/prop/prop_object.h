/* SPDX-License-Identifier: BSD-2-Clause */
/* What all property objects have; prop_object(3). */
#ifndef _PROP_PROP_OBJECT_H_
#define _PROP_PROP_OBJECT_H_

#include <sys/cdefs.h>
#include <sys/types.h>

typedef void *prop_object_t;
typedef struct _prop_object_iterator *prop_object_iterator_t;

typedef enum {
	PROP_TYPE_UNKNOWN	= 0x00000000,
	PROP_TYPE_BOOL		= 0x626f6f6c,	/* 'bool' */
	PROP_TYPE_NUMBER	= 0x6e6d6272,	/* 'nmbr' */
	PROP_TYPE_STRING	= 0x73746e67,	/* 'stng' */
	PROP_TYPE_DATA		= 0x64617461,	/* 'data' */
	PROP_TYPE_ARRAY		= 0x61726179,	/* 'aray' */
	PROP_TYPE_DICTIONARY	= 0x64696374,	/* 'dict' */
	PROP_TYPE_DICT_KEYSYM	= 0x646b6579	/* 'dkey' */
} prop_type_t;

__BEGIN_DECLS
void	prop_object_retain(prop_object_t);
/** Drop a reference; the last one frees, with what it contains. */
void	prop_object_release(prop_object_t);
/** PROP_TYPE_UNKNOWN for NULL. */
prop_type_t prop_object_type(prop_object_t);
/** Same type and value; containers: the same members. */
bool	prop_object_equals(prop_object_t, prop_object_t);

/**
 * The next object (of a dictionary: its key), not retained; NULL at the end,
 * and when the container was changed since the iterator was made or reset.
 */
prop_object_t prop_object_iterator_next(prop_object_iterator_t);
void	prop_object_iterator_reset(prop_object_iterator_t);
void	prop_object_iterator_release(prop_object_iterator_t);
__END_DECLS

#endif /* _PROP_PROP_OBJECT_H_ */
