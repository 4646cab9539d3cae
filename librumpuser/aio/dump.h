/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump.h - what the state dump asks of AIO.  Private to librumpuser.
 */
#ifndef _RUMPUSER_AIO_DUMP_H_
#define _RUMPUSER_AIO_DUMP_H_

#include <stddef.h>
#include <stdint.h>

struct rumpuser_aio_stats;

/** A context: its name, the name of its engine, its counters. */
typedef void (*rumpuser__aio_walk_ctx_fn)(void *arg, const char *name,
    const char *engine, const struct rumpuser_aio_stats *st);
/** A request that is under way: kind, descriptor, place, order in the file. */
typedef void (*rumpuser__aio_walk_fn)(void *arg, const char *kind, int fd,
    int64_t off, size_t len, uint64_t seq);

/**
 * Call @ctxfn for each context, and after it @fn for each of its requests.
 * Async-signal-safe: takes no lock, allocates nothing, follows a bounded number
 * of links; what it sees may be torn while others work, so that it may fault
 * and has to be called with a guard.
 */
void rumpuser__aio_walk(rumpuser__aio_walk_ctx_fn ctxfn,
    rumpuser__aio_walk_fn fn, void *arg);

#endif /* _RUMPUSER_AIO_DUMP_H_ */
