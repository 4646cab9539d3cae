/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctls that apply to any descriptor.
 */
#ifndef _SYS_FILIO_H_
#define	_SYS_FILIO_H_

#include <sys/ioccom.h>

#define	FIOCLEX		_IO('f', 1)
#define	FIONCLEX	_IO('f', 2)
#define	FIONREAD	_IOR('f', 127, int)
#define	FIONBIO		_IOW('f', 126, int)
#define	FIOASYNC	_IOW('f', 125, int)
#define	FIOSETOWN	_IOW('f', 124, int)
#define	FIOGETOWN	_IOR('f', 123, int)
#define	FIONWRITE	_IOR('f', 121, int)
#define	FIONSPACE	_IOR('f', 120, int)
#define	OFIOGETBMAP	_IOWR('f', 122, uint32_t)
#define	FIOGETBMAP	_IOWR('f', 122, daddr_t)

/*
 * Where the next data or hole begins, at or after the given offset; ENXIO
 * past the last data.  Answered by file systems that know their holes.
 */
#define	FIOSEEKDATA	_IOWR('f', 97, off_t)
#define	FIOSEEKHOLE	_IOWR('f', 98, off_t)

#endif /* _SYS_FILIO_H_ */
