/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Name hashes over big directories (dirhash(9)), for file systems whose
 * directories are lists.  A dirhash is locked by the directory's vnode
 * lock; the global list of them has a lock of its own.
 */
#ifndef _SYS_DIRHASH_H_
#define _SYS_DIRHASH_H_

#include <sys/types.h>
#include <sys/dirent.h>
#include <sys/queue.h>

#define	DIRHASH_SIZE	(64 * 1024 * 1024)	/* bound of all dirhashes */

#define	DIRHASH_HASHBITS	5
#define	DIRHASH_HASHSIZE	(1 << DIRHASH_HASHBITS)
#define	DIRHASH_HASHMASK	(DIRHASH_HASHSIZE - 1)

/* flags */
#define	DIRH_PURGED	0x0001	/* entries were thrown away */
#define	DIRH_COMPLETE	0x0002	/* all names of the directory are there */
#define	DIRH_BROKEN	0x0004	/* the directory is inconsistent */

struct dirhash_entry {
	uint32_t	hashvalue;
	uint64_t	offset;		/* of the entry in the directory */
	uint32_t	d_namlen;
	uint32_t	entry_size;	/* of the entry on the medium */
	LIST_ENTRY(dirhash_entry) next;
};

struct dirhash {
	uint32_t	flags;
	uint32_t	size;		/* bytes used */
	uint32_t	refcnt;
	uint32_t	num_files;
	LIST_HEAD(, dirhash_entry) entries[DIRHASH_HASHSIZE];
	LIST_HEAD(, dirhash_entry) free_entries;
	TAILQ_ENTRY(dirhash) next;
};

void	dirhash_init(void);
/* Drop the names, or all of it; free of the structure with the last ref. */
void	dirhash_purge(struct dirhash **);
void	dirhash_purge_entries(struct dirhash *);
/* Take and return a reference; dirhash_get() makes one if *DIRH is NULL. */
void	dirhash_get(struct dirhash **);
void	dirhash_put(struct dirhash *);
/* Enter a name at OFFSET, of ENTRY_SIZE bytes; NEW: it was just created. */
void	dirhash_enter(struct dirhash *, struct dirent *, uint64_t, uint32_t,
	    int);
void	dirhash_enter_freed(struct dirhash *, uint64_t, uint32_t);
void	dirhash_remove(struct dirhash *, struct dirent *dirent, uint64_t,
	    uint32_t);
/*
 * Next entry after *RESULT (start with NULL) whose hash fits the name;
 * 1 if there is one.  The caller compares the names.
 */
int	dirhash_lookup(struct dirhash *, const char *, int,
	    struct dirhash_entry **);
int	dirhash_lookup_freed(struct dirhash *, uint32_t,
	    struct dirhash_entry **);
bool	dirhash_dir_isempty(struct dirhash *dirh);

#endif /* _SYS_DIRHASH_H_ */
