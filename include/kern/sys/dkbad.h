/* SPDX-License-Identifier: BSD-2-Clause */

/* The table of bad sectors at the end of some old disks. */

#ifndef _SYS_DKBAD_H_
#define _SYS_DKBAD_H_

#include <sys/types.h>

#define	NBT_BAD		126

struct dkbad {
	int32_t		bt_csn;		/* cartridge serial number */
	uint16_t	bt_mbz;		/* must be zero */
	uint16_t	bt_flag;	/* -1 on an alignment cartridge */
	struct bt_bad {
		uint16_t bt_cyl;
		uint16_t bt_trksec;	/* track << 8 | sector */
	} bt_bad[NBT_BAD];
};

#define	DKBAD_MAGIC	0x4321

#endif /* _SYS_DKBAD_H_ */
