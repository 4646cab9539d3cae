/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data of a regular file of the image: its segments between holes, and
 * reading that goes on past bad blocks.  One thread uses this.
 */
#ifndef FSU_DATA_H
#define FSU_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct data {
	int fd;			/* kernel descriptor */
	uint64_t size;
	uint64_t at;		/* how far segments have been told */
	const char *show;	/* name for messages */
	uint64_t total;		/* bytes of the segments told */
	bool toomuch;		/* said that there is too much */
	unsigned bad;		/* pieces that could not be read */
};

/* Begin; also to go through the segments once more. */
void data_init(struct data *, int fd, uint64_t size, const char *show);
void data_rewind(struct data *);

/*
 * The next segment [*start, *end) that holds data; false past the last.  A
 * file that claims more data than its file system can hold is cut there:
 * its maps run in circles.
 */
bool data_next(struct data *, uint64_t *start, uint64_t *end);

/*
 * Hand [start, end) to sink in order, in pieces; what cannot be read is
 * reported and handed on as zeros.  A sink answers
 * non-zero to stop, and that is returned.
 */
int data_copy(struct data *, uint64_t start, uint64_t end,
    int (*sink)(void *, const void *, size_t, uint64_t off), void *ctx);

#endif /* FSU_DATA_H */
