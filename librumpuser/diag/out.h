/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * out.h - where dumps go: a formatter with a buffer of its own that writes to
 * a descriptor or into memory.  Everything declared here may be called from a
 * signal handler: no allocation, no stdio, no lock.  A stream belongs to one
 * thread.
 */
#ifndef _RUMPUSER_DIAG_OUT_H_
#define _RUMPUSER_DIAG_OUT_H_

#include <rump/rumpuser_port.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_diag.h>
#pragma GCC visibility pop

struct rumpuser_dump {
	int fd;			/* -1: memory */
	char *buf;
	size_t size, len;
	size_t total;		/* bytes asked for, whether they fit or not */
	char store[512];
};

/** A stream to descriptor @fd; to be flushed in the end. */
void rumpuser__out_fd(struct rumpuser_dump *d, int fd);
/** A stream into @buf of @size bytes, always ended by a NUL. */
void rumpuser__out_mem(struct rumpuser_dump *d, char *buf, size_t size);
/** Write what is buffered; no more than the descriptor takes. */
void rumpuser__out_flush(struct rumpuser_dump *d);
/** As rumpuser_dump_printf(). */
void rumpuser__out_vprintf(struct rumpuser_dump *d, const char *fmt,
    va_list ap) __printflike(2, 0);

/** Copy up to @len bytes of memory that may not be there; the count. */
size_t rumpuser__peek(const void *addr, void *buf, size_t len);

/** Read a small file whole into @buf, with a NUL; its length, 0: none. */
size_t rumpuser__slurp(const char *path, char *buf, size_t size);

#endif /* _RUMPUSER_DIAG_OUT_H_ */
