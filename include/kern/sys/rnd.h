/* SPDX-License-Identifier: BSD-2-Clause */
/* The random subsystem as the random device sees it; rnd(4). */
#ifndef _SYS_RND_H_
#define _SYS_RND_H_

#include <sys/types.h>
#include <sys/rndio.h>
#include <sys/rndsource.h>

#define RND_DEV_RANDOM	0	/* minor numbers */
#define RND_DEV_URANDOM	1

extern int rnd_initial_entropy;

__BEGIN_DECLS
void	rnd_init(void);
__END_DECLS

#endif /* _SYS_RND_H_ */
