/* SPDX-License-Identifier: BSD-2-Clause */
/* The argument block of __quotactl(2) and VFS_QUOTACTL. */
#ifndef _SYS_QUOTACTL_H_
#define _SYS_QUOTACTL_H_

#include <sys/types.h>
#include <sys/quota.h>

#define	QUOTA_NAMELEN	32

struct quotastat {
	char	qs_implname[QUOTA_NAMELEN];
	int	qs_numidtypes;
	int	qs_numobjtypes;
	unsigned qs_restrictions;
};

struct quotaidtypestat {
	char	qis_name[QUOTA_NAMELEN];
};

struct quotaobjtypestat {
	char	qos_name[QUOTA_NAMELEN];
	int	qos_isbytes;
};

/* Cursor over quota records; the file system owns the space. */
struct quotakcursor {
	union {
		char	qkc_space[64];
		uintmax_t __qkc_forcealign;
	} u;
};

#define	QUOTACTL_STAT			0
#define	QUOTACTL_IDTYPESTAT		1
#define	QUOTACTL_OBJTYPESTAT		2
#define	QUOTACTL_GET			3
#define	QUOTACTL_PUT			4
#define	QUOTACTL_DEL			5
#define	QUOTACTL_CURSOROPEN		6
#define	QUOTACTL_CURSORCLOSE		7
#define	QUOTACTL_CURSORSKIPIDTYPE	8
#define	QUOTACTL_CURSORGET		9
#define	QUOTACTL_CURSORATEND		10
#define	QUOTACTL_CURSORREWIND		11
#define	QUOTACTL_QUOTAON		12
#define	QUOTACTL_QUOTAOFF		13

struct quotactl_args {
	unsigned qc_op;
	union {
		struct {
			struct quotastat *qc_info;
		} stat;
		struct {
			int qc_idtype;
			struct quotaidtypestat *qc_info;
		} idtypestat;
		struct {
			int qc_objtype;
			struct quotaobjtypestat *qc_info;
		} objtypestat;
		struct {
			const struct quotakey *qc_key;
			struct quotaval *qc_val;
		} get;
		struct {
			const struct quotakey *qc_key;
			const struct quotaval *qc_val;
		} put;
		struct {
			const struct quotakey *qc_key;
		} del;
		struct {
			struct quotakcursor *qc_cursor;
		} cursoropen;
		struct {
			struct quotakcursor *qc_cursor;
		} cursorclose;
		struct {
			struct quotakcursor *qc_cursor;
			int qc_idtype;
		} cursorskipidtype;
		struct {
			struct quotakcursor *qc_cursor;
			struct quotakey *qc_keys;
			struct quotaval *qc_vals;
			unsigned qc_maxnum;
			unsigned *qc_ret;
		} cursorget;
		struct {
			struct quotakcursor *qc_cursor;
			int *qc_ret;
		} cursoratend;
		struct {
			struct quotakcursor *qc_cursor;
		} cursorrewind;
		struct {
			int qc_idtype;
			const char *qc_quotafile;
		} quotaon;
		struct {
			int qc_idtype;
		} quotaoff;
	} u;
};

#endif /* _SYS_QUOTACTL_H_ */
