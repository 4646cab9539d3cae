/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of the families of assertions, as with DIAGNOSTIC;
 * assert_off.c has what is different without.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/msgbuf.h>

#include <rump-sys/assert.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_assert(void);
int	rumptest_assert_off(void);
void	rumptest_assert_fatal(int);

/* The newest line of the message buffer ends in this. */
static bool
said(const char *want)
{
	size_t n = strlen(want), i;
	long x = msgbufp->msg_bufx;
	char got[128];

	KASSERT(n < sizeof(got));
	for (i = 0; i < n; i++)
		got[i] = msgbufp->msg_bufc[(x + msgbufp->msg_bufs - (long)n - 1 +
		    (long)i) % msgbufp->msg_bufs];
	return memcmp(got, want, n) == 0;
}

int
rumptest_assert(void)
{
	unsigned int before = rump_expect_failures();
	int a = 0;

	RUMP_STATIC(sizeof(int) == 4);
	CK(RUMP_EXPECT(++a == 1) && RUMP_EXPECT_INT(++a, ==, 2));
	CK(RUMP_EXPECT_UINT(++a, <, 4U) && RUMP_EXPECT_IF(++a == 0, false));
	CK(RUMP_EXPECT_IF(++a == 5, true) && RUMP_EXPECT_ERRNO(a++ - 5));
	CK(RUMP_EXPECT_RC(a++) && a == 7);
	CK(rump_expect_failures() == before);

	CK(!RUMP_EXPECT(++a == 7) && said(": ++a == 7"));
	CK(!RUMP_EXPECT_INT(++a, <, -3) && said(": ++a < -3 (9, -3)"));
	CK(!RUMP_EXPECT_UINT(a++, >, (uint64_t)-1));
	CK(said(" (9, 18446744073709551615)"));
	/* As one is signed and one is not, so are the results. */
	CK(RUMP_EXPECT_INT(-1, <, 1) && !RUMP_EXPECT_UINT(-1, <, 1));
	CK(!RUMP_EXPECT_IF(++a == 11, a == 12));
	CK(said(": ++a == 11, but not a == 12"));
	CK(!RUMP_EXPECT_ERRNO(a++ + ENOENT - 11) && said(": errno 2"));
	CK(!RUMP_EXPECT_RC(a++ - 13) && said(": a++ - 13: result -1"));
	CK(a == 13 && rump_expect_failures() == before + 7);

	RUMP_VERIFY(++a == 14);
	RUMP_VERIFY_INT(++a, ==, 15);
	RUMP_VERIFY_UINT(++a, ==, 16);
	RUMP_VERIFY_IF(++a == 17, ++a == 18);
	RUMP_VERIFY_ERRNO(a++ - 18);
	RUMP_VERIFY_RC(a++);
	CK(a == 20);
	RUMP_ASSERT(++a == 21);
	RUMP_ASSERT_INT(++a, ==, 22);
	RUMP_ASSERT_UINT(++a, ==, 23);
	RUMP_ASSERT_IF(++a == 24, ++a == 25);
	RUMP_ASSERT_ERRNO(a++ - 25);
	RUMP_ASSERT_RC(a++);
	CK(a == 27);
	return rumptest_assert_off();
}

/* Each of these ends in a panic. */
void
rumptest_assert_fatal(int which)
{
	int a = 1;

	switch (which) {
	case 0: RUMP_VERIFY(a == 2); break;
	case 1: RUMP_VERIFY_INT(a, <, -1); break;
	case 2: RUMP_VERIFY_UINT(a, >, 5); break;
	case 3: RUMP_VERIFY_IF(a == 1, a == 2); break;
	case 4: RUMP_VERIFY_ERRNO(ENOENT); break;
	case 5: RUMP_VERIFY_RC(-a); break;
	case 6: RUMP_ASSERT(a == 2); break;
	case 7: RUMP_ASSERT_INT(a, ==, 2); break;
	case 8: KASSERT(a == 2); break;
	case 9: KASSERTMSG(a == 2, "a is %d", a); break;
	}
}
