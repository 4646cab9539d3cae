/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Accessors of device instances and the names of partition types: what is
 * asked for even where there is no autoconf.  No locking: read-only.
 */

#include <sys/param.h>
#include <sys/bootblock.h>
#include <sys/device.h>
#include <sys/disklabel.h>
#include <sys/systm.h>

device_t booted_device;
device_t root_device;
int booted_partition;

devclass_t
device_class(device_t dev)
{

	return dev->dv_class;
}

device_t
device_parent(device_t dev)
{

	return dev->dv_parent;
}

void *
device_private(device_t dev)
{

	return dev == NULL ? NULL : dev->dv_private;
}

int
device_unit(device_t dev)
{

	return dev->dv_unit;
}

const char *
device_xname(device_t dev)
{

	return dev == NULL ? "(null)" : dev->dv_xname;
}

cfdata_t
device_cfdata(device_t dev)
{

	return dev->dv_cfdata;
}

cfdriver_t
device_cfdriver(device_t dev)
{

	return dev->dv_cfdriver;
}

int
device_locator(device_t dev, u_int n)
{

	KASSERTMSG(dev->dv_locators != NULL, "%s has no locators",
	    dev->dv_xname);
	return dev->dv_locators[n];
}

prop_dictionary_t
device_properties(device_t dev)
{

	return dev->dv_properties;
}

bool
device_is_a(device_t dev, const char *name)
{

	return dev->dv_cfdriver != NULL &&
	    strcmp(dev->dv_cfdriver->cd_name, name) == 0;
}

bool
device_is_active(device_t dev)
{

	return (dev->dv_flags & (DVF_ACTIVE | DVF_CLASS_SUSPENDED |
	    DVF_DRIVER_SUSPENDED | DVF_BUS_SUSPENDED)) == DVF_ACTIVE;
}

bool
device_has_power(device_t dev)
{

	return (dev->dv_flags & (DVF_ACTIVE | DVF_BUS_SUSPENDED)) ==
	    DVF_ACTIVE;
}

/* The wedge type names that go with the FS_* of labels. */
const char *
getfstypename(int fstype)
{
	static const char *const names[FSMAXTYPES] = {
		[FS_UNUSED] = "unused",	[FS_SWAP] = "swap",
		[FS_V6] = "v6",		[FS_V7] = "v7",
		[FS_SYSV] = "sysv",	[FS_V71K] = "v71k",
		[FS_V8] = "v8",		[FS_BSDFFS] = "ffs",
		[FS_MSDOS] = "msdos",	[FS_BSDLFS] = "lfs",
		[FS_OTHER] = "other",	[FS_HPFS] = "hpfs",
		[FS_ISO9660] = "cd9660", [FS_BOOT] = "boot",
		[FS_ADOS] = "ados",	[FS_HFS] = "hfs",
		[FS_FILECORE] = "filecore", [FS_EX2FS] = "ext2fs",
		[FS_NTFS] = "ntfs",	[FS_RAID] = "raidframe",
		[FS_CCD] = "ccd",	[FS_JFS2] = "jfs2",
		[FS_APPLEUFS] = "appleufs", [FS_VINUM] = "vinum",
		[FS_UDF] = "udf",	[FS_SYSVBFS] = "sysvbfs",
		[FS_EFS] = "efs",	[FS_NILFS] = "nilfs",
		[FS_CGD] = "cgd",	[FS_MINIXFS3] = "minixfs3",
	};

	if (fstype < 0 || fstype >= FSMAXTYPES)
		return "unknown";
	return names[fstype];
}

int
xlat_mbr_fstype(int mbrtype)
{
	static const struct {
		uint8_t mbr;
		uint8_t fs;
	} map[] = {
		{ 0x00, FS_UNUSED },	{ 0x01, FS_MSDOS },
		{ 0x04, FS_MSDOS },	{ 0x06, FS_MSDOS },
		{ 0x07, FS_NTFS },	{ 0x0b, FS_MSDOS },
		{ 0x0c, FS_MSDOS },	{ 0x0e, FS_MSDOS },
		{ 0x82, FS_SWAP },	{ 0x83, FS_EX2FS },
		{ 0xa5, FS_BSDFFS },	{ 0xa6, FS_BSDFFS },
		{ 0xa9, FS_BSDFFS },	{ 0xaf, FS_HFS },
	};
	size_t i;

	for (i = 0; i < __arraycount(map); i++) {
		if (map[i].mbr == mbrtype)
			return map[i].fs;
	}
	return FS_OTHER;
}
