/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks of the checking build in the lock primitives; nothing otherwise. */
#ifndef _RUMPKERN_LOCKCHECK_H_
#define _RUMPKERN_LOCKCHECK_H_

#ifdef RUMP_CHECK
#define LC_CLASS(pc, kind)	rump_lockcheck_class(pc, kind)
#define LC_WANT(lock, cls, kind) rump_lockcheck_want(lock, cls, kind)
#define LC_GOT(lock, cls, kind)	rump_lockcheck_got(lock, cls, kind)
#define LC_RELEASED(lock)	rump_lockcheck_released(lock)
#define LC_LWPFREE(l)		rump_lockcheck_lwpfree(l)
#else
#define LC_CLASS(pc, kind)	0
#define LC_WANT(lock, cls, kind) do { } while (0)
#define LC_GOT(lock, cls, kind)	do { } while (0)
#define LC_RELEASED(lock)	do { } while (0)
#define LC_LWPFREE(l)		do { } while (0)
#endif

#define LC_KIND_RW	0x10	/* beside MTX_K_* */

#endif /* _RUMPKERN_LOCKCHECK_H_ */
