/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashes of the names in big directories, dirhash(9).
 *
 * Locking: the directory's vnode lock protects its dirhash; dirhash_lock the
 * list of all of them, the sum of their sizes and their reference counts.  A
 * dirhash that nobody refers to may be emptied by others who need the space.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/dirhash.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/once.h>

static kmutex_t dirhash_lock;
static TAILQ_HEAD(, dirhash) dirhash_queue =
    TAILQ_HEAD_INITIALIZER(dirhash_queue);	/* oldest first */
static size_t dirhash_total;		/* bytes in all entries */
static ONCE_DECL(dirhash_once);

static int
dirhash_setup(void)
{

	mutex_init(&dirhash_lock, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

void
dirhash_init(void)
{

	RUN_ONCE(&dirhash_once, dirhash_setup);
}

static uint32_t
name_hash(const char *name, int len)
{
	uint32_t h = 5381;

	while (len-- > 0)
		h = h * 33 + (unsigned char)*name++;
	return h;
}

#define CHAIN(dirh, hash)	(&(dirh)->entries[(hash) & DIRHASH_HASHMASK])

/* Account for SIZE bytes more (or less) in DIRH. */
static void
account(struct dirhash *dirh, ssize_t size)
{

	dirh->size += size;
	mutex_enter(&dirhash_lock);
	dirhash_total += size;
	mutex_exit(&dirhash_lock);
}

static struct dirhash_entry *
entry_alloc(struct dirhash *dirh)
{

	account(dirh, sizeof(struct dirhash_entry));
	return kmem_zalloc(sizeof(struct dirhash_entry), KM_SLEEP);
}

/* Free the entries; returns the bytes, which the caller accounts for. */
static size_t
entries_free(struct dirhash *dirh)
{
	struct dirhash_entry *e;
	size_t bytes = dirh->size;
	int i;

	for (i = 0; i < DIRHASH_HASHSIZE; i++) {
		while ((e = LIST_FIRST(&dirh->entries[i])) != NULL) {
			LIST_REMOVE(e, next);
			kmem_free(e, sizeof(*e));
		}
	}
	while ((e = LIST_FIRST(&dirh->free_entries)) != NULL) {
		LIST_REMOVE(e, next);
		kmem_free(e, sizeof(*e));
	}
	dirh->flags = (dirh->flags & ~DIRH_COMPLETE) | DIRH_PURGED;
	dirh->num_files = 0;
	dirh->size = 0;
	return bytes;
}

void
dirhash_purge_entries(struct dirhash *dirh)
{
	size_t bytes;

	if (dirh == NULL)
		return;
	bytes = entries_free(dirh);
	mutex_enter(&dirhash_lock);
	dirhash_total -= bytes;
	mutex_exit(&dirhash_lock);
}

void
dirhash_purge(struct dirhash **dirhp)
{
	struct dirhash *dirh = *dirhp;

	if (dirh == NULL)
		return;
	dirhash_purge_entries(dirh);
	mutex_enter(&dirhash_lock);
	KASSERT(dirh->refcnt == 0);
	TAILQ_REMOVE(&dirhash_queue, dirh, next);
	mutex_exit(&dirhash_lock);
	kmem_free(dirh, sizeof(*dirh));
	*dirhp = NULL;
}

/* Too much in all: empty those that nobody uses, the oldest first. */
static void
dirhash_trim(void)
{
	struct dirhash *dirh;

	KASSERT(mutex_owned(&dirhash_lock));
	TAILQ_FOREACH(dirh, &dirhash_queue, next) {
		if (dirhash_total <= DIRHASH_SIZE)
			break;
		if (dirh->refcnt == 0)
			dirhash_total -= entries_free(dirh);
	}
}

void
dirhash_get(struct dirhash **dirhp)
{
	struct dirhash *dirh = *dirhp;
	int i;

	dirhash_init();
	if (dirh == NULL) {
		dirh = kmem_zalloc(sizeof(*dirh), KM_SLEEP);
		for (i = 0; i < DIRHASH_HASHSIZE; i++)
			LIST_INIT(&dirh->entries[i]);
		LIST_INIT(&dirh->free_entries);
		dirh->refcnt = 1;
		*dirhp = dirh;
		mutex_enter(&dirhash_lock);
		TAILQ_INSERT_TAIL(&dirhash_queue, dirh, next);
	} else {
		mutex_enter(&dirhash_lock);
		dirh->refcnt++;
		/* It is the youngest again. */
		TAILQ_REMOVE(&dirhash_queue, dirh, next);
		TAILQ_INSERT_TAIL(&dirhash_queue, dirh, next);
	}
	dirhash_trim();
	mutex_exit(&dirhash_lock);
}

void
dirhash_put(struct dirhash *dirh)
{

	mutex_enter(&dirhash_lock);
	KASSERT(dirh->refcnt > 0);
	dirh->refcnt--;
	mutex_exit(&dirhash_lock);
}

/*
 * Entries.
 */

void
dirhash_enter(struct dirhash *dirh, struct dirent *dirent, uint64_t offset,
    uint32_t entry_size, int new_p)
{
	const uint32_t hash = name_hash(dirent->d_name, dirent->d_namlen);
	struct dirhash_entry *e;

	/* While the directory is being read it is known to hold all. */
	if (!new_p && (dirh->flags & DIRH_COMPLETE) != 0)
		return;
	LIST_FOREACH(e, CHAIN(dirh, hash), next)
		if (e->offset == offset && e->hashvalue == hash)
			return;
	/* A freed place that is taken again is free no more. */
	LIST_FOREACH(e, &dirh->free_entries, next) {
		if (e->offset == offset) {
			LIST_REMOVE(e, next);
			break;
		}
	}
	if (e == NULL)
		e = entry_alloc(dirh);
	e->hashvalue = hash;
	e->offset = offset;
	e->d_namlen = dirent->d_namlen;
	e->entry_size = entry_size;
	LIST_INSERT_HEAD(CHAIN(dirh, hash), e, next);
	dirh->num_files++;
}

void
dirhash_enter_freed(struct dirhash *dirh, uint64_t offset,
    uint32_t entry_size)
{
	struct dirhash_entry *e;

	LIST_FOREACH(e, &dirh->free_entries, next)
		if (e->offset == offset)
			return;
	e = entry_alloc(dirh);
	e->offset = offset;
	e->entry_size = entry_size;
	LIST_INSERT_HEAD(&dirh->free_entries, e, next);
}

void
dirhash_remove(struct dirhash *dirh, struct dirent *dirent, uint64_t offset,
    uint32_t entry_size)
{
	const uint32_t hash = name_hash(dirent->d_name, dirent->d_namlen);
	struct dirhash_entry *e;

	LIST_FOREACH(e, CHAIN(dirh, hash), next) {
		if (e->offset == offset && e->hashvalue == hash) {
			LIST_REMOVE(e, next);
			dirh->num_files--;
			e->entry_size = entry_size;
			LIST_INSERT_HEAD(&dirh->free_entries, e, next);
			return;
		}
	}
	if (dirh->flags & DIRH_COMPLETE)
		panic("dirhash_remove: name is not there");
}

int
dirhash_lookup(struct dirhash *dirh, const char *name, int namelen,
    struct dirhash_entry **result)
{
	const uint32_t hash = name_hash(name, namelen);
	struct dirhash_entry *e;

	e = *result == NULL ? LIST_FIRST(CHAIN(dirh, hash)) :
	    LIST_NEXT(*result, next);
	for (; e != NULL; e = LIST_NEXT(e, next)) {
		if (e->hashvalue == hash && e->d_namlen == (uint32_t)namelen) {
			*result = e;
			return 1;
		}
	}
	*result = NULL;
	return 0;
}

/* A freed place of at least MIN_ENTRYSIZE bytes, after *RESULT. */
int
dirhash_lookup_freed(struct dirhash *dirh, uint32_t min_entrysize,
    struct dirhash_entry **result)
{
	struct dirhash_entry *e;

	e = *result == NULL ? LIST_FIRST(&dirh->free_entries) :
	    LIST_NEXT(*result, next);
	for (; e != NULL; e = LIST_NEXT(e, next)) {
		if (e->entry_size >= min_entrysize) {
			*result = e;
			return 1;
		}
	}
	*result = NULL;
	return 0;
}

/* But for the dot, and dot-dot if it stands in the directory. */
bool
dirhash_dir_isempty(struct dirhash *dirh)
{
	struct dirhash_entry *e = NULL;
	uint32_t dots = 0;

	while (dirhash_lookup(dirh, ".", 1, &e))
		dots++;
	e = NULL;
	while (dirhash_lookup(dirh, "..", 2, &e))
		dots++;
	return dirh->num_files <= dots;
}
