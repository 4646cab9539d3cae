/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of proplib(3) share. */
#ifndef _RUMPKERN_PROP_IMPL_H_
#define _RUMPKERN_PROP_IMPL_H_

#include <sys/param.h>
#include <sys/mutex.h>

#include <prop/proplib.h>

/* Begins every object. */
struct prop_header {
	prop_type_t ph_type;
	volatile unsigned int ph_refs;
};

struct _prop_bool {
	struct prop_header pb_h;
	bool pb_value;
};

struct _prop_number {
	struct prop_header pn_h;
	bool pn_unsigned;
	uint64_t pn_value;
};

struct _prop_string {
	struct prop_header ps_h;
	bool ps_mutable;
	const char *ps_text;
	char *ps_mem;			/* or NULL: it is the creator's */
	size_t ps_size;			/* without the 0 */
};

struct _prop_data {
	struct prop_header pd_h;
	const void *pd_bytes;
	void *pd_mem;			/* or NULL: it is the creator's */
	size_t pd_size;
};

struct _prop_dictionary_keysym {
	struct prop_header pk_h;
	size_t pk_size;			/* without the 0 */
	char pk_name[];
};

struct prop_member {
	struct _prop_dictionary_keysym *pm_key;	/* arrays: NULL */
	prop_object_t pm_object;
};

/* Arrays, and dictionaries: those are sorted by key. */
struct prop_container {
	struct prop_header pc_h;
	bool pc_immutable;
	unsigned int pc_count;
	unsigned int pc_capacity;
	unsigned int pc_version;	/* rises with each change */
	struct prop_member *pc_members;
	kmutex_t pc_lock;		/* all but the header */
	struct prop_container *pc_dead;	/* while being freed */
};

struct _prop_array {
	struct prop_container pa_c;
};

struct _prop_dictionary {
	struct prop_container pd_c;
};

/* What comes from outside nests no deeper, nor does what goes out. */
#define PROP_DEPTH_MAX	64
/* Bytes of XML that are taken from a client. */
#define PROP_XML_MAX	(128 * 1024)

static __inline bool __attribute__((__unused__))
prop_is(const void *obj, prop_type_t type)
{

	return obj != NULL && ((const struct prop_header *)obj)->ph_type == type;
}

/** The member of an index, retained, and its key unless @keyp is NULL; NULL at
 * the end. */
prop_object_t rump_prop_member(struct prop_container *, unsigned int,
	    struct _prop_dictionary_keysym **);
/** Take a container that nobody refers to any more apart; what this frees is
 * put on the list.  See prop_object_release(). */
void	rump_prop_container_empty(struct prop_container *,
	    struct prop_container **);
/** Drop a reference: if it was the last one, free what contains nothing, put a
 * container on the list. */
void	rump_prop_drop(prop_object_t, struct prop_container **);
bool	rump_prop_container_equals(struct prop_container *,
	    struct prop_container *);

/** XML of an object, M_TEMP, its size with the 0; and an object from XML of
 * @len bytes.  NULL as in prop_dictionary_externalize(). */
char	*rump_prop_externalize(prop_object_t, size_t *);
prop_object_t rump_prop_internalize(const char *, size_t);

#endif /* _RUMPKERN_PROP_IMPL_H_ */
