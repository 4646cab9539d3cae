/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux ABI for local clients: system calls keep their native numbers and
 * argument blocks, which the client's stubs make; flags, structures and
 * errors are Linux's.  New processes get it, process 1 included.
 *
 * The table is filled once, when all factions have brought their handlers.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <sys/syscall.h>

#include <rump-sys/kern.h>
#include <rump-priv/kern.h>

#include "linux.h"

struct sysent rump_linux_sysent[SYS_NSYSENT];

static struct emul emul_linux = {
	.e_name = "linux-rump",
	.e_errno = linux_errnos,
	.e_nosys = SYS_syscall,
	.e_nsysent = SYS_NSYSENT,
	.e_sysent = rump_linux_sysent,
};

RUMP_COMPONENT(RUMP_COMPONENT_SYSCALL)
{
	const struct linux_call *lc;
	size_t i;

	for (i = 0; i < SYS_NSYSENT; i++)
		rump_linux_sysent[i].sy_call = sys_nosys;
	for (lc = linux_calls; lc < linux_calls + linux_ncalls; lc++)
		rump_linux_sysent[lc->lc_num].sy_call = lc->lc_handler != NULL
		    ? lc->lc_handler : rump_sysent[lc->lc_num].sy_call;
	emul_default = &emul_linux;
	/* A process that runs already keeps what it is used to. */
	if (!rump_inited)
		initproc->p_emul = &emul_linux;
}
