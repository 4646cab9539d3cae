/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the metadata of an ext2/3/4 image that is in use, damaging it, and
 * making its checksums right again.  Works on a sound image in memory; one
 * thread uses it.
 */
#ifndef _DAMAGE_H_
#define _DAMAGE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	K_SUPER, K_GROUP, K_INODE, K_EXTENT, K_INDIRECT, K_DIR, K_INDEX,
	K_XATTR, K_LINK, K_JSUPER, K_JLOG, K_COUNT
};

/* A piece of metadata. */
struct target {
	enum kind kind;
	uint64_t off;		/* in the image, bytes */
	uint32_t len;
	uint32_t owner;		/* the file that suffers, 0: everything */
	uint32_t ino;		/* of the checksum's seed, or group number */
	uint32_t gen;
};

struct image {
	uint8_t *p;
	size_t size;
	uint32_t bsize, inosize, descsize, ipg, groups, ninodes;
	uint32_t compat, incompat, rocompat, seed, jseed;
	uint64_t blocks, jfirst, jblocks;
	uint64_t fcblock[256];	/* fast commits: where they are */
	uint32_t nfc;
	struct target *t;
	size_t nt, maxt;
	uint32_t *inode;	/* numbers in use */
	size_t nino, maxino;
	uint8_t *seen;		/* bit per inode */
};

/* Takes a malloc()ed image over and finds its targets. */
void	image_scan(struct image *, uint8_t *, size_t);
void	image_free(struct image *);
/* Changes a target by chance; the caller knows off and len. */
void	target_damage(struct image *, const struct target *, uint64_t *);
/* Makes the checksum of a target right. */
void	target_repair(struct image *, const struct target *);
const char *kind_name(enum kind);
uint32_t chance(uint64_t *, uint32_t);

#endif /* _DAMAGE_H_ */
