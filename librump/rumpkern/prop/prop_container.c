/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proplib(3): arrays and dictionaries, one kind of container with and without
 * keys.  Each is under its own lock, pc_lock; no two are held at once and
 * nothing is allocated or freed under one.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>

#include "prop_impl.h"

struct _prop_object_iterator {
	struct prop_container *pi_c;	/* retained */
	unsigned int pi_next;
	unsigned int pi_version;
};

static void *
container_create(prop_type_t type, unsigned int capacity)
{
	struct prop_container *pc = kmem_zalloc(sizeof(*pc), KM_SLEEP);

	pc->pc_h.ph_type = type;
	pc->pc_h.ph_refs = 1;
	mutex_init(&pc->pc_lock, MUTEX_DEFAULT, IPL_NONE);
	if (capacity == 0)
		return pc;
	pc->pc_members = kmem_alloc(capacity * sizeof(pc->pc_members[0]),
	    KM_SLEEP);
	pc->pc_capacity = capacity;
	return pc;
}

void
rump_prop_container_empty(struct prop_container *pc,
    struct prop_container **dead)
{
	unsigned int i;

	for (i = 0; i < pc->pc_count; i++) {
		rump_prop_drop(pc->pc_members[i].pm_object, dead);
		if (pc->pc_members[i].pm_key != NULL)
			rump_prop_drop(pc->pc_members[i].pm_key, dead);
	}
	if (pc->pc_members != NULL)
		kmem_free(pc->pc_members,
		    pc->pc_capacity * sizeof(pc->pc_members[0]));
	mutex_destroy(&pc->pc_lock);
	kmem_free(pc, sizeof(*pc));
}

/* Lock with room for @want members, if nobody fills it meanwhile; false: it is
 * immutable, or there is no such memory. */
static bool
container_lock_room(struct prop_container *pc, size_t want)
{
	struct prop_member *mem = NULL, *old;
	size_t cap = 0, oldcap;

	mutex_enter(&pc->pc_lock);
	if (pc->pc_capacity < want && !pc->pc_immutable) {
		mutex_exit(&pc->pc_lock);
		cap = MAX(want + want / 2, 8);
		/* Nobody waits for memory that will never be there. */
		mem = kmem_alloc(cap * sizeof(mem[0]),
		    cap <= 65536 ? KM_SLEEP : KM_NOSLEEP);
		if (mem == NULL)
			return false;
		mutex_enter(&pc->pc_lock);
		if (pc->pc_capacity < cap) {
			memcpy(mem, pc->pc_members,
			    pc->pc_count * sizeof(mem[0]));
			old = pc->pc_members;
			oldcap = pc->pc_capacity;
			pc->pc_members = mem;
			pc->pc_capacity = (unsigned int)cap;
			mem = old;
			cap = oldcap;
		}
	}
	if (mem != NULL) {
		mutex_exit(&pc->pc_lock);
		kmem_free(mem, cap * sizeof(mem[0]));
		mutex_enter(&pc->pc_lock);
	}
	if (!pc->pc_immutable)
		return true;
	mutex_exit(&pc->pc_lock);
	return false;
}

static bool
container_ensure(struct prop_container *pc, unsigned int want)
{

	if (!container_lock_room(pc, want))
		return false;
	mutex_exit(&pc->pc_lock);
	return true;
}

/* Lock with room for one more. */
static bool
container_lock_grow(struct prop_container *pc)
{
	unsigned int want;

	for (;;) {
		mutex_enter(&pc->pc_lock);
		want = pc->pc_count + 1;
		mutex_exit(&pc->pc_lock);
		if (!container_lock_room(pc, want))
			return false;
		if (pc->pc_count < pc->pc_capacity)
			return true;
		mutex_exit(&pc->pc_lock);
	}
}

static unsigned int
container_count(struct prop_container *pc)
{
	unsigned int n;

	mutex_enter(&pc->pc_lock);
	n = pc->pc_count;
	mutex_exit(&pc->pc_lock);
	return n;
}

prop_object_t
rump_prop_member(struct prop_container *pc, unsigned int i,
    struct _prop_dictionary_keysym **keyp)
{
	prop_object_t obj = NULL;

