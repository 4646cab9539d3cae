/* SPDX-License-Identifier: BSD-2-Clause */
/* Exact-width integer types with their limits and printf conversions. */
#ifndef _SYS_INTTYPES_H_
#define _SYS_INTTYPES_H_

#include <sys/stdint.h>
#include <machine/int_fmtio.h>

#endif /* _SYS_INTTYPES_H_ */
