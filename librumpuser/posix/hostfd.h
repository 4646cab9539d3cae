/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfd.h - what the host layer knows of the descriptors that it has opened:
 * whose they are after a fork(2).  Private to librumpuser.
 */
#ifndef _RUMPUSER_POSIX_HOSTFD_H_
#define _RUMPUSER_POSIX_HOSTFD_H_

#include <sys/types.h>

#include "posix/overlay.h"

enum hostfd_mode {
	HOSTFD_UNKNOWN,		/* not opened here */
	HOSTFD_READ,		/* open for reading only */
	HOSTFD_WRITE,		/* open for writing */
	HOSTFD_PARENTS,		/* was; writing is the parent's now */
	HOSTFD_PRIVATE,		/* was; writes go to an overlay */
};

/** The descriptor was opened, for writing or not; host errno. */
int rumpuser__hostfd_opened(int fd, int writing);
/** It is about to be closed. */
void rumpuser__hostfd_closed(int fd);
/**
 * How it may be used.  Cheap, no lock: it changes by open, close and fork
 * only.  *@ovp gets the overlay of a private one.
 */
enum hostfd_mode rumpuser__hostfd_mode(int fd,
    struct rumpuser__overlay **ovp);

/** fork(2); the child's result is 0 or the host's errno. */
void rumpuser__hostfd_fork_prepare(void);
void rumpuser__hostfd_fork_parent(void);
int rumpuser__hostfd_fork_child(void);

#endif /* _RUMPUSER_POSIX_HOSTFD_H_ */
