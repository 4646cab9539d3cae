/* SPDX-License-Identifier: BSD-2-Clause */
/* Scatter-gather data transfers between clients and the kernel; uiomove(9). */
#ifndef _SYS_UIO_H_
#define _SYS_UIO_H_

#include <sys/ansi.h>
#include <sys/featuretest.h>
#include <sys/types.h>

struct iovec {
	void	*iov_base;	/* base address */
	size_t	 iov_len;	/* length in bytes */
};

#define UIO_MAXIOV	1024	/* most iovecs of one transfer */
#ifndef IOV_MAX
#define IOV_MAX		UIO_MAXIOV
#endif

enum uio_rw { UIO_READ, UIO_WRITE };
enum uio_seg { UIO_USERSPACE, UIO_SYSSPACE };

#ifdef _KERNEL
struct vmspace;

struct uio {
	struct iovec	*uio_iov;	/* the pieces */
	int		 uio_iovcnt;	/* how many are left */
	off_t		 uio_offset;	/* place in the object */
	size_t		 uio_resid;	/* bytes still to move */
	enum uio_rw	 uio_rw;
	struct vmspace	*uio_vmspace;	/* whose addresses they are */
};
#define uio_loffset	uio_offset

#define UIO_SETUP_SYSSPACE(uio)	uio_setup_sysspace(uio)
#define UIO_SMALLIOV	8	/* this many need no allocation */

struct lwp;

__BEGIN_DECLS
/* Say that uio's pieces are kernel memory. */
void	uio_setup_sysspace(struct uio *);
/* uiomove without advancing, and the advance alone. */
int	uiopeek(void *, size_t, struct uio *);
void	uioskip(size_t, struct uio *);
/* Hand one character to a reading uio. 0 or EFAULT. */
int	ureadc(int, struct uio *);
__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_UIO_H_ */
