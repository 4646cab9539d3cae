/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Device instances, autoconf(9): the part that exists without rumpdev.
 */

#ifndef _SYS_DEVICE_H_
#define _SYS_DEVICE_H_

#include <sys/types.h>
#include <sys/device_if.h>
#include <sys/evcnt.h>
#include <sys/queue.h>

typedef enum devclass {
	DV_DULL,		/* nothing special */
	DV_CPU,
	DV_DISK,
	DV_IFNET,
	DV_TAPE,
	DV_TTY,
	DV_AUDIODEV,
	DV_DISPLAYDEV,
	DV_BUS,
	DV_VIRTUAL
} devclass_t;

typedef enum devact {
	DVACT_DEACTIVATE
} devact_t;

struct device {
	devclass_t	dv_class;
	int		dv_unit;
	char		dv_xname[16];
	device_t	dv_parent;
	void		*dv_private;
};

#ifdef _KERNEL

struct vnode;
struct dkwedge_info;

extern device_t booted_device;
extern int booted_partition;
extern device_t root_device;

__BEGIN_DECLS

devclass_t device_class(device_t);
device_t device_parent(device_t);
void	*device_private(device_t);
int	device_unit(device_t);
const char *device_xname(device_t);

/*
 * Size of the disk behind an open device vnode, in sectors of the size also
 * returned, and its partition as a wedge.  Errors of the driver's ioctls.
 */
int	getdisksize(struct vnode *, uint64_t *, unsigned int *);
int	getdiskinfo(struct vnode *, struct dkwedge_info *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_DEVICE_H_ */
