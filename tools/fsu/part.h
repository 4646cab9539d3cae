/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables of a disk image: MBR with logical partitions, and GPT.
 * Everything read from the image is checked; no state is kept.
 */
#ifndef FSU_PART_H
#define FSU_PART_H

#include <stddef.h>
#include <stdint.h>

#define	PART_MAX	256	/* partitions that are taken note of */
#define	PART_LABEL	80

struct part {
	unsigned num;		/* as Linux counts: 1.., logical ones from 5 */
	uint64_t off;		/* bytes from the start of the image */
	uint64_t size;		/* bytes, cut at the end of the image */
	uint8_t type;		/* MBR type byte, 0xee for GPT */
	char label[PART_LABEL];	/* GPT name in UTF-8, may be empty */
};

struct parttab {
	const char *kind;	/* "MBR" or "GPT" */
	const char *note;	/* something a user should know, or NULL */
	size_t n;
	struct part p[PART_MAX];
};

/*
 * Read the partition table of the image open as fd, of size bytes.  Returns
 * 1 with *t filled, 0 when there is none, -1 with errno set on a read error
 * (EINVAL: there is a table but it is damaged).
 */
int part_read(int fd, uint64_t size, struct parttab *t);

uint32_t part_crc32(uint32_t crc, const void *, size_t);

#endif /* FSU_PART_H */
