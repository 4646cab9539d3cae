/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of the system, with the values of the native client ABI. */
#ifndef _SYS_SYSLIMITS_H_
#define _SYS_SYSLIMITS_H_

#define ARG_MAX		262144
#define CHILD_MAX	160
#define GID_MAX		2147483647
#define LINK_MAX	32767
#define MAX_CANON	255
#define MAX_INPUT	255
#define NAME_MAX	511
#define NGROUPS_MAX	16
#define UID_MAX		2147483647
#define OPEN_MAX	128
#define PATH_MAX	1024
#define PIPE_BUF	512
#define BC_BASE_MAX	2147483647
#define BC_DIM_MAX	65535
#define BC_SCALE_MAX	2147483647
#define BC_STRING_MAX	2147483647
#define COLL_WEIGHTS_MAX	2
#define EXPR_NEST_MAX	32
#define LINE_MAX	2048
#define RE_DUP_MAX	255
#define LOGIN_NAME_MAX	17
#define IOV_MAX		1024
#define NZERO		20

#endif /* _SYS_SYSLIMITS_H_ */
