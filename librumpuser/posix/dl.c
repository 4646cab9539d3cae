/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dl.c - finding the link sets and symbols of what is loaded, by reading the
 * dynamic symbol tables themselves: a lookup by the dynamic linker would
 * search an object's dependencies too, and give the same set several times.
 * Locking: objects are collected under the dynamic linker's lock, the
 * callbacks run after it is released.
 */
#include "host.h"
#include "raw.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

struct object {
	uintptr_t base;
	const ElfW(Sym) *symtab;
	const char *strtab;
	size_t strsize;
	const uint32_t *gnuhash;
	size_t nsyms;			/* 0: not counted yet */
};

struct objects {
	struct object *obj;
	size_t n, max;
	int error;
};

/*
 * The number of symbols behind a GNU hash table: the largest index in any
 * bucket, and on to the end of that bucket's chain.
 */
static size_t
gnuhash_count(const uint32_t *h)
{
	const uint32_t nbuckets = h[0], symoff = h[1], bloom = h[2];
	const uint32_t *buckets, *chain;
	uint32_t i, last = 0;

	buckets = h + 4 + bloom * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
	chain = buckets + nbuckets;
	for (i = 0; i < nbuckets; i++)
		if (buckets[i] > last)
			last = buckets[i];
	if (last < symoff)
		return symoff;
	while ((chain[last - symoff] & 1) == 0)
		last++;
	return (size_t)last + 1;
}

/* Some loaders leave these pointers relative to the load address. */
static const void *
dynptr(uintptr_t base, ElfW(Addr) val)
{

	return (const void *)(val < base ? base + val : val);
}

/* Fill in an object from its dynamic section; is there a symbol table? */
static int
object_parse(struct object *o, const ElfW(Dyn) *d)
{
	const uint32_t *sysv = NULL;

	for (; d->d_tag != DT_NULL; d++) {
		switch (d->d_tag) {
		case DT_SYMTAB:
			o->symtab = dynptr(o->base, d->d_un.d_ptr);
			break;
		case DT_STRTAB:
			o->strtab = dynptr(o->base, d->d_un.d_ptr);
			break;
		case DT_STRSZ:
			o->strsize = d->d_un.d_val;
			break;
		case DT_GNU_HASH:
			o->gnuhash = dynptr(o->base, d->d_un.d_ptr);
			break;
		case DT_HASH:
			sysv = dynptr(o->base, d->d_un.d_ptr);
			break;
		}
	}
	if (sysv != NULL)
		o->nsyms = sysv[1];
	return o->symtab != NULL && o->strtab != NULL &&
	    (o->gnuhash != NULL || o->nsyms > 0);
}

static int
collect(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct objects *os = arg;
	struct object o = { .base = info->dlpi_addr }, *n;
	const ElfW(Dyn) *dyn = NULL;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(o.base +
			    info->dlpi_phdr[i].p_vaddr);
	if (dyn == NULL || !object_parse(&o, dyn))
		return 0;
	if (os->n == os->max) {
		os->max = os->max ? os->max * 2 : 32;
		n = reallocarray(os->obj, os->max, sizeof(*n));
		if (n == NULL) {
			os->error = ENOMEM;
			return 1;
		}
		os->obj = n;
	}
	os->obj[os->n++] = o;
	return 0;
}

static int
symbol_is(const struct object *o, size_t i, const char *name)
{
	const ElfW(Sym) *s = &o->symtab[i];

	return s->st_shndx != SHN_UNDEF && s->st_name < o->strsize &&
	    strcmp(o->strtab + s->st_name, name) == 0;
}

