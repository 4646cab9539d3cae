/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of tmpfs: what no system call reaches.  Called
 * with a tmpfs on /t, a virtual CPU held, in a process of its own; 0 or the
 * line of what failed.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/namei.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <uvm/uvm_extern.h>
#include <uvm/uvm_page.h>

int	rumptest_tmpfs_whiteout(void);
int	rumptest_tmpfs_cookies(void);
int	rumptest_tmpfs_pages(void);

#define	WANT(cond)							\
do {									\
	if (!(cond))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

static struct componentname
name(uint32_t op, uint32_t flags, const char *s)
{
	const struct componentname cn = {
		.cn_nameiop = op, .cn_flags = flags | ISLASTCN,
		.cn_cred = kauth_cred_get(), .cn_nameptr = s,
		.cn_namelen = strlen(s),
	};

	return cn;
}

/* Made, seen by lookup, replaced, removed. */
int
rumptest_tmpfs_whiteout(void)
{
	struct componentname cn;
	struct vnode *dvp, *vp;

	WANT(namei_simple_kernel("/t", NSM_FOLLOW_NOEMULROOT, &dvp) == 0);
	WANT(vn_lock(dvp, LK_EXCLUSIVE) == 0);
	cn = name(CREATE, 0, "w");
	WANT(VOP_WHITEOUT(dvp, &cn, LOOKUP) == 0);
	WANT(VOP_WHITEOUT(dvp, &cn, CREATE) == 0);
	WANT(VOP_WHITEOUT(dvp, &cn, CREATE) == EEXIST);

	cn = name(LOOKUP, 0, "w");
	WANT(VOP_LOOKUP(dvp, &vp, &cn) == ENOENT);
	WANT(vp == NULL && (cn.cn_flags & ISWHITEOUT) != 0);
	cn = name(CREATE, 0, "w");
	WANT(VOP_LOOKUP(dvp, &vp, &cn) == EJUSTRETURN);
	WANT((cn.cn_flags & ISWHITEOUT) != 0);

	cn = name(DELETE, DOWHITEOUT, "w");
	WANT(VOP_WHITEOUT(dvp, &cn, DELETE) == 0);
	cn = name(LOOKUP, 0, "w");
	WANT(VOP_LOOKUP(dvp, &vp, &cn) == ENOENT);
	WANT((cn.cn_flags & ISWHITEOUT) == 0);

	/* One stays, for the client to make a directory there. */
	cn = name(CREATE, 0, "opaque");
	WANT(VOP_WHITEOUT(dvp, &cn, CREATE) == 0);
	VOP_UNLOCK(dvp);
	vrele(dvp);
	return 0;
}

/* A server's view of a directory: each cookie leads to the next entry. */
int
rumptest_tmpfs_cookies(void)
{
	static char buf[4096];
	struct iovec iov = { buf, sizeof(buf) };
	struct uio uio = { .uio_iov = &iov, .uio_iovcnt = 1,
	    .uio_resid = sizeof(buf), .uio_rw = UIO_READ };
	struct dirent *d, *next;
	struct vnode *dvp;
	off_t *cookies;
	int eof, n, m, i;

	WANT(namei_simple_kernel("/t", NSM_FOLLOW_NOEMULROOT, &dvp) == 0);
	WANT(vn_lock(dvp, LK_SHARED) == 0);
	UIO_SETUP_SYSSPACE(&uio);
	WANT(VOP_READDIR(dvp, &uio, kauth_cred_get(), &eof, &cookies, &n) ==
	    0);
	WANT(eof && n > 3);
	d = (struct dirent *)buf;
	for (i = 0; i < n; i++, d = next) {
		char one[sizeof(struct dirent)];
		off_t *again;

		next = _DIRENT_NEXT(d);
		iov.iov_base = one;
		iov.iov_len = uio.uio_resid = i + 1 < n ? next->d_reclen : 64;
		uio.uio_iov = &iov;
		uio.uio_iovcnt = 1;
		uio.uio_offset = cookies[i];
		WANT(VOP_READDIR(dvp, &uio, kauth_cred_get(), &eof, &again,
		    &m) == 0);
		WANT(m == (i + 1 < n));
		WANT(m == 0 || strcmp(((struct dirent *)one)->d_name,
		    next->d_name) == 0);
		free(again, M_TEMP);
	}
	free(cookies, M_TEMP);
	VOP_UNLOCK(dvp);
	vrele(dvp);
	return 0;
}

/* Pages through the vnode are the file's, and counted. */
int
rumptest_tmpfs_pages(void)
{
	struct vm_page *pgs[4] = { NULL };
	struct vattr va;
	struct vnode *vp;
	int n = 4;

	WANT(namei_simple_kernel("/t/f", NSM_FOLLOW_NOEMULROOT, &vp) == 0);
	mutex_enter(vp->v_interlock);
	WANT(VOP_GETPAGES(vp, 0, pgs, &n, 0, VM_PROT_READ, 0, 0) == 0);
	WANT(n == 4 && pgs[0] != NULL && pgs[3] != NULL);
	mutex_enter(vp->v_interlock);
	uvm_page_unbusy(pgs, n);
	mutex_exit(vp->v_interlock);

	mutex_enter(vp->v_interlock);
	WANT(VOP_GETPAGES(vp, 1 << 20, pgs, &n, 0, VM_PROT_READ, 0, 0) ==
	    EINVAL);
	/* Flushing a vnode does not lose what is only in memory. */
	mutex_enter(vp->v_interlock);
	WANT(VOP_PUTPAGES(vp, 0, 0, PGO_ALLPAGES | PGO_FREE) == 0);
	WANT(vn_lock(vp, LK_SHARED) == 0);
	WANT(VOP_GETATTR(vp, &va, kauth_cred_get()) == 0);
	WANT(va.va_bytes == 4 * PAGE_SIZE);
	VOP_UNLOCK(vp);
	vrele(vp);
	return 0;
}
