/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of owners and groups.  They are taken from the image's own
 * /etc/passwd and /etc/group: the machine fsu runs on knows nothing about
 * who owns files there.  Read once; one thread.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fsu.h"
#include "kern.h"

#define	FILE_MAX_	(1024 * 1024)	/* no more of either file is read */
#define	NAME_MAX_	32

struct owner {
	uint32_t id;
	char name[NAME_MAX_ + 1];
};

struct owners {
	struct owner *o;
	size_t n, cap;
	bool loaded;
};

static struct owners users, groups;

/* Only names that are harmless to print as they are. */
static bool
fit(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > NAME_MAX_)
		return false;
	for (i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9') ||
		    s[i] == '_' || s[i] == '-' || s[i] == '.'))
			return false;
	return true;
}

/* NAME:password:ID:... */
static void
parse_line(struct owners *os, char *line)
{
	char *pw, *id, *end;
	struct owner *o;
	unsigned long n;
	size_t len;

	if ((pw = strchr(line, ':')) == NULL ||
	    (id = strchr(pw + 1, ':')) == NULL || id[1] < '0' || id[1] > '9')
		return;
	len = (size_t)(pw - line);
	n = strtoul(id + 1, &end, 10);
	if ((*end != ':' && *end != '\0') || n > UINT32_MAX ||
	    !fit(line, len))
		return;
	os->o = xgrow(os->o, &os->cap, os->n + 1, sizeof(*o));
	o = &os->o[os->n++];
	o->id = (uint32_t)n;
	memcpy(o->name, line, len);
	o->name[len] = '\0';
}

/* By number; of equal ones the first in the file, as getpwuid(3) does. */
static int
cmp(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void
load(struct owners *os, const char *path)
{
	struct kstat st;
	char *text, *line, *save = NULL;
	size_t n = 0, size;
	ssize_t k;
	int fd;

	os->loaded = true;
	if (k_stat(K_ROOT, path, true, &st) != 0 || !S_ISREG(st.mode) ||
	    (fd = k_open(K_ROOT, path, KO_FILE)) < 0)
		return;
	size = st.size < FILE_MAX_ ? (size_t)st.size : FILE_MAX_;
	text = xmalloc(size + 1);
	while (n < size && (k = k_read(fd, text + n, size - n, n)) > 0)
		n += (size_t)k;
	k_close(fd);
	text[n] = '\0';
	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save))
		parse_line(os, line);
	free(text);
	if (os->n > 1)
		qsort(os->o, os->n, sizeof(*os->o), cmp);
}

static const char *
find(struct owners *os, const char *path, uint32_t id)
{
	struct owner key = { .id = id }, *o;

	if (!os->loaded)
		load(os, path);
	o = os->n == 0 ? NULL : bsearch(&key, os->o, os->n, sizeof(*o), cmp);
	while (o != NULL && o > os->o && o[-1].id == id)
		o--;
	return o != NULL ? o->name : NULL;
}

const char *
owner_user(uint32_t uid)
{

	return find(&users, "etc/passwd", uid);
}

const char *
owner_group(uint32_t gid)
{

	return find(&groups, "etc/group", gid);
}

/* The number of a name; false when there is none. */
bool
owner_id(bool group, const char *name, uint32_t *id)
{
	struct owners *os = group ? &groups : &users;
	size_t i;

	if (!os->loaded)
		load(os, group ? "etc/group" : "etc/passwd");
	for (i = 0; i < os->n; i++)
		if (strcmp(os->o[i].name, name) == 0) {
			*id = os->o[i].id;
			return true;
		}
	return false;
}
