/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.h - what the files of the fault provider share.  Private to
 * librumpuser/fault.
 *
 * The way of an operation: judged by the plan (judge.c); what is to be held
 * back goes to held.c; what reaches the host is recorded (record.c); names of
 * open files come from files.c.  Locks, each a leaf but held.mtx, which is
 * held over the writes it lets go: judge.mtx, files.mtx, held.mtx,
 * recorder.mtx.  config.mtx (fault.c) comes before all of them.
 */
#ifndef _RUMPUSER_FAULT_FAULT_H_
#define _RUMPUSER_FAULT_FAULT_H_

#include "posix/host.h"
#include "fault/plan.h"
#include "fault/provider.h"

/** Pieces of one transfer, at most; see ho_readv. */
#define MAXIOV	64

/*
 * files.c: names of open files, counted.
 */
struct filename {
	unsigned int fn_refs;
	int fn_bio;			/* opened for block I/O */
	const char *fn_given;		/* as it was opened; "" if not known */
	const char *fn_real;		/* as the host has it, or the same */
	char fn_mem[];
};

/** A descriptor was opened as @name; what cannot be kept is asked again. */
void	rumpuser__files_opened(struct rumpuser_provider *, int fd,
	    const char *name, int bio);
void	rumpuser__files_closed(int fd);
/** The name of a descriptor, with a reference; NULL without memory. */
struct filename *rumpuser__files_name(struct rumpuser_provider *, int fd);
void	rumpuser__files_put(struct filename *);
/** Does pattern @pat fit?  Without a slash: the last component. */
int	rumpuser__files_match(const char *pat, const struct filename *);
int	rumpuser__path_match(const char *pat, const char *path);

/*
 * judge.c: which rule acts on an operation.
 */
struct operation {
	unsigned int op_class;		/* FC_* */
	int op_fd;			/* -1: none */
	const char *op_name;		/* open, info: the file */
	const char *op_sitename;	/* message, thread, param */
	const void *op_site;		/* alloc, map: an address */
	int64_t op_off;			/* negative: none */
	uint64_t op_len;
};

struct verdict {
	unsigned int v_actions;		/* FA_*; 0: nothing happens */
	int v_error;
	uint32_t v_sector;
	uint64_t v_short, v_tear, v_delay, v_reorder, v_corrupt;
	uint64_t v_random;		/* a stream of this operation's own */
};

/** Judge an operation; true if something is to happen. */
int	rumpuser__judge(struct rumpuser_provider *, const struct operation *,
	    struct verdict *);
/** Put a plan in force (@plan is taken over), or add it; host's errno. */
int	rumpuser__judge_set(struct plan *plan, int add);
int	rumpuser__judge_rule(unsigned int n, struct rumpuser_fault_rule *);
/** The next of a stream of random numbers. */
uint64_t rumpuser__random_next(uint64_t *state);
/** Wait as a verdict says, on the host below. */
void	rumpuser__judge_delay(struct rumpuser_provider *,
	    const struct verdict *);

/*
 * held.c: writes that are reported done and done later.
 */
/** Keep a write; ENOMEM. */
int	rumpuser__held_add(struct rumpuser_provider *, int fd,
	    const struct rumpuser_iovec *, size_t niov, int64_t off,
	    uint64_t behind);
/** Something else is to touch these bytes: what is held of them first. */
void	rumpuser__held_touch(struct rumpuser_provider *, int fd, int64_t off,
	    size_t len);
/** A later write was done. */
void	rumpuser__held_step(struct rumpuser_provider *, int fd);
/** All of a file (-1: of all files); the first error, of former ones too. */
int	rumpuser__held_flush(struct rumpuser_provider *, int fd);

/*
 * iov.c: pieces of memory.
 */
size_t	rumpuser__iov_len(const struct rumpuser_iovec *, size_t niov);
/** Bytes [skip, skip + len) of a vector; pieces written to out[MAXIOV]. */
size_t	rumpuser__iov_slice(const struct rumpuser_iovec *, size_t niov,
	    size_t skip, size_t len, struct rumpuser_iovec *out);
void	rumpuser__iov_copyout(const struct rumpuser_iovec *, size_t niov,
	    void *buf);
/** Flip bits of @n bytes among the first @len. */
void	rumpuser__iov_corrupt(const struct rumpuser_iovec *, size_t niov,
	    size_t len, uint64_t n, uint64_t *random);

/*
 * record.c: what the provider tells the recorder.
 */
#define RECORDINGS	4		/* at a time */

struct rumpuser_record;
struct recording_token {
	struct rumpuser_record *rt_rec[RECORDINGS];
	uint64_t rt_index[RECORDINGS];
};

/** How many recordings there are; read without a lock. */
extern unsigned int rumpuser__recordings;

void	rumpuser__record_begin(struct rumpuser_provider *,
	    struct recording_token *, int fd, int kind, int flags,
	    const struct rumpuser_iovec *, size_t niov, int64_t off);
void	rumpuser__record_end(struct recording_token *, size_t xfer, int error);

/** Keep the provider in use (fault.c): for the plan, for a recording. */
int	rumpuser__fault_hold(void);
void	rumpuser__fault_release(void);

/** Take (1) and release (0) a file's lock, around fork(2); what is left in the
 * child of what was the parent's. */
void	rumpuser__held_freeze(int);
void	rumpuser__held_forget(void);
void	rumpuser__judge_freeze(int);
void	rumpuser__files_freeze(int);
void	rumpuser__record_freeze(int);
void	rumpuser__record_forget(void);
void	rumpuser__provider_freeze(int);

#endif /* _RUMPUSER_FAULT_FAULT_H_ */
