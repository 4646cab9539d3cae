/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiler and language helpers: attributes, bit-field arithmetic, compile-time
 * assertions, version information. Macros only.
 */
#ifndef _SYS_CDEFS_H_
#define _SYS_CDEFS_H_

#ifdef __GNUC__
#define __GNUC_PREREQ__(x, y)						\
	((__GNUC__ == (x) && __GNUC_MINOR__ >= (y)) || (__GNUC__ > (x)))
#else
#define __GNUC_PREREQ__(x, y)	0
#endif

#ifdef __cplusplus
#define __BEGIN_DECLS		extern "C" {
#define __END_DECLS		}
#define __static_cast(x, y)	static_cast<x>(y)
#else
#define __BEGIN_DECLS
#define __END_DECLS
#define __static_cast(x, y)	(x)y
#endif

#define ___STRING(x)		__STRING(x)
#define ___CONCAT(x, y)		__CONCAT(x, y)
#define __CONCAT(x, y)		x ## y
#define __STRING(x)		#x
#define __P(protos)		protos

#define __const			const
#define __signed		signed
#ifndef __volatile
#define __volatile		volatile
#endif
#ifndef __inline
#define __inline		inline
#endif

/* Drop a qualifier without a warning: the integer in between is exact. */
#define __UNCONST(a)		((void *)(unsigned long)(const void *)(a))
#define __UNVOLATILE(a)							\
	((void *)(unsigned long)(volatile void *)(a))
#define __UNALIGNED(a)		((void *)(unsigned long)(a))

#define __dead			__attribute__((__noreturn__))
#define __pure			__attribute__((__const__))
#define __constfunc		__attribute__((__const__))
#define __noinline		__attribute__((__noinline__))
#define __always_inline		__attribute__((__always_inline__))
#define __unused		__attribute__((__unused__))
#define __used			__attribute__((__used__))
#define __packed		__attribute__((__packed__))
#define __aligned(x)		__attribute__((__aligned__(x)))
#define __section(x)		__attribute__((__section__(x)))
#define __cold			__attribute__((__cold__))
#define __hot			__attribute__((__hot__))
#define __noprofile		__attribute__((__no_instrument_function__))
#define __returns_twice		__attribute__((__returns_twice__))
#define __returns_nonnull	__attribute__((__returns_nonnull__))
#define __unreachable()		__builtin_unreachable()
#ifdef __clang__
#define __nocommon
#define __noclone
#else
#define __nocommon		__attribute__((__nocommon__))
#define __noclone		__attribute__((__noclone__))
#endif
#define __alignof(x)		__alignof__(x)
#ifndef __alloc_size
#define __alloc_size(...)	__attribute__((__alloc_size__(__VA_ARGS__)))
#endif
#define __insn_barrier()	__asm __volatile("" : : : "memory")
#define __restrict		__restrict__
#define __may_alias		__attribute__((__may_alias__))

#define __printflike(fmtarg, firstvararg)				\
	__attribute__((__format__(__printf__, fmtarg, firstvararg)))
#define __scanflike(fmtarg, firstvararg)				\
	__attribute__((__format__(__scanf__, fmtarg, firstvararg)))
#define __format_arg(fmtarg)	__attribute__((__format_arg__(fmtarg)))

#define __predict_true(exp)	__builtin_expect((exp) != 0, 1)
#define __predict_false(exp)	__builtin_expect((exp) != 0, 0)

/* Variables that only assertions read. */
#ifdef DIAGNOSTIC
#define __diagused
#else
#define __diagused		__unused
#endif
#ifdef DEBUG
#define __debugused
#else
#define __debugused		__unused
#endif
#define __USE(a)		((void)(a))

#define __arraycount(a)		(sizeof(a) / sizeof((a)[0]))

