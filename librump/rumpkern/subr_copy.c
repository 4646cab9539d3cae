/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving data between clients and the kernel: copy(9), fetch(9), uiomove(9).
 *
 * A local client shares the address space, so a copy is a copy.  What can be
 * told from the address alone is refused with EFAULT: the null page, and what
 * wraps around or lies above the host's user addresses; any other bad pointer
 * is the program's own fault and gets the program's own SIGSEGV.  A vmspace
 * that is neither the kernel's nor a local client's has no way to it here, and
 * answers EFAULT.
 */
#include <sys/param.h>
#include <sys/proc.h>
#include <sys/lwp.h>
#include <sys/fcntl.h>
#include <sys/systm.h>
#include <sys/uio.h>

#include <uvm/uvm_extern.h>

#include <rump-priv/kern.h>

#define NULL_PAGE	4096
#define USER_TOP	((uintptr_t)1 << 56)

/* Whether [addr, addr + len) can be memory of a client. */
static inline bool
range_ok(const void *addr, size_t len)
{
	uintptr_t a = (uintptr_t)addr;

	return len == 0 || (a >= NULL_PAGE && a < USER_TOP &&
	    len <= USER_TOP - a);
}

static inline bool
reachable(const struct vmspace *vm)
{

	return vm == rump_vmspace_local || vm == vmspace_kernel();
}

int
copyin_vmspace(struct vmspace *vm, const void *uaddr, void *kaddr, size_t len)
{

	if (__predict_false(!reachable(vm) || !range_ok(uaddr, len)))
		return EFAULT;
	memcpy(kaddr, uaddr, len);
	return 0;
}

int
copyout_vmspace(struct vmspace *vm, const void *kaddr, void *uaddr, size_t len)
{

	if (__predict_false(!reachable(vm) || !range_ok(uaddr, len)))
		return EFAULT;
	memcpy(uaddr, kaddr, len);
	return 0;
}

int
copyin_proc(struct proc *p, const void *uaddr, void *kaddr, size_t len)
{

	return copyin_vmspace(p->p_vmspace, uaddr, kaddr, len);
}

int
copyout_proc(struct proc *p, const void *kaddr, void *uaddr, size_t len)
{

	return copyout_vmspace(p->p_vmspace, kaddr, uaddr, len);
}

int
copyin(const void *uaddr, void *kaddr, size_t len)
{

	return copyin_vmspace(curproc->p_vmspace, uaddr, kaddr, len);
}

int
copyout(const void *kaddr, void *uaddr, size_t len)
{

	return copyout_vmspace(curproc->p_vmspace, kaddr, uaddr, len);
}

/* Copy a string of at most len bytes with its NUL. */
int
copystr(const void *from, void *to, size_t len, size_t *done)
{
	const char *s = from;
	size_t n = strnlen(s, len);
	int error = 0;

	if (n < len)
		n++;
	else
		error = ENAMETOOLONG;
	memcpy(to, s, n);
	if (done != NULL)
		*done = n;
	return error;
}

int
copyinstr(const void *uaddr, void *kaddr, size_t len, size_t *done)
{

	if (__predict_false(!reachable(curproc->p_vmspace) ||
	    !range_ok(uaddr, 1)))
		return EFAULT;
	return copystr(uaddr, kaddr, len, done);
}

int
copyoutstr(const void *kaddr, void *uaddr, size_t len, size_t *done)
{

	if (__predict_false(!reachable(curproc->p_vmspace) ||
	    !range_ok(uaddr, len)))
		return EFAULT;
	return copystr(kaddr, uaddr, len, done);
}

/* ioctl data: the kernel's own callers pass kernel addresses. */
int
ioctl_copyin(int flags, const void *src, void *dst, size_t len)
{

	if ((flags & FKIOCTL) == 0)
		return copyin(src, dst, len);
	memcpy(dst, src, len);
	return 0;
}

