/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credentials of kauth(9): reference-counted, immutable while shared.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/ucred.h>

#include <rump-priv/kern.h>

struct kauth_cred {
	volatile u_int cr_refcnt;
	uid_t cr_uid, cr_euid, cr_svuid;
	gid_t cr_gid, cr_egid, cr_svgid;
	u_int cr_ngroups;
	gid_t cr_groups[NGROUPS];
};

static inline void
cred_assert(kauth_cred_t cred)
{

	KASSERT(cred != NULL && cred != NOCRED && cred != FSCRED);
	KASSERT(__atomic_load_n(&cred->cr_refcnt, __ATOMIC_RELAXED) > 0);
}

static inline void
cred_assert_private(kauth_cred_t cred)
{

	cred_assert(cred);
	KASSERTMSG(__atomic_load_n(&cred->cr_refcnt, __ATOMIC_ACQUIRE) == 1,
	    "change of a shared credential");
}

kauth_cred_t
kauth_cred_alloc(void)
{
	kauth_cred_t cred = kmem_zalloc(sizeof(*cred), KM_SLEEP);

	cred->cr_refcnt = 1;
	return cred;
}

void
kauth_cred_hold(kauth_cred_t cred)
{

	cred_assert(cred);
#ifdef RUMP_UP
	cred->cr_refcnt++;
#else
	__atomic_fetch_add(&cred->cr_refcnt, 1, __ATOMIC_RELAXED);
#endif
}

void
kauth_cred_free(kauth_cred_t cred)
{

	cred_assert(cred);
#ifdef RUMP_UP
	if (--cred->cr_refcnt != 0)
		return;
#else
	if (__atomic_sub_fetch(&cred->cr_refcnt, 1, __ATOMIC_ACQ_REL) != 0)
		return;
#endif
	kmem_free(cred, sizeof(*cred));
}

void
kauth_cred_clone(kauth_cred_t from, kauth_cred_t to)
{

	cred_assert(from);
	cred_assert_private(to);
	/* All but the count, which others may be changing. */
	memcpy(&to->cr_uid, &from->cr_uid,
	    sizeof(*to) - offsetof(struct kauth_cred, cr_uid));
}

kauth_cred_t
kauth_cred_dup(kauth_cred_t cred)
{
	kauth_cred_t new = kauth_cred_alloc();

	kauth_cred_clone(cred, new);
	return new;
}

kauth_cred_t
kauth_cred_copy(kauth_cred_t cred)
{
	kauth_cred_t new;

	cred_assert(cred);
	if (kauth_cred_getrefcnt(cred) == 1)
		return cred;
	new = kauth_cred_dup(cred);
	kauth_cred_free(cred);
	return new;
}

kauth_cred_t
kauth_cred_get(void)
{

	return curlwp->l_cred;
}

u_int
kauth_cred_getrefcnt(kauth_cred_t cred)
{

	cred_assert(cred);
	return __atomic_load_n(&cred->cr_refcnt, __ATOMIC_RELAXED);
}

#define CRED_ID(name, type)						\
type									\
kauth_cred_get##name(kauth_cred_t cred)					\
{									\
									\
	cred_assert(cred);						\
	return cred->cr_##name;						\
}									\
void									\
kauth_cred_set##name(kauth_cred_t cred, type id)			\
{									\
									\
	cred_assert_private(cred);					\
	cred->cr_##name = id;						\
}

CRED_ID(uid, uid_t)
CRED_ID(euid, uid_t)
CRED_ID(svuid, uid_t)
CRED_ID(gid, gid_t)
CRED_ID(egid, gid_t)
CRED_ID(svgid, gid_t)

int
kauth_cred_ismember_gid(kauth_cred_t cred, gid_t gid, int *resultp)
{
	u_int i;

	cred_assert(cred);
	*resultp = gid == cred->cr_egid;
	for (i = 0; !*resultp && i < cred->cr_ngroups; i++)
		*resultp = cred->cr_groups[i] == gid;
	return 0;
}

u_int
kauth_cred_ngroups(kauth_cred_t cred)
{

	cred_assert(cred);
	return cred->cr_ngroups;
}

gid_t
kauth_cred_group(kauth_cred_t cred, u_int idx)
{

	cred_assert(cred);
	KASSERT(idx < cred->cr_ngroups);
	return cred->cr_groups[idx];
}

