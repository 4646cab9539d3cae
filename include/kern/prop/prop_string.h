/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings; prop_string(3). */
#ifndef _PROP_PROP_STRING_H_
#define _PROP_PROP_STRING_H_

#include <prop/prop_object.h>

typedef struct _prop_string *prop_string_t;

__BEGIN_DECLS
/** An empty one that can be changed; one with a copy of a C string. */
prop_string_t prop_string_create(void);
prop_string_t prop_string_create_cstring(const char *);
/** Refers to the C string, which has to stay; cannot be changed. */
prop_string_t prop_string_create_cstring_nocopy(const char *);
prop_string_t prop_string_copy(prop_string_t);
prop_string_t prop_string_copy_mutable(prop_string_t);
/** Length without the ending 0. */
size_t	prop_string_size(prop_string_t);
bool	prop_string_mutable(prop_string_t);
/** A copy, to be freed by free(9) with M_TEMP. */
char	*prop_string_cstring(prop_string_t);
/** Its own; valid while the object is, and is not changed. */
const char *prop_string_cstring_nocopy(prop_string_t);
/** false: the string cannot be changed, or no memory. */
bool	prop_string_append(prop_string_t, prop_string_t);
bool	prop_string_append_cstring(prop_string_t, const char *);
bool	prop_string_equals(prop_string_t, prop_string_t);
bool	prop_string_equals_cstring(prop_string_t, const char *);
__END_DECLS

#endif /* _PROP_PROP_STRING_H_ */
