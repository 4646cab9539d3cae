/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The descriptor set of select(2).
 */
#ifndef _SYS_FD_SET_H_
#define	_SYS_FD_SET_H_

#include <sys/cdefs.h>
#include <sys/featuretest.h>
#include <machine/int_types.h>

typedef __uint32_t	__fd_mask;

#define	__NFDBITS	(32U)
#define	__NFDSHIFT	(5)
#define	__NFDMASK	(__NFDBITS - 1)

#ifndef FD_SETSIZE
#define	FD_SETSIZE	256
#endif
#define	NFD_LEN(a)	(((a) + (__NFDBITS - 1)) / __NFDBITS)
#define	NFD_SIZE	NFD_LEN(FD_SETSIZE)
#define	NFD_BYTES(a)	(NFD_LEN(a) * sizeof(__fd_mask))

typedef struct fd_set {
	__fd_mask	fds_bits[NFD_SIZE];
} fd_set;

#define	FD_SET(n, p)	\
	((p)->fds_bits[(unsigned)(n) >> __NFDSHIFT] |= \
	    (__fd_mask)1 << ((n) & __NFDMASK))
#define	FD_CLR(n, p)	\
	((p)->fds_bits[(unsigned)(n) >> __NFDSHIFT] &= \
	    ~((__fd_mask)1 << ((n) & __NFDMASK)))
#define	FD_ISSET(n, p)	\
	((p)->fds_bits[(unsigned)(n) >> __NFDSHIFT] & \
	    ((__fd_mask)1 << ((n) & __NFDMASK)))
#define	FD_ZERO(p)	\
	(void)__builtin_memset((p), 0, sizeof(*(p)))
#define	FD_COPY(f, t)	\
	(void)__builtin_memcpy((t), (f), sizeof(*(f)))

typedef __fd_mask	fd_mask;
#define	NFDBITS		__NFDBITS
#ifndef howmany
#define	howmany(x, y)	(((x) + ((y) - 1)) / (y))
#endif

#endif /* _SYS_FD_SET_H_ */
