/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The boot of block and page I/O, and device nodes by path for drivers.
 * Locking: none of its own.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/errno.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <uvm/uvm.h>

#include <rump/rumpuser.h>
#include <rump-priv/devsw.h>
#include <rump-priv/io.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include <rump-priv/page.h>
#include <rump-sys/vfs.h>

#include "bio.h"
#include "rumpfs.h"

static int
makenode(mode_t fmt, const char *path, dev_t dev)
{
	struct rumpfs_newnode nn = {
		.nn_type = fmt == S_IFBLK ? VBLK : VCHR,
		.nn_mode = 0666,
		.nn_rdev = dev,
	};

	if (fmt != S_IFBLK && fmt != S_IFCHR)
		return EINVAL;
	return rumpfs_makepath(path, &nn);
}

static int
makeonedevnode(dev_t fmt, const char *path, devmajor_t maj, devminor_t min)
{

	return makenode((mode_t)fmt, path, makedev(maj, min));
}

/*
 * n nodes from minor min: basepath and a letter that counts from minchar, or
 * a number if minchar is a digit.  A basepath that does not end in the unit
 * gets it before the letter; without minchar the minor number follows.
 */
static int
makedevnodes(dev_t fmt, const char *basepath, char minchar, devmajor_t maj,
    devminor_t min, int n)
{
	char path[MAXPATHLEN];
	const size_t baselen = strlen(basepath);
	const bool unit = baselen > 0 && isdigit(basepath[baselen - 1]);
	int error = 0, i, len;

	for (i = 0; i < n && error == 0; i++) {
		if (isdigit(minchar))
			len = snprintf(path, sizeof(path), "%s%d", basepath,
			    minchar - '0' + i);
		else if (minchar != '\0' && unit)
			len = snprintf(path, sizeof(path), "%s%c", basepath,
			    minchar + i);
		else if (minchar != '\0')
			len = snprintf(path, sizeof(path), "%s%d%c", basepath,
			    (int)(min / 16), minchar + i);
		else
			len = snprintf(path, sizeof(path), "%s%d", basepath,
			    (int)(min + i));
		if (len >= (int)sizeof(path))
			return ENAMETOOLONG;
		error = makenode((mode_t)fmt, path, makedev(maj, min + i));
		if (error == EEXIST)
			error = 0;
	}
	return error;
}

static int
makesymlink(const char *path, const char *target)
{
	struct rumpfs_newnode nn = {
		.nn_type = VLNK,
		.nn_mode = 0777,
		.nn_target = target,
	};

	return rumpfs_makepath(path, &nn);
}

static void
makedirs(void)
{
	static const char *const dirs[] = { "/dev", "/mnt" };
	const struct rumpfs_newnode nn = { .nn_type = VDIR, .nn_mode = 0755 };
	size_t i;

	for (i = 0; i < __arraycount(dirs); i++)
		(void)rumpfs_makepath(dirs[i], &nn);
}

/*
 * How much the pages of files may take: what RUMP_PAGECACHE says, else a
 * sixteenth of the memory that the host lets this process have.
 */
#define	PAGECACHE_MIN	((uint64_t)32 * 1024 * 1024)
#define	PAGECACHE_MAX	((uint64_t)2 * 1024 * 1024 * 1024)

static uint64_t
pagecache_size(void)
{
	uint64_t size = rump_param_size("RUMP_PAGECACHE");

	if (size != 0)
		return MAX(size, 64 * PAGE_SIZE);
	size = rump_param_size(RUMPUSER_PARAM_MEMORY) / 16;
	return MIN(MAX(size, PAGECACHE_MIN), PAGECACHE_MAX);
}

/* The caches take no more than a part of a kernel's bounded memory. */
static void
limitcaches(void)
{
	const uint64_t limit = rump_mem_limit();
	uint64_t size = pagecache_size();

	if (limit != 0 && limit != SIZE_MAX) {
		rump_bio_setlimit(MIN(rump_bio_limit(), limit / 8));
		size = MIN(size, limit / 4);
	}
	uvmexp.filelimit = (unsigned)(size / PAGE_SIZE);
}

/* Memory is short: what is cached goes first, pages before buffers. */
static size_t
reclaimcaches(void *arg, size_t want)
{
	size_t freed;

	freed = (size_t)uvm_pagereclaim((unsigned)(want / PAGE_SIZE + 1)) *
	    PAGE_SIZE;
	if (freed < want)
		freed += rump_bio_reclaim(want - freed);
	return freed;
}

static struct rump_reclaim reclaim = { .rr_fn = reclaimcaches };

void
rump_vfs_io_init(void)
{

	rump_devsw_init();
	rump_uvm_page_init();
	rump_bio_init();
	rump_spec_init();
	rumpfs_tree_init();
	makedirs();
	rump_blk_init();
	rump_etfs_init();
	rump_vfs_makeonedevnode = makeonedevnode;
	rump_vfs_makedevnodes = makedevnodes;
	rump_vfs_makesymlink = makesymlink;
	rump_vfs_drainbufs = buf_drain;
	limitcaches();
	rump_mem_reclaim_register(&reclaim);
}
