/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seg.c - segments: create, attach, check, the peer table, clearing up after
 * the dead.
 *
 * Locking: a handle's own fields do not change between attach and detach.
 * The peer table is shared: each entry is taken and given by compare-and-swap
 * of the whole id, so that it is right at every instant a process may die.
 */
#include "shm/shm.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC	0x65735546
#endif
#ifndef HUGETLBFS_MAGIC
#define HUGETLBFS_MAGIC		0x958458f6
#endif

#define NEEDED_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW)

/*
 * Checking a file, all in host errno numbers.
 */

/* The PID namespace, 0 if that cannot be known. */
static uint64_t
pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == -1 ? 0 : st.st_ino;
}

/*
 * May the file be mapped: nobody who is not trusted anyway must be able to
 * cut it short under us, or to stall a page fault.
 */
static int
file_safe(int fd, const struct stat *st)
{
	struct statfs fs;
	int seals;

	if (fstatfs(fd, &fs) == -1)
		return errno;
	if (!S_ISREG(st->st_mode) || fs.f_type == FUSE_SUPER_MAGIC ||
	    fs.f_type == HUGETLBFS_MAGIC)
		return EPERM;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals != -1 && (seals & NEEDED_SEALS) == NEEDED_SEALS)
		return 0;
	if (seals != -1 && (seals & F_SEAL_SEAL) == 0 &&
	    fcntl(fd, F_ADD_SEALS, NEEDED_SEALS) == 0)
		return 0;
	return st->st_uid == geteuid() &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0 ? 0 : EPERM;
}

/*
 * Read and judge the header; a copy of what it says is left in @seg.  The
 * size is asked for after the file was found to be safe, so it is final.
 */
static int
check_file(int fd, struct rumpuser_shmseg *seg)
{
	struct shm_header h;
	struct stat st;
	int error;

	if (fstat(fd, &st) == -1)
		return errno;
	if ((error = file_safe(fd, &st)) != 0)
		return error;
	if (fstat(fd, &st) == -1)
		return errno;
	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) ||
	    h.sh_magic != SHM_MAGIC || h.sh_version != SHM_VERSION ||
	    h.sh_hdrsize != sizeof(h))
		return EPROTO;
	seg->sg_params = h.sh_params;
	seg->sg_id = h.sh_id;
	if (rumpuser__shm_layout(&seg->sg_params, &seg->sg_layout) != 0 ||
	    h.sh_size != seg->sg_layout.sl_total ||
	    st.st_size != (off_t)seg->sg_layout.sl_total)
		return EPROTO;
	if (h.sh_pidns != 0 && pid_namespace() != 0 &&
	    h.sh_pidns != pid_namespace())
		return EOPNOTSUPP;
	return 0;
}

/*
 * The peer table.
 */

static int
peer_claim(struct rumpuser_shmseg *seg)
{
	uint64_t none;
	unsigned int i;

	for (i = 0; i < seg->sg_params.sp_npeers; i++) {
		none = 0;
		/* Acquire: the last one's holds were cleared before. */
		if (__atomic_compare_exchange_n(rumpuser__shm_peerword(seg, i),
		    &none, seg->sg_selfid, 0, __ATOMIC_ACQ_REL,
		    __ATOMIC_RELAXED)) {
			seg->sg_self = (int)i;
			return 0;
		}
	}
	return SHM_EUSERS;
}

/* Take an entry, after clearing up if need be. */
static int
peer_join(struct rumpuser_shmseg *seg)
{

	if (peer_claim(seg) == 0)
		return 0;
	(void)rumpuser_shmseg_reap(seg, -1, NULL);
	return peer_claim(seg);
}

/*
 * Become the one who clears up, if the process in the entry is dead.  Only
 * one can: it swaps the id that it found dead for its own.  Should it die at
 * that, the entry is that of a dead process again.
 */
static int
peer_seize(struct rumpuser_shmseg *seg, int peer)
{
	uint64_t *w = rumpuser__shm_peerword(seg, (unsigned int)peer), id;

	id = __atomic_load_n(w, __ATOMIC_ACQUIRE);
	if (id == 0)
		return SHM_ESRCH;
	if ((id & ~PEER_REAPING) == seg->sg_selfid ||
	    !rumpuser__shm_procdead(id & ~PEER_REAPING))
		return SHM_EBUSY;
	return __atomic_compare_exchange_n(w, &id,
	    seg->sg_selfid | PEER_REAPING, 0, __ATOMIC_ACQ_REL,
	    __ATOMIC_RELAXED) ? 0 : SHM_EBUSY;
}

