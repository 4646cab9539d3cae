/* SPDX-License-Identifier: BSD-2-Clause */
/* Where console messages are kept; see subr_msgbuf.c. */
#ifndef _RUMPKERN_MSGBUF_IMPL_H_
#define _RUMPKERN_MSGBUF_IMPL_H_

#include <sys/types.h>

/* Append to the message buffer. Any context. */
void	rump_msgbuf_write(const char *, size_t);

#endif /* _RUMPKERN_MSGBUF_IMPL_H_ */
