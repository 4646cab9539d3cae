/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminal ioctls; values are the client ABI's.
 */
#ifndef _SYS_TTYCOM_H_
#define	_SYS_TTYCOM_H_

#include <sys/syslimits.h>
#include <sys/ioccom.h>
#include <sys/time.h>
#include <sys/termios.h>

struct winsize {
	unsigned short	ws_row;
	unsigned short	ws_col;
	unsigned short	ws_xpixel;
	unsigned short	ws_ypixel;
};

struct ptmget {
	int	cfd;
	int	sfd;
	char	cn[1024];
	char	sn[1024];
};

#define	TTLINEDNAMELEN	32
typedef char linedn_t[TTLINEDNAMELEN];

#define	TIOCEXCL	_IO('t', 13)
#define	TIOCNXCL	_IO('t', 14)
#define	TIOCFLUSH	_IOW('t', 16, int)
#define	TIOCGETA	_IOR('t', 19, struct termios)
#define	TIOCSETA	_IOW('t', 20, struct termios)
#define	TIOCSETAW	_IOW('t', 21, struct termios)
#define	TIOCSETAF	_IOW('t', 22, struct termios)
#define	TIOCGETD	_IOR('t', 26, int)
#define	TIOCSETD	_IOW('t', 27, int)
#define	TIOCGLINED	_IOR('t', 66, linedn_t)
#define	TIOCSLINED	_IOW('t', 67, linedn_t)
#define	TIOCSBRK	_IO('t', 123)
#define	TIOCCBRK	_IO('t', 122)
#define	TIOCSDTR	_IO('t', 121)
#define	TIOCCDTR	_IO('t', 120)
#define	TIOCGPGRP	_IOR('t', 119, int)
#define	TIOCSPGRP	_IOW('t', 118, int)
#define	TIOCOUTQ	_IOR('t', 115, int)
#define	TIOCSTI		_IOW('t', 114, char)
#define	TIOCNOTTY	_IO('t', 113)
#define	TIOCPKT		_IOW('t', 112, int)
#define	TIOCSTOP	_IO('t', 111)
#define	TIOCSTART	_IO('t', 110)
#define	TIOCMSET	_IOW('t', 109, int)
#define	TIOCMBIS	_IOW('t', 108, int)
#define	TIOCMBIC	_IOW('t', 107, int)
#define	TIOCMGET	_IOR('t', 106, int)
#define	TIOCREMOTE	_IOW('t', 105, int)
#define	TIOCGWINSZ	_IOR('t', 104, struct winsize)
#define	TIOCSWINSZ	_IOW('t', 103, struct winsize)
#define	TIOCUCNTL	_IOW('t', 102, int)
#define	TIOCSTAT	_IOW('t', 101, int)
#define	TIOCGSID	_IOR('t', 99, int)
#define	TIOCCONS	_IOW('t', 98, int)
#define	TIOCSCTTY	_IO('t', 97)
#define	TIOCEXT		_IOW('t', 96, int)
#define	TIOCSIG		_IO('t', 95)
#define	TIOCDRAIN	_IO('t', 94)
#define	TIOCGFLAGS	_IOR('t', 93, int)
#define	TIOCSFLAGS	_IOW('t', 92, int)
#define	TIOCDCDTIMESTAMP	_IOR('t', 88, struct timeval)
#define	TIOCRCVFRAME	_IOW('t', 69, struct mbuf *)
#define	TIOCXMTFRAME	_IOW('t', 68, struct mbuf *)
#define	TIOCPTMGET	_IOR('t', 70, struct ptmget)
#define	TIOCGRANTPT	_IO('t', 71)
#define	TIOCPTSNAME	_IOR('t', 72, struct ptmget)
#define	TIOCSQSIZE	_IOW('t', 128, int)
#define	TIOCGQSIZE	_IOR('t', 129, int)
#define	_PATH_PTMDEV	"/dev/ptm"
#define	TIOCM_LE	1
#define	TIOCM_DTR	2
#define	TIOCM_RTS	4
#define	TIOCM_ST	8
#define	TIOCM_SR	0x10
#define	TIOCM_CTS	0x20
#define	TIOCM_CAR	0x40
#define	TIOCM_CD	0x40
#define	TIOCM_RNG	0x80
#define	TIOCM_RI	0x80
#define	TIOCM_DSR	0x100
#define	TIOCPKT_DATA	0
#define	TIOCPKT_FLUSHREAD	1
#define	TIOCPKT_FLUSHWRITE	2
#define	TIOCPKT_STOP	4
#define	TIOCPKT_START	8
#define	TIOCPKT_NOSTOP	0x10
#define	TIOCPKT_DOSTOP	0x20
#define	TIOCPKT_IOCTL	0x40
#define	TIOCFLAG_SOFTCAR	1
#define	TIOCFLAG_CLOCAL	2
#define	TIOCFLAG_CRTSCTS	4
#define	TIOCFLAG_MDMBUF	8
#define	TIOCFLAG_CDTRCTS	0x10
#define	TTYDISC		0
#define	TABLDISC	3
#define	SLIPDISC	4
#define	PPPDISC		5
#define	STRIPDISC	6
#define	HDLCDISC	9
#define	UIOCCMD(n)	_IO('u', n)

#endif /* _SYS_TTYCOM_H_ */
