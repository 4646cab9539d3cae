/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Generic disks, disk(9), and wedges, dk(4).  The functions are the
 * component dev/disk's.
 */

#ifndef _SYS_DISK_H_
#define _SYS_DISK_H_

#include <sys/types.h>
#include <sys/device_if.h>
#include <sys/dkio.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <sys/mutex.h>
#include <sys/iostat.h>

#include <prop/proplib.h>

struct buf;
struct cpu_disklabel;
struct disk;
struct disklabel;
struct dkwedge_softc;
struct lwp;
struct vnode;

#define	DKW_PTYPE_UNKNOWN	""
#define	DKW_PTYPE_UNUSED	"unused"
#define	DKW_PTYPE_SWAP		"swap"
#define	DKW_PTYPE_V6		"v6"
#define	DKW_PTYPE_V7		"v7"
#define	DKW_PTYPE_SYSV		"sysv"
#define	DKW_PTYPE_V71K		"v71k"
#define	DKW_PTYPE_V8		"v8"
#define	DKW_PTYPE_FFS		"ffs"
#define	DKW_PTYPE_FAT		"msdos"
#define	DKW_PTYPE_LFS		"lfs"
#define	DKW_PTYPE_OTHER		"other"
#define	DKW_PTYPE_HPFS		"hpfs"
#define	DKW_PTYPE_ISO9660	"cd9660"
#define	DKW_PTYPE_BOOT		"boot"
#define	DKW_PTYPE_AMIGADOS	"ados"
#define	DKW_PTYPE_HFS		"hfs"
#define	DKW_PTYPE_FILECORE	"filecore"
#define	DKW_PTYPE_EXT2FS	"ext2fs"
#define	DKW_PTYPE_NTFS		"ntfs"
#define	DKW_PTYPE_RAIDFRAME	"raidframe"
#define	DKW_PTYPE_CCD		"ccd"
#define	DKW_PTYPE_JFS2		"jfs2"
#define	DKW_PTYPE_APPLEUFS	"appleufs"
#define	DKW_PTYPE_VINUM		"vinum"
#define	DKW_PTYPE_UDF		"udf"
#define	DKW_PTYPE_SYSVBFS	"sysvbfs"
#define	DKW_PTYPE_EFS		"efs"
#define	DKW_PTYPE_NILFS		"nilfs"
#define	DKW_PTYPE_CGD		"cgd"
#define	DKW_PTYPE_MINIXFS3	"minixfs3"
#define	DKW_PTYPE_APPLEHFS	DKW_PTYPE_HFS
#define	DKW_PTYPE_MSDOS		DKW_PTYPE_FAT
#define	DKW_PTYPE_BSDFFS	DKW_PTYPE_FFS
#define	DKW_PTYPE_BSDLFS	DKW_PTYPE_LFS
#define	DKW_PTYPE_ADOS		DKW_PTYPE_AMIGADOS
#define	DKW_PTYPE_EX2FS		DKW_PTYPE_EXT2FS
#define	DKW_PTYPE_RAID		DKW_PTYPE_RAIDFRAME

/* DIOCAWEDGE, DIOCDWEDGE, DIOCGWEDGEINFO: a named range of a disk. */
struct dkwedge_info {
	char		dkw_devname[16];	/* dkN */
	uint8_t		dkw_wname[128];		/* label, UTF-8 */
	char		dkw_parent[16];		/* device it lies on */
	daddr_t		dkw_offset;		/* sectors */
	uint64_t	dkw_size;		/* sectors */
	char		dkw_ptype[32];		/* DKW_PTYPE_* */
};

/* DIOCLWEDGES */
struct dkwedge_list {
	void		*dkwl_buf;
	size_t		dkwl_bufsize;
	u_int		dkwl_nwedges;
	u_int		dkwl_ncopied;
};

#define	DK_STRATEGYNAMELEN	32

/* DIOCGSTRATEGY, DIOCSSTRATEGY */
struct disk_strategy {
	char		dks_name[DK_STRATEGYNAMELEN];
	char		*dks_param;
	size_t		dks_paramlen;
};

/* DIOCBSLIST */
struct disk_badsecinfo {
	uint32_t	dbsi_bufsize;
	uint32_t	dbsi_skip;
	uint32_t	dbsi_copied;
	uint32_t	dbsi_left;
	void		*dbsi_buffer;
};

