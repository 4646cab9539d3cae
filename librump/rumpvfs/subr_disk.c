/* SPDX-License-Identifier: BSD-2-Clause */
/* The size of the disk behind a block device vnode.  No locks of its own. */
#include <sys/param.h>
#include <sys/device.h>
#include <sys/disklabel.h>
#include <sys/dkio.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/vnode.h>

/*
 * Sectors and bytes a sector of an open block device; the partition's, if it
 * is one.  Errors: those of the device's ioctls.
 */
int
getdisksize(struct vnode *vp, uint64_t *numsecp, unsigned int *secsizep)
{
	off_t size;
	u_int secsize;
	int error;

	error = VOP_IOCTL(vp, DIOCGSECTORSIZE, &secsize, FREAD, NOCRED);
	if (error == 0)
		error = VOP_IOCTL(vp, DIOCGMEDIASIZE, &size, FREAD, NOCRED);
	if (error != 0)
		return error;
	if (secsize == 0 || size < 0)
		return EINVAL;
	*numsecp = size / secsize;
	*secsizep = secsize;
	return 0;
}
