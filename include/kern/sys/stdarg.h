/* SPDX-License-Identifier: BSD-2-Clause */
/* Variable argument lists. */
#ifndef _SYS_STDARG_H_
#define _SYS_STDARG_H_

#include <sys/ansi.h>

typedef __builtin_va_list	va_list;

#define va_start(ap, last)	__builtin_va_start((ap), last)
#define va_arg			__builtin_va_arg
#define va_end(ap)		__builtin_va_end(ap)
#define va_copy(dest, src)	__builtin_va_copy((dest), (src))
#define __va_copy(dest, src)	__builtin_va_copy((dest), (src))

#endif /* _SYS_STDARG_H_ */