struct disk_geom {
	int64_t		dg_secperunit;
	uint32_t	dg_secsize;
	uint32_t	dg_nsectors;
	uint32_t	dg_ntracks;
	uint32_t	dg_ncylinders;
	uint32_t	dg_secpercyl;
	uint32_t	dg_pcylinders;
	uint32_t	dg_sparespertrack;
	uint32_t	dg_sparespercyl;
	uint32_t	dg_acylinders;
};

#ifdef _KERNEL

struct dkdriver {
	void	(*d_strategy)(struct buf *);
	void	(*d_minphys)(struct buf *);
	int	(*d_open)(dev_t, int, int, struct lwp *);
	int	(*d_close)(dev_t, int, int, struct lwp *);
	int	(*d_diskstart)(device_t, struct buf *);
	void	(*d_iosize)(device_t, int *);
	int	(*d_dumpblocks)(device_t, void *, daddr_t, int);
	int	(*d_lastclose)(device_t);
	int	(*d_discard)(device_t, off_t, off_t);
};

struct disk {
	TAILQ_ENTRY(disk) dk_link;
	const char	*dk_name;
	prop_dictionary_t dk_info;	/* geometry and the like */
	struct disk_geom dk_geom;
	int		dk_bopenmask;	/* partitions open as block device */
	int		dk_copenmask;	/* and as character device */
	int		dk_openmask;	/* both together */
	int		dk_state;
	int		dk_blkshift;	/* sectors to DEV_BSIZE */
	int		dk_byteshift;	/* sectors to bytes */
	struct io_stats	*dk_stats;
	const struct dkdriver *dk_driver;
	kmutex_t	dk_rawlock;	/* dk_rawvp, dk_rawopens */
	u_int		dk_rawopens;
	struct vnode	*dk_rawvp;
	kmutex_t	dk_openlock;	/* open and close, wedges */
	u_int		dk_nwedges;
	LIST_HEAD(, dkwedge_softc) dk_wedges;
	daddr_t		dk_labelsector;
	struct disklabel *dk_label;
	struct cpu_disklabel *dk_cpulabel;
};

struct dkwedge_discovery_method {
	LIST_ENTRY(dkwedge_discovery_method) ddm_list;
	const char	*ddm_name;
	int		ddm_priority;
	int		(*ddm_discover)(struct disk *, struct vnode *);
};

#define	DK_CLOSED	0
#define	DK_WANTOPEN	1
#define	DK_WANTOPENRAW	2
#define	DK_RDLABEL	3
#define	DK_OPEN		4
#define	DK_OPENRAW	5

/* A sector size that is a power of two, and a multiple of DEV_BSIZE. */
#define	DK_DEV_BSIZE_OK(n) \
	((n) >= DEV_BSIZE && ((n) & ((n) - 1)) == 0)
#define	DK_BSIZE2BLKSHIFT(n)	(ffs((n) / DEV_BSIZE) - 1)
#define	DK_BSIZE2BYTESHIFT(n)	(ffs((n)) - 1)
#define	DK_BUSY(dk, pmask) \
	(((dk)->dk_openmask & ~(pmask)) != 0 || \
	 (((dk)->dk_bopenmask & (pmask)) != 0 && \
	  ((dk)->dk_copenmask & (pmask)) != 0))

__BEGIN_DECLS

void	disk_init(struct disk *, const char *, const struct dkdriver *);
void	disk_destroy(struct disk *);
void	disk_attach(struct disk *);
void	disk_detach(struct disk *);
int	disk_begindetach(struct disk *, int (*)(device_t), device_t, int);
void	disk_busy(struct disk *);
void	disk_unbusy(struct disk *, long, int);
struct disk *disk_find(const char *);
int	disk_ioctl(struct disk *, dev_t, u_long, void *, int, struct lwp *);
void	disk_set_info(device_t, struct disk *, const char *);

void	dkwedge_init(void);
int	dkwedge_add(struct dkwedge_info *);
int	dkwedge_del(struct dkwedge_info *);
void	dkwedge_delall(struct disk *);
void	dkwedge_discover(struct disk *);
int	dkwedge_list(struct disk *, struct dkwedge_list *, struct lwp *);
device_t dkwedge_find_by_parent(const char *, size_t *);
device_t dkwedge_find_by_wname(const char *);
const char *dkwedge_get_parent_name(dev_t);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_DISK_H_ */
