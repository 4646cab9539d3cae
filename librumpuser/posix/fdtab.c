/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdtab.c - which host descriptors rumpuser_open() gave out as images, and the
 * AIO file of each that block I/O was queued on.
 *
 * Locking: tab.mtx guards the table; it is held over no I/O but the few calls
 * that find a descriptor's mode.  It comes before the locks of AIO.
 */
#include "posix/fdtab.h"

#include <stdlib.h>
#include <string.h>

#define MAXFD	(1 << 20)	/* higher ones are not remembered */

static struct {
	pthread_mutex_t mtx;
	struct hostfd *fd;
	int n;
} tab = { .mtx = PTHREAD_MUTEX_INITIALIZER };

void
rumpuser__fd_lock(void)
{

	pthread_mutex_lock(&tab.mtx);
}

void
rumpuser__fd_unlock(void)
{

	pthread_mutex_unlock(&tab.mtx);
}

struct hostfd *
rumpuser__fd_find(int fd, int create)
{
	struct hostfd *new;
	int n;

	if (fd < 0 || fd >= MAXFD)
		return NULL;
	if (fd < tab.n)
		return &tab.fd[fd];
	if (!create)
		return NULL;
	n = fd + 64;
	if ((new = realloc(tab.fd, (size_t)n * sizeof(*new))) == NULL)
		return NULL;
	memset(new + tab.n, 0, (size_t)(n - tab.n) * sizeof(*new));
	tab.fd = new;
	tab.n = n;
	return &tab.fd[fd];
}

int
rumpuser__fd_opened(int fd, int mode)
{
	struct hostfd *hf;
	int error = 0;

	if ((mode & RUMPUSER_OPEN_BIO) == 0 || fd >= MAXFD)
		return 0;
	pthread_mutex_lock(&tab.mtx);
	if ((hf = rumpuser__fd_find(fd, 1)) == NULL)
		error = ENOMEM;
	else
		hf->hf_image = 1;
	pthread_mutex_unlock(&tab.mtx);
	return error;
}

void
rumpuser__fd_closing(int fd)
{
	struct rumpuser_aiofile *file = NULL;
	struct hostfd *hf;

	pthread_mutex_lock(&tab.mtx);
	if ((hf = rumpuser__fd_find(fd, 0)) != NULL) {
		file = hf->hf_file;
		hf->hf_file = NULL;
	}
	pthread_mutex_unlock(&tab.mtx);
	if (file != NULL)
		rumpuser__aio_abandon(file);
}

void
rumpuser__fd_closed(int fd)
{
	struct hostfd *hf;

	pthread_mutex_lock(&tab.mtx);
	if ((hf = rumpuser__fd_find(fd, 0)) != NULL)
		hf->hf_image = 0;
	pthread_mutex_unlock(&tab.mtx);
}
