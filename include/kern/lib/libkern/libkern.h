/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's C library: assertions, string and memory functions, number
 * conversion, sorting, checksums. Everything here may be called from any
 * context and takes no locks.
 */
#ifndef _LIB_LIBKERN_LIBKERN_H_
#define _LIB_LIBKERN_LIBKERN_H_

#include <sys/types.h>
#include <sys/inttypes.h>
#include <sys/null.h>
#include <sys/stdarg.h>

static __inline int __unused imax(int a, int b) { return a > b ? a : b; }
static __inline int __unused imin(int a, int b) { return a < b ? a : b; }
static __inline u_int __unused max(u_int a, u_int b) { return a > b ? a : b; }
static __inline u_int __unused min(u_int a, u_int b) { return a < b ? a : b; }
static __inline long __unused lmax(long a, long b) { return a > b ? a : b; }
static __inline long __unused lmin(long a, long b) { return a < b ? a : b; }

static __inline u_long __unused
ulmax(u_long a, u_long b)
{

	return a > b ? a : b;
}

static __inline u_long __unused
ulmin(u_long a, u_long b)
{

	return a < b ? a : b;
}

static __inline int __unused abs(int j) { return j < 0 ? -j : j; }
static __inline long __unused labs(long j) { return j < 0 ? -j : j; }

/* Character classes of the C locale. */
static __inline int __unused
isspace(int c)
{

	return c == ' ' || (c >= '\t' && c <= '\r');
}

static __inline int __unused isascii(int c) { return (c & ~0x7f) == 0; }
static __inline int __unused isupper(int c) { return c >= 'A' && c <= 'Z'; }
static __inline int __unused islower(int c) { return c >= 'a' && c <= 'z'; }

static __inline int __unused
isalpha(int c)
{

	return isupper(c) || islower(c);
}

static __inline int __unused isdigit(int c) { return c >= '0' && c <= '9'; }

static __inline int __unused
isalnum(int c)
{

	return isalpha(c) || isdigit(c);
}