static int
reap_one(struct rumpuser_shmseg *seg, int peer, unsigned int *np)
{
	uint64_t mine = seg->sg_selfid | PEER_REAPING;
	int error;

	if ((error = peer_seize(seg, peer)) == SHM_ESRCH)
		rumpuser__shm_untransit(seg, peer);
	if (error != 0)
		return error;
	*np += rumpuser__shm_dropall(seg, peer);
	rumpuser__shm_untransit(seg, peer);
	/* Release: whoever takes the entry finds no holds of the dead. */
	__atomic_compare_exchange_n(rumpuser__shm_peerword(seg,
	    (unsigned int)peer), &mine, 0, 0, __ATOMIC_RELEASE,
	    __ATOMIC_RELAXED);
	return 0;
}

int
rumpuser_shmseg_reap(struct rumpuser_shmseg *seg, int peer,
    unsigned int *extentsp)
{
	unsigned int n = 0;
	int error = 0, i;

	if (rumpuser__shm_forked(seg))
		return SHM_EPERM;
	if (peer < -1 || peer >= (int)seg->sg_params.sp_npeers)
		return SHM_EINVAL;
	if (peer >= 0)
		error = reap_one(seg, peer, &n);
	for (i = 0; peer == -1 && i < (int)seg->sg_params.sp_npeers; i++)
		(void)reap_one(seg, i, &n);
	if (extentsp != NULL)
		*extentsp = n;
	return error;
}

/*
 * Handles.
 */

static void
seg_free(struct rumpuser_shmseg *seg)
{

	if (seg->sg_base != NULL)
		munmap(seg->sg_base, seg->sg_layout.sl_total);
	if (seg->sg_fd != -1)
		close(seg->sg_fd);
	pthread_mutex_destroy(&seg->sg_lock);
	free(seg->sg_holds);
	free(seg);
}

