/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hard links seen so far (a hash table by inode number, linear probing) and
 * a sparse bit set of inode numbers.  Used by one thread.
 */
#include <stdlib.h>
#include <string.h>

#include "fsu.h"
#include "links.h"

struct ldir {
	int parent;
	uint32_t len;
	size_t name;		/* offset in the arena */
};

struct lent {
	uint64_t ino;		/* 0: free slot */
	size_t name;
	uint32_t len, left;	/* left: sightings still to come */
	int dir;
};

struct links {
	struct ldir *dirs;
	size_t ndirs, capdirs;
	struct lent *tab;
	size_t used, size;	/* size is a power of two */
	char *arena;
	size_t alen, acap;
};

struct links *
links_new(void)
{
	struct links *l = xcalloc(1, sizeof(*l));

	l->size = 256;
	l->tab = xcalloc(l->size, sizeof(*l->tab));
	return l;
}

void
links_free(struct links *l)
{

	if (l == NULL)
		return;
	free(l->dirs);
	free(l->tab);
	free(l->arena);
	free(l);
}

static size_t
keep(struct links *l, const char *name, size_t len)
{
	size_t at = l->alen;

	l->arena = xgrow(l->arena, &l->acap, at + len, 1);
	memcpy(l->arena + at, name, len);
	l->alen += len;
	return at;
}

int
links_dir(struct links *l, int parent, const char *name, size_t len)
{
	struct ldir *d;

	if (l->ndirs >= INT32_MAX)
		fsu_diex(2, "too many directories");
	l->dirs = xgrow(l->dirs, &l->capdirs, l->ndirs + 1, sizeof(*d));
	d = &l->dirs[l->ndirs];
	d->parent = parent;
	d->len = (uint32_t)len;
	d->name = keep(l, name, len);
	return (int)l->ndirs++;
}

static size_t
hash(uint64_t ino)
{

	ino *= 0x9e3779b97f4a7c15u;
	return (size_t)(ino >> 20);
}

static struct lent *
slot(struct lent *tab, size_t size, uint64_t ino)
{
	size_t i = hash(ino) & (size - 1);

	while (tab[i].ino != 0 && tab[i].ino != ino)
		i = (i + 1) & (size - 1);
	return &tab[i];
}

static void
grow(struct links *l)
{
	struct lent *tab = xcalloc(l->size * 2, sizeof(*tab));
	size_t i;

	for (i = 0; i < l->size; i++)
		if (l->tab[i].ino != 0)
			*slot(tab, l->size * 2, l->tab[i].ino) = l->tab[i];
	free(l->tab);
	l->tab = tab;
	l->size *= 2;
}

/* Empty a slot and move up what had been pushed past it. */
static void
remove_at(struct links *l, struct lent *e)
{
	size_t mask = l->size - 1, hole = (size_t)(e - l->tab), i = hole;
	size_t home;

	l->used--;
	for (;;) {
		i = (i + 1) & mask;
		if (l->tab[i].ino == 0)
			break;
		home = hash(l->tab[i].ino) & mask;
		/* Stays where it is if its home lies after the hole. */
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		l->tab[hole] = l->tab[i];
		hole = i;
	}
	memset(&l->tab[hole], 0, sizeof(l->tab[hole]));
}

static void
rebuild(const struct links *l, const struct lent *e, char **path, size_t *cap)
{
	size_t n = e->len + 1, at;
	int d;

	for (d = e->dir; d != LINKS_NODIR; d = l->dirs[d].parent)
		n += l->dirs[d].len + 1;
	*path = xgrow(*path, cap, n, 1);
	at = n - 1;
	(*path)[at] = '\0';
	at -= e->len;
	memcpy(*path + at, l->arena + e->name, e->len);
	for (d = e->dir; d != LINKS_NODIR; d = l->dirs[d].parent) {
		(*path)[--at] = '/';
		at -= l->dirs[d].len;
		memcpy(*path + at, l->arena + l->dirs[d].name,
		    l->dirs[d].len);
	}
}

bool
links_seen(struct links *l, uint64_t ino, uint32_t nlink, int dir,
    const char *name, size_t len, char **path, size_t *cap)
{
	struct lent *e;

	if (ino == 0)
		return false;
	if ((l->used + 1) * 4 > l->size * 3)
		grow(l);
	e = slot(l->tab, l->size, ino);
	if (e->ino == ino) {
		rebuild(l, e, path, cap);
		if (--e->left == 0)
			remove_at(l, e);
		return true;
	}
	e->ino = ino;
	e->dir = dir;
	e->len = (uint32_t)len;
	e->name = keep(l, name, len);
	e->left = nlink > 1 ? nlink - 1 : 1;
	l->used++;
	return false;
}

void
links_drop(struct links *l, uint64_t ino)
{
	struct lent *e = slot(l->tab, l->size, ino);

	if (ino != 0 && e->ino == ino)
		remove_at(l, e);
}

/*
 * The set: a directory of pages of bits.  Inode numbers of a file system
 * are dense, so few pages are made; the directory of 2^32 numbers takes
 * 1 MiB at most and grows with the highest number met.
 */
#define	PAGE_BITS	15

struct inoset {
	uint64_t **page;
	size_t npages;
};

struct inoset *
inoset_new(void)
{

	return xcalloc(1, sizeof(struct inoset));
}

void
inoset_free(struct inoset *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->npages; i++)
		free(s->page[i]);
	free(s->page);
	free(s);
}

bool
inoset_add(struct inoset *s, uint64_t ino)
{
	size_t pg = (size_t)(ino >> PAGE_BITS), n;
	uint64_t bit = ino & ((1u << PAGE_BITS) - 1), mask;

	if (ino >> 36 != 0)
		return true;	/* no file system of ours numbers so high */
	if (pg >= s->npages) {
		n = s->npages != 0 ? s->npages : 64;
		while (n <= pg)
			n *= 2;
		s->page = xrealloc(s->page, n * sizeof(*s->page));
		memset(s->page + s->npages, 0,
		    (n - s->npages) * sizeof(*s->page));
		s->npages = n;
	}
	if (s->page[pg] == NULL)
		s->page[pg] = xcalloc((1u << PAGE_BITS) / 64, 8);
	mask = (uint64_t)1 << (bit & 63);
	if ((s->page[pg][bit >> 6] & mask) != 0)
		return false;
	s->page[pg][bit >> 6] |= mask;
	return true;
}
