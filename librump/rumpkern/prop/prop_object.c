/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proplib(3): reference counts, and the objects that contain no others.  Those
 * do not change once they are made, but for mutable strings, whose users
 * serialise themselves.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/kmem.h>
#include <sys/malloc.h>

#include "prop_impl.h"

static void *
object_alloc(prop_type_t type, size_t size)
{
	struct prop_header *ph = kmem_zalloc(size, KM_SLEEP);

	ph->ph_type = type;
	ph->ph_refs = 1;
	return ph;
}

void
prop_object_retain(prop_object_t obj)
{
	struct prop_header *ph = obj;

	atomic_inc_uint(&ph->ph_refs);
}

static void
scalar_free(struct prop_header *ph)
{
	struct _prop_string *ps;
	struct _prop_data *pd;

	switch (ph->ph_type) {
	case PROP_TYPE_BOOL:
		kmem_free(ph, sizeof(struct _prop_bool));
		break;
	case PROP_TYPE_NUMBER:
		kmem_free(ph, sizeof(struct _prop_number));
		break;
	case PROP_TYPE_STRING:
		ps = (void *)ph;
		if (ps->ps_mem != NULL)
			kmem_free(ps->ps_mem, ps->ps_size + 1);
		kmem_free(ps, sizeof(*ps));
		break;
	case PROP_TYPE_DATA:
		pd = (void *)ph;
		if (pd->pd_mem != NULL)
			kmem_free(pd->pd_mem, pd->pd_size);
		kmem_free(pd, sizeof(*pd));
		break;
	case PROP_TYPE_DICT_KEYSYM:
		kmem_free(ph, offsetof(struct _prop_dictionary_keysym, pk_name)
		    + ((struct _prop_dictionary_keysym *)ph)->pk_size + 1);
		break;
	default:
		panic("proplib: object %p of unknown type", ph);
	}
}

void
rump_prop_drop(prop_object_t obj, struct prop_container **dead)
{
	struct prop_header *ph = obj;
	struct prop_container *pc;
	unsigned int refs;

	membar_exit();
	refs = atomic_dec_uint_nv(&ph->ph_refs);
	KASSERTMSG(refs + 1 != 0, "property object %p freed twice", obj);
	if (refs != 0)
		return;
	membar_enter();
	if (ph->ph_type != PROP_TYPE_ARRAY &&
	    ph->ph_type != PROP_TYPE_DICTIONARY) {
		scalar_free(ph);
		return;
	}
	pc = obj;
	pc->pc_dead = *dead;
	*dead = pc;
}

/* Without recursion, however deep containers are nested. */
void
prop_object_release(prop_object_t obj)
{
	struct prop_container *dead = NULL, *pc;

	rump_prop_drop(obj, &dead);
	while ((pc = dead) != NULL) {
		dead = pc->pc_dead;
		rump_prop_container_empty(pc, &dead);
	}
}

prop_type_t
prop_object_type(prop_object_t obj)
{

	return obj == NULL ? PROP_TYPE_UNKNOWN :
	    ((struct prop_header *)obj)->ph_type;
}

bool
prop_object_equals(prop_object_t a, prop_object_t b)
{

	if (a == b)
		return true;
	if (prop_object_type(a) != prop_object_type(b))
		return false;
	switch (prop_object_type(a)) {
	case PROP_TYPE_BOOL:
		return prop_bool_equals(a, b);
	case PROP_TYPE_NUMBER:
		return prop_number_equals(a, b);
	case PROP_TYPE_STRING:
		return prop_string_equals(a, b);
	case PROP_TYPE_DATA:
		return prop_data_equals(a, b);
	case PROP_TYPE_DICT_KEYSYM:
		return prop_dictionary_keysym_equals(a, b);
	case PROP_TYPE_ARRAY:
	case PROP_TYPE_DICTIONARY:
		return rump_prop_container_equals(a, b);
	default:
		return false;
	}
}

/* What cannot change is copied by another reference. */
static void *
share(void *obj, prop_type_t type)
{

	if (!prop_is(obj, type))
		return NULL;
	prop_object_retain(obj);
	return obj;
}

/*
 * prop_bool(3).
 */

prop_bool_t
prop_bool_create(bool value)
{
	prop_bool_t pb = object_alloc(PROP_TYPE_BOOL, sizeof(*pb));

	pb->pb_value = value;
	return pb;
}

