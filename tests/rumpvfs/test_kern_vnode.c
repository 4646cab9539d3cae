/* SPDX-License-Identifier: BSD-2-Clause */
/* Drives the kernel half of the vnode tests, tests/kern/vnode.c. */
#include "client.h"

#define KERNTEST(name)							\
int	rumptest_##name(void);						\
START_TEST(kern_##name)							\
{									\
	int line;							\
									\
	boot();								\
	rump_schedule();						\
	line = rumptest_##name();					\
	rump_unschedule();						\
	ck_assert_msg(line == 0, "tests/kern/vnode.c:%d", line);	\
}									\
END_TEST

void	rump_schedule(void);
void	rump_unschedule(void);

KERNTEST(vcache)
KERNTEST(vflush)
KERNTEST(rekey)
KERNTEST(namecache)
KERNTEST(genfs)
KERNTEST(pathbuf)
KERNTEST(dirhash)
KERNTEST(fstrans)
KERNTEST(opv)
KERNTEST(layer)

int
main(void)
{
	Suite *s = suite_create("vnode_kern");
	TCase *tc = tcase_create("vnode_kern");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, kern_vcache);
	tcase_add_test(tc, kern_vflush);
	tcase_add_test(tc, kern_rekey);
	tcase_add_test(tc, kern_namecache);
	tcase_add_test(tc, kern_genfs);
	tcase_add_test(tc, kern_pathbuf);
	tcase_add_test(tc, kern_dirhash);
	tcase_add_test(tc, kern_fstrans);
	tcase_add_test(tc, kern_opv);
	tcase_add_test(tc, kern_layer);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