int
kauth_cred_setgroups(kauth_cred_t cred, const gid_t *grbuf, size_t len,
    uid_t gmuid, enum uio_seg seg)
{
	gid_t groups[NGROUPS];
	int error;

	cred_assert_private(cred);
	if (len > NGROUPS)
		return EINVAL;
	if (len != 0) {
		if (seg == UIO_SYSSPACE)
			memcpy(groups, grbuf, len * sizeof(*groups));
		else if ((error = copyin(grbuf, groups,
		    len * sizeof(*groups))) != 0)
			return error;
		memcpy(cred->cr_groups, groups, len * sizeof(*groups));
	}
	memset(&cred->cr_groups[len], 0,
	    sizeof(cred->cr_groups) - len * sizeof(*groups));
	cred->cr_ngroups = len;
	return 0;
}

int
kauth_cred_getgroups(kauth_cred_t cred, gid_t *grbuf, size_t len,
    enum uio_seg seg)
{

	cred_assert(cred);
	if (len > cred->cr_ngroups)
		return EINVAL;
	if (len == 0)
		return 0;
	if (seg == UIO_USERSPACE)
		return copyout(cred->cr_groups, grbuf, len * sizeof(*grbuf));
	memcpy(grbuf, cred->cr_groups, len * sizeof(*grbuf));
	return 0;
}

/* Put the groups of @ncred, a clone of the process's, into force. */
int
kauth_proc_setgroups(struct lwp *l, kauth_cred_t ncred)
{
	kauth_cred_t cred;
	int error;

	if ((error = kauth_authorize_process(l->l_cred, KAUTH_PROCESS_SETID,
	    l->l_proc, NULL, NULL, NULL)) != 0) {
		kauth_cred_free(ncred);
		return error;
	}
	proc_crmod_enter();
	cred = l->l_proc->p_cred;
	ncred->cr_uid = cred->cr_uid;
	ncred->cr_euid = cred->cr_euid;
	ncred->cr_svuid = cred->cr_svuid;
	ncred->cr_gid = cred->cr_gid;
	ncred->cr_egid = cred->cr_egid;
	ncred->cr_svgid = cred->cr_svgid;
	proc_crmod_leave(ncred, cred, true);
	return 0;
}

int
kauth_cred_uidmatch(kauth_cred_t c1, kauth_cred_t c2)
{

	cred_assert(c1);
	cred_assert(c2);
	return c1->cr_uid == c2->cr_uid || c1->cr_euid == c2->cr_uid ||
	    c1->cr_uid == c2->cr_euid || c1->cr_euid == c2->cr_euid;
}

void
kauth_uucred_to_cred(kauth_cred_t cred, const struct uucred *uuc)
{
	int n = uuc->cr_ngroups;

	cred_assert_private(cred);
	if (n < 0)
		n = 0;
	if (n > NGROUPS)
		n = NGROUPS;
	cred->cr_uid = cred->cr_euid = cred->cr_svuid = uuc->cr_uid;
	cred->cr_gid = cred->cr_egid = cred->cr_svgid = uuc->cr_gid;
	cred->cr_ngroups = n;
	memcpy(cred->cr_groups, uuc->cr_groups, n * sizeof(gid_t));
}

void
kauth_cred_to_uucred(struct uucred *uuc, const kauth_cred_t cred)
{

	cred_assert(cred);
	memset(uuc, 0, sizeof(*uuc));
	uuc->cr_uid = cred->cr_euid;
	uuc->cr_gid = cred->cr_egid;
	uuc->cr_ngroups = cred->cr_ngroups;
	memcpy(uuc->cr_groups, cred->cr_groups,
	    cred->cr_ngroups * sizeof(gid_t));
}

/* Non-zero unless they are the same (effective ids and groups). */
int
kauth_cred_uucmp(kauth_cred_t cred, const struct uucred *uuc)
{
	int i, found;

	cred_assert(cred);
	if (cred->cr_euid != uuc->cr_uid || cred->cr_egid != uuc->cr_gid ||
	    cred->cr_ngroups != (u_int)uuc->cr_ngroups)
		return 1;
	for (i = 0; i < uuc->cr_ngroups; i++) {
		if (kauth_cred_ismember_gid(cred, uuc->cr_groups[i],
		    &found) != 0 || !found)
			return 1;
	}
	return 0;
}

/*
 * For clients of the library.
 */

kauth_cred_t
rump_cred_create(uid_t uid, gid_t gid, size_t ngroups, gid_t *groups)
{
	kauth_cred_t cred;

	if (ngroups > NGROUPS)
		return NULL;
	cred = kauth_cred_alloc();
	cred->cr_uid = cred->cr_euid = cred->cr_svuid = uid;
	cred->cr_gid = cred->cr_egid = cred->cr_svgid = gid;
	(void)kauth_cred_setgroups(cred, groups, ngroups, 0, UIO_SYSSPACE);
	return cred;
}

void
rump_cred_put(kauth_cred_t cred)
{

	kauth_cred_free(cred);
}
