/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of the kernel's messages. */
#ifndef _SYS_MSGBUF_H_
#define _SYS_MSGBUF_H_

#include <sys/types.h>

#define MSG_MAGIC	0x063061

struct kern_msgbuf {
	long	msg_magic;	/* MSG_MAGIC once set up */
	long	msg_bufx;	/* where the next byte is written */
	long	msg_bufr;	/* where the next byte is read */
	long	msg_bufs;	/* bytes in msg_bufc */
	char	msg_bufc[1];
};

#ifdef _KERNEL
extern int msgbufenabled;		/* messages are gathered */
extern struct kern_msgbuf *msgbufp;
#endif

#endif /* _SYS_MSGBUF_H_ */
