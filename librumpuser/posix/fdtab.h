/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdtab.h - the table of host descriptors, for block I/O.  Private to
 * librumpuser.  See also host.h.
 */
#ifndef _RUMPUSER_POSIX_FDTAB_H_
#define _RUMPUSER_POSIX_FDTAB_H_

#include "aio/aio.h"

struct hostfd {
	struct rumpuser_aiofile *hf_file;
	int hf_image;		/* rumpuser_open() gave it out as one */
};

/** The table's lock; comes before the locks of AIO. */
void rumpuser__fd_lock(void);
void rumpuser__fd_unlock(void);
/** The entry of @fd, made if there is none and @create; NULL.  Locked. */
struct hostfd *rumpuser__fd_find(int fd, int create);

#endif /* _RUMPUSER_POSIX_FDTAB_H_ */
