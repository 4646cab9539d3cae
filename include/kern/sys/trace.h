/* SPDX-License-Identifier: BSD-2-Clause */
/* Historic tracing of file system events: compiled out. */
#ifndef _SYS_TRACE_H_
#define _SYS_TRACE_H_

#define trace(a, b, c)	do {} while (/*CONSTCOND*/0)

#endif /* _SYS_TRACE_H_ */
