/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peek.c - reading memory that may not be there, and small files, in signal
 * handlers: the host copies, and says EFAULT instead of a fault.
 * Locking: none.
 */
#include "diag/out.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PAGE	((uintptr_t)4096)

/*
 * The call as such: ThreadSanitizer would take the copy for an access of
 * ours, and race with the owner is what a dump does.
 */
static long
vm_read(const void *addr, void *buf, size_t len)
{
	struct iovec to = { buf, len };
	struct iovec from = { __UNCONST(addr), len };

	return syscall(SYS_process_vm_readv, getpid(), &to, 1UL, &from, 1UL,
	    0UL);
}

/* Where a sandbox refuses that: by way of a pipe, a page at most. */
static long
pipe_read(const void *addr, void *buf, size_t len)
{
	long n = -1;
	int fds[2];

	if (syscall(SYS_pipe2, fds, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	if (syscall(SYS_write, fds[1], addr, len) == (long)len)
		n = syscall(SYS_read, fds[0], buf, len);
	close(fds[0]);
	close(fds[1]);
	return n;
}

size_t
rumpuser__peek(const void *addr, void *buf, size_t len)
{
	static int nosys;	/* the same whoever finds it out */
	const uintptr_t p = (uintptr_t)addr;
	int serrno = errno;
	size_t done = 0, n;
	long r;

	while (done < len) {
		n = PAGE - ((p + done) & (PAGE - 1));
		n = len - done < n ? len - done : n;
		r = -1;
		if (!__atomic_load_n(&nosys, __ATOMIC_RELAXED)) {
			r = vm_read((const void *)(p + done),
			    (char *)buf + done, n);
			if (r == -1 && (errno == ENOSYS || errno == EPERM))
				__atomic_store_n(&nosys, 1, __ATOMIC_RELAXED);
		}
		if (__atomic_load_n(&nosys, __ATOMIC_RELAXED))
			r = pipe_read((const void *)(p + done),
			    (char *)buf + done, n);
		if (r <= 0)
			break;
		done += (size_t)r;
	}
	errno = serrno;
	return done;
}

size_t
rumpuser__slurp(const char *path, char *buf, size_t size)
{
	int fd, serrno = errno;
	size_t len = 0;
	ssize_t n;

	buf[0] = '\0';
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		while (len < size - 1) {
			n = read(fd, buf + len, size - 1 - len);
			if (n == -1 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			len += (size_t)n;
		}
		close(fd);
	}
	buf[len] = '\0';
	errno = serrno;
	return len;
}
