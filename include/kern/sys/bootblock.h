/* SPDX-License-Identifier: BSD-2-Clause */

/* The master boot record of PC disks: on-disk layout, little-endian. */

#ifndef _SYS_BOOTBLOCK_H_
#define _SYS_BOOTBLOCK_H_

#include <sys/types.h>

#define	MBR_BBSECTOR		0
#define	MBR_MAGIC_OFFSET	510
#define	MBR_MAGIC		0xaa55
#define	MBR_PART_OFFSET		446
#define	MBR_PART_COUNT		4

#define	MBR_PTYPE_UNUSED	0x00
#define	MBR_PTYPE_EXT		0x05
#define	MBR_PTYPE_EXT_LBA	0x0f
#define	MBR_PTYPE_DM6_DDO	0x54
#define	MBR_PTYPE_EXT_LNX	0x85
#define	MBR_PTYPE_LNXEXT2	0x83
#define	MBR_PTYPE_NETBSD	0xa9
#define	MBR_PTYPE_PMBR		0xee	/* the disk has a GPT */

#define	MBR_IS_EXTENDED(x)	((x) == MBR_PTYPE_EXT || \
				 (x) == MBR_PTYPE_EXT_LBA || \
				 (x) == MBR_PTYPE_EXT_LNX)

struct mbr_partition {
	uint8_t		mbrp_flag;	/* 0x80: active */
	uint8_t		mbrp_shd;	/* first head, sector, cylinder */
	uint8_t		mbrp_ssect;
	uint8_t		mbrp_scyl;
	uint8_t		mbrp_type;	/* MBR_PTYPE_* */
	uint8_t		mbrp_ehd;	/* last */
	uint8_t		mbrp_esect;
	uint8_t		mbrp_ecyl;
	uint32_t	mbrp_start;	/* sectors */
	uint32_t	mbrp_size;	/* sectors */
} __packed;

struct mbr_sector {
	uint8_t		mbr_bootcode[MBR_PART_OFFSET];
	struct mbr_partition mbr_parts[MBR_PART_COUNT];
	uint16_t	mbr_magic;
} __packed;

#ifdef _KERNEL
__BEGIN_DECLS
/* FS_* for an MBR_PTYPE_*, FS_OTHER when there is none. */
int	xlat_mbr_fstype(int);
__END_DECLS
#endif

#endif /* _SYS_BOOTBLOCK_H_ */
