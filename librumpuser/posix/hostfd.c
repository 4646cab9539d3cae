/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfd.c - see hostfd.h.
 *
 * A file that is open for writing when the process forks stays the parent's.
 * The child reads it through an open file of its own, read-only, so that it
 * shares neither the parent's lock nor its access; what it writes fails or,
 * if that was asked for, goes to an overlay.  Terminals, pipes and the like
 * have no such owner and stay shared.
 *
 * Locking: mtx for changes.  An entry is read without it: it is one word and
 * an overlay that is written before it.
 */
#include "host.h"
#include "posix/hostfd.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_fork.h>
#pragma GCC visibility pop

#define CHUNK	256
#define NCHUNKS	4096		/* beyond RLIMIT_NOFILE's usual maximum */

struct entry {
	int mode;		/* enum hostfd_mode; atomic */
	int private;		/* rumpuser_fork_private() */
	struct rumpuser__overlay *ov;
};

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static struct entry *chunks[NCHUNKS];	/* atomic */

static struct entry *
entry(int fd)
{
	struct entry *chunk;

	if (fd < 0 || fd >= CHUNK * NCHUNKS)
		return NULL;
	chunk = __atomic_load_n(&chunks[fd / CHUNK], __ATOMIC_ACQUIRE);
	return chunk != NULL ? &chunk[fd % CHUNK] : NULL;
}

int
rumpuser__hostfd_opened(int fd, int writing)
{
	struct entry *chunk;
	int error = 0;

	if (fd >= CHUNK * NCHUNKS)
		return EMFILE;
	pthread_mutex_lock(&mtx);
	if (entry(fd) == NULL) {
		if ((chunk = calloc(CHUNK, sizeof(*chunk))) == NULL)
			error = ENOMEM;
		else
			__atomic_store_n(&chunks[fd / CHUNK], chunk,
			    __ATOMIC_RELEASE);
	}
	if (error == 0) {
		entry(fd)->private = 0;
		__atomic_store_n(&entry(fd)->mode,
		    writing ? HOSTFD_WRITE : HOSTFD_READ, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&mtx);
	return error;
}

void
rumpuser__hostfd_closed(int fd)
{
	struct rumpuser__overlay *ov = NULL;
	struct entry *e = entry(fd);

	if (e == NULL)
		return;
	pthread_mutex_lock(&mtx);
	__atomic_store_n(&e->mode, HOSTFD_UNKNOWN, __ATOMIC_RELEASE);
	ov = e->ov;
	e->ov = NULL;
	pthread_mutex_unlock(&mtx);
	if (ov != NULL)
		rumpuser__overlay_destroy(ov);
}

enum hostfd_mode
rumpuser__hostfd_mode(int fd, struct rumpuser__overlay **ovp)
{
	struct entry *e = entry(fd);
	int mode;

	if (e == NULL)
		return HOSTFD_UNKNOWN;
	mode = __atomic_load_n(&e->mode, __ATOMIC_ACQUIRE);
	if (mode == HOSTFD_PRIVATE)
		*ovp = e->ov;
	return (enum hostfd_mode)mode;
}

int
rumpuser_fork_private(int fd)
{
	struct entry *e = entry(fd);
	int error = 0;

	pthread_mutex_lock(&mtx);
	if (e == NULL || e->mode == HOSTFD_UNKNOWN)
		error = EBADF;
	else
		e->private = 1;
	pthread_mutex_unlock(&mtx);
	return rumpuser__errtrans(error);
}

/* Each overlay there is: a child may fork as well. */
static void
overlays(void (*fn)(struct rumpuser__overlay *))
{
	int i, j;

	for (i = 0; i < NCHUNKS; i++)
		for (j = 0; chunks[i] != NULL && j < CHUNK; j++)
			if (chunks[i][j].ov != NULL)
				fn(chunks[i][j].ov);
}

void
rumpuser__hostfd_fork_prepare(void)
{

	pthread_mutex_lock(&mtx);
	overlays(rumpuser__overlay_lock);
}

void
rumpuser__hostfd_fork_parent(void)
{

	overlays(rumpuser__overlay_unlock);
	pthread_mutex_unlock(&mtx);
}

/*
 * An open file of the child's own under the same number, for reading.  If the
 * host does not give one the parent's is kept: nothing will be written to it.
 */
static int
own_open_file(int fd)
{
	char path[32];
	int new, error = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((new = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return errno;
	if (dup3(new, fd, O_CLOEXEC) == -1)
		error = errno;
	close(new);
	return error;
}

static int
child_entry(struct entry *e, int fd)
{
	struct stat sb;
	int error;

	if (e->mode == HOSTFD_PRIVATE || e->mode != HOSTFD_WRITE)
		return 0;
	if (fstat(fd, &sb) == -1)
		return errno;
	if (!S_ISREG(sb.st_mode) && !S_ISBLK(sb.st_mode))
		return 0;
	e->mode = HOSTFD_PARENTS;
	error = own_open_file(fd);
	if (e->private && error == 0 &&
	    (error = rumpuser__overlay_create(fd, &e->ov)) == 0)
		e->mode = HOSTFD_PRIVATE;
	return error;
}

int
rumpuser__hostfd_fork_child(void)
{
	int i, j, error, first = 0;

	overlays(rumpuser__overlay_unlock);
	for (i = 0; i < NCHUNKS; i++) {
		if (chunks[i] == NULL)
			continue;
		for (j = 0; j < CHUNK; j++) {
			error = child_entry(&chunks[i][j], i * CHUNK + j);
			if (first == 0)
				first = error;
		}
	}
	pthread_mutex_unlock(&mtx);
	return first;
}
