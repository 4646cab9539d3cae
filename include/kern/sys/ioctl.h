/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl(2): the request codes every program gets with this header.
 */
#ifndef _SYS_IOCTL_H_
#define	_SYS_IOCTL_H_

#include <sys/ttycom.h>
#include <sys/ioccom.h>
#include <sys/dkio.h>
#include <sys/filio.h>
#include <sys/sockio.h>

/* An ioctl passed through to another emulation's handler. */
struct ioctl_pt {
	unsigned long	com;
	void		*data;
};
#define	PTIOCNETBSD	_IOW('Z', 0, struct ioctl_pt)
#define	PTIOCSUNOS	_IOW('Z', 1, struct ioctl_pt)
#define	PTIOCSVR4	_IOW('Z', 2, struct ioctl_pt)
#define	PTIOCLINUX	_IOW('Z', 3, struct ioctl_pt)
#define	PTIOCFREEBSD	_IOW('Z', 4, struct ioctl_pt)
#define	PTIOCOSF1	_IOW('Z', 5, struct ioctl_pt)
#define	PTIOCULTRIX	_IOW('Z', 6, struct ioctl_pt)
#define	PTIOCWIN32	_IOW('Z', 7, struct ioctl_pt)

struct ttysize {
	unsigned short	ts_lines;
	unsigned short	ts_cols;
	unsigned short	ts_xxx;
	unsigned short	ts_yyy;
};
#define	TIOCGSIZE	TIOCGWINSZ
#define	TIOCSSIZE	TIOCSWINSZ

#endif /* _SYS_IOCTL_H_ */
