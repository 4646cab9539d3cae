/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that work below the system calls: rump_pub_* and RUMP_VOP_*, as
 * file system daemons use them.
 */
#include "client.h"

#include <rump/rump_namei.h>
#include <rump/rumpvfs_if_pub.h>
#include <rump/rumpvnode_if.h>

/* A file by hand: look its name up, create, write, read, remove it. */
START_TEST(by_hand)
{
	struct vnode *dvp, *vp, *again;
	struct componentname *cnp;
	struct kauth_cred *cred;
	struct rump_stat sb;
	struct vattr *vap;
	struct uio *uio;
	enum rump_vtype type;
	int64_t size;
	uint64_t dev;
	char buf[16];

	boot();
	mount_tmpfs("/t");
	cred = rump_pub_cred_create(0, 0, 0, NULL);
	ck_assert_int_eq(rump_pub_namei(RUMP_NAMEI_CREATE, 0, "/t/file", &dvp,
	    &vp, &cnp), 0);
	ck_assert_ptr_nonnull(dvp);
	ck_assert_ptr_null(vp);
	vap = rump_pub_vattr_init();
	rump_pub_vattr_settype(vap, RUMP_VREG);
	rump_pub_vattr_setmode(vap, 0640);
	ck_assert_int_eq(RUMP_VOP_CREATE(dvp, &vp, cnp, vap), 0);
	rump_pub_vattr_free(vap);
	rump_pub_freecn(cnp, RUMPCN_FREECRED);
	ck_assert_int_eq(RUMP_VOP_UNLOCK(dvp), 0);
	ck_assert_int_ne(RUMP_VOP_ISLOCKED(dvp), 2);
	ck_assert_int_eq(rump_pub_vp_getref(vp), 1);

	ck_assert_int_eq(RUMP_VOP_LOCK(vp, 2), 0);
	uio = rump_pub_uio_setup((void *)(uintptr_t)"hello", 5, 0,
	    RUMPUIO_WRITE);
	ck_assert_int_eq(RUMP_VOP_WRITE(vp, uio, 0, cred), 0);
	ck_assert_uint_eq(rump_pub_uio_free(uio), 0);
	uio = rump_pub_uio_setup(buf, sizeof(buf), 0, RUMPUIO_READ);
	ck_assert_int_eq(RUMP_VOP_READ(vp, uio, 0, cred), 0);
	ck_assert_uint_eq(rump_pub_uio_free(uio), sizeof(buf) - 5);
	ck_assert_mem_eq(buf, "hello", 5);
	ck_assert_int_eq(RUMP_VOP_UNLOCK(vp), 0);
	rump_pub_getvninfo(vp, &type, &size, &dev);
	ck_assert_int_eq(type, RUMP_VREG);
	ck_assert_int_eq(size, 5);

	OK(st("/t/file", &sb));
	ck_assert_int_eq(sb.st_mode & 07777, 0640);
	/* Seen through the other interface it is the same vnode. */
	ck_assert_int_eq(rump_pub_namei(RUMP_NAMEI_LOOKUP, 0, "/t/file",
	    NULL, &again, &cnp), 0);
	ck_assert_ptr_eq(again, vp);
	ck_assert_int_eq(rump_pub_vp_getref(vp), 2);
	rump_pub_freecn(cnp, RUMPCN_FREECRED);
	rump_pub_vp_rele(again);
	rump_pub_vp_incref(vp);
	rump_pub_vp_rele(vp);

	ck_assert_int_eq(rump_pub_namei(RUMP_NAMEI_DELETE,
	    RUMP_NAMEI_LOCKLEAF, "/t/file", &dvp, &again, &cnp), 0);
	ck_assert_int_eq(RUMP_VOP_REMOVE(dvp, again, cnp), 0);
	rump_pub_freecn(cnp, RUMPCN_FREECRED);
	rump_pub_vp_rele(vp);
	rump_pub_vp_rele(dvp);
	FAILS(st("/t/file", &sb), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_namei(RUMP_NAMEI_LOOKUP, 0, "/t/file",
	    NULL, &again, NULL), RUMP_ENOENT);
	rump_pub_cred_put(cred);
	OK(rump_sys_unmount("/t", 0));
}
END_TEST

START_TEST(mounts)
{
	struct rump_statvfs sv;
	struct kauth_cred *cred;
	struct vfsops *ops;
	struct mount *mp;
	struct vnode *vp;
	int n = 0;

	boot();
	mount_tmpfs("/t");
	cred = rump_pub_cred_create(0, 0, 0, NULL);
	ck_assert_int_eq(rump_pub_vfs_getmp("/none", &mp), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_vfs_getmp("/t", &mp), 0);
	ck_assert_int_eq(rump_pub_vfs_root(mp, &vp, 1), 0);
	ck_assert_int_eq(RUMP_VOP_ISLOCKED(vp), 2);
	ck_assert_int_eq(RUMP_VOP_UNLOCK(vp), 0);
	rump_pub_vp_rele(vp);
	ck_assert_int_eq(rump_pub_vfs_root(mp, &vp, 0), 0);
	rump_pub_vp_rele(vp);
	ck_assert_int_eq(rump_pub_vfs_statvfs(mp, (void *)&sv), 0);
	ck_assert(sv.f_bsize != 0);
	ck_assert_int_eq(rump_pub_vfs_sync(mp, 1, cred), 0);
	rump_pub_vfs_syncwait(mp);
	for (ops = rump_pub_vfslist_iterate(NULL); ops != NULL;
	    ops = rump_pub_vfslist_iterate(ops))
		n++;
	ck_assert_int_ge(n, 2);
	ck_assert_ptr_nonnull(rump_pub_vfs_getopsbyname("tmpfs"));
	ck_assert_ptr_null(rump_pub_vfs_getopsbyname("nonesuch"));
	ck_assert_int_eq(rump_pub_vfs_unmount(mp, 0), 0);
	rump_pub_cred_put(cred);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pub");
	TCase *tc = tcase_create("pub");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, mounts);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
