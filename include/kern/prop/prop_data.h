/* SPDX-License-Identifier: BSD-2-Clause */
/* Opaque bytes; prop_data(3). */
#ifndef _PROP_PROP_DATA_H_
#define _PROP_PROP_DATA_H_

#include <prop/prop_object.h>

typedef struct _prop_data *prop_data_t;

__BEGIN_DECLS
prop_data_t prop_data_create_data(const void *, size_t);
/** Refers to the bytes, which have to stay. */
prop_data_t prop_data_create_data_nocopy(const void *, size_t);
prop_data_t prop_data_copy(prop_data_t);
size_t	prop_data_size(prop_data_t);
/** A copy, to be freed by free(9) with M_TEMP; NULL if it is empty. */
void	*prop_data_data(prop_data_t);
const void *prop_data_data_nocopy(prop_data_t);
bool	prop_data_equals(prop_data_t, prop_data_t);
bool	prop_data_equals_data(prop_data_t, const void *, size_t);
__END_DECLS

#endif /* _PROP_PROP_DATA_H_ */
