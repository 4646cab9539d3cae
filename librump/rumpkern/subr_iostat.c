/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Statistics of transfers, iostat(9).
 *
 * Locking: iostat_lock guards the list; the counters of one object belong to
 * its driver's lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/iostat.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/once.h>
#include <sys/time.h>

static TAILQ_HEAD(, io_stats) iostat_list = TAILQ_HEAD_INITIALIZER(iostat_list);
static kmutex_t iostat_lock;

static int
iostat_init(void)
{

	mutex_init(&iostat_lock, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

static void
iostat_setup(void)
{
	static ONCE_DECL(control);

	(void)RUN_ONCE(&control, iostat_init);
}

struct io_stats *
iostat_alloc(int32_t type, void *parent, const char *name)
{
	struct io_stats *io;

	iostat_setup();
	io = kmem_zalloc(sizeof(*io), KM_SLEEP);
	io->io_type = type;
	io->io_parent = parent;
	strlcpy(io->io_name, name, sizeof(io->io_name));
	microuptime(&io->io_attachtime);
	mutex_enter(&iostat_lock);
	TAILQ_INSERT_TAIL(&iostat_list, io, io_link);
	mutex_exit(&iostat_lock);
	return io;
}

void
iostat_free(struct io_stats *io)
{

	mutex_enter(&iostat_lock);
	TAILQ_REMOVE(&iostat_list, io, io_link);
	mutex_exit(&iostat_lock);
	kmem_free(io, sizeof(*io));
}

struct io_stats *
iostat_find(const char *name)
{
	struct io_stats *io;

	iostat_setup();
	mutex_enter(&iostat_lock);
	TAILQ_FOREACH(io, &iostat_list, io_link) {
		if (strcmp(io->io_name, name) == 0)
			break;
	}
	mutex_exit(&iostat_lock);
	return io;
}

void
iostat_busy(struct io_stats *io)
{

	if (io->io_busy++ == 0)
		microuptime(&io->io_timestamp);
}

void
iostat_unbusy(struct io_stats *io, long bytes, int isread)
{
	struct timeval now, spent;

	KASSERT(io->io_busy > 0);
	microuptime(&now);
	timersub(&now, &io->io_timestamp, &spent);
	io->io_timestamp = now;
	timeradd(&io->io_time, &spent, &io->io_time);
	io->io_busy--;
	if (isread) {
		io->io_rbytes += bytes;
		io->io_rxfer++;
	} else {
		io->io_wbytes += bytes;
		io->io_wxfer++;
	}
}

bool
iostat_isbusy(struct io_stats *io)
{

	return io->io_busy != 0;
}
