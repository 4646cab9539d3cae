/* SPDX-License-Identifier: BSD-2-Clause */
/* Ordered collections of property objects; prop_array(3). */
#ifndef _PROP_PROP_ARRAY_H_
#define _PROP_PROP_ARRAY_H_

#include <sys/stdint.h>
#include <prop/plistref.h>
#include <prop/prop_object.h>

typedef struct _prop_array *prop_array_t;

__BEGIN_DECLS
prop_array_t prop_array_create(void);
prop_array_t prop_array_create_with_capacity(unsigned int);
/** Another container of the same members; one that can be changed. */
prop_array_t prop_array_copy(prop_array_t);
prop_array_t prop_array_copy_mutable(prop_array_t);
unsigned int prop_array_capacity(prop_array_t);
unsigned int prop_array_count(prop_array_t);
/** false: no memory, or it cannot be changed. */
bool	prop_array_ensure_capacity(prop_array_t, unsigned int);
prop_object_iterator_t prop_array_iterator(prop_array_t);
void	prop_array_make_immutable(prop_array_t);
bool	prop_array_mutable(prop_array_t);
/** NULL: no such index. */
prop_object_t prop_array_get(prop_array_t, unsigned int);
/** Replace an index or, at the count, add; the array retains the object. */
bool	prop_array_set(prop_array_t, unsigned int, prop_object_t);
bool	prop_array_add(prop_array_t, prop_object_t);
/** The members behind move up. */
void	prop_array_remove(prop_array_t, unsigned int);
bool	prop_array_equals(prop_array_t, prop_array_t);

/** As XML, to be freed by free(9) with M_TEMP; NULL: no memory, or nested
 * too deep. */
char	*prop_array_externalize(prop_array_t);
/** From XML of this one object; NULL: it is none. */
prop_array_t prop_array_internalize(const char *);

/* prop_copyin_ioctl(9), as with dictionaries. */
int	prop_array_copyin(const struct plistref *, prop_array_t *);
int	prop_array_copyin_ioctl(const struct plistref *, const u_long,
	    prop_array_t *);
int	prop_array_copyout(struct plistref *, prop_array_t);
int	prop_array_copyout_ioctl(struct plistref *, const u_long,
	    prop_array_t);

/* prop_array_util(3): get is false if it is not of the type or range. */
bool	prop_array_get_bool(prop_array_t, unsigned int, bool *);
bool	prop_array_set_bool(prop_array_t, unsigned int, bool);
bool	prop_array_add_bool(prop_array_t, bool);
#define _PROP_ARRAY_NUMBER(type, ctype)					\
bool	prop_array_get_##type(prop_array_t, unsigned int, ctype *);	\
bool	prop_array_set_##type(prop_array_t, unsigned int, ctype);	\
bool	prop_array_add_##type(prop_array_t, ctype);
_PROP_ARRAY_NUMBER(int8, int8_t)
_PROP_ARRAY_NUMBER(uint8, uint8_t)
_PROP_ARRAY_NUMBER(int16, int16_t)
_PROP_ARRAY_NUMBER(uint16, uint16_t)
_PROP_ARRAY_NUMBER(int32, int32_t)
_PROP_ARRAY_NUMBER(uint32, uint32_t)
_PROP_ARRAY_NUMBER(int64, int64_t)
_PROP_ARRAY_NUMBER(uint64, uint64_t)
#undef _PROP_ARRAY_NUMBER
bool	prop_array_get_cstring(prop_array_t, unsigned int, char **);
bool	prop_array_get_cstring_nocopy(prop_array_t, unsigned int,
	    const char **);
bool	prop_array_set_cstring(prop_array_t, unsigned int, const char *);
bool	prop_array_set_cstring_nocopy(prop_array_t, unsigned int,
	    const char *);
bool	prop_array_add_cstring(prop_array_t, const char *);
bool	prop_array_add_cstring_nocopy(prop_array_t, const char *);
bool	prop_array_add_and_rel(prop_array_t, prop_object_t);
__END_DECLS

#endif /* _PROP_PROP_ARRAY_H_ */
