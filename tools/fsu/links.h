/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two tables over inodes: hard links seen so far, and a set of inode
 * numbers.  Both are built to stay small on trees of millions of files.
 */
#ifndef FSU_LINKS_H
#define FSU_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Paths are kept as (directory, name) pairs, directories once each, so that
 * links deep in the tree do not store their whole path again and again.
 */
struct links;

#define	LINKS_NODIR	(-1)

struct links *links_new(void);
void links_free(struct links *);

/* Note a directory; its parent is LINKS_NODIR for a root.  Its number. */
int links_dir(struct links *, int parent, const char *name, size_t len);

/*
 * The first path under which inode ino was seen is written to *path (grown
 * as needed, capacity *cap) and true returned; or this one is noted and the
 * answer is false.  nlink: after that many sightings it is forgotten.
 */
bool links_seen(struct links *, uint64_t ino, uint32_t nlink, int dir,
    const char *name, size_t len, char **path, size_t *cap);

/* Forget an inode (its first path could not be made). */
void links_drop(struct links *, uint64_t ino);

/* A set of inode numbers; add says whether it was new. */
struct inoset;

struct inoset *inoset_new(void);
void inoset_free(struct inoset *);
bool inoset_add(struct inoset *, uint64_t ino);

#endif /* FSU_LINKS_H */