static __inline int __unused
isxdigit(int c)
{

	return isdigit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static __inline int __unused iscntrl(int c) { return c < ' ' || c == 0x7f; }
static __inline int __unused isprint(int c) { return c >= ' ' && c <= '~'; }
static __inline int __unused isgraph(int c) { return c > ' ' && c <= '~'; }

static __inline int __unused
ispunct(int c)
{

	return isgraph(c) && !isalnum(c);
}

static __inline int __unused
toupper(int c)
{

	return islower(c) ? c - 'a' + 'A' : c;
}

static __inline int __unused
tolower(int c)
{

	return isupper(c) ? c - 'A' + 'a' : c;
}

static __inline int __unused toascii(int c) { return c & 0x7f; }

/*
 * Assertions. KASSERT is active with DIAGNOSTIC, KDASSERT with DEBUG or in the
 * checking build. Both are type-checked but not evaluated when off.
 */
__BEGIN_DECLS
/* Report a failed assertion and panic. */
void	kern_assert(const char *, ...) __printflike(1, 2) __cold;
__END_DECLS

#define __KASSERTSTR	"kernel %sassertion \"%s\" failed: file \"%s\", line %d "
#define __KASSERT_FAIL(kind, e, msg, ...)				\
	kern_assert(__KASSERTSTR msg, kind, e, __FILE__, __LINE__,	\
	    ## __VA_ARGS__)

#define assert(e)							\
	(__predict_true((e)) ? (void)0 : __KASSERT_FAIL("", #e, ""))

#if defined(DIAGNOSTIC) || defined(lint)
#define _DIAGASSERT(e)							\
	(__predict_true((e)) ? (void)0 : __KASSERT_FAIL("diagnostic ", #e, ""))
#define KASSERTMSG(e, msg, ...)						\
	(__predict_true((e)) ? (void)0 :				\
	    __KASSERT_FAIL("diagnostic ", #e, msg, ## __VA_ARGS__))
#define KASSERT(e)							\
	(__predict_true((e)) ? (void)0 : __KASSERT_FAIL("diagnostic ", #e, ""))
#else
#define _DIAGASSERT(e)		((void)sizeof((long)(e)))
#define KASSERTMSG(e, msg, ...)	((void)sizeof((long)(e)))
#define KASSERT(e)		((void)sizeof((long)(e)))
#endif

#if defined(DEBUG) || defined(RUMP_CHECK)
#define KDASSERTMSG(e, msg, ...)					\
	(__predict_true((e)) ? (void)0 :				\
	    __KASSERT_FAIL("debugging ", #e, msg, ## __VA_ARGS__))
#define KDASSERT(e)							\
	(__predict_true((e)) ? (void)0 : __KASSERT_FAIL("debugging ", #e, ""))
#else
#define KDASSERTMSG(e, msg, ...) ((void)sizeof((long)(e)))
#define KDASSERT(e)		((void)sizeof((long)(e)))
#endif

#define CTASSERT(x)		__CTASSERT(x)
#define CTASSERT_SIGNED(x)	__CTASSERT(((__typeof__(x))-1) < 0)
#define CTASSERT_UNSIGNED(x)	__CTASSERT(((__typeof__(x))-1) >= 0)

#ifndef offsetof
#define offsetof(type, member)	__builtin_offsetof(type, member)
#endif
#define __offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(ptr, type, member)					\
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

__BEGIN_DECLS
void	*memcpy(void *, const void *, size_t);
void	*memmove(void *, const void *, size_t);
int	 memcmp(const void *, const void *, size_t);
void	*memset(void *, int, size_t);
void	*memchr(const void *, int, size_t);
void	*memmem(const void *, size_t, const void *, size_t);
char	*strcpy(char *, const char *);
int	 strcmp(const char *, const char *);
size_t	 strlen(const char *);
size_t	 strnlen(const char *, size_t);
char	*strncpy(char *, const char *, size_t);
int	 strncmp(const char *, const char *, size_t);
int	 strcasecmp(const char *, const char *);
int	 strncasecmp(const char *, const char *, size_t);
char	*strcat(char *, const char *);
char	*strncat(char *, const char *, size_t);
char	*strchr(const char *, int);
char	*strrchr(const char *, int);
char	*strstr(const char *, const char *);
char	*strsep(char **, const char *);
char	*strpbrk(const char *, const char *);
size_t	 strspn(const char *, const char *);
size_t	 strcspn(const char *, const char *);
size_t	 strlcpy(char *, const char *, size_t);
size_t	 strlcat(char *, const char *, size_t);

/* Constant-time comparison (0 when equal), and a memset never elided. */
int	 consttime_memequal(const void *, const void *, size_t);
void	*explicit_memset(void *, int, size_t);

/* Find first/last set bit, counted from 1; 0 if none. */
int	 ffs(int);

/* Number conversion as in the C standard, and strtoi(3), strtou(3). */
unsigned long strtoul(const char *, char **, int);
long	 strtol(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);
long long strtoll(const char *, char **, int);
intmax_t strtoi(const char *, char **, int, intmax_t, intmax_t, int *);
uintmax_t strtou(const char *, char **, int, uintmax_t, uintmax_t, int *);

/* Dotted quads. intoa's and inet_ntoa's result is overwritten by the next. */
char	*intoa(u_int32_t);
#define inet_ntoa(a)	intoa((a).s_addr)
u_int32_t inet_addr(const char *);

/* Heap sort with scratch space of one element given by the caller; 0. */
int	 kheapsort(void *, size_t, size_t,
	    int (*)(const void *, const void *), void *);

/* Checksums; the CRC is that of ISO 3309 (gzip), chained through the first. */
uint32_t crc32(uint32_t, const uint8_t *, size_t);

uint32_t random(void);

/* Scanning by character class table, skipping equal characters. */
int	 scanc(u_int, const u_char *, const u_char *, int);
int	 skpc(int, size_t, u_char *);
int	 pmatch(const char *, const char *, const char **);

/* Bit-field descriptions, see snprintb(3); -1 on a malformed format. */
int	 snprintb(char *, size_t, const char *, uint64_t);

/* Visual encoding of unprintable bytes; -1 when dst is too small. */
int	 strnvisx(char *, size_t, const char *, size_t, int);
#define VIS_OCTAL	0x01	/* backslash-ddd */
#define VIS_CSTYLE	0x02	/* \n, \t and the like where they exist */
#define VIS_SP		0x04	/* also encode space */
#define VIS_TAB		0x08	/* also encode tab */
#define VIS_NL		0x10	/* also encode newline */
#define VIS_WHITE	(VIS_SP | VIS_TAB | VIS_NL)
#define VIS_SAFE	0x20	/* only encode unsafe characters */
#define VIS_NOSLASH	0x40	/* no initial backslash */
#define VIS_TRIM	0x8000	/* drop trailing and leading space */
__END_DECLS

/* Constant and small sizes fold; the rest becomes a call of ours. */
#if !defined(RUMP_LIBKERN_IMPL) && !defined(__SANITIZE_ADDRESS__)
#define memcpy(d, s, l)		__builtin_memcpy((d), (s), (l))
#define memcmp(a, b, l)		__builtin_memcmp((a), (b), (l))
#define memset(d, v, l)		__builtin_memset((d), (v), (l))
#define strcpy(d, s)		__builtin_strcpy((d), (s))
#define strcmp(a, b)		__builtin_strcmp((a), (b))
#define strlen(a)		__builtin_strlen(a)
#define ffs(x)			__builtin_ffs(x)
#endif

#endif /* _LIB_LIBKERN_LIBKERN_H_ */
