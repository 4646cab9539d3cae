/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scratch.h - a scratch folder and short forms of the file hypercalls, for
 * tests of faults and records.
 */
#ifndef TESTS_RUMPUSER_SCRATCH_H_
#define TESTS_RUMPUSER_SCRATCH_H_

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser.h>

/* NetBSD's numbers. */
enum { NB_ENOENT = 2, NB_EIO = 5, NB_ENXIO = 6, NB_E2BIG = 7, NB_EBADF = 9,
    NB_ENOMEM = 12, NB_EACCES = 13, NB_EBUSY = 16, NB_EINVAL = 22,
    NB_EMFILE = 24, NB_ENOSPC = 28, NB_EROFS = 30, NB_EAGAIN = 35,
    NB_ENOBUFS = 55, NB_ETIMEDOUT = 60, NB_EDQUOT = 69 };

/* In memory where there is such a place: nothing here needs a disk. */
static char scratch_dir[256];

static inline void
scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(scratch_dir, sizeof(scratch_dir), "%s/faultXXXXXX",
	    tmp != NULL ? tmp : access("/dev/shm", W_OK) == 0 ? "/dev/shm" :
	    "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(scratch_dir));
}

static inline void
scratch_remove(void)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", scratch_dir);
	ck_assert_int_eq(system(cmd), 0);
}

static inline const char *
scratch_path(const char *name)
{
	static char buf[4][300];
	static int n;

	n = (n + 1) % 4;
	snprintf(buf[n], sizeof(buf[n]), "%s/%s", scratch_dir, name);
	return buf[n];
}

/* A file of @size zero bytes. */
static inline int
scratch_file(const char *name, size_t size)
{
	int fd;

	ck_assert_int_eq(rumpuser_open(scratch_path(name),
	    RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE, &fd), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static inline int
put(int fd, const void *data, size_t len, int64_t off)
{
	struct rumpuser_iovec iov = { (void *)(uintptr_t)data, len };
	size_t n;
	int error;

	error = rumpuser_iovwrite(fd, &iov, 1, off, &n);
	if (error == 0)
		ck_assert_uint_eq(n, len);
	return error;
}

static inline int
get(int fd, void *data, size_t len, int64_t off, size_t *np)
{
	struct rumpuser_iovec iov = { data, len };

	return rumpuser_iovread(fd, &iov, 1, off, np);
}

static inline int
stable(int fd)
{

	return rumpuser_syncfd(fd, RUMPUSER_SYNCFD_BOTH | RUMPUSER_SYNCFD_SYNC,
	    0, 0);
}

static inline int
barrier(int fd)
{

	return rumpuser_syncfd(fd, RUMPUSER_SYNCFD_BOTH |
	    RUMPUSER_SYNCFD_BARRIER, 0, 0);
}

#endif
