/* SPDX-License-Identifier: BSD-2-Clause */
/* The formatter behind the kernel's message functions. */
#ifndef _SYS_KPRINTF_H_
#define _SYS_KPRINTF_H_

#include <sys/stdarg.h>
#include <sys/types.h>

#define TOCONS		0x0001	/* to the console */
#define TOTTY		0x0002	/* to the controlling terminal */
#define TOLOG		0x0004	/* to the message buffer */
#define TOBUFONLY	0x0008	/* to the given buffer only */
#define TODDB		0x0010
#define NOLOCK		0x1000	/* take no lock */

/* Room for a 64-bit number in octal, with sign and NUL. */
#define KPRINTF_BUFSIZE	(sizeof(quad_t) * NBBY / 3 + 2)

__BEGIN_DECLS
/*
 * Format to where oflags say; with TOBUFONLY into sbuf, whose end vp (a
 * char **) gives, NULL for no limit. Returns the length of the whole text.
 */
int	kprintf(const char *, int, void *, char *, va_list)
	    __printflike(1, 0);
__END_DECLS

#endif /* _SYS_KPRINTF_H_ */
