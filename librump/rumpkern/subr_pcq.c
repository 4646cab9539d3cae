/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcq(9): a ring of slots, each with the number of its turn (the bounded queue
 * of D. Vyukov).  A producer takes the next number by compare-and-swap and has
 * the slot to itself when the slot's turn is that number; its store of the
 * turn releases the item to the consumer.  The two ends and the slots are on
 * cache lines of their own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/pcq.h>

struct pcq_slot {
	size_t s_turn;			/* 2n: free for item n; 2n + 1: it is there */
	void *s_item;
};

struct pcq {
	size_t pcq_in __aligned(64);	/* producers: the next number */
	size_t pcq_out __aligned(64);	/* consumers */
	size_t pcq_size __aligned(64);
	void *pcq_mem;
	struct pcq_slot pcq_slots[];
};

static size_t
pcq_bytes(size_t n)
{

	return offsetof(struct pcq, pcq_slots) + n * sizeof(struct pcq_slot) +
	    64;
}

pcq_t *
pcq_create(size_t maxlen, km_flag_t flags)
{
	pcq_t *pcq;
	void *mem;
	size_t i;

	KASSERT(maxlen > 0);
	if ((mem = kmem_alloc(pcq_bytes(maxlen), flags)) == NULL)
		return NULL;
	pcq = (void *)roundup2((uintptr_t)mem, 64);
	pcq->pcq_mem = mem;
	pcq->pcq_in = pcq->pcq_out = 0;
	pcq->pcq_size = maxlen;
	for (i = 0; i < maxlen; i++)
		pcq->pcq_slots[i].s_turn = 2 * i;
	return pcq;
}

void
pcq_destroy(pcq_t *pcq)
{

	KASSERT(pcq_peek(pcq) == NULL);
	kmem_free(pcq->pcq_mem, pcq_bytes(pcq->pcq_size));
}

bool
pcq_put(pcq_t *pcq, void *item)
{
	struct pcq_slot *s;
	size_t n, turn;

	KASSERT(item != NULL);
	n = __atomic_load_n(&pcq->pcq_in, __ATOMIC_RELAXED);
	for (;;) {
		s = &pcq->pcq_slots[n % pcq->pcq_size];
		turn = __atomic_load_n(&s->s_turn, __ATOMIC_ACQUIRE);
		if (turn == 2 * n) {
			if (__atomic_compare_exchange_n(&pcq->pcq_in, &n,
			    n + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
				break;
		} else if ((ssize_t)(turn - 2 * n) < 0)
			return false;	/* its item of the last round */
		else
			n = __atomic_load_n(&pcq->pcq_in, __ATOMIC_RELAXED);
	}
	s->s_item = item;
	__atomic_store_n(&s->s_turn, 2 * n + 1, __ATOMIC_RELEASE);
	return true;
}

void *
pcq_peek(pcq_t *pcq)
{
	size_t n = pcq->pcq_out;
	struct pcq_slot *s = &pcq->pcq_slots[n % pcq->pcq_size];

	if (__atomic_load_n(&s->s_turn, __ATOMIC_ACQUIRE) != 2 * n + 1)
		return NULL;
	return s->s_item;
}

/* Free for the item a round later. */
static void
slot_free(pcq_t *pcq, size_t n)
{

	__atomic_store_n(&pcq->pcq_slots[n % pcq->pcq_size].s_turn,
	    2 * (n + pcq->pcq_size), __ATOMIC_RELEASE);
}

void *
pcq_get(pcq_t *pcq)
{
	size_t n = pcq->pcq_out;
	void *item = pcq_peek(pcq);

	if (item == NULL)
		return NULL;
	pcq->pcq_out = n + 1;
	slot_free(pcq, n);
	return item;
}

/* Who gets the number has the slot to itself, as with producers. */
void *
rump_pcq_take(pcq_t *pcq)
{
	struct pcq_slot *s;
	size_t n, turn;
	void *item;

	n = __atomic_load_n(&pcq->pcq_out, __ATOMIC_RELAXED);
	for (;;) {
		s = &pcq->pcq_slots[n % pcq->pcq_size];
		turn = __atomic_load_n(&s->s_turn, __ATOMIC_ACQUIRE);
		if (turn == 2 * n + 1) {
			if (__atomic_compare_exchange_n(&pcq->pcq_out, &n,
			    n + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
				break;
		} else if ((ssize_t)(turn - (2 * n + 1)) < 0)
			return NULL;
		else
			n = __atomic_load_n(&pcq->pcq_out, __ATOMIC_RELAXED);
	}
	item = s->s_item;
	slot_free(pcq, n);
	return item;
}
