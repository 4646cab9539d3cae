/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The extended attributes of one file of the image.  One thread uses this.
 */
#ifndef FSU_XATTR_H
#define FSU_XATTR_H

#include <stddef.h>

struct xattrs {
	size_t n, cap;
	struct xattr {
		char *name;	/* as Linux names it */
		char *value;
		size_t len;
	} *x;			/* sorted by name */
};

/*
 * Read those of `name' in the kernel directory dfd, links not followed.
 * What cannot be read is reported under the shown path and left out.
 */
void xattrs_read(struct xattrs *, int dfd, const char *name,
    const char *show);
void xattrs_free(struct xattrs *);

#endif /* FSU_XATTR_H */