	mutex_enter(&pc->pc_lock);
	if (i < pc->pc_count) {
		obj = pc->pc_members[i].pm_object;
		prop_object_retain(obj);
		if (keyp != NULL) {
			*keyp = pc->pc_members[i].pm_key;
			if (*keyp != NULL)
				prop_object_retain(*keyp);
		}
	}
	mutex_exit(&pc->pc_lock);
	return obj;
}

bool
rump_prop_container_equals(struct prop_container *a, struct prop_container *b)
{
	struct _prop_dictionary_keysym *ka = NULL, *kb = NULL;
	prop_object_t oa, ob;
	unsigned int i, n = container_count(a);
	bool equal = container_count(b) == n;

	for (i = 0; equal && i < n; i++) {
		oa = rump_prop_member(a, i, &ka);
		ob = rump_prop_member(b, i, &kb);
		equal = oa != NULL && ob != NULL &&
		    (ka == NULL || prop_dictionary_keysym_equals(ka, kb)) &&
		    prop_object_equals(oa, ob);
		if (oa != NULL) {
			prop_object_release(oa);
			if (ka != NULL)
				prop_object_release(ka);
		}
		if (ob != NULL) {
			prop_object_release(ob);
			if (kb != NULL)
				prop_object_release(kb);
		}
	}
	return equal;
}

static void *
container_copy(struct prop_container *pc, bool immutable)
{
	struct prop_container *copy;
	struct prop_member *pm;
	unsigned int i, cap;

	for (;;) {
		cap = container_count(pc);
		copy = container_create(pc->pc_h.ph_type, cap);
		mutex_enter(&pc->pc_lock);
		if (pc->pc_count <= cap)
			break;
		mutex_exit(&pc->pc_lock);
		prop_object_release(copy);
	}
	for (i = 0; i < pc->pc_count; i++) {
		pm = &copy->pc_members[i];
		*pm = pc->pc_members[i];
		prop_object_retain(pm->pm_object);
		if (pm->pm_key != NULL)
			prop_object_retain(pm->pm_key);
	}
	copy->pc_count = pc->pc_count;
	copy->pc_immutable = immutable;
	mutex_exit(&pc->pc_lock);
	return copy;
}

/* Make room at an index of a locked container that has some. */
static void
container_insert(struct prop_container *pc, unsigned int i,
    struct _prop_dictionary_keysym *key, prop_object_t obj)
{

	KASSERT(pc->pc_count < pc->pc_capacity);
	memmove(&pc->pc_members[i + 1], &pc->pc_members[i],
	    (pc->pc_count - i) * sizeof(pc->pc_members[0]));
	pc->pc_members[i].pm_key = key;
	pc->pc_members[i].pm_object = obj;
	pc->pc_count++;
	pc->pc_version++;
}

/* Take a member of a locked container out; its references are the caller's. */
static struct prop_member
container_take(struct prop_container *pc, unsigned int i)
{
	struct prop_member pm = pc->pc_members[i];

	pc->pc_count--;
	memmove(&pc->pc_members[i], &pc->pc_members[i + 1],
	    (pc->pc_count - i) * sizeof(pc->pc_members[0]));
	pc->pc_version++;
	return pm;
}

static void
container_make_immutable(struct prop_container *pc)
{

	mutex_enter(&pc->pc_lock);
	pc->pc_immutable = true;
	mutex_exit(&pc->pc_lock);
}

/*
 * Iterators.
 */

static prop_object_iterator_t
container_iterator(struct prop_container *pc)
{
	prop_object_iterator_t pi = kmem_alloc(sizeof(*pi), KM_SLEEP);

	prop_object_retain(pc);
	pi->pi_c = pc;
	prop_object_iterator_reset(pi);
	return pi;
}

prop_object_t
prop_object_iterator_next(prop_object_iterator_t pi)
{
	struct prop_container *pc = pi->pi_c;
	struct prop_member *pm;
	prop_object_t obj = NULL;

	mutex_enter(&pc->pc_lock);
	if (pi->pi_version == pc->pc_version && pi->pi_next < pc->pc_count) {
		pm = &pc->pc_members[pi->pi_next++];
		obj = pm->pm_key != NULL ? pm->pm_key : pm->pm_object;
	}
	mutex_exit(&pc->pc_lock);
	return obj;
}

