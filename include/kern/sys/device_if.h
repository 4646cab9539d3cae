/* SPDX-License-Identifier: BSD-2-Clause */

/* The name of a device instance, for headers that only pass it on. */

#ifndef _SYS_DEVICE_IF_H_
#define _SYS_DEVICE_IF_H_

struct device;
typedef struct device *device_t;

#endif /* _SYS_DEVICE_IF_H_ */
