/* SPDX-License-Identifier: BSD-2-Clause */
/* Booleans; prop_bool(3). */
#ifndef _PROP_PROP_BOOL_H_
#define _PROP_PROP_BOOL_H_

#include <prop/prop_object.h>

typedef struct _prop_bool *prop_bool_t;

__BEGIN_DECLS
prop_bool_t prop_bool_create(bool);
prop_bool_t prop_bool_copy(prop_bool_t);
/** Its value; false for what is no boolean. */
bool	prop_bool_true(prop_bool_t);
bool	prop_bool_equals(prop_bool_t, prop_bool_t);
__END_DECLS

#endif /* _PROP_PROP_BOOL_H_ */