void
prop_object_iterator_reset(prop_object_iterator_t pi)
{

	mutex_enter(&pi->pi_c->pc_lock);
	pi->pi_next = 0;
	pi->pi_version = pi->pi_c->pc_version;
	mutex_exit(&pi->pi_c->pc_lock);
}

void
prop_object_iterator_release(prop_object_iterator_t pi)
{

	prop_object_release(pi->pi_c);
	kmem_free(pi, sizeof(*pi));
}

/*
 * prop_array(3).
 */

prop_array_t
prop_array_create(void)
{

	return container_create(PROP_TYPE_ARRAY, 0);
}

prop_array_t
prop_array_create_with_capacity(unsigned int capacity)
{

	return container_create(PROP_TYPE_ARRAY, capacity);
}

prop_array_t
prop_array_copy(prop_array_t pa)
{

	return prop_is(pa, PROP_TYPE_ARRAY) ?
	    container_copy(&pa->pa_c, pa->pa_c.pc_immutable) : NULL;
}

prop_array_t
prop_array_copy_mutable(prop_array_t pa)
{

	return prop_is(pa, PROP_TYPE_ARRAY) ?
	    container_copy(&pa->pa_c, false) : NULL;
}

unsigned int
prop_array_capacity(prop_array_t pa)
{
	unsigned int n;

	if (!prop_is(pa, PROP_TYPE_ARRAY))
		return 0;
	mutex_enter(&pa->pa_c.pc_lock);
	n = pa->pa_c.pc_capacity;
	mutex_exit(&pa->pa_c.pc_lock);
	return n;
}

unsigned int
prop_array_count(prop_array_t pa)
{

	return prop_is(pa, PROP_TYPE_ARRAY) ? container_count(&pa->pa_c) : 0;
}

bool
prop_array_ensure_capacity(prop_array_t pa, unsigned int capacity)
{

	return prop_is(pa, PROP_TYPE_ARRAY) &&
	    container_ensure(&pa->pa_c, capacity);
}

prop_object_iterator_t
prop_array_iterator(prop_array_t pa)
{

	return prop_is(pa, PROP_TYPE_ARRAY) ?
	    container_iterator(&pa->pa_c) : NULL;
}

void
prop_array_make_immutable(prop_array_t pa)
{

	if (prop_is(pa, PROP_TYPE_ARRAY))
		container_make_immutable(&pa->pa_c);
}

bool
prop_array_mutable(prop_array_t pa)
{

	return prop_is(pa, PROP_TYPE_ARRAY) && !pa->pa_c.pc_immutable;
}

prop_object_t
prop_array_get(prop_array_t pa, unsigned int i)
{
	prop_object_t obj = NULL;

	if (!prop_is(pa, PROP_TYPE_ARRAY))
		return NULL;
	mutex_enter(&pa->pa_c.pc_lock);
	if (i < pa->pa_c.pc_count)
		obj = pa->pa_c.pc_members[i].pm_object;
	mutex_exit(&pa->pa_c.pc_lock);
	return obj;
}

bool
prop_array_set(prop_array_t pa, unsigned int i, prop_object_t obj)
{
	struct prop_container *pc = &pa->pa_c;
	prop_object_t old = NULL;
	bool done = true;

	if (!prop_is(pa, PROP_TYPE_ARRAY) || obj == NULL ||
	    !container_lock_grow(pc))
		return false;
	if (i < pc->pc_count) {
		old = pc->pc_members[i].pm_object;
		pc->pc_members[i].pm_object = obj;
		pc->pc_version++;
	} else if (i == pc->pc_count)
		container_insert(pc, i, NULL, obj);
	else
		done = false;
	if (done)
		prop_object_retain(obj);
	mutex_exit(&pc->pc_lock);
	if (old != NULL)
		prop_object_release(old);
	return done;
}

bool
prop_array_add(prop_array_t pa, prop_object_t obj)
{
	struct prop_container *pc = &pa->pa_c;

	if (!prop_is(pa, PROP_TYPE_ARRAY) || obj == NULL ||
	    !container_lock_grow(pc))
		return false;
	prop_object_retain(obj);
	container_insert(pc, pc->pc_count, NULL, obj);
	mutex_exit(&pc->pc_lock);
	return true;
}

