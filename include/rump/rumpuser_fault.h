/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_fault.h - the fault injector over the hypercalls: operations of
 * the host fail, are shortened, torn, delayed, lost, doubled, reordered or
 * corrupted as a plan says.  See rumpuser_fault(3); rumpfault(5) is the plan's
 * language.  Usable from both namespaces.
 */
#ifndef _RUMP_RUMPUSER_FAULT_H_
#define _RUMP_RUMPUSER_FAULT_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a plan's text, and rules in it, at most. */
#define RUMPUSER_FAULT_MAXTEXT	(1024 * 1024)
#define RUMPUSER_FAULT_MAXRULES	1024

/** The environment variable: a plan, or the name of a file as "@name". */
#define RUMPUSER_FAULT_ENV	"RUMP_FAULTS"

/** Where a plan is wrong (from 1; 0: not at a place) and what is wrong. */
struct rumpuser_fault_error {
	unsigned int rfe_line;
	unsigned int rfe_column;
	char rfe_message[120];
};

/** A rule and its counters. */
struct rumpuser_fault_rule {
	uint64_t rfr_matched;	/* operations that its selectors matched */
	uint64_t rfr_fired;	/* ... and that it acted on */
	unsigned int rfr_line;	/* where it stands in its plan */
	char rfr_text[200];	/* how it begins */
};

/**
 * Replace the plan by @text; the counters begin at 0.  The injector is put to
 * use if it is not yet, on top of the provider in use.  An error leaves the
 * plan in force as it was; *@err (may be NULL) says where and why.  May block
 * (what an old plan held back is written first).  EINVAL (the text), E2BIG
 * (too long, too many rules), ENOMEM, EBUSY (the injector is being changed).
 */
int rumpuser_fault_plan(const char *text, struct rumpuser_fault_error *err);

/** Add the rules of @text to the plan in force; else the same. */
int rumpuser_fault_add(const char *text, struct rumpuser_fault_error *err);

/** The same as rumpuser_fault_plan() with the text of host file @path. */
int rumpuser_fault_planfile(const char *path,
    struct rumpuser_fault_error *err);

/**
 * As the environment variable RUMP_FAULTS says; without it: nothing, and 0.
 * RUMP_BLKFAIL=N adds "read,write bio p=N/10000 fail=EIO", with RUMP_BLKFAIL_SEED
 * as its seed.
 * rumpuser_init() does this, and complains by rumpuser_dprintf().
 */
int rumpuser_fault_env(struct rumpuser_fault_error *err);

/**
 * Drop the plan.  Writes that are held back are done.  The injector goes out
 * of use if it is the provider in use and nothing is being recorded.  May
 * block.  0, or the first error of such a write.
 */
int rumpuser_fault_clear(void);

/**
 * Rule @n (from 0, in the plan's order) in *@rule.  ENOENT: there are less.
 * Does not block.
 */
int rumpuser_fault_rule(unsigned int n, struct rumpuser_fault_rule *rule);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_FAULT_H_ */
