/* SPDX-License-Identifier: BSD-2-Clause */

/* Disk labels: geometry and partitions of a disk, disklabel(5). */

#ifndef _SYS_DISKLABEL_H_
#define _SYS_DISKLABEL_H_

#include <sys/types.h>
#include <sys/dkbad.h>
#include <machine/disklabel.h>

#define	MAXMAXPARTITIONS	22

#define	DISKUNIT(dev)	(minor(dev) / MAXPARTITIONS)
#define	DISKPART(dev)	(minor(dev) % MAXPARTITIONS)
#define	DISKMINOR(unit, part) \
		(((unit) * MAXPARTITIONS) + (part))
#define	MAKEDISKDEV(maj, unit, part) \
		(makedev((maj), DISKMINOR((unit), (part))))

#define	DISKMAGIC	((uint32_t)0x82564557)

#define	NDDATA	5
#define	NSPARE	5

struct partition {
	uint32_t	p_size;		/* sectors */
	uint32_t	p_offset;	/* sectors */
	union {
		uint32_t fsize;		/* fragment size of a file system */
		uint32_t cdsession;	/* first sector of a CD session */
	} __partition_u2;
#define	p_fsize		__partition_u2.fsize
#define	p_cdsession	__partition_u2.cdsession
	uint8_t		p_fstype;	/* FS_* */
	uint8_t		p_frag;		/* fragments per block */
	union {
		uint16_t cpg;		/* cylinders per group */
		uint16_t sgs;		/* segment shift */
	} __partition_u1;
#define	p_cpg		__partition_u1.cpg
#define	p_sgs		__partition_u1.sgs
};

struct disklabel {
	uint32_t	d_magic;
	uint16_t	d_type;		/* DKTYPE_* */
	uint16_t	d_subtype;
	char		d_typename[16];
	union {
		char	un_d_packname[16];
		struct {
			char *un_d_boot0;
			char *un_d_boot1;
		} un_b;
		uint64_t un_d_pad;
	} d_un;
#define	d_packname	d_un.un_d_packname
#define	d_boot0		d_un.un_b.un_d_boot0
#define	d_boot1		d_un.un_b.un_d_boot1
	uint32_t	d_secsize;	/* bytes per sector */
	uint32_t	d_nsectors;	/* sectors per track */
	uint32_t	d_ntracks;	/* tracks per cylinder */
	uint32_t	d_ncylinders;
	uint32_t	d_secpercyl;
	uint32_t	d_secperunit;
	uint16_t	d_sparespertrack;
	uint16_t	d_sparespercyl;
	uint32_t	d_acylinders;
	uint16_t	d_rpm;
	uint16_t	d_interleave;
	uint16_t	d_trackskew;
	uint16_t	d_cylskew;
	uint32_t	d_headswitch;	/* microseconds */
	uint32_t	d_trkseek;	/* microseconds */
	uint32_t	d_flags;	/* D_* */
	uint32_t	d_drivedata[NDDATA];
	uint32_t	d_spare[NSPARE];
	uint32_t	d_magic2;
	uint16_t	d_checksum;	/* XOR of all 16-bit words is 0 */
	uint16_t	d_npartitions;
	uint32_t	d_bbsize;	/* boot area, bytes */
	uint32_t	d_sbsize;	/* superblock, bytes */
	struct partition d_partitions[MAXPARTITIONS];
};

/* d_flags; the numbers overlap those of conf.h, which are of d_flag. */
#define	D_REMOVABLE	0x01
#define	D_ECC		0x02
#define	D_BADSECT	0x04
#define	D_RAMDISK	0x08
#define	D_CHAIN		0x10
#define	D_SCSI_MMC	0x20

/* d_type */
#define	DKTYPE_UNKNOWN	0
#define	DKTYPE_SMD	1
#define	DKTYPE_MSCP	2
#define	DKTYPE_DEC	3
#define	DKTYPE_SCSI	4
#define	DKTYPE_ESDI	5
#define	DKTYPE_ST506	6
#define	DKTYPE_HPIB	7
#define	DKTYPE_HPFL	8
#define	DKTYPE_FLOPPY	10
#define	DKTYPE_CCD	11
#define	DKTYPE_VND	12
#define	DKTYPE_ATAPI	13
#define	DKTYPE_RAID	14
#define	DKTYPE_LD	15
#define	DKTYPE_JFS2	16
#define	DKTYPE_CGD	17
#define	DKTYPE_VINUM	18
#define	DKTYPE_FLASH	19
#define	DKTYPE_DM	20
#define	DKTYPE_RUMPD	21
#define	DKTYPE_MD	22
#define	DKMAXTYPES	23

/* p_fstype */
#define	FS_UNUSED	0
#define	FS_SWAP		1
#define	FS_V6		2
#define	FS_V7		3
#define	FS_SYSV		4
#define	FS_V71K		5
#define	FS_V8		6
#define	FS_BSDFFS	7
#define	FS_MSDOS	8
#define	FS_BSDLFS	9
#define	FS_OTHER	10
#define	FS_HPFS		11
#define	FS_ISO9660	12
#define	FS_BOOT		13
#define	FS_ADOS		14
#define	FS_HFS		15
#define	FS_FILECORE	16
#define	FS_EX2FS	17
#define	FS_NTFS		18
#define	FS_RAID		19
#define	FS_CCD		20
#define	FS_JFS2		21
#define	FS_APPLEUFS	22
#define	FS_VINUM	23
#define	FS_UDF		24
#define	FS_SYSVBFS	25
#define	FS_EFS		26
#define	FS_NILFS	27
#define	FS_CGD		28
#define	FS_MINIXFS3	29
#define	FSMAXTYPES	30

/* DIOCRFORMAT, DIOCWFORMAT */
struct format_op {
	char		*df_buf;
	int		df_count;
	daddr_t		df_startblk;
	int		df_reg[8];
};

/* DIOCGPARTINFO: one partition, offset and size in sectors. */
struct partinfo {
	uint64_t	pi_offset;
	uint64_t	pi_size;
	uint32_t	pi_secsize;
	uint32_t	pi_bsize;
	uint8_t		pi_fstype;
	uint8_t		pi_frag;
	uint16_t	pi_cpg;
	uint32_t	pi_fsize;
};

#ifdef _KERNEL

struct buf;
struct cpu_disklabel;
struct disk;

__BEGIN_DECLS

/* Of rumpkern. */
const char *getfstypename(int);

/* Of the component dev/disk. */
const char *readdisklabel(dev_t, void (*)(struct buf *), struct disklabel *,
	    struct cpu_disklabel *);
int	setdisklabel(struct disklabel *, struct disklabel *, u_long,
	    struct cpu_disklabel *);
int	writedisklabel(dev_t, void (*)(struct buf *), struct disklabel *,
	    struct cpu_disklabel *);
int	bounds_check_with_label(struct disk *, struct buf *, int);
int	bounds_check_with_mediasize(struct buf *, int, uint64_t);
u_int	dkcksum(struct disklabel *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_DISKLABEL_H_ */
