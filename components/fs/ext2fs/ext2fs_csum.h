/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Set-up of the checksum tables, before anything else of ext2fs runs.
 */

#ifndef _EXT2FS_CSUM_H_
#define _EXT2FS_CSUM_H_

void	ext2fs_csum_init(void);

#endif /* _EXT2FS_CSUM_H_ */
