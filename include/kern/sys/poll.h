/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll(2): descriptor sets and event bits.
 */
#ifndef _SYS_POLL_H_
#define	_SYS_POLL_H_

#include <sys/featuretest.h>
#include <sys/types.h>

typedef unsigned int nfds_t;

struct pollfd {
	int	fd;
	short	events;		/* wanted */
	short	revents;	/* answered */
};

#define	POLLIN		0x0001
#define	POLLPRI		0x0002
#define	POLLOUT		0x0004
#define	POLLRDNORM	0x0040
#define	POLLWRNORM	POLLOUT
#define	POLLRDBAND	0x0080
#define	POLLWRBAND	0x0100
/* Answered always, never asked for. */
#define	POLLERR		0x0008
#define	POLLHUP		0x0010
#define	POLLNVAL	0x0020

#define	INFTIM		(-1)

#ifdef _KERNEL
#include <sys/sigtypes.h>
struct timespec;

/*
 * pollcommon: poll the descriptors of a user array.  ts is relative, NULL
 * waits for ever; it is modified.  The count of ready descriptors goes to
 * *retval.  Returns 0, EINVAL, EINTR, ENOMEM or EFAULT.
 */
int	pollcommon(register_t *, struct pollfd *, u_int, struct timespec *,
	    sigset_t *);
#endif

#endif /* _SYS_POLL_H_ */
