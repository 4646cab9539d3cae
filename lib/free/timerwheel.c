/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hierarchical timing wheel (Varghese and Lauck, 1987) whose innermost part
 * is a pairing heap (Fredman et al., 1986).
 *
 * Time is cut into ticks of 2^TIMERWHEEL_SHIFT ns, written as digits of six
 * bits.  A timer whose tick is later than the wheel's, tw_base, waits in the
 * level of the highest digit in which the two differ, in the slot of that
 * digit.  So every timer of a level is earlier than every one of the levels
 * above, within a level slots are in order, and the first slot of the lowest
 * level that has any holds the earliest: two searches for a bit find it.
 *
 * When tw_base moves on to some tick n before the end of that slot, nothing
 * else has to move: a timer beyond it has the digits above its level in
 * common with the old base, hence with n, which lies between the two, and
 * in its own digit n is still less.
 *
 * Timers whose tick is not later than tw_base wait in the heap, which orders
 * them by (time, sequence) exactly.
 */
#include <rump-free/timerwheel.h>

#define NEAR		1U
#define WHERE(l, s)	(2U + (uint32_t)(l) * TIMERWHEEL_SLOTS + (s))

/* A list up to this long is looked through for its earliest timer. */
#define SCAN		16

/* Depth to which timerwheel_foreach() looks into the heap. */
#define DEPTH		64

static int
earlier(const struct timerwheel_node *a, const struct timerwheel_node *b)
{

	if (a->tn_when != b->tn_when)
		return a->tn_when < b->tn_when;
	return a->tn_seq < b->tn_seq;
}

/* Hang @n and its like in at *@prevp, before what is there. */
static void
link_at(struct timerwheel_node **prevp, struct timerwheel_node *n)
{

	n->tn_next = *prevp;
	if (n->tn_next != NULL)
		n->tn_next->tn_prevp = &n->tn_next;
	n->tn_prevp = prevp;
	*prevp = n;
}

static void
unlink_node(struct timerwheel_node *n)
{

	*n->tn_prevp = n->tn_next;
	if (n->tn_next != NULL)
		n->tn_next->tn_prevp = n->tn_prevp;
}

/*
 * The heap.  A tree's root has no tn_next; its tn_prevp is set by whoever
 * keeps the tree.
 */
static struct timerwheel_node *
meld(struct timerwheel_node *a, struct timerwheel_node *b)
{
	struct timerwheel_node *t;

	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	if (earlier(b, a)) {
		t = a;
		a = b;
		b = t;
	}
	link_at(&a->tn_child, b);
	return a;
}

/* One tree of a list of siblings: in pairs, then from the last pair back. */
static struct timerwheel_node *
meld_siblings(struct timerwheel_node *n)
{
	struct timerwheel_node *a, *b, *pairs = NULL, *tree = NULL;

	while ((a = n) != NULL) {
		b = a->tn_next;
		n = b != NULL ? b->tn_next : NULL;
		a->tn_next = NULL;
		if (b != NULL)
			b->tn_next = NULL;
		a = meld(a, b);
		a->tn_next = pairs;
		pairs = a;
	}
	while ((a = pairs) != NULL) {
		pairs = a->tn_next;
		a->tn_next = NULL;
		tree = meld(a, tree);
	}
	return tree;
}

static void
heap_root(struct timerwheel *tw, struct timerwheel_node *tree)
{

	tw->tw_near = tree;
	if (tree != NULL)
		tree->tn_prevp = &tw->tw_near;
}

static void
heap_insert(struct timerwheel *tw, struct timerwheel_node *n)
{

	n->tn_where = NEAR;
	n->tn_next = n->tn_child = NULL;
	heap_root(tw, meld(tw->tw_near, n));
}

static void
heap_remove(struct timerwheel *tw, struct timerwheel_node *n)
{
	struct timerwheel_node *children = meld_siblings(n->tn_child);

	if (n != tw->tw_near) {
		unlink_node(n);
		children = meld(tw->tw_near, children);
	}
	heap_root(tw, children);
	n->tn_child = NULL;
}

/*
 * The slots.
 */
static void
slot_insert(struct timerwheel *tw, struct timerwheel_node *n, uint64_t tick)
{
	unsigned int level, s;
	struct timerwheel_slot *slot;

	level = (unsigned int)(63 - __builtin_clzll(tick ^ tw->tw_base)) /
	    TIMERWHEEL_BITS;
	s = tick >> (level * TIMERWHEEL_BITS) & (TIMERWHEEL_SLOTS - 1);
	slot = &tw->tw_slot[level][s];
	if (slot->ts_head == NULL) {
		tw->tw_levels |= 1U << level;
		tw->tw_map[level] |= (uint64_t)1 << s;
		slot->ts_min = n->tn_when;
	} else if (n->tn_when < slot->ts_min)
		slot->ts_min = n->tn_when;
	link_at(&slot->ts_head, n);
	n->tn_where = WHERE(level, s);
}

static void
slot_empty(struct timerwheel *tw, unsigned int level, unsigned int s)
{

	tw->tw_map[level] &= ~((uint64_t)1 << s);
	if (tw->tw_map[level] == 0)
		tw->tw_levels &= ~(1U << level);
}

static void
slot_remove(struct timerwheel *tw, struct timerwheel_node *n)
{
	unsigned int level = (n->tn_where - WHERE(0, 0)) / TIMERWHEEL_SLOTS;
	unsigned int s = (n->tn_where - WHERE(0, 0)) % TIMERWHEEL_SLOTS;

	unlink_node(n);
	if (tw->tw_slot[level][s].ts_head == NULL)
		slot_empty(tw, level, s);
}

