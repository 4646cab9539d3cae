/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Host files and directories as nodes of the root file system (etfs REG and
 * DIR).
 *
 * Locking: descriptors and opens under the vnode lock, the tree under
 * rumpfs_lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>
#include <rump-priv/kern.h>

#include "rumpfs.h"

#define	HOSTIO_CHUNK	(64 * 1024)

/* Bytes of the window that the host file fills now. */
off_t
rumpfs_hostfilesize(struct rumpfs_node *rn)
{
	uint64_t size;

	if (rumpuser_getfileinfo(rn->rn_hostpath, &size, NULL) != 0 ||
	    size < rn->rn_hostbegin)
		return 0;
	size -= rn->rn_hostbegin;
	if (rn->rn_hostsize != RUMP_ETFS_SIZE_ENDOFF)
		size = MIN(size, rn->rn_hostsize);
	return size > INT64_MAX ? INT64_MAX : (off_t)size;
}

int
rumpfs_hostopen(struct rumpfs_node *rn, int mode)
{
	const bool write = (mode & FWRITE) != 0;
	int error, fd;

	if (rn->rn_hostopens == 0 || (write && !rn->rn_hostwritable)) {
		error = rumpuser_open(rn->rn_hostpath, write ?
		    RUMPUSER_OPEN_RDWR : RUMPUSER_OPEN_RDONLY, &fd);
		if (error != 0)
			return error;
		if (rn->rn_hostfd != -1)
			(void)rumpuser_close(rn->rn_hostfd);
		rn->rn_hostfd = fd;
		rn->rn_hostwritable = write;
	}
	rn->rn_hostopens++;
	rn->rn_size = rumpfs_hostfilesize(rn);
	return 0;
}

void
rumpfs_hostclose(struct rumpfs_node *rn)
{

	KASSERT(rn->rn_hostopens > 0);
	if (--rn->rn_hostopens == 0) {
		(void)rumpuser_close(rn->rn_hostfd);
		rn->rn_hostfd = -1;
	}
}

/* Bytes that may move at the uio's offset. */
static size_t
host_room(const struct rumpfs_node *rn, const struct uio *uio)
{
	uint64_t limit = uio->uio_rw == UIO_READ ? (uint64_t)rn->rn_size :
	    rn->rn_hostsize;

	if ((uint64_t)uio->uio_offset >= limit)
		return 0;
	return (size_t)MIN(uio->uio_resid, limit - uio->uio_offset);
}

static int
host_chunk(struct rumpfs_node *rn, struct uio *uio, void *mem, size_t len,
    size_t *donep)
{
	struct rumpuser_iovec iov = { mem, len };
	const int64_t off = (int64_t)(rn->rn_hostbegin + uio->uio_offset);
	int error;

	*donep = 0;
	if (uio->uio_rw == UIO_READ) {
		error = rumpuser_iovread(rn->rn_hostfd, &iov, 1, off, donep);
		if (error == 0 && *donep > 0)
			error = uiomove(mem, *donep, uio);
		return error;
	}
	if ((error = uiomove(mem, len, uio)) != 0)
		return error;
	error = rumpuser_iovwrite(rn->rn_hostfd, &iov, 1, off, donep);
	if (*donep < len) {
		uio->uio_resid += len - *donep;
		uio->uio_offset -= len - *donep;
	}
	return error;
}

int
rumpfs_hostrw(struct rumpfs_node *rn, struct uio *uio)
{
	size_t done, len, todo;
	int error = 0;
	void *mem;

	if (uio->uio_offset < 0)
		return EINVAL;
	if (rn->rn_hostfd == -1)
		return EBADF;
	if (uio->uio_rw == UIO_WRITE && rump_is_dead())
		return EIO;
	todo = host_room(rn, uio);
	if (todo == 0)
		return uio->uio_rw == UIO_READ || uio->uio_resid == 0 ? 0 :
		    ENOSPC;
	len = MIN(todo, HOSTIO_CHUNK);
	mem = kmem_alloc(len, KM_SLEEP);
	for (; todo > 0 && error == 0; todo -= done) {
		error = host_chunk(rn, uio, mem, MIN(todo, len), &done);
		if (done == 0)
			break;
	}
	kmem_free(mem, len);
	if (uio->uio_rw == UIO_WRITE && uio->uio_offset > rn->rn_size)
		rn->rn_size = uio->uio_offset;
	return error;
}

/*
 * Makes the entry of a name that the host's directory has; ENOENT if it has
 * none, or a directory where those below are not wanted.
 */
int
rumpfs_hostlookup(struct rumpfs_node *dir, const char *name, size_t len)
{
	struct rumpfs_node *rn;
	struct rumpfs_dirent *rd;
	size_t dirlen = strlen(dir->rn_hostpath), size = dirlen + len + 2;
	char *path;
	int error, type;

	path = kmem_alloc(size, KM_SLEEP);
	memcpy(path, dir->rn_hostpath, dirlen);
	path[dirlen] = '/';
	memcpy(path + dirlen + 1, name, len);
	path[dirlen + 1 + len] = '\0';
	error = rumpuser_getfileinfo(path, NULL, &type);
	if (error == 0 && type == RUMPUSER_FT_DIR && !dir->rn_subdirs)
		error = ENOENT;
	if (error != 0) {
		kmem_free(path, size);
		return error;
	}
	rn = rumpfs_nodealloc(type == RUMPUSER_FT_DIR ? VDIR : VREG, 0755);
	rn->rn_hostpath = path;
	rn->rn_subdirs = dir->rn_subdirs;
	if (rn->rn_type == VREG)
		rn->rn_size = rumpfs_hostfilesize(rn);
	rd = rumpfs_direntalloc(name, len);
	mutex_enter(&rumpfs_lock);
	if (rumpfs_lookup(dir, name, len) == NULL) {
		rumpfs_enter(dir, rd, rn);
		mutex_exit(&rumpfs_lock);
		return 0;
	}
	mutex_exit(&rumpfs_lock);
	kmem_free(rd, sizeof(*rd) + len + 1);
	kmem_free(rn, sizeof(*rn));
	kmem_free(path, size);
	return 0;
}
