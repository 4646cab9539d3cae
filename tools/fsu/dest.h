/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The destination of fsu get: a directory of the host beneath which all is
 * made.  Every name is one component, resolved relative to a directory
 * descriptor, never through a symbolic link.  One thread.
 */
#ifndef FSU_DEST_H
#define FSU_DEST_H

#include <stdbool.h>
#include <stdint.h>

struct dest;

/*
 * Begin beneath the directory rootfd.  The directory for depth 0 entries is
 * the root itself.
 */
struct dest *dest_new(int rootfd);
void dest_free(struct dest *);

/* Descriptor of the directory that takes entries of this depth, or -1. */
int dest_dir(struct dest *, unsigned depth);

/*
 * Make (or, if `merge', take) directory `name' at depth, for entries of
 * depth + 1.  -1 with errno; *fresh says that it was made.
 */
int dest_enter(struct dest *, unsigned depth, const char *name, bool *fresh);

/* Depth 0 is the root itself: its entries go straight into it. */
void dest_enter_root(struct dest *);

/* Leave the directory made at this depth. */
void dest_leave(struct dest *, unsigned depth);

/* Open a new file for writing at dirfd; never follows, never reuses. */
int dest_create(int dirfd, const char *name);

/* Hard link to the file whose path beneath the root is `from'. */
int dest_link(struct dest *, const char *from, int dirfd, const char *name);

#endif /* FSU_DEST_H */