/* Where the earliest of the timers in slots is; 0: there are none. */
static int
slot_first(const struct timerwheel *tw, unsigned int *levelp, unsigned int *sp)
{

	if (tw->tw_levels == 0)
		return 0;
	*levelp = (unsigned int)__builtin_ctz(tw->tw_levels);
	*sp = (unsigned int)__builtin_ctzll(tw->tw_map[*levelp]);
	return 1;
}

/* The first tick of a slot that lies ahead. */
static uint64_t
slot_start(const struct timerwheel *tw, unsigned int level, unsigned int s)
{
	unsigned int shift = level * TIMERWHEEL_BITS;
	uint64_t above = tw->tw_base >> (shift + TIMERWHEEL_BITS);

	return (above << TIMERWHEEL_BITS | s) << shift;
}

static void
place(struct timerwheel *tw, struct timerwheel_node *n)
{
	uint64_t tick = (uint64_t)n->tn_when >> TIMERWHEEL_SHIFT;

	if (tick <= tw->tw_base)
		heap_insert(tw, n);
	else
		slot_insert(tw, n, tick);
}

/* Open the first slot, which begins by @tick: its timers move inwards. */
static void
slot_open(struct timerwheel *tw, unsigned int level, unsigned int s,
    uint64_t start, uint64_t tick)
{
	uint64_t last = start +
	    (((uint64_t)1 << (level * TIMERWHEEL_BITS)) - 1);
	struct timerwheel_node *n, *next = tw->tw_slot[level][s].ts_head;

	tw->tw_slot[level][s].ts_head = NULL;
	slot_empty(tw, level, s);
	tw->tw_base = tick < last ? tick : last;
	while ((n = next) != NULL) {
		next = n->tn_next;
		place(tw, n);
	}
}

static void
advance(struct timerwheel *tw, int64_t now)
{
	uint64_t start, tick = (uint64_t)now >> TIMERWHEEL_SHIFT;
	unsigned int level, s;

	if (tick <= tw->tw_base)
		return;
	while (slot_first(tw, &level, &s)) {
		start = slot_start(tw, level, s);
		if (start > tick)
			break;
		slot_open(tw, level, s, start, tick);
	}
	tw->tw_base = tick;
}

void
timerwheel_init(struct timerwheel *tw, int64_t now)
{
	unsigned int l, s;

	tw->tw_base = (uint64_t)now >> TIMERWHEEL_SHIFT;
	tw->tw_seq = 0;
	tw->tw_count = 0;
	tw->tw_near = NULL;
	tw->tw_levels = 0;
	for (l = 0; l < TIMERWHEEL_LEVELS; l++) {
		tw->tw_map[l] = 0;
		for (s = 0; s < TIMERWHEEL_SLOTS; s++)
			tw->tw_slot[l][s].ts_head = NULL;
	}
}

void
timerwheel_set(struct timerwheel *tw, struct timerwheel_node *tn, int64_t when)
{

	tn->tn_when = when;
	tn->tn_seq = tw->tw_seq++;
	tw->tw_count++;
	place(tw, tn);
}

void
timerwheel_cancel(struct timerwheel *tw, struct timerwheel_node *tn)
{

	if (tn->tn_where == NEAR)
		heap_remove(tw, tn);
	else
		slot_remove(tw, tn);
	tn->tn_where = 0;
	tw->tw_count--;
}

struct timerwheel_node *
timerwheel_expire(struct timerwheel *tw, int64_t now)
{
	struct timerwheel_node *n;

	advance(tw, now);
	n = tw->tw_near;
	if (n == NULL || n->tn_when > now)
		return NULL;
	timerwheel_cancel(tw, n);
	return n;
}

int64_t
timerwheel_next(const struct timerwheel *tw)
{
	const struct timerwheel_slot *slot;
	const struct timerwheel_node *n;
	unsigned int level, s, i;
	int64_t min = TIMERWHEEL_NEVER;

	if (tw->tw_near != NULL)
		return tw->tw_near->tn_when;
	if (!slot_first(tw, &level, &s))
		return TIMERWHEEL_NEVER;
	slot = &tw->tw_slot[level][s];
	for (n = slot->ts_head, i = 0; n != NULL && i < SCAN;
	    n = n->tn_next, i++)
		if (n->tn_when < min)
			min = n->tn_when;
	return n == NULL ? min : slot->ts_min;
}

static int
foreach_heap(const struct timerwheel *tw,
    int (*fn)(void *, struct timerwheel_node *), void *arg)
{
	struct timerwheel_node *stack[DEPTH], *n = tw->tw_near;
	unsigned int depth = 0;

	for (;;) {
		if (n == NULL) {
			if (depth == 0)
				return 0;
			n = stack[--depth]->tn_next;
			continue;
		}
		if (fn(arg, n) != 0)
			return 1;
		if (depth < DEPTH) {
			stack[depth++] = n;
			n = n->tn_child;
		} else
			n = n->tn_next;
	}
}

void
timerwheel_foreach(const struct timerwheel *tw,
    int (*fn)(void *, struct timerwheel_node *), void *arg)
{
	struct timerwheel_node *n;
	unsigned int l, s;

	if (foreach_heap(tw, fn, arg) != 0)
		return;
	for (l = 0; l < TIMERWHEEL_LEVELS; l++)
		for (s = 0; s < TIMERWHEEL_SLOTS; s++)
			for (n = tw->tw_slot[l][s].ts_head; n != NULL;
			    n = n->tn_next)
				if (fn(arg, n) != 0)
					return;
}
