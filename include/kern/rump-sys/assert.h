/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families of assertions, an extension beside KASSERT(9).
 *
 *	RUMP_EXPECT*	says what is wrong and goes on; its value is whether
 *			it held
 *	RUMP_ASSERT*	panics; with DIAGNOSTIC only, else not evaluated
 *	RUMP_VERIFY*	panics, in every build
 *	RUMP_STATIC	the compiler refuses
 *
 * Each comes as a condition, as comparisons that show both values (INT signed,
 * UINT unsigned), as an implication (IF), of an errno that has to be 0 (ERRNO),
 * and of a result that must not be negative (RC).  Arguments are evaluated
 * once or, of RUMP_ASSERT without DIAGNOSTIC, not at all.  Any context.
 */
#ifndef _RUMP_SYS_ASSERT_H_
#define _RUMP_SYS_ASSERT_H_

#include <sys/param.h>
#include <sys/cdefs.h>
#include <sys/types.h>
#include <lib/libkern/libkern.h>

/** Report an expectation that was not met; false. */
bool	rump_expect_failed(const char *, ...) __printflike(1, 2) __cold;
/** How many there were since boot. */
unsigned int rump_expect_failures(void);

#define _RUMP_FATAL(...)	(kern_assert(__VA_ARGS__), false)
#define _RUMP_AT(kind)		kind " failed: file \"%s\", line %d: "

#define _RUMP_COND(fail, kind, e)					\
	(__predict_true((e)) || fail(_RUMP_AT(kind) "%s", __FILE__,	\
	    __LINE__, #e))
#define _RUMP_COMPARE(fail, kind, type, conv, a, op, b)			\
__extension__ ({							\
	const type ra_ = (a), rb_ = (b);				\
									\
	__predict_true(ra_ op rb_) || fail(_RUMP_AT(kind)		\
	    "%s " #op " %s (" conv ", " conv ")", __FILE__, __LINE__,	\
	    #a, #b, ra_, rb_);						\
})
#define _RUMP_IF(fail, kind, a, b)					\
	(__predict_true(!(a) || (b)) || fail(_RUMP_AT(kind)		\
	    "%s, but not %s", __FILE__, __LINE__, #a, #b))
#define _RUMP_ERRNO(fail, kind, e)					\
__extension__ ({							\
	const int re_ = (e);						\
									\
	__predict_true(re_ == 0) || fail(_RUMP_AT(kind)			\
	    "%s: errno %d", __FILE__, __LINE__, #e, re_);		\
})
#define _RUMP_RC(fail, kind, e)						\
__extension__ ({							\
	const intmax_t rr_ = (e);					\
									\
	__predict_true(rr_ >= 0) || fail(_RUMP_AT(kind)			\
	    "%s: result %jd", __FILE__, __LINE__, #e, rr_);		\
})

#define RUMP_EXPECT(e)	_RUMP_COND(rump_expect_failed, "expectation", e)
#define RUMP_EXPECT_INT(a, op, b)					\
	_RUMP_COMPARE(rump_expect_failed, "expectation", intmax_t, "%jd", \
	    a, op, b)
#define RUMP_EXPECT_UINT(a, op, b)					\
	_RUMP_COMPARE(rump_expect_failed, "expectation", uintmax_t, "%ju", \
	    a, op, b)
#define RUMP_EXPECT_IF(a, b)						\
	_RUMP_IF(rump_expect_failed, "expectation", a, b)
#define RUMP_EXPECT_ERRNO(e)						\
	_RUMP_ERRNO(rump_expect_failed, "expectation", e)
#define RUMP_EXPECT_RC(e) _RUMP_RC(rump_expect_failed, "expectation", e)

#define RUMP_VERIFY(e)							\
	((void)_RUMP_COND(_RUMP_FATAL, "verification", e))
#define RUMP_VERIFY_INT(a, op, b)					\
	((void)_RUMP_COMPARE(_RUMP_FATAL, "verification", intmax_t, "%jd", \
	    a, op, b))
#define RUMP_VERIFY_UINT(a, op, b)					\
	((void)_RUMP_COMPARE(_RUMP_FATAL, "verification", uintmax_t, "%ju", \
	    a, op, b))
#define RUMP_VERIFY_IF(a, b)						\
	((void)_RUMP_IF(_RUMP_FATAL, "verification", a, b))
#define RUMP_VERIFY_ERRNO(e)						\
	((void)_RUMP_ERRNO(_RUMP_FATAL, "verification", e))
#define RUMP_VERIFY_RC(e) ((void)_RUMP_RC(_RUMP_FATAL, "verification", e))

#ifdef DIAGNOSTIC
#define RUMP_ASSERT		RUMP_VERIFY
#define RUMP_ASSERT_INT		RUMP_VERIFY_INT
#define RUMP_ASSERT_UINT	RUMP_VERIFY_UINT
#define RUMP_ASSERT_IF		RUMP_VERIFY_IF
#define RUMP_ASSERT_ERRNO	RUMP_VERIFY_ERRNO
#define RUMP_ASSERT_RC		RUMP_VERIFY_RC
#else
#define RUMP_ASSERT(e)			((void)sizeof((long)(e)))
#define RUMP_ASSERT_INT(a, op, b)	((void)sizeof((a) op (b)))
#define RUMP_ASSERT_UINT(a, op, b)	((void)sizeof((a) op (b)))
#define RUMP_ASSERT_IF(a, b)		((void)sizeof(!(a) || (b)))
#define RUMP_ASSERT_ERRNO(e)		((void)sizeof((e) == 0))
#define RUMP_ASSERT_RC(e)		((void)sizeof((e) >= 0))
#endif

#define RUMP_STATIC(e)		_Static_assert((e), #e)

#endif /* _RUMP_SYS_ASSERT_H_ */