int
ioctl_copyout(int flags, const void *src, void *dst, size_t len)
{

	if ((flags & FKIOCTL) == 0)
		return copyout(src, dst, len);
	memcpy(dst, src, len);
	return 0;
}

int
subyte(void *uaddr, int c)
{
	char v = (char)c;

	return copyout(&v, uaddr, sizeof(v)) == 0 ? 0 : -1;
}

int
suword(void *uaddr, long v)
{

	return copyout(&v, uaddr, sizeof(v)) == 0 ? 0 : -1;
}

int
fubyte(const void *uaddr)
{
	unsigned char v;

	return copyin(uaddr, &v, sizeof(v)) == 0 ? v : -1;
}

long
fuword(const void *uaddr)
{
	long v;

	return copyin(uaddr, &v, sizeof(v)) == 0 ? v : -1;
}

void
uio_setup_sysspace(struct uio *uio)
{

	uio->uio_vmspace = vmspace_kernel();
}

/* One piece of a transfer. */
static int
move_piece(void *buf, void *base, size_t len, const struct uio *uio)
{

	if (VMSPACE_IS_KERNEL_P(uio->uio_vmspace)) {
		if (uio->uio_rw == UIO_READ)
			memcpy(base, buf, len);
		else
			memcpy(buf, base, len);
		return 0;
	}
	if (uio->uio_rw == UIO_READ)
		return copyout_vmspace(uio->uio_vmspace, buf, base, len);
	return copyin_vmspace(uio->uio_vmspace, base, buf, len);
}

int
uiomove(void *buf, size_t n, struct uio *uio)
{
	struct iovec *iov;
	char *p = buf;
	size_t len;
	int error;

	while (n > 0 && uio->uio_resid > 0) {
		iov = uio->uio_iov;
		if ((len = MIN(iov->iov_len, n)) == 0) {
			KASSERT(uio->uio_iovcnt > 0);
			uio->uio_iov++;
			uio->uio_iovcnt--;
			continue;
		}
		if ((error = move_piece(p, iov->iov_base, len, uio)) != 0)
			return error;
		iov->iov_base = (char *)iov->iov_base + len;
		iov->iov_len -= len;
		uio->uio_resid -= len;
		uio->uio_offset += len;
		p += len;
		n -= len;
	}
	return 0;
}

/* Move what of a buffer of this length lies at and after uio_offset. */
int
uiomove_frombuf(void *buf, size_t buflen, struct uio *uio)
{
	size_t off;

	if (uio->uio_offset < 0)
		return EINVAL;
	if ((uint64_t)uio->uio_offset >= buflen)
		return 0;
	off = uio->uio_offset;
	return uiomove((char *)buf + off, buflen - off, uio);
}

int
uiopeek(void *buf, size_t n, struct uio *uio)
{
	char *p = buf;
	size_t len;
	int i, error;

	n = MIN(n, uio->uio_resid);
	for (i = 0; n > 0 && i < uio->uio_iovcnt; i++) {
		len = MIN(uio->uio_iov[i].iov_len, n);
		error = move_piece(p, uio->uio_iov[i].iov_base, len, uio);
		if (error != 0)
			return error;
		p += len;
		n -= len;
	}
	return 0;
}

void
uioskip(size_t n, struct uio *uio)
{
	size_t len;

	KASSERT(n <= uio->uio_resid);
	uio->uio_offset += n;
	uio->uio_resid -= n;
	while (n > 0) {
		len = MIN(uio->uio_iov->iov_len, n);
		uio->uio_iov->iov_base = (char *)uio->uio_iov->iov_base + len;
		uio->uio_iov->iov_len -= len;
		n -= len;
		if (uio->uio_iov->iov_len == 0) {
			uio->uio_iov++;
			uio->uio_iovcnt--;
		}
	}
}

int
ureadc(int c, struct uio *uio)
{
	char v = (char)c;

	if (uio->uio_resid == 0)
		panic("ureadc: no room");
	return uiomove(&v, sizeof(v), uio);
}