/* Compile-time assertions; the declaration form works in any scope. */
#define __CTASSERT(x)		__CTASSERT0(x, __ctassert, __COUNTER__)
#define __CTASSERT0(x, y, z)	__CTASSERT1(x, y, z)
#define __CTASSERT1(x, y, z)						\
	struct y ## z ## _struct { unsigned int y ## z : (x) ? 1 : -1; }

/* The n'th bit, and the bits m..n, of an integer as wide as uintmax_t. */
#define __BIT(n)							\
	(((__UINTMAX_TYPE__)(n) >= 64) ? 0 :				\
	    ((__UINTMAX_TYPE__)1 << (__UINTMAX_TYPE__)((n) & 63)))
#define __MASK(n)		(__BIT(n) - 1)
#define __BITS(m, n)							\
	((__BIT((((m) > (n)) ? (m) : (n)) + 1) - 1) ^			\
	    (__BIT(((m) < (n)) ? (m) : (n)) - 1))
#define __LOWEST_SET_BIT(mask)	((((mask) - 1) & (mask)) ^ (mask))
#define __SHIFTOUT(x, mask)	(((x) & (mask)) / __LOWEST_SET_BIT(mask))
#define __SHIFTIN(x, mask)	((x) * __LOWEST_SET_BIT(mask))
#define __SHIFTOUT_MASK(mask)	__SHIFTOUT((mask), (mask))
#define __PRIxBIT		"jx"
#define __PRIuBIT		"ju"

/* Range of an integer type, and whether a value fits it. */
#define __BITS_OF(t)		(sizeof(t) * 8)
#define __type_mask(t)							\
	(/*LINTED*/sizeof(t) < sizeof(__INTMAX_TYPE__) ?		\
	    (~((1ULL << (__BITS_OF(t) & 63)) - 1)) : 0ULL)
#define __type_min_s(t)		((t)((1ULL << (__BITS_OF(t) - 1))))
#define __type_max_s(t)		((t)~((1ULL << (__BITS_OF(t) - 1))))
#define __type_min_u(t)		((t)0ULL)
#define __type_max_u(t)		((t)~0ULL)
#define __type_is_signed(t)	(((t)-1) < (t)1)
#define __type_min(t)							\
	(__type_is_signed(t) ? __type_min_s(t) : __type_min_u(t))
#define __type_max(t)							\
	(__type_is_signed(t) ? __type_max_s(t) : __type_max_u(t))
#define __type_fit_u(t, a)						\
	(__type_is_signed(__typeof__(a)) && (a) < 0 ? 0 :		\
	    (unsigned long long)(a) <= (unsigned long long)__type_max_u(t))
#define __type_fit_s(t, a)						\
	((a) < 0 ? (long long)(a) >= (long long)__type_min_s(t) :	\
	    (unsigned long long)(a) <= (unsigned long long)__type_max_s(t))
#define __type_fit(t, a)						\
	(__type_is_signed(t) ? __type_fit_s(t, a) : __type_fit_u(t, a))

#define __strict_weak_alias(alias, sym)					\
	__weak_alias(alias, sym)

#define __CAST(__dt, __st)	((__dt)(__st))
#define __CASTV(__dt, __st)	__CAST(__dt, __CAST(void *, __st))
#define __CASTCV(__dt, __st)	__CAST(__dt, __CAST(const void *, __st))

/* Visible to other shared objects; kernel objects may be built hidden. */
#define __dso_public		__attribute__((__visibility__("default")))
#define __dso_hidden		__attribute__((__visibility__("hidden")))
#define __BEGIN_PUBLIC_DECLS	__BEGIN_DECLS
#define __END_PUBLIC_DECLS	__END_DECLS
#define __BEGIN_HIDDEN_DECLS	__BEGIN_DECLS
#define __END_HIDDEN_DECLS	__END_DECLS

/* System-call renaming is a matter of user space: no effect here. */
#define __RENAME(x)

#include <sys/cdefs_elf.h>

#endif /* _SYS_CDEFS_H_ */