static uint32_t
gnuhash(const char *name)
{
	uint32_t h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

/* Index of a symbol by the GNU hash table, 0 if it is not there. */
static size_t
gnuhash_find(const struct object *o, const char *name)
{
	const uint32_t *h = o->gnuhash, *buckets, *chain;
	const uint32_t nbuckets = h[0], symoff = h[1], bloom = h[2];
	const uint32_t want = gnuhash(name);
	size_t i;

	buckets = h + 4 + bloom * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
	chain = buckets + nbuckets;
	if (nbuckets == 0 || (i = buckets[want % nbuckets]) < symoff)
		return 0;
	for (;; i++) {
		if ((chain[i - symoff] | 1) == (want | 1) &&
		    symbol_is(o, i, name))
			return i;
		if (chain[i - symoff] & 1)
			return 0;
	}
}

/* The address of a defined symbol of this very object. */
static void *
object_sym(const struct object *o, const char *name)
{
	size_t i;

	if (o->gnuhash != NULL) {
		i = gnuhash_find(o, name);
	} else {
		for (i = o->nsyms - 1; i > 0; i--)
			if (symbol_is(o, i, name))
				break;
	}
	if (i == 0)
		return NULL;
	return (void *)(o->base + o->symtab[i].st_value);
}

static void
load_sets(const struct object *o, rump_modinit_fn domodinit,
    rump_compload_fn docompload)
{
	const struct modinfo *const *m, *const *mend;
	const struct rump_component *const *c, *const *cend;

	m = object_sym(o, "__start_link_set_modules");
	mend = object_sym(o, "__stop_link_set_modules");
	if (domodinit != NULL && m != NULL && mend > m)
		domodinit(m, (size_t)(mend - m));

	c = object_sym(o, "__start_link_set_rump_components");
	cend = object_sym(o, "__stop_link_set_rump_components");
	if (docompload != NULL && c != NULL)
		for (; c < cend; c++)
			docompload(*c);
}

static int
kernel_symbol(const char *name)
{

	return strncmp(name, "rump", 4) == 0 || strncmp(name, "RUMP", 4) == 0;
}

/* Hand over copies, with addresses in place; they are the kernel's to keep. */
static void
load_symbols(struct object *o, rump_symload_fn dosymload)
{
	ElfW(Sym) *syms;
	size_t i, n = 0, len, stroff = 1;
	char *strs;

	if (o->nsyms == 0)
		o->nsyms = gnuhash_count(o->gnuhash);
	for (i = 1; i < o->nsyms; i++)
		if (o->symtab[i].st_shndx != SHN_UNDEF &&
		    o->symtab[i].st_name < o->strsize &&
		    kernel_symbol(o->strtab + o->symtab[i].st_name)) {
			n++;
			stroff += strlen(o->strtab +
			    o->symtab[i].st_name) + 1;
		}
	if (n == 0)
		return;
	syms = calloc(n, sizeof(*syms));
	strs = calloc(1, stroff);
	if (syms == NULL || strs == NULL)
		goto fail;

	for (i = 1, n = 0, stroff = 1; i < o->nsyms; i++) {
		if (o->symtab[i].st_shndx == SHN_UNDEF ||
		    o->symtab[i].st_name >= o->strsize ||
		    !kernel_symbol(o->strtab + o->symtab[i].st_name))
			continue;
		syms[n] = o->symtab[i];
		syms[n].st_value += o->base;
		syms[n].st_name = (ElfW(Word))stroff;
		len = strlen(o->strtab + o->symtab[i].st_name) + 1;
		memcpy(strs + stroff, o->strtab + o->symtab[i].st_name, len);
		stroff += len;
		n++;
	}
	if (dosymload(syms, n * sizeof(*syms), strs, stroff) == 0)
		return;
fail:
	free(syms);
	free(strs);
}

int
rumpuser__raw_dl(struct rumpuser_provider *p, rump_modinit_fn domodinit,
    rump_symload_fn dosymload, rump_compload_fn docompload)
{
	struct objects os = { .obj = NULL };
	size_t i;

	dl_iterate_phdr(collect, &os);
	if (os.error != 0) {
		free(os.obj);
		return os.error;
	}
	/* Symbols first: modules may look some up. */
	if (dosymload != NULL)
		for (i = 0; i < os.n; i++)
			load_symbols(&os.obj[i], dosymload);
	for (i = 0; i < os.n; i++)
		load_sets(&os.obj[i], domodinit, docompload);
	free(os.obj);
	return 0;
}

/* The kernel has no way to go on without what is linked to it. */
void
rumpuser_dl_bootstrap(rump_modinit_fn domodinit, rump_symload_fn dosymload,
    rump_compload_fn docompload)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_dl, domodinit, dosymload, docompload);
	if (error != 0) {
		rumpuser_dprintf("rumpuser: no list of loaded objects: %s\n",
		    strerror(error));
		rumpuser_exit(RUMPUSER_PANIC);
	}
	errno = serrno;
}
