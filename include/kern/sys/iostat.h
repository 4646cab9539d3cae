/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * I/O statistics of disks and the like, iostat(9).
 * Locking: internal.
 */

#ifndef _SYS_IOSTAT_H_
#define _SYS_IOSTAT_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/time.h>

#define	IOSTATNAMELEN	16

#define	IOSTAT_DISK	0
#define	IOSTAT_TAPE	1
#define	IOSTAT_NFS	2

struct io_stats {
	char		io_name[IOSTATNAMELEN];
	void		*io_parent;	/* what it measures */
	int		io_type;
	int		io_busy;	/* transfers in progress */
	uint64_t	io_rxfer;
	uint64_t	io_wxfer;
	uint64_t	io_seek;
	uint64_t	io_rbytes;
	uint64_t	io_wbytes;
	struct timeval	io_attachtime;
	struct timeval	io_timestamp;	/* last time busy changed to 0 */
	struct timeval	io_time;	/* total time busy */
	TAILQ_ENTRY(io_stats) io_link;
};

#ifdef _KERNEL

__BEGIN_DECLS

/* NULL if there is no memory. */
struct io_stats *iostat_alloc(int32_t, void *, const char *);
void	iostat_free(struct io_stats *);
struct io_stats *iostat_find(const char *);
/* Around each transfer: bytes, and whether it was a read. */
void	iostat_busy(struct io_stats *);
void	iostat_unbusy(struct io_stats *, long, int);
bool	iostat_isbusy(struct io_stats *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_IOSTAT_H_ */
