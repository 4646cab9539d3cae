/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proplib(3): members of containers as C values, prop_array_util(3) and
 * prop_dictionary_util(3); and whole containers to and from clients,
 * prop_copyin_ioctl(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/ioccom.h>
#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/proc.h>

#include <rump/rumpuser.h>

#include <rump-priv/kern.h>

#include "prop_impl.h"

/* The value of a number if it is in the range. */
static bool
signed_value(prop_number_t pn, int64_t lo, int64_t hi, int64_t *vp)
{

	if (!prop_is(pn, PROP_TYPE_NUMBER))
		return false;
	*vp = prop_number_integer_value(pn);
	return (!prop_number_unsigned(pn) || *vp >= 0) &&
	    *vp >= lo && *vp <= hi;
}

static bool
unsigned_value(prop_number_t pn, uint64_t hi, uint64_t *vp)
{

	if (!prop_is(pn, PROP_TYPE_NUMBER))
		return false;
	*vp = prop_number_unsigned_integer_value(pn);
	return (prop_number_unsigned(pn) || (int64_t)*vp >= 0) && *vp <= hi;
}

/* Enter an object and give it up. */
static bool
array_set(prop_array_t pa, unsigned int i, prop_object_t obj)
{
	bool ok = prop_array_set(pa, i, obj);

	prop_object_release(obj);
	return ok;
}

bool
prop_array_add_and_rel(prop_array_t pa, prop_object_t obj)
{
	bool ok;

	if (obj == NULL)
		return false;
	ok = prop_array_add(pa, obj);
	prop_object_release(obj);
	return ok;
}

bool
prop_dictionary_set_and_rel(prop_dictionary_t pd, const char *key,
    prop_object_t obj)
{
	bool ok;

	if (obj == NULL)
		return false;
	ok = prop_dictionary_set(pd, key, obj);
	prop_object_release(obj);
	return ok;
}

#define SIGNED(type, ctype, lo, hi)					\
bool									\
prop_array_get_##type(prop_array_t pa, unsigned int i, ctype *vp)	\
{									\
	int64_t v;							\
									\
	if (!signed_value(prop_array_get(pa, i), lo, hi, &v))		\
		return false;						\
	*vp = (ctype)v;							\
	return true;							\
}									\
bool									\
prop_dictionary_get_##type(prop_dictionary_t pd, const char *key,	\
    ctype *vp)								\
{									\
	int64_t v;							\
									\
	if (!signed_value(prop_dictionary_get(pd, key), lo, hi, &v))	\
		return false;						\
	*vp = (ctype)v;							\
	return true;							\
}									\
SETTERS(type, ctype, prop_number_create_integer)

#define UNSIGNED(type, ctype, hi)					\
bool									\
prop_array_get_##type(prop_array_t pa, unsigned int i, ctype *vp)	\
{									\
	uint64_t v;							\
									\
	if (!unsigned_value(prop_array_get(pa, i), hi, &v))		\
		return false;						\
	*vp = (ctype)v;							\
	return true;							\
}									\
bool									\
prop_dictionary_get_##type(prop_dictionary_t pd, const char *key,	\
    ctype *vp)								\
{									\
	uint64_t v;							\
									\
	if (!unsigned_value(prop_dictionary_get(pd, key), hi, &v))	\
		return false;						\
	*vp = (ctype)v;							\
	return true;							\
}									\
SETTERS(type, ctype, prop_number_create_unsigned_integer)

#define SETTERS(type, ctype, create)					\
bool									\
prop_array_set_##type(prop_array_t pa, unsigned int i, ctype v)		\
{									\
									\
	return array_set(pa, i, create(v));				\
}									\
bool									\
prop_array_add_##type(prop_array_t pa, ctype v)				\
{									\
									\
	return prop_array_add_and_rel(pa, create(v));			\
}									\
bool									\
prop_dictionary_set_##type(prop_dictionary_t pd, const char *key, ctype v) \
{									\
									\
	return prop_dictionary_set_and_rel(pd, key, create(v));		\
}

SIGNED(int8, int8_t, INT8_MIN, INT8_MAX)
SIGNED(int16, int16_t, INT16_MIN, INT16_MAX)
SIGNED(int32, int32_t, INT32_MIN, INT32_MAX)
SIGNED(int64, int64_t, INT64_MIN, INT64_MAX)
UNSIGNED(uint8, uint8_t, UINT8_MAX)
UNSIGNED(uint16, uint16_t, UINT16_MAX)
UNSIGNED(uint32, uint32_t, UINT32_MAX)
UNSIGNED(uint64, uint64_t, UINT64_MAX)
SETTERS(bool, bool, prop_bool_create)

#define STRING_SETTERS(name, create)					\
bool									\
prop_array_set_##name(prop_array_t pa, unsigned int i, const char *s)	\
{									\
									\
	return array_set(pa, i, create(s));				\
}									\
bool									\
prop_array_add_##name(prop_array_t pa, const char *s)			\
{									\
									\
	return prop_array_add_and_rel(pa, create(s));			\
}									\
bool									\
prop_dictionary_set_##name(prop_dictionary_t pd, const char *key,	\
    const char *s)							\
{									\
									\
	return prop_dictionary_set_and_rel(pd, key, create(s));		\
}

STRING_SETTERS(cstring, prop_string_create_cstring)
STRING_SETTERS(cstring_nocopy, prop_string_create_cstring_nocopy)

static bool
bool_value(prop_bool_t pb, bool *vp)
{

	if (!prop_is(pb, PROP_TYPE_BOOL))
		return false;
	*vp = prop_bool_true(pb);
	return true;
}