prop_bool_t
prop_bool_copy(prop_bool_t pb)
{

	return share(pb, PROP_TYPE_BOOL);
}

bool
prop_bool_true(prop_bool_t pb)
{

	return prop_is(pb, PROP_TYPE_BOOL) && pb->pb_value;
}

bool
prop_bool_equals(prop_bool_t a, prop_bool_t b)
{

	return prop_is(a, PROP_TYPE_BOOL) && prop_is(b, PROP_TYPE_BOOL) &&
	    a->pb_value == b->pb_value;
}

/*
 * prop_number(3).
 */

static prop_number_t
number_create(uint64_t value, bool is_unsigned)
{
	prop_number_t pn = object_alloc(PROP_TYPE_NUMBER, sizeof(*pn));

	pn->pn_value = value;
	pn->pn_unsigned = is_unsigned;
	return pn;
}

prop_number_t
prop_number_create_integer(int64_t value)
{

	return number_create((uint64_t)value, false);
}

prop_number_t
prop_number_create_unsigned_integer(uint64_t value)
{

	return number_create(value, true);
}

prop_number_t
prop_number_copy(prop_number_t pn)
{

	return share(pn, PROP_TYPE_NUMBER);
}

int
prop_number_size(prop_number_t pn)
{
	uint64_t v;
	int bits;

	if (!prop_is(pn, PROP_TYPE_NUMBER))
		return 0;
	v = pn->pn_value;
	if (!pn->pn_unsigned && (int64_t)v < 0)
		v = ~v;
	/* A signed value needs a bit for its sign. */
	for (bits = 8; bits < 64 && v >> (bits - !pn->pn_unsigned) != 0;
	    bits *= 2)
		continue;
	return bits;
}

bool
prop_number_unsigned(prop_number_t pn)
{

	return prop_is(pn, PROP_TYPE_NUMBER) && pn->pn_unsigned;
}

int64_t
prop_number_integer_value(prop_number_t pn)
{

	return prop_is(pn, PROP_TYPE_NUMBER) ? (int64_t)pn->pn_value : 0;
}

uint64_t
prop_number_unsigned_integer_value(prop_number_t pn)
{

	return prop_is(pn, PROP_TYPE_NUMBER) ? pn->pn_value : 0;
}

bool
prop_number_equals(prop_number_t a, prop_number_t b)
{

	if (!prop_is(b, PROP_TYPE_NUMBER))
		return false;
	return b->pn_unsigned ?
	    prop_number_equals_unsigned_integer(a, b->pn_value) :
	    prop_number_equals_integer(a, (int64_t)b->pn_value);
}

bool
prop_number_equals_integer(prop_number_t pn, int64_t value)
{

	/* The same bits are another value if only one of them is signed. */
	return prop_is(pn, PROP_TYPE_NUMBER) &&
	    pn->pn_value == (uint64_t)value &&
	    (!pn->pn_unsigned || value >= 0);
}

bool
prop_number_equals_unsigned_integer(prop_number_t pn, uint64_t value)
{

	return prop_is(pn, PROP_TYPE_NUMBER) && pn->pn_value == value &&
	    (pn->pn_unsigned || (int64_t)value >= 0);
}

/*
 * prop_string(3).
 */

static prop_string_t
string_create(const char *text, size_t size)
{
	prop_string_t ps = object_alloc(PROP_TYPE_STRING, sizeof(*ps));

	ps->ps_mem = kmem_alloc(size + 1, KM_SLEEP);
	memcpy(ps->ps_mem, text, size);
	ps->ps_mem[size] = '\0';
	ps->ps_text = ps->ps_mem;
	ps->ps_size = size;
	ps->ps_mutable = true;
	return ps;
}

prop_string_t
prop_string_create(void)
{

	return string_create("", 0);
}

prop_string_t
prop_string_create_cstring(const char *text)
{

	return string_create(text, strlen(text));
}

prop_string_t
prop_string_create_cstring_nocopy(const char *text)
{
	prop_string_t ps = object_alloc(PROP_TYPE_STRING, sizeof(*ps));

	ps->ps_text = text;
	ps->ps_size = strlen(text);
	return ps;
}

prop_string_t
prop_string_copy(prop_string_t ps)
{
	prop_string_t copy;

	if (!prop_is(ps, PROP_TYPE_STRING))
		return NULL;
	if (!ps->ps_mutable)
		return share(ps, PROP_TYPE_STRING);
	copy = string_create(ps->ps_text, ps->ps_size);
	copy->ps_mutable = false;
	return copy;
}

