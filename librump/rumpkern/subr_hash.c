/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of hash chains, hashinit(9).  The caller locks what it makes. */
#include <sys/param.h>
#include <sys/kmem.h>
#include <sys/pslist.h>
#include <sys/queue.h>
#include <sys/systm.h>

LIST_HEAD(hashlist, hashlist_entry);
SLIST_HEAD(hashslist, hashslist_entry);
TAILQ_HEAD(hashtailq, hashtailq_entry);

static size_t
head_size(enum hashtype type)
{

	switch (type) {
	case HASH_LIST:
		return sizeof(struct hashlist);
	case HASH_SLIST:
		return sizeof(struct hashslist);
	case HASH_TAILQ:
		return sizeof(struct hashtailq);
	case HASH_PSLIST:
		return sizeof(struct pslist_head);
	}
	panic("hashinit: type %d", type);
}

static void
head_init(enum hashtype type, void *head)
{

	switch (type) {
	case HASH_LIST:
		LIST_INIT((struct hashlist *)head);
		break;
	case HASH_SLIST:
		SLIST_INIT((struct hashslist *)head);
		break;
	case HASH_TAILQ:
		TAILQ_INIT((struct hashtailq *)head);
		break;
	case HASH_PSLIST:
		PSLIST_INIT((struct pslist_head *)head);
		break;
	}
}

void *
hashinit(u_int elements, enum hashtype type, bool waitok, u_long *hashmask)
{
	size_t size = head_size(type);
	u_long n = 1, i;
	char *table;

	KASSERT(elements > 0);
	while (n < elements && n < ((u_long)1 << 30))
		n <<= 1;
	table = kmem_alloc(n * size, waitok ? KM_SLEEP : KM_NOSLEEP);
	if (table == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		head_init(type, table + i * size);
	*hashmask = n - 1;
	return table;
}

void
hashdone(void *table, enum hashtype type, u_long hashmask)
{

	kmem_free(table, (hashmask + 1) * head_size(type));
}
