/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Entry points of rump_etfs(3); rumpvfs does the work.
 * Locking: none of its own.
 */

#include <sys/param.h>
#include <sys/errno.h>

#include <rump/rump.h>
#include <rump-priv/etfs.h>
#include <rump-priv/kern.h>

static int
noetfs_register(const char *key, const char *path, enum rump_etfs_type type,
    uint64_t begin, uint64_t size)
{

	return ENOSYS;
}

static int
noetfs_remove(const char *key)
{

	return ENOSYS;
}

int (*rump__etfs_register)(const char *, const char *, enum rump_etfs_type,
    uint64_t, uint64_t) = noetfs_register;
int (*rump__etfs_remove)(const char *) = noetfs_remove;

int
rump_etfs_register(const char *key, const char *path,
    enum rump_etfs_type type)
{

	return (*rump__etfs_register)(key, path, type, 0,
	    RUMP_ETFS_SIZE_ENDOFF);
}

int
rump_etfs_register_withsize(const char *key, const char *path,
    enum rump_etfs_type type, uint64_t begin, uint64_t size)
{

	return (*rump__etfs_register)(key, path, type, begin, size);
}

int
rump_etfs_remove(const char *key)
{

	return (*rump__etfs_remove)(key);
}

int
rump_pub_etfs_register_withsize(const char *key, const char *path,
    enum rump_etfs_type type, uint64_t begin, uint64_t size)
{
	int error;

	if ((error = rump_schedule_enter()) != 0)
		return error;
	error = rump_etfs_register_withsize(key, path, type, begin, size);
	rump_unschedule();
	return error;
}

int
rump_pub_etfs_register(const char *key, const char *path,
    enum rump_etfs_type type)
{

	return rump_pub_etfs_register_withsize(key, path, type, 0,
	    RUMP_ETFS_SIZE_ENDOFF);
}

int
rump_pub_etfs_remove(const char *key)
{
	int error;

	if ((error = rump_schedule_enter()) != 0)
		return error;
	error = rump_etfs_remove(key);
	rump_unschedule();
	return error;
}

/*
 * Registrations before rump_init() wait on a list of the callers' own
 * structures, in the order in which they came.
 */

static struct rump_boot_etfs *boot_list, **boot_tail = &boot_list;

void
rump_boot_etfs_register(struct rump_boot_etfs *eb)
{

	eb->_eb_next = NULL;
	eb->eb_status = -1;
	*boot_tail = eb;
	boot_tail = &eb->_eb_next;
}

void
rump_boot_etfs_process(void)
{
	struct rump_boot_etfs *eb;

	for (eb = boot_list; eb != NULL; eb = eb->_eb_next) {
		eb->eb_status = rump_etfs_register_withsize(eb->eb_key,
		    eb->eb_hostpath, eb->eb_type, eb->eb_begin, eb->eb_size);
	}
	boot_list = NULL;
	boot_tail = &boot_list;
}
