/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * component.c - what private hypercalls use (rump/rumpuser_component.h).
 * Locking: everything is the calling thread's own.
 */
#include "host.h"
#include "fault/provider.h"

#include <stdlib.h>

void *
rumpuser_component_unschedule(void)
{

	return (void *)(intptr_t)rumpuser__unschedule(NULL);
}

void
rumpuser_component_schedule(void *cookie)
{

	rumpuser__schedule((int)(intptr_t)cookie, NULL);
}

void
rumpuser_component_kthread(void)
{
	int error;

	rumpuser__hyp.hyp_schedule();
	error = rumpuser__hyp.hyp_lwproc_newlwp(0);
	rumpuser__hyp.hyp_unschedule();
	if (error != 0)
		rumpuser__nomem("kernel thread");
}

void
rumpuser_component_kthread_release(void)
{

	rumpuser__hyp.hyp_schedule();
	rumpuser__hyp.hyp_lwproc_release();
	rumpuser__hyp.hyp_unschedule();
}

struct lwp *
rumpuser_component_curlwp(void)
{

	return rumpuser__hyp.hyp_lwproc_curlwp();
}

void
rumpuser_component_switchlwp(struct lwp *l)
{

	rumpuser__hyp.hyp_lwproc_switch(l);
}

int
rumpuser_component_errtrans(int hosterr)
{

	return rumpuser__errtrans(hosterr);
}

int
rumpuser_component_fault(struct rumpuser_message *m)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_message, m);
	errno = serrno;
	return error;
}

void
rumpuser_component_faultdone(struct rumpuser_message *m)
{

	if ((m->rm_verdict & RUMPUSER_MESSAGE_COPY) != 0)
		free(m->rm_mem);
	m->rm_verdict = RUMPUSER_MESSAGE_PASS;
}
