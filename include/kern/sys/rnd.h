/* SPDX-License-Identifier: BSD-2-Clause */
/* The random subsystem as the random device sees it; rnd(4). */
#ifndef _SYS_RND_H_
#define _SYS_RND_H_

#include <sys/types.h>
#include <sys/rndio.h>
#include <sys/rndsource.h>

#define RND_DEV_RANDOM	0	/* minor numbers */
#define RND_DEV_URANDOM	1

struct file;

extern int rnd_initial_entropy;

__BEGIN_DECLS
void	rnd_init(void);
/** The ioctls of the random device, rnd(4).  ENOTTY: it is none of them;
 * EPERM, EINVAL, ENOENT: no such source. */
int	rnd_system_ioctl(struct file *, u_long, void *);
__END_DECLS

#endif /* _SYS_RND_H_ */
