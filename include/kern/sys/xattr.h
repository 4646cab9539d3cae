/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits and flags of the Linux-style extended attribute calls. */
#ifndef _SYS_XATTR_H_
#define _SYS_XATTR_H_

#define	XATTR_NAME_MAX	255
#define	XATTR_SIZE_MAX	65536

#define	XATTR_CREATE	0x01
#define	XATTR_REPLACE	0x02

#endif /* _SYS_XATTR_H_ */