void
prop_array_remove(prop_array_t pa, unsigned int i)
{
	struct prop_container *pc = &pa->pa_c;
	struct prop_member pm = { .pm_object = NULL };

	if (!prop_is(pa, PROP_TYPE_ARRAY))
		return;
	mutex_enter(&pc->pc_lock);
	if (!pc->pc_immutable && i < pc->pc_count)
		pm = container_take(pc, i);
	mutex_exit(&pc->pc_lock);
	if (pm.pm_object != NULL)
		prop_object_release(pm.pm_object);
}

bool
prop_array_equals(prop_array_t a, prop_array_t b)
{

	return prop_is(a, PROP_TYPE_ARRAY) && prop_object_equals(a, b);
}

/*
 * prop_dictionary(3).
 */

static struct _prop_dictionary_keysym *
keysym_create(const char *name)
{
	struct _prop_dictionary_keysym *pk;
	size_t len = strlen(name);

	pk = kmem_alloc(offsetof(struct _prop_dictionary_keysym, pk_name) +
	    len + 1, KM_SLEEP);
	pk->pk_h.ph_type = PROP_TYPE_DICT_KEYSYM;
	pk->pk_h.ph_refs = 1;
	pk->pk_size = len;
	memcpy(pk->pk_name, name, len + 1);
	return pk;
}

