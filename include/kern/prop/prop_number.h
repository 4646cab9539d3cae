/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of 64 bits, signed or not; prop_number(3). */
#ifndef _PROP_PROP_NUMBER_H_
#define _PROP_PROP_NUMBER_H_

#include <sys/stdint.h>
#include <prop/prop_object.h>

typedef struct _prop_number *prop_number_t;

__BEGIN_DECLS
prop_number_t prop_number_create_integer(int64_t);
prop_number_t prop_number_create_unsigned_integer(uint64_t);
prop_number_t prop_number_copy(prop_number_t);
/** Bits that hold the value: 8, 16, 32 or 64; 0 for what is no number. */
int	prop_number_size(prop_number_t);
bool	prop_number_unsigned(prop_number_t);
/** The value in the type asked for; 0 for what is no number. */
int64_t	prop_number_integer_value(prop_number_t);
uint64_t prop_number_unsigned_integer_value(prop_number_t);
/** By value: a signed and an unsigned number may be equal. */
bool	prop_number_equals(prop_number_t, prop_number_t);
bool	prop_number_equals_integer(prop_number_t, int64_t);
bool	prop_number_equals_unsigned_integer(prop_number_t, uint64_t);
__END_DECLS

#endif /* _PROP_PROP_NUMBER_H_ */
