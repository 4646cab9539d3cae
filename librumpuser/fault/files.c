/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.c - the names of open files.  Those opened through the provider are
 * kept; of others the host is asked each time.
 *
 * Locking: files.mtx guards the table and the counts.
 */
#include "fault/fault.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS	64
#define NAMEMAX	1024

struct openfile {
	struct openfile *next;
	int fd;
	struct filename *name;
};

static struct {
	pthread_mutex_t mtx;
	struct openfile *bucket[BUCKETS];
} files = { .mtx = PTHREAD_MUTEX_INITIALIZER };

static struct openfile **
find(int fd)
{
	struct openfile **fp;

	for (fp = &files.bucket[(unsigned int)fd % BUCKETS]; *fp != NULL;
	    fp = &(*fp)->next)
		if ((*fp)->fd == fd)
			break;
	return fp;
}

static struct filename *
newname(const char *given, const char *real)
{
	const size_t glen = strlen(given) + 1, rlen = strlen(real) + 1;
	struct filename *fn;

	if ((fn = malloc(sizeof(*fn) + glen + rlen)) == NULL)
		return NULL;
	fn->fn_refs = 1;
	fn->fn_bio = 0;
	fn->fn_given = memcpy(fn->fn_mem, given, glen);
	fn->fn_real = memcpy(fn->fn_mem + glen, real, rlen);
	return fn;
}

/* As the host has it; the same as given where the host has no name. */
static struct filename *
askname(struct rumpuser_provider *p, int fd, const char *given)
{
	char real[NAMEMAX];
	int mode;

	real[0] = '\0';
	if (LOWER_CALL(p, ho_fdinfo, fd, &mode, real, sizeof(real)) != 0)
		real[0] = '\0';
	return newname(given, real[0] != '\0' ? real : given);
}

void
rumpuser__files_put(struct filename *fn)
{
	unsigned int left;

	if (fn == NULL)
		return;
	pthread_mutex_lock(&files.mtx);
	left = --fn->fn_refs;
	pthread_mutex_unlock(&files.mtx);
	if (left == 0)
		free(fn);
}

void
rumpuser__files_closed(int fd)
{
	struct openfile **fp, *f;

	pthread_mutex_lock(&files.mtx);
	fp = find(fd);
	if ((f = *fp) != NULL)
		*fp = f->next;
	pthread_mutex_unlock(&files.mtx);
	if (f != NULL)
		rumpuser__files_put(f->name);
	free(f);
}

void
rumpuser__files_opened(struct rumpuser_provider *p, int fd, const char *name,
    int bio)
{
	struct openfile *f;

	rumpuser__files_closed(fd);	/* closed behind our back */
	if ((f = malloc(sizeof(*f))) == NULL)
		return;
	if ((f->name = askname(p, fd, name)) == NULL) {
		free(f);
		return;
	}
	f->name->fn_bio = bio;
	f->fd = fd;
	f->next = NULL;
	pthread_mutex_lock(&files.mtx);
	*find(fd) = f;
	pthread_mutex_unlock(&files.mtx);
}

struct filename *
rumpuser__files_name(struct rumpuser_provider *p, int fd)
{
	struct filename *fn = NULL;
	struct openfile *f;

	pthread_mutex_lock(&files.mtx);
	if ((f = *find(fd)) != NULL) {
		fn = f->name;
		fn->fn_refs++;
	}
	pthread_mutex_unlock(&files.mtx);
	return fn != NULL ? fn : askname(p, fd, "");
}

int
rumpuser__path_match(const char *pat, const char *path)
{
	const char *slash;

	if (strchr(pat, '/') == NULL && (slash = strrchr(path, '/')) != NULL)
		path = slash + 1;
	return fnmatch(pat, path, 0) == 0;
}

int
rumpuser__files_match(const char *pat, const struct filename *fn)
{

	return rumpuser__path_match(pat, fn->fn_given) ||
	    rumpuser__path_match(pat, fn->fn_real);
}

void
rumpuser__files_freeze(int freeze)
{

	if (freeze)
		pthread_mutex_lock(&files.mtx);
	else
		pthread_mutex_unlock(&files.mtx);
}