/* Where a key is or would be in a locked dictionary. */
static bool
key_find(const struct prop_container *pc, const char *name, unsigned int *ip)
{
	unsigned int lo = 0, hi = pc->pc_count, mid;
	int diff;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		diff = strcmp(name, pc->pc_members[mid].pm_key->pk_name);
		if (diff == 0) {
			*ip = mid;
			return true;
		}
		if (diff < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	*ip = lo;
	return false;
}

prop_dictionary_t
prop_dictionary_create(void)
{

	return container_create(PROP_TYPE_DICTIONARY, 0);
}

prop_dictionary_t
prop_dictionary_create_with_capacity(unsigned int capacity)
{

	return container_create(PROP_TYPE_DICTIONARY, capacity);
}

prop_dictionary_t
prop_dictionary_copy(prop_dictionary_t pd)
{

	return prop_is(pd, PROP_TYPE_DICTIONARY) ?
	    container_copy(&pd->pd_c, pd->pd_c.pc_immutable) : NULL;
}

prop_dictionary_t
prop_dictionary_copy_mutable(prop_dictionary_t pd)
{

	return prop_is(pd, PROP_TYPE_DICTIONARY) ?
	    container_copy(&pd->pd_c, false) : NULL;
}

unsigned int
prop_dictionary_count(prop_dictionary_t pd)
{

	return prop_is(pd, PROP_TYPE_DICTIONARY) ?
	    container_count(&pd->pd_c) : 0;
}

bool
prop_dictionary_ensure_capacity(prop_dictionary_t pd, unsigned int capacity)
{

	return prop_is(pd, PROP_TYPE_DICTIONARY) &&
	    container_ensure(&pd->pd_c, capacity);
}

void
prop_dictionary_make_immutable(prop_dictionary_t pd)
{

	if (prop_is(pd, PROP_TYPE_DICTIONARY))
		container_make_immutable(&pd->pd_c);
}

bool
prop_dictionary_mutable(prop_dictionary_t pd)
{

	return prop_is(pd, PROP_TYPE_DICTIONARY) && !pd->pd_c.pc_immutable;
}

prop_object_iterator_t
prop_dictionary_iterator(prop_dictionary_t pd)
{

	return prop_is(pd, PROP_TYPE_DICTIONARY) ?
	    container_iterator(&pd->pd_c) : NULL;
}

prop_array_t
prop_dictionary_all_keys(prop_dictionary_t pd)
{
	struct _prop_dictionary_keysym *key;
	prop_object_t obj;
	prop_array_t pa;
	unsigned int i;
	bool added;

	if (!prop_is(pd, PROP_TYPE_DICTIONARY))
		return NULL;
	if ((pa = prop_array_create()) == NULL)
		return NULL;
	for (i = 0; (obj = rump_prop_member(&pd->pd_c, i, &key)) != NULL;
	    i++) {
		prop_object_release(obj);
		added = prop_array_add(pa, key);
		prop_object_release(key);
		if (!added) {
			prop_object_release(pa);
			return NULL;
		}
	}
	return pa;
}

prop_object_t
prop_dictionary_get(prop_dictionary_t pd, const char *name)
{
	prop_object_t obj = NULL;
	unsigned int i;

	if (!prop_is(pd, PROP_TYPE_DICTIONARY))
		return NULL;
	mutex_enter(&pd->pd_c.pc_lock);
	if (key_find(&pd->pd_c, name, &i))
		obj = pd->pd_c.pc_members[i].pm_object;
	mutex_exit(&pd->pd_c.pc_lock);
	return obj;
}

bool
prop_dictionary_set(prop_dictionary_t pd, const char *name, prop_object_t obj)
{
	struct prop_container *pc = &pd->pd_c;
	struct _prop_dictionary_keysym *key;
	prop_object_t drop;
	unsigned int i;

	if (!prop_is(pd, PROP_TYPE_DICTIONARY) || obj == NULL)
		return false;
	key = keysym_create(name);
	if (!container_lock_grow(pc)) {
		prop_object_release(key);
		return false;
	}
	prop_object_retain(obj);
	if (key_find(pc, name, &i)) {
		drop = pc->pc_members[i].pm_object;
		pc->pc_members[i].pm_object = obj;
		pc->pc_version++;
		mutex_exit(&pc->pc_lock);
		prop_object_release(drop);
		prop_object_release(key);
		return true;
	}
	container_insert(pc, i, key, obj);
	mutex_exit(&pc->pc_lock);
	return true;
}

void
prop_dictionary_remove(prop_dictionary_t pd, const char *name)
{
	struct prop_container *pc = &pd->pd_c;
	struct prop_member pm = { .pm_object = NULL };
	unsigned int i;

	if (!prop_is(pd, PROP_TYPE_DICTIONARY))
		return;
	mutex_enter(&pc->pc_lock);
	if (!pc->pc_immutable && key_find(pc, name, &i))
		pm = container_take(pc, i);
	mutex_exit(&pc->pc_lock);
	if (pm.pm_object == NULL)
		return;
	prop_object_release(pm.pm_object);
	prop_object_release(pm.pm_key);
}

prop_object_t
prop_dictionary_get_keysym(prop_dictionary_t pd, prop_dictionary_keysym_t pk)
{

	return prop_is(pk, PROP_TYPE_DICT_KEYSYM) ?
	    prop_dictionary_get(pd, pk->pk_name) : NULL;
}

bool
prop_dictionary_set_keysym(prop_dictionary_t pd, prop_dictionary_keysym_t pk,
    prop_object_t obj)
{

	return prop_is(pk, PROP_TYPE_DICT_KEYSYM) &&
	    prop_dictionary_set(pd, pk->pk_name, obj);
}

void
prop_dictionary_remove_keysym(prop_dictionary_t pd,
    prop_dictionary_keysym_t pk)
{

	if (prop_is(pk, PROP_TYPE_DICT_KEYSYM))
		prop_dictionary_remove(pd, pk->pk_name);
}

bool
prop_dictionary_equals(prop_dictionary_t a, prop_dictionary_t b)
{

	return prop_is(a, PROP_TYPE_DICTIONARY) && prop_object_equals(a, b);
}

const char *
prop_dictionary_keysym_cstring_nocopy(prop_dictionary_keysym_t pk)
{

	return prop_is(pk, PROP_TYPE_DICT_KEYSYM) ? pk->pk_name : NULL;
}

size_t
prop_dictionary_keysym_size(prop_dictionary_keysym_t pk)
{

	return prop_is(pk, PROP_TYPE_DICT_KEYSYM) ? pk->pk_size : 0;
}

bool
prop_dictionary_keysym_equals(prop_dictionary_keysym_t a,
    prop_dictionary_keysym_t b)
{

	return prop_is(a, PROP_TYPE_DICT_KEYSYM) &&
	    prop_is(b, PROP_TYPE_DICT_KEYSYM) &&
	    strcmp(a->pk_name, b->pk_name) == 0;
}
