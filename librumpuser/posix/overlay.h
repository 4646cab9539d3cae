/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlay.h - a private copy-on-write view of a host file: what is written
 * stays in memory, the file itself is only read.  Private to librumpuser.
 */
#ifndef _RUMPUSER_POSIX_OVERLAY_H_
#define _RUMPUSER_POSIX_OVERLAY_H_

#include <stddef.h>
#include <stdint.h>

struct rumpuser__overlay;

/** An empty overlay of the file as it is; host errno. */
int rumpuser__overlay_create(int fd, struct rumpuser__overlay **ovp);
void rumpuser__overlay_destroy(struct rumpuser__overlay *ov);
/**
 * Transfer @len bytes at @off (neither may overflow when added); *@donep gets
 * how many, fewer only at the end of the file (reading) or with an error, the
 * host's.  From any thread; calls on one overlay exclude each other.
 */
int rumpuser__overlay_read(struct rumpuser__overlay *ov, int fd, void *data,
    size_t len, uint64_t off, size_t *donep);
int rumpuser__overlay_write(struct rumpuser__overlay *ov, int fd, void *data, size_t len, uint64_t off, size_t *donep);
/** Hold an overlay over a fork(2), and let it go. */
void rumpuser__overlay_lock(struct rumpuser__overlay *ov);
void rumpuser__overlay_unlock(struct rumpuser__overlay *ov);

#endif /* _RUMPUSER_POSIX_OVERLAY_H_ */
