/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's byte order. */
#ifndef _MACHINE_ENDIAN_MACHDEP_H_
#define _MACHINE_ENDIAN_MACHDEP_H_

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define _BYTE_ORDER	_BIG_ENDIAN
#else
#define _BYTE_ORDER	_LITTLE_ENDIAN
#endif

#endif /* _MACHINE_ENDIAN_MACHDEP_H_ */