/* Map a file that was checked.  Takes @fd over, whatever it returns. */
static int
seg_map(struct rumpuser_shmseg *seg, int fd)
{
	uint32_t n = seg->sg_layout.sl_first[RUMPUSER_SHM_NCLASS];
	void *base;

	seg->sg_fd = fd;
	pthread_mutex_init(&seg->sg_lock, NULL);
	seg->sg_selfid = rumpuser__shm_selfproc();
	seg->sg_forks = rumpuser__shm_forks;
	if ((seg->sg_holds = calloc(n + 1, sizeof(*seg->sg_holds))) == NULL)
		return ENOMEM;
	base = mmap(NULL, seg->sg_layout.sl_total, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return errno;
	seg->sg_base = base;
	return 0;
}

/* Attach to @fd, which it takes over; NetBSD's errno numbers. */
static int
seg_attach(int fd, struct rumpuser_shmseg **segp)
{
	struct rumpuser_shmseg *seg;
	int error;

	if ((seg = calloc(1, sizeof(*seg))) == NULL) {
		close(fd);
		return SHM_ENOMEM;
	}
	if ((error = check_file(fd, seg)) != 0) {
		close(fd);
		free(seg);
		return rumpuser__errtrans(error);
	}
	error = rumpuser__errtrans(seg_map(seg, fd));
	if (error == 0)
		error = peer_join(seg);
	if (error != 0) {
		seg_free(seg);
		return error;
	}
	*segp = seg;
	return 0;
}

/* Write the header of a new segment into an empty file; host's errno. */
static int
seg_format(int fd, const struct rumpuser_shmparams *params, int reserve)
{
	struct shm_header h = {
		.sh_magic = SHM_MAGIC, .sh_version = SHM_VERSION,
		.sh_hdrsize = sizeof(h), .sh_pidns = pid_namespace(),
		.sh_params = *params,
	};
	struct shm_layout layout;
	int error;

	if (rumpuser__shm_layout(params, &layout) != 0)
		return EINVAL;
	h.sh_size = layout.sl_total;
	if (getrandom(&h.sh_id, sizeof(h.sh_id), 0) != sizeof(h.sh_id))
		return errno;
	if (ftruncate(fd, (off_t)layout.sl_total) == -1)
		return errno;
	/* A full file system must say so now, not by a signal later. */
	if (reserve &&
	    (error = posix_fallocate(fd, 0, (off_t)layout.sl_total)) != 0)
		return error;
	return pwrite(fd, &h, sizeof(h), 0) == sizeof(h) ? 0 : EIO;
}

/* A segment of anonymous memory; host's errno. */
static int
create_memfd(const struct rumpuser_shmparams *params, int *fdp)
{
	int error, fd;

	fd = memfd_create("rumpuser_shm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return errno;
	if ((error = seg_format(fd, params, 0)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, NEEDED_SEALS | F_SEAL_SEAL) == -1)
		error = errno;
	if (error != 0)
		close(fd);
	else
		*fdp = fd;
	return error;
}

/*
 * A segment in a file; host's errno.  It is made under another name and
 * linked, which fails if the name is taken; nobody sees half of one.
 */
static int
create_file(const char *path, int flags,
    const struct rumpuser_shmparams *params, int *fdp)
{
	char tmp[PATH_MAX];
	int error, fd;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
		return ENAMETOOLONG;
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1)
		return errno;
	error = seg_format(fd, params, 1);
	if (error == 0 && (flags & RUMPUSER_SHM_UNLINKED) == 0 &&
	    link(tmp, path) == -1)
		error = errno;
	unlink(tmp);
	if (error != 0)
		close(fd);
	else
		*fdp = fd;
	return error;
}

HOSTCALL int
create(const char *path, int flags, const struct rumpuser_shmparams *params,
    struct rumpuser_shmseg **segp)
{
	int error, fd = -1, serrno = errno;

	error = path == NULL ? create_memfd(params, &fd) :
	    create_file(path, flags, params, &fd);
	error = error != 0 ? rumpuser__errtrans(error) : seg_attach(fd, segp);
	errno = serrno;
	return error;
}

int
rumpuser_shmseg_create(const char *path, int flags,
    const struct rumpuser_shmparams *params, struct rumpuser_shmseg **segp)
{
	int cookie, error;

	cookie = rumpuser__unschedule(NULL);
	error = create(path, flags, params, segp);
	rumpuser__schedule(cookie, NULL);
	return error;
}

/* By name, or (@path NULL) by descriptor. */
HOSTCALL int
attach(const char *path, int fd, struct rumpuser_shmseg **segp)
{
	int error, serrno = errno;

	fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK) :
	    fcntl(fd, F_DUPFD_CLOEXEC, 3);
	error = fd == -1 ? rumpuser__errtrans(errno) : seg_attach(fd, segp);
	errno = serrno;
	return error;
}

int
rumpuser_shmseg_attach(int fd, struct rumpuser_shmseg **segp)
{
	int cookie, error;

	cookie = rumpuser__unschedule(NULL);
	error = attach(NULL, fd, segp);
	rumpuser__schedule(cookie, NULL);
	return error;
}

int
rumpuser_shmseg_open(const char *path, struct rumpuser_shmseg **segp)
{
	int cookie, error;

	cookie = rumpuser__unschedule(NULL);
	error = attach(path, -1, segp);
	rumpuser__schedule(cookie, NULL);
	return error;
}

HOSTCALL void
detach(struct rumpuser_shmseg *seg)
{
	uint64_t mine = seg->sg_selfid;
	int serrno = errno;

	if (!rumpuser__shm_forked(seg)) {
		(void)rumpuser__shm_dropall(seg, seg->sg_self);
		/* Release: the next one in this entry finds no holds. */
		__atomic_compare_exchange_n(rumpuser__shm_peerword(seg,
		    (unsigned int)seg->sg_self), &mine, 0, 0,
		    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	}
	seg_free(seg);
	errno = serrno;
}

void
rumpuser_shmseg_detach(struct rumpuser_shmseg *seg)
{

	if (seg != NULL)
		detach(seg);
}

int
rumpuser_shmseg_fd(const struct rumpuser_shmseg *seg)
{

	return seg->sg_fd;
}

int
rumpuser_shmseg_self(const struct rumpuser_shmseg *seg)
{

	return seg->sg_self;
}

void
rumpuser_shmseg_params(const struct rumpuser_shmseg *seg,
    struct rumpuser_shmparams *params)
{

	*params = seg->sg_params;
}

void *
rumpuser_shmseg_user(const struct rumpuser_shmseg *seg)
{

	return seg->sg_params.sp_userbytes == 0 ? NULL :
	    seg->sg_base + seg->sg_layout.sl_user;
}
