/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of percpu(9). */
#ifndef _SYS_PERCPU_TYPES_H_
#define _SYS_PERCPU_TYPES_H_

struct percpu;
typedef struct percpu percpu_t;

#endif /* _SYS_PERCPU_TYPES_H_ */
