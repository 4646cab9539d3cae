/* SPDX-License-Identifier: BSD-2-Clause */
/* Collections of property objects by name; prop_dictionary(3). */
#ifndef _PROP_PROP_DICTIONARY_H_
#define _PROP_PROP_DICTIONARY_H_

#include <prop/prop_array.h>

typedef struct _prop_dictionary *prop_dictionary_t;
typedef struct _prop_dictionary_keysym *prop_dictionary_keysym_t;

__BEGIN_DECLS
prop_dictionary_t prop_dictionary_create(void);
prop_dictionary_t prop_dictionary_create_with_capacity(unsigned int);
/** Another container of the same members; one that can be changed. */
prop_dictionary_t prop_dictionary_copy(prop_dictionary_t);
prop_dictionary_t prop_dictionary_copy_mutable(prop_dictionary_t);
unsigned int prop_dictionary_count(prop_dictionary_t);
bool	prop_dictionary_ensure_capacity(prop_dictionary_t, unsigned int);
void	prop_dictionary_make_immutable(prop_dictionary_t);
bool	prop_dictionary_mutable(prop_dictionary_t);
/** Iterates over keys, in the order of their bytes. */
prop_object_iterator_t prop_dictionary_iterator(prop_dictionary_t);
/** The keys, as an array of keysyms. */
prop_array_t prop_dictionary_all_keys(prop_dictionary_t);
/** NULL: no such key. */
prop_object_t prop_dictionary_get(prop_dictionary_t, const char *);
/** Enter or replace; the dictionary retains the object.  false: no memory,
 * or it cannot be changed. */
bool	prop_dictionary_set(prop_dictionary_t, const char *, prop_object_t);
void	prop_dictionary_remove(prop_dictionary_t, const char *);
prop_object_t prop_dictionary_get_keysym(prop_dictionary_t,
	    prop_dictionary_keysym_t);
bool	prop_dictionary_set_keysym(prop_dictionary_t,
	    prop_dictionary_keysym_t, prop_object_t);
void	prop_dictionary_remove_keysym(prop_dictionary_t,
	    prop_dictionary_keysym_t);
bool	prop_dictionary_equals(prop_dictionary_t, prop_dictionary_t);
const char *prop_dictionary_keysym_cstring_nocopy(prop_dictionary_keysym_t);
size_t	prop_dictionary_keysym_size(prop_dictionary_keysym_t);
bool	prop_dictionary_keysym_equals(prop_dictionary_keysym_t,
	    prop_dictionary_keysym_t);

/** As XML, to be freed by free(9) with M_TEMP; NULL: no memory, or nested
 * too deep. */
char	*prop_dictionary_externalize(prop_dictionary_t);
/** From XML of this one object; NULL: it is none. */
prop_dictionary_t prop_dictionary_internalize(const char *);

/*
 * prop_copyin_ioctl(9): property lists as arguments of an ioctl or a system
 * call.  What comes in is the caller's to release.  What goes out lands in
 * memory mapped for the client, which unmaps it.  EFAULT: also an ioctl
 * command that does not carry it in this direction; ENOMEM; EIO: not a
 * property list of that type; E2BIG: over 128 KiB.
 */
int	prop_dictionary_copyin(const struct plistref *, prop_dictionary_t *);
int	prop_dictionary_copyin_ioctl(const struct plistref *, const u_long,
	    prop_dictionary_t *);
int	prop_dictionary_copyout(struct plistref *, prop_dictionary_t);
int	prop_dictionary_copyout_ioctl(struct plistref *, const u_long,
	    prop_dictionary_t);

/* prop_dictionary_util(3): get is false if it is not of the type or range. */
bool	prop_dictionary_get_dict(prop_dictionary_t, const char *,
	    prop_dictionary_t *);
bool	prop_dictionary_get_bool(prop_dictionary_t, const char *, bool *);
bool	prop_dictionary_set_bool(prop_dictionary_t, const char *, bool);
#define _PROP_DICT_NUMBER(type, ctype)					\
bool	prop_dictionary_get_##type(prop_dictionary_t, const char *, ctype *); \
bool	prop_dictionary_set_##type(prop_dictionary_t, const char *, ctype);
_PROP_DICT_NUMBER(int8, int8_t)
_PROP_DICT_NUMBER(uint8, uint8_t)
_PROP_DICT_NUMBER(int16, int16_t)
_PROP_DICT_NUMBER(uint16, uint16_t)
_PROP_DICT_NUMBER(int32, int32_t)
_PROP_DICT_NUMBER(uint32, uint32_t)
_PROP_DICT_NUMBER(int64, int64_t)
_PROP_DICT_NUMBER(uint64, uint64_t)
#undef _PROP_DICT_NUMBER
/** A copy, to be freed by free(9) with M_TEMP. */
bool	prop_dictionary_get_cstring(prop_dictionary_t, const char *, char **);
bool	prop_dictionary_get_cstring_nocopy(prop_dictionary_t, const char *,
	    const char **);
bool	prop_dictionary_set_cstring(prop_dictionary_t, const char *,
	    const char *);
bool	prop_dictionary_set_cstring_nocopy(prop_dictionary_t, const char *,
	    const char *);
/** Enter the object and drop the caller's reference, also on failure. */
bool	prop_dictionary_set_and_rel(prop_dictionary_t, const char *,
	    prop_object_t);
__END_DECLS

#endif /* _PROP_PROP_DICTIONARY_H_ */
