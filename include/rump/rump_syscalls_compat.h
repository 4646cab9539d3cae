/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choice of other entry points, by RUMP_SYS_RENAME_*, for hosts whose own
 * structures are those of an older native ABI.  No host we run on is one:
 * programs that do not use the native structures use <rump/rump_native.h>.
 */
#ifndef _RUMP_RUMP_SYSCALLS_COMPAT_H_
#define	_RUMP_RUMP_SYSCALLS_COMPAT_H_

#endif /* _RUMP_RUMP_SYSCALLS_COMPAT_H_ */
