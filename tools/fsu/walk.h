/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking a tree of the image: every entry once, directories before and
 * after what they hold, in a stable order.  One walk at a time.
 */
#ifndef FSU_WALK_H
#define FSU_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "kern.h"
#include "links.h"

#define	WALK_MAXDEPTH	10000

enum {
	WALK_FOLLOW = 1,	/* follow a link given as the argument */
	WALK_DIRS = 2,		/* only directories below the argument */
};

enum walk_when { WALK_ENTRY, WALK_LEAVE };

/* What a callback may answer. */
enum { WALK_GO, WALK_PRUNE };

struct walk_ent {
	const char *path;	/* as shown: the argument and what follows */
	const char *name;	/* last component, or the opening path */
	size_t namelen;
	unsigned depth;		/* 0 for the argument */
	int dfd;		/* kernel directory that holds it */
	struct kstat st;
};

struct walk {
	int (*visit)(struct walk *, enum walk_when, const struct walk_ent *);
	void *ctx;
	int flags;
	struct links *links;	/* for walk_linkdir() */
	const char *rootname;	/* name of depth 0 in the links table */
	const char *notfound;	/* message prefix, default "cannot access" */
	int argstatus;		/* exit status if the argument fails */
	struct walk_state *state;
};

/*
 * Walk from `open', shown as `show'.  Failures below are reported and make
 * the exit status 1.  Returns -1 when the argument itself cannot be reached.
 */
int walk_tree(struct walk *, const char *open, const char *show);

/* Number in w->links of the directory that holds the current entry. */
int walk_linkdir(struct walk *);

/*
 * A name out of a directory that is fit for use: not empty, no '/', no NUL
 * and neither "." nor "..".
 */
bool name_ok(const char *name, size_t len);

/* Read the whole of a directory, sorted by name, "." and ".." left out. */
struct names {
	struct name_rec {
		uint64_t ino;
		uint32_t off, len;
		uint8_t type;
	} *rec;
	size_t n, cap;
	char *text;
	size_t len, tcap;
	unsigned dots[2];	/* "." and ".." met */
	bool eof;
};

int names_read(struct names *, int fd, uint64_t *pos, size_t limit,
    const char *path);
void names_free(struct names *);

#endif /* FSU_WALK_H */