bool
prop_array_get_bool(prop_array_t pa, unsigned int i, bool *vp)
{

	return bool_value(prop_array_get(pa, i), vp);
}

bool
prop_dictionary_get_bool(prop_dictionary_t pd, const char *key, bool *vp)
{

	return bool_value(prop_dictionary_get(pd, key), vp);
}

bool
prop_array_get_cstring(prop_array_t pa, unsigned int i, char **sp)
{

	return (*sp = prop_string_cstring(prop_array_get(pa, i))) != NULL;
}

bool
prop_array_get_cstring_nocopy(prop_array_t pa, unsigned int i,
    const char **sp)
{

	return (*sp = prop_string_cstring_nocopy(prop_array_get(pa, i))) !=
	    NULL;
}

bool
prop_dictionary_get_cstring(prop_dictionary_t pd, const char *key, char **sp)
{

	return (*sp = prop_string_cstring(prop_dictionary_get(pd, key))) !=
	    NULL;
}

bool
prop_dictionary_get_cstring_nocopy(prop_dictionary_t pd, const char *key,
    const char **sp)
{

	return (*sp = prop_string_cstring_nocopy(prop_dictionary_get(pd,
	    key))) != NULL;
}

bool
prop_dictionary_get_dict(prop_dictionary_t pd, const char *key,
    prop_dictionary_t *dp)
{
	prop_object_t obj = prop_dictionary_get(pd, key);

	if (!prop_is(obj, PROP_TYPE_DICTIONARY))
		return false;
	*dp = obj;
	return true;
}

/*
 * Whole containers as XML.
 */

static void *
internalize(const char *xml, size_t len, prop_type_t type)
{
	prop_object_t obj = rump_prop_internalize(xml, len);

	if (obj == NULL || prop_object_type(obj) == type)
		return obj;
	prop_object_release(obj);
	return NULL;
}

prop_array_t
prop_array_internalize(const char *xml)
{

	return internalize(xml, strlen(xml), PROP_TYPE_ARRAY);
}

prop_dictionary_t
prop_dictionary_internalize(const char *xml)
{

	return internalize(xml, strlen(xml), PROP_TYPE_DICTIONARY);
}

char *
prop_array_externalize(prop_array_t pa)
{
	size_t size;

	return prop_is(pa, PROP_TYPE_ARRAY) ?
	    rump_prop_externalize(pa, &size) : NULL;
}

char *
prop_dictionary_externalize(prop_dictionary_t pd)
{
	size_t size;

	return prop_is(pd, PROP_TYPE_DICTIONARY) ?
	    rump_prop_externalize(pd, &size) : NULL;
}

static int
plist_copyin(const struct plistref *pref, prop_type_t type, void **objp)
{
	size_t len = pref->pref_len;
	char *xml;
	int error;

	if (len == 0)
		return EIO;
	if (len > PROP_XML_MAX)
		return E2BIG;
	xml = kmem_alloc(len, KM_SLEEP);
	error = copyin(pref->pref_plist, xml, len);
	if (error == 0 && (*objp = internalize(xml, len, type)) == NULL)
		error = EIO;
	kmem_free(xml, len);
	return error;
}

/* Memory of the client's own, that it unmaps when it has read the list. */
static int
client_map(size_t size, void **addrp)
{

	if (RUMP_LOCALPROC_P(curproc))
		return rumpuser_anonmmap(NULL, size, 0, 0, addrp);
	if (rump_sysproxy_ops.rspo_anonmmap == NULL)
		return ENOTSUP;
	return (*rump_sysproxy_ops.rspo_anonmmap)(
	    RUMP_SPVM2CTL(curproc->p_vmspace), size, addrp);
}

static int
plist_copyout(struct plistref *pref, prop_object_t obj)
{
	void *addr;
	size_t size;
	char *xml;
	int error;

	if ((xml = rump_prop_externalize(obj, &size)) == NULL)
		return ENOMEM;
	if ((error = client_map(round_page(size), &addr)) == 0 &&
	    (error = copyout(xml, addr, size)) == 0) {
		pref->pref_plist = addr;
		pref->pref_len = size;
	}
	free(xml, M_TEMP);
	return error;
}

int
prop_array_copyin(const struct plistref *pref, prop_array_t *pap)
{

	return plist_copyin(pref, PROP_TYPE_ARRAY, (void **)pap);
}

int
prop_array_copyin_ioctl(const struct plistref *pref, const u_long cmd,
    prop_array_t *pap)
{

	return cmd & IOC_IN ? prop_array_copyin(pref, pap) : EFAULT;
}

int
prop_array_copyout(struct plistref *pref, prop_array_t pa)
{

	return plist_copyout(pref, pa);
}

int
prop_array_copyout_ioctl(struct plistref *pref, const u_long cmd,
    prop_array_t pa)
{

	return cmd & IOC_OUT ? prop_array_copyout(pref, pa) : EFAULT;
}

int
prop_dictionary_copyin(const struct plistref *pref, prop_dictionary_t *pdp)
{

	return plist_copyin(pref, PROP_TYPE_DICTIONARY, (void **)pdp);
}

int
prop_dictionary_copyin_ioctl(const struct plistref *pref, const u_long cmd,
    prop_dictionary_t *pdp)
{

	return cmd & IOC_IN ? prop_dictionary_copyin(pref, pdp) : EFAULT;
}

int
prop_dictionary_copyout(struct plistref *pref, prop_dictionary_t pd)
{

	return plist_copyout(pref, pd);
}

int
prop_dictionary_copyout_ioctl(struct plistref *pref, const u_long cmd,
    prop_dictionary_t pd)
{

	return cmd & IOC_OUT ? prop_dictionary_copyout(pref, pd) : EFAULT;
}
