/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX ACLs, from the compact form of the disk to that of the attributes
 * "system.posix_acl_access" and "system.posix_acl_default".  Pure functions.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>

#include "ext2fs.h"

#define	DISKHDR		4
#define	DISKSHORT	4	/* tag, permissions */
#define	DISKLONG	8	/* and an id */
#define	XATTRHDR	4
#define	XATTRENT	8
#define	NOID		0xffffffffU

/* Bytes that an entry takes on the disk, 0 for an unknown tag. */
static size_t
entry_size(uint16_t tag)
{

	switch (tag) {
	case E2_ACL_USER_OBJ:
	case E2_ACL_GROUP_OBJ:
	case E2_ACL_MASK:
	case E2_ACL_OTHER:
		return DISKSHORT;
	case E2_ACL_USER:
	case E2_ACL_GROUP:
		return DISKLONG;
	default:
		return 0;
	}
}

int
ext2fs_acl_toxattr(const uint8_t *p, size_t len, uint8_t **outp,
    size_t *outlenp)
{
	size_t n, off, count = 0;
	uint8_t *out;

	if (len < DISKHDR || le32dec(p) != E2_ACL_DISKVERSION)
		return EINVAL;
	for (off = DISKHDR; off < len; off += n, count++) {
		n = len - off >= DISKSHORT ? entry_size(le16dec(p + off)) : 0;
		if (n == 0 || n > len - off)
			return EINVAL;
	}
	*outlenp = XATTRHDR + count * XATTRENT;
	*outp = out = kmem_alloc(*outlenp, KM_SLEEP);
	le32enc(out, E2_ACL_XATTRVERSION);
	out += XATTRHDR;
	for (off = DISKHDR; off < len; off += n, out += XATTRENT) {
		n = entry_size(le16dec(p + off));
		memcpy(out, p + off, DISKSHORT);
		le32enc(out + 4, n == DISKLONG ? le32dec(p + off + 4) : NOID);
	}
	return 0;
}
