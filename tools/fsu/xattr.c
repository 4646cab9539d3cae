/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The extended attributes of one file, with a bound on their total size so
 * that an image cannot make us take all memory.  One thread uses this.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fsu.h"
#include "kern.h"
#include "xattr.h"

#define	TOTAL_MAX	(8 * 1024 * 1024)

static int
cmp(const void *a, const void *b)
{
	const struct xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
read_one(struct xattrs *xs, int dfd, const char *name, const char *attr,
    size_t *total)
{
	struct xattr *x;
	ssize_t need, got;
	char *value;

	need = k_getxattr(dfd, name, attr, NULL, 0);
	if (need < 0)
		return -1;
	if ((size_t)need > TOTAL_MAX - *total) {
		errno = E2BIG;
		return -1;
	}
	value = xmalloc((size_t)need);
	got = need == 0 ? 0 : k_getxattr(dfd, name, attr, value,
	    (size_t)need);
	if (got < 0) {
		free(value);
		return -1;
	}
	*total += (size_t)need;
	xs->x = xgrow(xs->x, &xs->cap, xs->n + 1, sizeof(*x));
	x = &xs->x[xs->n++];
	x->name = xstrdup(attr);
	x->value = value;
	x->len = (size_t)(got < need ? got : need);
	return 0;
}

void
xattrs_read(struct xattrs *xs, int dfd, const char *name, const char *show)
{
	size_t total = 0;
	const char *p;
	char *list;
	ssize_t n;

	xs->n = 0;
	n = k_listxattr(dfd, name, &list);
	if (n < 0)
		fsu_err("%s: cannot list extended attributes", q(show));
	for (p = list; n > 0 && p < list + n; p += strlen(p) + 1)
		if (*p != '\0' && read_one(xs, dfd, name, p, &total) != 0)
			fsu_err("%s: cannot read extended attribute %s",
			    q(show), q(p));
	free(list);
	if (xs->n > 1)
		qsort(xs->x, xs->n, sizeof(*xs->x), cmp);
}

void
xattrs_free(struct xattrs *xs)
{
	size_t i;

	for (i = 0; i < xs->n; i++) {
		free(xs->x[i].name);
		free(xs->x[i].value);
	}
	free(xs->x);
	memset(xs, 0, sizeof(*xs));
}
