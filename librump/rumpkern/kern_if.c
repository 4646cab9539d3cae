/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rump_pub_*: the calls of rump-sys/kern_if.h for client programs, each of
 * which enters the kernel by itself.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>

#include <rump-priv/kern.h>

int	rump_pub_module_init(const struct modinfo *const *, size_t);
int	rump_pub_module_fini(const struct modinfo *);
kauth_cred_t rump_pub_cred_create(uid_t, gid_t, size_t, gid_t *);
void	rump_pub_cred_put(kauth_cred_t);
int	rump_pub_lwproc_rfork(int);
int	rump_pub_lwproc_newlwp(pid_t);
void	rump_pub_lwproc_switch(struct lwp *);
void	rump_pub_lwproc_releaselwp(void);
struct lwp *rump_pub_lwproc_curlwp(void);
void	rump_pub_lwproc_sysent_usenative(void);

/* For calls whose result is an errno. */
#define PUB_INT(call)							\
	int rv;								\
									\
	if ((rv = rump_schedule_enter()) != 0)				\
		return rv;						\
	rv = (call);							\
	rump_unschedule();						\
	return rv

int
rump_pub_module_init(const struct modinfo *const *mip, size_t n)
{
	PUB_INT(rump_module_init(mip, n));
}

int
rump_pub_module_fini(const struct modinfo *mi)
{
	PUB_INT(rump_module_fini(mi));
}

int
rump_pub_lwproc_rfork(int flags)
{
	PUB_INT(rump_lwproc_rfork(flags));
}

int
rump_pub_lwproc_newlwp(pid_t pid)
{
	PUB_INT(rump_lwproc_newlwp(pid));
}

/* For calls that have no way to answer: false if the kernel is dead. */
static bool
pub_enter(void)
{

	if (__predict_true(rump_schedule_enter() == 0))
		return true;
	if (rump_is_dead())
		return false;
	rump_schedule();	/* says what is wrong and ends it all */
	return true;
}

kauth_cred_t
rump_pub_cred_create(uid_t uid, gid_t gid, size_t ngroups, gid_t *groups)
{
	kauth_cred_t cred;

	if (!pub_enter())
		return NULL;
	cred = rump_cred_create(uid, gid, ngroups, groups);
	rump_unschedule();
	return cred;
}

void
rump_pub_cred_put(kauth_cred_t cred)
{

	if (!pub_enter())
		return;
	rump_cred_put(cred);
	rump_unschedule();
}

void
rump_pub_lwproc_switch(struct lwp *l)
{

	if (!pub_enter())
		return;
	rump_lwproc_switch(l);
	rump_unschedule();
}

void
rump_pub_lwproc_releaselwp(void)
{

	if (!pub_enter())
		return;
	rump_lwproc_releaselwp();
	rump_unschedule();
}

struct lwp *
rump_pub_lwproc_curlwp(void)
{
	struct lwp *l;

	if (!pub_enter())
		return NULL;
	l = rump_lwproc_curlwp();
	rump_unschedule();
	return l;
}

void
rump_pub_lwproc_sysent_usenative(void)
{

	if (!pub_enter())
		return;
	rump_lwproc_sysent_usenative();
	rump_unschedule();
}
