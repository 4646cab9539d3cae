/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stretch of an image holds, told by its magic numbers.  Stateless.
 */
#ifndef FSU_FSTYPE_H
#define FSU_FSTYPE_H

#include <stdint.h>

struct fstype {
	const char *name;	/* for people: "ext4", "xfs", "LUKS" ... */
	const char *mount;	/* type for mount(2), NULL: not supported */
	const char *hint;	/* what to do about it, or NULL */
};

/*
 * Identify what lies at off in the file fd, size bytes long.  NULL when
 * nothing known is found.  A result for ext is certain enough to go before
 * a partition table.
 */
const struct fstype *fstype_detect(int fd, uint64_t off, uint64_t size);

#endif /* FSU_FSTYPE_H */
