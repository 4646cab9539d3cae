/* SPDX-License-Identifier: BSD-2-Clause */
/* Totals of the system's use of memory and processors. */
#ifndef _SYS_VMMETER_H_
#define _SYS_VMMETER_H_

#include <sys/types.h>

struct vmtotal {
	int16_t	t_rq;		/* runnable */
	int16_t	t_dw;		/* in disk wait */
	int16_t	t_pw;		/* in page wait */
	int16_t	t_sl;		/* sleeping in memory */
	int16_t	_reserved1;
	int32_t	t_vm;		/* virtual memory */
	int32_t	t_avm;		/* active virtual memory */
	int32_t	t_rm;		/* real memory in use */
	int32_t	t_arm;		/* active real memory */
	int32_t	t_vmshr;
	int32_t	t_avmshr;
	int32_t	t_rmshr;
	int32_t	t_armshr;
	int32_t	t_free;		/* free pages */
};

#endif /* _SYS_VMMETER_H_ */
