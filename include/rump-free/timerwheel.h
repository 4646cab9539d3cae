/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerwheel.h - timers by the hundred thousand: constant time to set and to
 * cancel, delivery in exact order.  Freestanding, for both namespaces.
 * Locking: the caller's; nothing here blocks, allocates or fails.
 */
#ifndef _RUMP_FREE_TIMERWHEEL_H_
#define _RUMP_FREE_TIMERWHEEL_H_

#ifdef _KERNEL
#include <sys/types.h>
#include <sys/null.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/*
 * A slot of level 0 is 2^14 ns (16 us) wide, one of level l 64^l times that;
 * nine levels cover all of int64_t.
 */
#define TIMERWHEEL_SHIFT	14
#define TIMERWHEEL_BITS		6
#define TIMERWHEEL_SLOTS	(1 << TIMERWHEEL_BITS)
#define TIMERWHEEL_LEVELS	9

/** A timer; embedded by the caller, all zero while it is not pending. */
struct timerwheel_node {
	struct timerwheel_node *tn_next;	/* in a slot, or heap sibling */
	struct timerwheel_node **tn_prevp;	/* what points here */
	struct timerwheel_node *tn_child;	/* in the heap */
	int64_t tn_when;
	uint64_t tn_seq;
	uint32_t tn_where;			/* 0: not pending */
};

struct timerwheel_slot {
	struct timerwheel_node *ts_head;
	int64_t ts_min;		/* no node here is earlier */
};

/** A wheel. */
struct timerwheel {
	uint64_t tw_base;	/* slot of level 0 that the time is in */
	uint64_t tw_seq;
	size_t tw_count;
	struct timerwheel_node *tw_near;	/* heap of what is <= tw_base */
	uint32_t tw_levels;			/* those with a timer */
	uint64_t tw_map[TIMERWHEEL_LEVELS];	/* slots with a timer */
	struct timerwheel_slot tw_slot[TIMERWHEEL_LEVELS][TIMERWHEEL_SLOTS];
};

/** What timerwheel_next() says when nothing is pending. */
#define TIMERWHEEL_NEVER	INT64_MAX

/** Make @tw empty; @now (ns, >= 0) is the time it begins at. */
void timerwheel_init(struct timerwheel *tw, int64_t now);
/** Is @tn pending? */
static inline int
timerwheel_pending(const struct timerwheel_node *tn)
{

	return tn->tn_where != 0;
}
/**
 * Make @tn, which is not pending, pending at @when (ns, >= 0).  One that is
 * in the past is due at once.
 */
void timerwheel_set(struct timerwheel *tw, struct timerwheel_node *tn,
    int64_t when);
/** Take back @tn, which is pending. */
void timerwheel_cancel(struct timerwheel *tw, struct timerwheel_node *tn);
/**
 * The time is @now: take the earliest timer that is due out of the wheel and
 * return it, the one that was set first if there are several; NULL: none is.
 * Moving a timer towards its time costs at most TIMERWHEEL_LEVELS steps in
 * its life, which are done here.
 */
struct timerwheel_node *timerwheel_expire(struct timerwheel *tw, int64_t now);
/**
 * When to call timerwheel_expire() next.  Never later than the earliest timer,
 * and exactly then unless very many are close together.
 */
int64_t timerwheel_next(const struct timerwheel *tw);
/**
 * Call @fn for pending timers, in no order, as long as it returns 0.  Those
 * that are due may be left out when there are very many.
 */
void timerwheel_foreach(const struct timerwheel *tw,
    int (*fn)(void *arg, struct timerwheel_node *tn), void *arg);

#endif /* _RUMP_FREE_TIMERWHEEL_H_ */
