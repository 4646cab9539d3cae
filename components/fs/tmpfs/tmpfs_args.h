/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_args.h - the argument block of mount(2), as clients lay it out.
 */
#ifndef _FS_TMPFS_TMPFS_ARGS_H_
#define _FS_TMPFS_TMPFS_ARGS_H_

#define TMPFS_ARGS_VERSION	1

/**
 * ta_nodes_max: most files, 0 to 3: a default.  ta_size_max: most bytes of
 * memory, 0 or less: no limit but the kernel's memory.  ta_root_*: attributes
 * of the root directory of a new file system.
 */
struct tmpfs_args {
	int	ta_version;
	ino_t	ta_nodes_max;
	off_t	ta_size_max;
	uid_t	ta_root_uid;
	gid_t	ta_root_gid;
	mode_t	ta_root_mode;
};

#endif /* _FS_TMPFS_TMPFS_ARGS_H_ */
