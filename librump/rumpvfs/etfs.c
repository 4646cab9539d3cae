/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Host files in the kernel's name space, rump_etfs(3): the table of keys. A
 * key is a node of the root file system, which points back here.
 *
 * Locking: etfs_lock guards the table.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>
#include <rump-priv/etfs.h>

#include "bio.h"
#include "rumpblk.h"
#include "rumpfs.h"

struct etfs {
	LIST_ENTRY(etfs) et_link;
	char		*et_key;	/* without superfluous slashes */
	enum rump_etfs_type et_type;
	dev_t		et_dev;		/* BLK, CHR */
};

static LIST_HEAD(, etfs) etfs_list = LIST_HEAD_INITIALIZER(etfs_list);
static kmutex_t etfs_lock;

static void
etfs_free(struct etfs *et)
{

	kmem_free(et->et_key, strlen(et->et_key) + 1);
	kmem_free(et, sizeof(*et));
}

/* The key in normal form: one slash before each component, none behind. */
static int
etfs_normkey(const char *key, char **normp)
{
	size_t len = strlen(key) + 1, n = 0;
	char *norm;
	const char *p, *e;

	*normp = NULL;
	if (key[0] != '/' || len > MAXPATHLEN)
		return key[0] != '/' ? EINVAL : ENAMETOOLONG;
	norm = kmem_alloc(len, KM_SLEEP);
	for (p = key; *p != '\0'; p = e) {
		while (*p == '/')
			p++;
		for (e = p; *e != '\0' && *e != '/'; e++)
			continue;
		if (e == p)
			continue;
		norm[n++] = '/';
		memcpy(norm + n, p, e - p);
		n += e - p;
	}
	norm[n] = '\0';
	if (n > 0) {
		char *fit = kmem_alloc(n + 1, KM_SLEEP);

		*normp = memcpy(fit, norm, n + 1);
	}
	kmem_free(norm, len);
	return n > 0 ? 0 : EINVAL;
}

/* What the host has there must fit what it is to be here. */
static int
etfs_checkhost(const char *path, enum rump_etfs_type type, uint64_t begin,
    uint64_t size)
{
	uint64_t hostsize;
	int error, hosttype;
	bool isdir, wantdir;

	error = rumpuser_getfileinfo(path, &hostsize, &hosttype);
	if (error != 0)
		return error;
	isdir = hosttype == RUMPUSER_FT_DIR;
	wantdir = type == RUMP_ETFS_DIR || type == RUMP_ETFS_DIR_SUBDIRS;
	if (isdir != wantdir)
		return isdir ? EISDIR : ENOTDIR;
	if (wantdir || hosttype == RUMPUSER_FT_CHR ||
	    hosttype == RUMPUSER_FT_OTHER)
		return 0;
	if (begin > hostsize ||
	    (size != RUMP_ETFS_SIZE_ENDOFF && size > hostsize - begin))
		return EINVAL;
	return 0;
}

static struct etfs *
etfs_find(const char *key)
{
	struct etfs *et;

	LIST_FOREACH(et, &etfs_list, et_link) {
		if (strcmp(et->et_key, key) == 0)
			break;
	}
	return et;
}

/* The node of the root file system, with its driver's unit if it is one. */
static int
etfs_makenode(struct etfs *et, const char *path, uint64_t begin,
    uint64_t size)
{
	struct rumpfs_newnode nn;
	int error;

	memset(&nn, 0, sizeof(nn));
	switch (et->et_type) {
	case RUMP_ETFS_BLK:
	case RUMP_ETFS_CHR:
		error = rump_blk_attach(path, begin, size, &et->et_dev);
		if (error != 0)
			return error;
		nn.nn_type = et->et_type == RUMP_ETFS_BLK ? VBLK : VCHR;
		nn.nn_mode = 0777;
		nn.nn_rdev = et->et_dev;
		break;
	case RUMP_ETFS_REG:
		nn.nn_type = VREG;
		nn.nn_mode = 0777;
		break;
	default:
		nn.nn_type = VDIR;
		nn.nn_mode = 0777;
		nn.nn_subdirs = et->et_type == RUMP_ETFS_DIR_SUBDIRS;
		break;
	}
	if (nn.nn_type == VREG || nn.nn_type == VDIR) {
		nn.nn_hostpath = path;
		nn.nn_begin = begin;
		nn.nn_size = size;
	}
	error = rumpfs_makepath(et->et_key, &nn);
	if (error != 0 && (nn.nn_type == VBLK || nn.nn_type == VCHR))
		(void)rump_blk_detach(et->et_dev);
	return error;
}

static int
etfs_register(const char *key, const char *path, enum rump_etfs_type type,
    uint64_t begin, uint64_t size)
{
	struct etfs *et;
	char *norm;
	int error;

	if (key == NULL || path == NULL ||
	    (unsigned)type > RUMP_ETFS_DIR_SUBDIRS)
		return EINVAL;
	if ((error = etfs_normkey(key, &norm)) != 0)
		return error;
	et = kmem_zalloc(sizeof(*et), KM_SLEEP);
	et->et_key = norm;
	et->et_type = type;
	et->et_dev = NODEV;
	error = etfs_checkhost(path, type, begin, size);
	mutex_enter(&etfs_lock);
	if (error == 0 && etfs_find(norm) != NULL)
		error = EEXIST;
	if (error == 0)
		error = etfs_makenode(et, path, begin, size);
	if (error == 0)
		LIST_INSERT_HEAD(&etfs_list, et, et_link);
	mutex_exit(&etfs_lock);
	if (error != 0)
		etfs_free(et);
	return error;
}

static int
etfs_remove(const char *key)
{
	struct etfs *et;
	char *norm;
	int error;

	if (key == NULL)
		return EINVAL;
	if ((error = etfs_normkey(key, &norm)) != 0)
		return error;
	mutex_enter(&etfs_lock);
	if ((et = etfs_find(norm)) == NULL)
		error = ENOENT;
	else if (et->et_dev != NODEV)
		error = rump_blk_detach(et->et_dev);
	if (error == 0) {
		LIST_REMOVE(et, et_link);
		rumpfs_unmakepath(norm);
	}
	mutex_exit(&etfs_lock);
	kmem_free(norm, strlen(norm) + 1);
	if (error == 0)
		etfs_free(et);
	return error;
}

void
rump_etfs_init(void)
{

	mutex_init(&etfs_lock, MUTEX_DEFAULT, IPL_NONE);
	rump__etfs_register = etfs_register;
	rump__etfs_remove = etfs_remove;
}
