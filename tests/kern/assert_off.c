/* SPDX-License-Identifier: BSD-2-Clause */
/* Assertions without DIAGNOSTIC: RUMP_ASSERT is not evaluated, others are. */
#undef DIAGNOSTIC
#include <sys/param.h>
#include <sys/systm.h>

#include <rump-sys/assert.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_assert_off(void);

int
rumptest_assert_off(void)
{
	int a = 0;

	RUMP_ASSERT(++a == 7);
	RUMP_ASSERT_INT(++a, ==, 7);
	RUMP_ASSERT_UINT(++a, ==, 7U);
	RUMP_ASSERT_IF(++a == 1, ++a == 7);
	RUMP_ASSERT_ERRNO(++a);
	RUMP_ASSERT_RC(-++a);
	KASSERT(++a == 7);
	KASSERTMSG(++a == 7, "%d", a);
	CK(a == 0);
	RUMP_VERIFY(++a == 1);
	CK(RUMP_EXPECT_INT(++a, ==, 2) && a == 2);
	return 0;
}
