/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of reboot and boot: how to stop and how to start. */
#ifndef _SYS_REBOOT_H_
#define _SYS_REBOOT_H_

#include <sys/cdefs.h>

#define RB_AUTOBOOT	0
#define RB_ASKNAME	0x00000001	/* ask for the root device */
#define RB_SINGLE	0x00000002	/* single user */
#define RB_NOSYNC	0x00000004	/* do not sync before stopping */
#define RB_HALT		0x00000008	/* halt instead of reboot */
#define RB_INITNAME	0x00000010	/* name of init is given */
#define RB_UNUSED1	0x00000020
#define RB_KDB		0x00000040	/* stop in the debugger */
#define RB_RDONLY	0x00000080	/* mount root read-only */
#define RB_DUMP		0x00000100	/* dump memory first */
#define RB_MINIROOT	0x00000200	/* root is in memory */
#define RB_STRING	0x00000400	/* a boot string is given */
#define RB_POWERDOWN	(RB_HALT | 0x00000800)	/* and power off */
#define RB_USERCONF	0x00001000	/* change the configuration */

#define RB_PANIC	0		/* reboot because of a panic */
#define RB_BOOT		1		/* reboot by request */

#define AB_NORMAL	0x00000000	/* boot messages as usual */
#define AB_QUIET	0x00010000
#define AB_VERBOSE	0x00020000
#define AB_SILENT	0x00040000
#define AB_DEBUG	0x00080000

#define RB_MD1		0x10000000
#define RB_MD2		0x20000000
#define RB_MD3		0x40000000
#define RB_MD4		0x80000000

#define B_ADAPTORSHIFT		24
#define B_ADAPTORMASK		0x0f
#define B_ADAPTOR(v)		(((v) >> B_ADAPTORSHIFT) & B_ADAPTORMASK)
#define B_CONTROLLERSHIFT	20
#define B_CONTROLLERMASK	0x0f
#define B_CONTROLLER(v)		(((v) >> B_CONTROLLERSHIFT) & B_CONTROLLERMASK)
#define B_UNITSHIFT		16
#define B_UNITMASK		0x0f
#define B_UNIT(v)		(((v) >> B_UNITSHIFT) & B_UNITMASK)
#define B_PARTITIONSHIFT	8
#define B_PARTITIONMASK		0xff
#define B_PARTITION(v)		(((v) >> B_PARTITIONSHIFT) & B_PARTITIONMASK)
#define B_TYPESHIFT		0
#define B_TYPEMASK		0xff
#define B_TYPE(v)		(((v) >> B_TYPESHIFT) & B_TYPEMASK)
#define B_MAGICMASK		0xf0000000
#define B_DEVMAGIC		0xa0000000

#ifdef _KERNEL
__BEGIN_DECLS
/* Stop or restart the system as howto says; bootstr may be NULL. */
void	cpu_reboot(int, char *) __dead;
__END_DECLS
#endif

#endif /* _SYS_REBOOT_H_ */
