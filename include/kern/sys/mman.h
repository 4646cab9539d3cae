/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protections and flags of mmap(2).
 */
#ifndef _SYS_MMAN_H_
#define	_SYS_MMAN_H_

#include <sys/featuretest.h>
#include <sys/types.h>

#define	PROT_NONE	0
#define	PROT_READ	1
#define	PROT_WRITE	2
#define	PROT_EXEC	4
#define	MAP_SHARED	1
#define	MAP_PRIVATE	2
#define	MAP_FIXED	0x10
#define	MAP_RENAME	0x20
#define	MAP_NORESERVE	0x40
#define	MAP_INHERIT	0x80
#define	MAP_HASSEMAPHORE	0x200
#define	MAP_TRYFIXED	0x400
#define	MAP_WIRED	0x800
#define	MAP_FILE	0
#define	MAP_ANONYMOUS	0x1000
#define	MAP_ANON	0x1000
#define	MAP_STACK	0x2000
#define	MAP_ALIGNMENT_SHIFT	0x18
#define	MAP_ALIGNMENT_MASK	((int)0xff000000U)
#define	MAP_ALIGNMENT_64KB	0x10000000
#define	MAP_ALIGNMENT_16MB	0x18000000
#define	MAP_ALIGNMENT_4GB	0x20000000
#define	MAP_ALIGNMENT_1TB	0x28000000
#define	MAP_ALIGNMENT_256TB	0x30000000
#define	MAP_ALIGNMENT_64PB	0x38000000
#define	MAP_FAILED	((void *)-1)
#define	MS_ASYNC	1
#define	MS_INVALIDATE	2
#define	MS_SYNC		4
#define	MCL_CURRENT	1
#define	MCL_FUTURE	2
#define	POSIX_MADV_NORMAL	0
#define	POSIX_MADV_RANDOM	1
#define	POSIX_MADV_SEQUENTIAL	2
#define	POSIX_MADV_WILLNEED	3
#define	POSIX_MADV_DONTNEED	4
#define	MADV_NORMAL	0
#define	MADV_RANDOM	1
#define	MADV_SEQUENTIAL	2
#define	MADV_WILLNEED	3
#define	MADV_DONTNEED	4
#define	MADV_SPACEAVAIL	5
#define	MADV_FREE	6
#define	MAP_INHERIT_SHARE	0
#define	MAP_INHERIT_COPY	1
#define	MAP_INHERIT_NONE	2
#define	MAP_INHERIT_DONATE_COPY	3
#define	MAP_INHERIT_ZERO	4
#define	MAP_INHERIT_DEFAULT	1

#endif /* _SYS_MMAN_H_ */
