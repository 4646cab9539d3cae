/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raw.h - the operations of the posix provider: what touches the host.  They
 * are called through the provider in use only, and they call the host and
 * each other only, never the provider in use: an operation is seen once by
 * what is stacked above.  Private to librumpuser/posix.
 */
#ifndef _RUMPUSER_POSIX_RAW_H_
#define _RUMPUSER_POSIX_RAW_H_

#include "fault/provider.h"

/* See struct rumpuser_hostops for each. */
int	rumpuser__raw_open(struct rumpuser_provider *, const char *, int, int *);
int	rumpuser__raw_close(struct rumpuser_provider *, int);
int	rumpuser__raw_fileinfo(struct rumpuser_provider *, const char *,
	    uint64_t *, int *);
int	rumpuser__raw_fdinfo(struct rumpuser_provider *, int, int *, char *,
	    size_t);
int	rumpuser__raw_readv(struct rumpuser_provider *, int,
	    const struct rumpuser_iovec *, size_t, int64_t, size_t *);
int	rumpuser__raw_writev(struct rumpuser_provider *, int,
	    const struct rumpuser_iovec *, size_t, int64_t, size_t *);
int	rumpuser__raw_sync(struct rumpuser_provider *, int, int);
int	rumpuser__raw_flush(struct rumpuser_provider *, int, uint64_t,
	    uint64_t);
int	rumpuser__raw_alloc(struct rumpuser_provider *, size_t, size_t,
	    const void *, void **);
void	rumpuser__raw_free(struct rumpuser_provider *, void *, size_t);
int	rumpuser__raw_map(struct rumpuser_provider *, void *, size_t, size_t,
	    int, const void *, void **);
void	rumpuser__raw_unmap(struct rumpuser_provider *, void *, size_t);
int	rumpuser__raw_clock(struct rumpuser_provider *, int, int64_t *,
	    long *);
int	rumpuser__raw_sleep(struct rumpuser_provider *, int64_t);
int	rumpuser__raw_thread(struct rumpuser_provider *, void *(*)(void *),
	    void *, const char *, int, int, void **);
int	rumpuser__raw_join(struct rumpuser_provider *, void *);
int	rumpuser__raw_random(struct rumpuser_provider *, void *, size_t, int,
	    size_t *);
int	rumpuser__raw_kill(struct rumpuser_provider *, int64_t, int);
int	rumpuser__raw_param(struct rumpuser_provider *, const char *, char *,
	    size_t);
int	rumpuser__raw_console(struct rumpuser_provider *, const char *,
	    size_t);
void	rumpuser__raw_exit(struct rumpuser_provider *, int);
int	rumpuser__raw_dl(struct rumpuser_provider *, rump_modinit_fn,
	    rump_symload_fn, rump_compload_fn);
int	rumpuser__raw_message(struct rumpuser_provider *,
	    struct rumpuser_message *);

#endif /* _RUMPUSER_POSIX_RAW_H_ */
