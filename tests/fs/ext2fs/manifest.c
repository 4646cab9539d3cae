/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manifest.c - the common part of manifest.h.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

#define	FNV_PRIME	0x100000001b3ULL

void
need_failed(const char *what, const char *file, int line)
{

	fprintf(stderr, "%s:%d: %s: %s\n", file, line, what,
	    strerror(errno));
	abort();
}

uint64_t
hash_bytes(uint64_t h, const void *buf, size_t n)
{
	const unsigned char *p = buf;
	uint64_t w;

	for (; n >= sizeof(w); n -= sizeof(w), p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		h = (h ^ w) * FNV_PRIME;
		h ^= h >> 29;
	}
	for (; n > 0; n--)
		h = (h ^ *p++) * FNV_PRIME;
	return h;
}

void
hash_xattr(struct item *it, const char *name, const void *val, size_t len)
{

	it->xattrs += hash_bytes(hash_bytes(HASH_START, name, strlen(name)),
	    val, len);
}

struct item *
manifest_add(struct manifest *m, const char *path)
{
	struct item *it;

	if (m->n == m->max) {
		m->max = m->max ? m->max * 2 : 64;
		m->item = realloc(m->item, m->max * sizeof(*m->item));
		need(m->item != NULL);
	}
	it = &m->item[m->n++];
	memset(it, 0, sizeof(*it));
	it->path = strdup(path);
	it->content = it->holes = HASH_START;
	return it;
}

static int
by_path(const void *a, const void *b)
{

	return strcmp(((const struct item *)a)->path,
	    ((const struct item *)b)->path);
}

void
manifest_sort(struct manifest *m)
{

	qsort(m->item, m->n, sizeof(*m->item), by_path);
}

void
manifest_free(struct manifest *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->item[i].path);
	free(m->item);
	memset(m, 0, sizeof(*m));
}

struct item *
manifest_find(const struct manifest *m, const char *path)
{
	struct item key = { .path = (char *)(uintptr_t)path };

	return bsearch(&key, m->item, m->n, sizeof(*m->item), by_path);
}

const char *
item_differs(const struct item *a, const struct item *b)
{

	if (a->error != b->error)
		return "error";
	if (a->mode != b->mode)
		return "mode";
	if (a->uid != b->uid || a->gid != b->gid)
		return "owner";
	if (a->nlink != b->nlink)
		return "link count";
	if (a->size != b->size)
		return "size";
	if (a->blocks != b->blocks)
		return "blocks";
	if (a->sec != b->sec || a->nsec != b->nsec)
		return "time";
	if (a->major != b->major || a->minor != b->minor)
		return "device";
	if (a->content != b->content)
		return "content";
	if (a->holes != b->holes)
		return "holes";
	if (a->xattrs != b->xattrs)
		return "extended attributes";
	return NULL;
}

void
manifest_same(const struct manifest *a, const struct manifest *b)
{
	const char *what;
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++) {
		ck_assert_str_eq(a->item[i].path, b->item[i].path);
		what = item_differs(&a->item[i], &b->item[i]);
		ck_assert_msg(what == NULL, "%s: %s (errors %d, %d; sizes "
		    "%llu, %llu)", a->item[i].path, what, a->item[i].error,
		    b->item[i].error, (unsigned long long)a->item[i].size,
		    (unsigned long long)b->item[i].size);
	}
	ck_assert_uint_eq(a->n, b->n);
}
