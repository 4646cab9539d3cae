/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminal settings, termios(4); layout and values are the client ABI's.
 */
#ifndef _SYS_TERMIOS_H_
#define	_SYS_TERMIOS_H_

#include <sys/ansi.h>
#include <sys/featuretest.h>
#include <sys/cdefs.h>

#ifndef _POSIX_VDISABLE
#define	_POSIX_VDISABLE	0xff
#endif
#define	VEOF		0
#define	VEOL		1
#define	VEOL2		2
#define	VERASE		3
#define	VWERASE		4
#define	VKILL		5
#define	VREPRINT	6
#define	VINTR		8
#define	VQUIT		9
#define	VSUSP		0xa
#define	VDSUSP		0xb
#define	VSTART		0xc
#define	VSTOP		0xd
#define	VLNEXT		0xe
#define	VDISCARD	0xf
#define	VMIN		0x10
#define	VTIME		0x11
#define	VSTATUS		0x12
#define	NCCS		0x14
#define	CCEQ(val, c)	((c) == (val) ? (val) != _POSIX_VDISABLE : 0)

typedef unsigned int	tcflag_t;
typedef unsigned char	cc_t;
typedef unsigned int	speed_t;

struct termios {
	tcflag_t	c_iflag;
	tcflag_t	c_oflag;
	tcflag_t	c_cflag;
	tcflag_t	c_lflag;
	cc_t		c_cc[20];
	int		c_ispeed;
	int		c_ospeed;
};

#define	IGNBRK		1U
#define	BRKINT		2U
#define	IGNPAR		4U
#define	PARMRK		8U
#define	INPCK		0x10U
#define	ISTRIP		0x20U
#define	INLCR		0x40U
#define	IGNCR		0x80U
#define	ICRNL		0x100U
#define	IXON		0x200U
#define	IXOFF		0x400U
#define	IXANY		0x800U
#define	IMAXBEL		0x2000U
#define	OPOST		1U
#define	ONLCR		2U
#define	OXTABS		4U
#define	ONOEOT		8U
#define	OCRNL		0x10U
#define	ONOCR		0x20U
#define	ONLRET		0x40U
#define	CIGNORE		1U
#define	CSIZE		0x300U
#define	CS5		0U
#define	CS6		0x100U
#define	CS7		0x200U
#define	CS8		0x300U
#define	CSTOPB		0x400U
#define	CREAD		0x800U
#define	PARENB		0x1000U
#define	PARODD		0x2000U
#define	HUPCL		0x4000U
#define	CLOCAL		0x8000U
#define	CRTSCTS		0x10000U
#define	CRTS_IFLOW	0x10000U
#define	CCTS_OFLOW	0x10000U
#define	CDTRCTS		0x20000U
#define	MDMBUF		0x100000U
#define	CHWFLOW		0x130000U
#define	ECHOKE		1U
#define	ECHOE		2U
#define	ECHOK		4U
#define	ECHO		8U
#define	ECHONL		0x10U
#define	ECHOPRT		0x20U
#define	ECHOCTL		0x40U
#define	ISIG		0x80U
#define	ICANON		0x100U
#define	ALTWERASE	0x200U
#define	IEXTEN		0x400U
#define	EXTPROC		0x800U
#define	TOSTOP		0x400000U
#define	FLUSHO		0x800000U
#define	NOKERNINFO	0x2000000U
#define	PENDIN		0x20000000U
#define	NOFLSH		0x80000000U
#define	TCSANOW		0
#define	TCSADRAIN	1
#define	TCSAFLUSH	2
#define	TCSASOFT	0x10
#define	B0		0U
#define	B50		0x32U
#define	B75		0x4bU
#define	B110		0x6eU
#define	B134		0x86U
#define	B150		0x96U
#define	B200		0xc8U
#define	B300		0x12cU
#define	B600		0x258U
#define	B1200		0x4b0U
#define	B1800		0x708U
#define	B2400		0x960U
#define	B4800		0x12c0U
#define	B9600		0x2580U
#define	B19200		0x4b00U
#define	B38400		0x9600U
#define	B7200		0x1c20U
#define	B14400		0x3840U
#define	B28800		0x7080U
#define	B57600		0xe100U
#define	B76800		0x12c00U
#define	B115200		0x1c200U
#define	B230400		0x38400U
#define	B460800		0x70800U
#define	B921600		0xe1000U
#define	EXTA		0x4b00U
#define	EXTB		0x9600U
#define	TCIFLUSH	1
#define	TCOFLUSH	2
#define	TCIOFLUSH	3
#define	TCOOFF		1
#define	TCOON		2
#define	TCIOFF		3
#define	TCION		4

#endif /* _SYS_TERMIOS_H_ */
