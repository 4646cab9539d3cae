/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aio.c - see aio.h.
 */
#include "aio.h"

#include <rump/rumpuser_event.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[256];
static struct rumpuser_task *task;
static pthread_t taskthread;

int
aio_engine_of(int way)
{

	return way % 3 + 1;
}

int
aio_driven(int way)
{

	return way / 3 == 1;
}

int
aio_ontask(int way)
{

	return way / 3 == 2;
}

static void *
runtask(void *arg)
{

	ck_assert_int_eq(rumpuser_task_run(arg), 0);
	return NULL;
}

struct rumpuser_aio *
aio_make(int way, struct rumpuser_aio_attr at)
{
	struct rumpuser_aio *aio;

	at.aa_engine = aio_engine_of(way);
	if (aio_driven(way))
		at.aa_flags |= way == 4 ? RUMPUSER_AIO_SINGLE :
		    RUMPUSER_AIO_DRIVEN;
	if (aio_ontask(way)) {
		ck_assert_int_eq(rumpuser_task_create(&task, NULL), 0);
		at.aa_task = task;
	}
	ck_assert_int_eq(rumpuser_aio_create(&at, &aio), 0);
	if (aio_ontask(way))
		ck_assert_int_eq(pthread_create(&taskthread, NULL, runtask,
		    task), 0);
	return aio;
}

void
aio_unmake(struct rumpuser_aio *aio, int way)
{

	ck_assert_int_eq(rumpuser_aio_destroy(aio), 0);
	if (!aio_ontask(way))
		return;
	rumpuser_task_stop(task);
	pthread_join(taskthread, NULL);
	ck_assert_int_eq(rumpuser_task_destroy(task), 0);
}

void
req_done(void *env, uintptr_t bytes, int error)
{
	struct req *r = env;

	pthread_mutex_lock(&r->mtx);
	r->done++;
	r->bytes = bytes;
	r->error = error;
	r->thread = pthread_self();
	pthread_cond_broadcast(&r->cv);
	pthread_mutex_unlock(&r->mtx);
}

unsigned int
req_count(struct req *r)
{
	unsigned int n;

	pthread_mutex_lock(&r->mtx);
	n = r->done;
	pthread_mutex_unlock(&r->mtx);
	return n;
}

void
req_wait(struct rumpuser_aio *aio, int way, struct req *r, unsigned int n)
{

	if (aio_driven(way)) {
		while (req_count(r) < n)
			ck_assert_int_eq(rumpuser_aio_drive(aio, -1, NULL),
			    0);
		return;
	}
	pthread_mutex_lock(&r->mtx);
	while (r->done < n)
		pthread_cond_wait(&r->cv, &r->mtx);
	pthread_mutex_unlock(&r->mtx);
}

/* On the disk if the build is: O_DIRECT is to be had there. */
void
scratch_setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/rumpaioXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

void
scratch_teardown(void)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

const char *
scratch(const char *name)
{
	static char buf[4][300];
	static int n;

	n = (n + 1) % 4;
	snprintf(buf[n], sizeof(buf[n]), "%s/%s", dir, name);
	return buf[n];
}

unsigned char
scratch_at(size_t off)
{

	return (unsigned char)(off * 7 + off / 509 + off / 4096 * 13);
}

void
scratch_file(const char *name, size_t size)
{
	unsigned char *buf = malloc(size + 1);
	size_t i;
	int fd;

	for (i = 0; i < size; i++)
		buf[i] = scratch_at(i);
	fd = open(scratch(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, buf, size), (ssize_t)size);
	close(fd);
	free(buf);
}
