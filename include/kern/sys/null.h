/* SPDX-License-Identifier: BSD-2-Clause */
/* The null pointer constant. */
#ifndef _SYS_NULL_H_
#define _SYS_NULL_H_

#ifndef NULL
#ifdef __cplusplus
#define NULL	0
#else
#define NULL	((void *)0)
#endif
#endif

#endif /* _SYS_NULL_H_ */