prop_string_t
prop_string_copy_mutable(prop_string_t ps)
{

	if (!prop_is(ps, PROP_TYPE_STRING))
		return NULL;
	return string_create(ps->ps_text, ps->ps_size);
}

size_t
prop_string_size(prop_string_t ps)
{

	return prop_is(ps, PROP_TYPE_STRING) ? ps->ps_size : 0;
}

bool
prop_string_mutable(prop_string_t ps)
{

	return prop_is(ps, PROP_TYPE_STRING) && ps->ps_mutable;
}

char *
prop_string_cstring(prop_string_t ps)
{
	char *text;

	if (!prop_is(ps, PROP_TYPE_STRING))
		return NULL;
	text = malloc(ps->ps_size + 1, M_TEMP, M_WAITOK);
	memcpy(text, ps->ps_text, ps->ps_size + 1);
	return text;
}

const char *
prop_string_cstring_nocopy(prop_string_t ps)
{

	return prop_is(ps, PROP_TYPE_STRING) ? ps->ps_text : NULL;
}

bool
prop_string_append_cstring(prop_string_t ps, const char *text)
{
	size_t more = strlen(text);
	char *mem;

	if (!prop_string_mutable(ps))
		return false;
	mem = kmem_alloc(ps->ps_size + more + 1, KM_SLEEP);
	memcpy(mem, ps->ps_text, ps->ps_size);
	memcpy(mem + ps->ps_size, text, more + 1);
	kmem_free(ps->ps_mem, ps->ps_size + 1);
	ps->ps_text = ps->ps_mem = mem;
	ps->ps_size += more;
	return true;
}

bool
prop_string_append(prop_string_t to, prop_string_t from)
{

	if (!prop_is(from, PROP_TYPE_STRING))
		return false;
	return prop_string_append_cstring(to, from->ps_text);
}

bool
prop_string_equals(prop_string_t a, prop_string_t b)
{

	return prop_is(b, PROP_TYPE_STRING) &&
	    prop_string_equals_cstring(a, b->ps_text);
}

bool
prop_string_equals_cstring(prop_string_t ps, const char *text)
{

	return prop_is(ps, PROP_TYPE_STRING) && strcmp(ps->ps_text, text) == 0;
}

/*
 * prop_data(3).
 */

prop_data_t
prop_data_create_data_nocopy(const void *bytes, size_t size)
{
	prop_data_t pd = object_alloc(PROP_TYPE_DATA, sizeof(*pd));

	pd->pd_bytes = bytes;
	pd->pd_size = size;
	return pd;
}

prop_data_t
prop_data_create_data(const void *bytes, size_t size)
{
	prop_data_t pd = prop_data_create_data_nocopy(NULL, size);

	if (size == 0)
		return pd;
	pd->pd_mem = kmem_alloc(size, KM_SLEEP);
	memcpy(pd->pd_mem, bytes, size);
	pd->pd_bytes = pd->pd_mem;
	return pd;
}

prop_data_t
prop_data_copy(prop_data_t pd)
{

	return share(pd, PROP_TYPE_DATA);
}

size_t
prop_data_size(prop_data_t pd)
{

	return prop_is(pd, PROP_TYPE_DATA) ? pd->pd_size : 0;
}

void *
prop_data_data(prop_data_t pd)
{
	void *bytes;

	if (prop_data_size(pd) == 0)
		return NULL;
	bytes = malloc(pd->pd_size, M_TEMP, M_WAITOK);
	memcpy(bytes, pd->pd_bytes, pd->pd_size);
	return bytes;
}

const void *
prop_data_data_nocopy(prop_data_t pd)
{

	return prop_is(pd, PROP_TYPE_DATA) ? pd->pd_bytes : NULL;
}

bool
prop_data_equals(prop_data_t a, prop_data_t b)
{

	return prop_is(b, PROP_TYPE_DATA) &&
	    prop_data_equals_data(a, b->pd_bytes, b->pd_size);
}

bool
prop_data_equals_data(prop_data_t pd, const void *bytes, size_t size)
{

	return prop_is(pd, PROP_TYPE_DATA) && pd->pd_size == size &&
	    (size == 0 || memcmp(pd->pd_bytes, bytes, size) == 0);
}
