/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tree of files looks like from outside, taken through the rump
 * client interface or from the host, to compare one with the other.  One
 * thread uses it.
 */
#ifndef _MANIFEST_H_
#define _MANIFEST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For what only a broken test environment can cause. */
#define	need(c)	((c) ? (void)0 : need_failed(#c, __FILE__, __LINE__))
void	need_failed(const char *, const char *, int)
	    __attribute__((__noreturn__));

struct item {
	char *path;		/* relative to the root, "." for itself */
	uint64_t ino;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t nlink;
	uint64_t size;
	uint64_t blocks;
	int64_t sec;
	uint32_t nsec;
	uint32_t major;
	uint32_t minor;
	uint64_t content;	/* hash of the data, or of the link's target */
	uint64_t holes;		/* hash of where the data is */
	uint64_t xattrs;	/* hash of names and values */
	int error;		/* first error of any of this, native number */
};

struct manifest {
	struct item *item;	/* sorted by path */
	size_t n;
	size_t max;
};

/* What to leave out of a manifest. */
#define	M_NOHOLES	1	/* contents as one piece, holes as zeros */
#define	M_NONSEC	2
#define	M_LIMIT		4	/* the first megabyte of each file only */

/* Both end the test on errors of the tree's root. */
void	manifest_rump(struct manifest *, const char *, unsigned);
void	manifest_host(struct manifest *, const char *, unsigned);
void	manifest_free(struct manifest *);

/* The item of a path, or NULL. */
struct item *manifest_find(const struct manifest *, const char *);
/* A word for the first field that differs, NULL if none does. */
const char *item_differs(const struct item *, const struct item *);
/* Fails the running test when the two differ, and says where. */
void	manifest_same(const struct manifest *, const struct manifest *);

/* For those who make manifests. */
struct item *manifest_add(struct manifest *, const char *);
void	manifest_sort(struct manifest *);
uint64_t hash_bytes(uint64_t, const void *, size_t);
#define	HASH_START	0xcbf29ce484222325ULL
/* Order-independent sum over name and value. */
void	hash_xattr(struct item *, const char *, const void *, size_t);

#endif /* _MANIFEST_H_ */
