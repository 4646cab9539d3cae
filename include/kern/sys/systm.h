/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's miscellany: messages, panic, moving data between clients and
 * the kernel, system call vector, hooks, the big lock.
 */
#ifndef _SYS_SYSTM_H_
#define _SYS_SYSTM_H_

#include <sys/types.h>
#include <sys/stdarg.h>
#include <sys/device_if.h>
#include <machine/endian.h>

struct clockframe;
struct lwp;
struct proc;
struct sysent;
struct uio;
struct vnode;
struct vmspace;
struct ifnet;

extern const char *panicstr;		/* the first panic's message */
extern int doing_shutdown;
extern const char copyright[];
extern char machine[];
extern char machine_arch[];
extern const char osrelease[];
extern const char ostype[];
extern const char version[];
extern const char buildinfo[];
extern const char hexdigits[];		/* "0123456789abcdef" */
extern const char HEXDIGITS[];

extern int boothowto;
#define bootverbose	(boothowto & AB_VERBOSE)
#define bootquiet	(boothowto & AB_QUIET)
#include <sys/reboot.h>

extern int ncpu;			/* virtual CPUs configured */
extern int ncpuonline;
extern bool mp_online;
extern int physmem;			/* pages the kernel may use */
extern int maxmem;

extern dev_t rootdev;
extern struct vnode *rootvp;
extern device_t root_device;
extern const char *rootspec;

typedef int	sy_call_t(struct lwp *, const void *, register_t *);

struct sysent {
	short		sy_narg;	/* number of arguments */
	short		sy_argsize;	/* size of the argument block */
	int		sy_flags;
	sy_call_t	*sy_call;
	uint32_t	sy_entry;
	uint32_t	sy_return;
};
extern struct sysent sysent[];

#if _BYTE_ORDER == _BIG_ENDIAN
#define SCARG(p, k)	((p)->k.be.datum)
#else
#define SCARG(p, k)	((p)->k.le.datum)
#endif

#define SYCALL_INDIRECT	0x0000002
#define SYCALL_NARGS64_VAL(n)	(((n) & 7) << 12)
#define SYCALL_NARGS64_MASK	SYCALL_NARGS64_VAL(7)
#define SYCALL_NARGS64(sy)	(((sy)->sy_flags >> 12) & 7)
#define SYCALL_RET_64	0x0010000
#define SYCALL_ARG0_64	0x0020000
#define SYCALL_ARG1_64	0x0040000
#define SYCALL_ARG2_64	0x0080000
#define SYCALL_ARG3_64	0x0100000
#define SYCALL_ARG4_64	0x0200000
#define SYCALL_ARG5_64	0x0400000
#define SYCALL_ARG6_64	0x0800000
#define SYCALL_ARG7_64	0x1000000
#define SYCALL_NOSYS	0x2000000
#define SYCALL_ARG_PTR	0x4000000
#define SYCALL_RET_64_P(sy)	((sy)->sy_flags & SYCALL_RET_64)

enum hashtype {
	HASH_LIST,
	HASH_SLIST,
	HASH_TAILQ,
	HASH_PSLIST
};

__BEGIN_DECLS
/* Functions for tables of operations: 0, or the errno of the name. */
int	nullop(void *);
int	enodev(void);
int	enosys(void);
int	enoioctl(void);
int	enxio(void);
int	eopnotsupp(void);
int	seltrue(dev_t, int, struct lwp *);
int	sys_nosys(struct lwp *, const void *, register_t *);
int	sys_nomodule(struct lwp *, const void *, register_t *);

/*
 * A hash table of at least the wanted number of empty buckets, a power of two
 * of them; hashmask receives that number minus one. NULL if !waitok and there
 * is no memory. See hashinit(9).
 */
void	*hashinit(u_int, enum hashtype, bool, u_long *);
void	hashdone(void *, enum hashtype, u_long);

void	panic(const char *, ...) __dead __printflike(1, 2) __cold;
void	vpanic(const char *, va_list) __dead __printflike(1, 0);
void	printf(const char *, ...) __printflike(1, 2);
void	vprintf(const char *, va_list) __printflike(1, 0);
int	snprintf(char *, size_t, const char *, ...) __printflike(3, 4);
int	vsnprintf(char *, size_t, const char *, va_list) __printflike(3, 0);
int	vasprintf(char **, const char *, va_list) __printflike(2, 0);
void	uprintf(const char *, ...) __printflike(1, 2);
void	printf_nolog(const char *, ...) __printflike(1, 2);
void	device_printf(device_t, const char *fmt, ...) __printflike(2, 3);

/* Autoconfiguration messages, filtered by boothowto; see aprint(9). */
void	aprint_normal(const char *, ...) __printflike(1, 2);
void	aprint_error(const char *, ...) __printflike(1, 2);
void	aprint_naive(const char *, ...) __printflike(1, 2);
void	aprint_verbose(const char *, ...) __printflike(1, 2);
void	aprint_debug(const char *, ...) __printflike(1, 2);
void	aprint_normal_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_error_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_naive_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_verbose_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_debug_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_normal_ifnet(struct ifnet *, const char *, ...)
	    __printflike(2, 3);
void	aprint_error_ifnet(struct ifnet *, const char *, ...)
	    __printflike(2, 3);
void	aprint_naive_ifnet(struct ifnet *, const char *, ...)
	    __printflike(2, 3);
void	aprint_verbose_ifnet(struct ifnet *, const char *, ...)
	    __printflike(2, 3);
void	aprint_debug_ifnet(struct ifnet *, const char *, ...)
	    __printflike(2, 3);
int	aprint_get_error_count(void);

/* Report that a table is full, at most once in ten seconds. */
void	tablefull(const char *, const char *);
/* "12 KB" and the like; returns the length as snprintf does. */
int	format_bytes(char *, size_t, uint64_t);
int	humanize_number(char *, size_t, uint64_t, const char *, int);

/*
 * Moving data between the client (user) and the kernel. 0 or EFAULT, the
 * string forms also ENAMETOOLONG; done (may be NULL) receives the bytes
 * copied with the terminating NUL. See copy(9).
 */
int	copyin(const void *, void *, size_t);
int	copyout(const void *, void *, size_t);
int	copyinstr(const void *, void *, size_t, size_t *);
int	copyoutstr(const void *, void *, size_t, size_t *);
int	copystr(const void *, void *, size_t, size_t *);
int	copyin_vmspace(struct vmspace *, const void *, void *, size_t);
int	copyout_vmspace(struct vmspace *, const void *, void *, size_t);
int	copyin_proc(struct proc *, const void *, void *, size_t);
int	copyout_proc(struct proc *, const void *, void *, size_t);
int	ioctl_copyin(int, const void *, void *, size_t);
int	ioctl_copyout(int, const void *, void *, size_t);
/* Fetch and store single values; -1 on a bad address. See fetch(9). */
int	subyte(void *, int);
int	suword(void *, long);
int	fubyte(const void *);
long	fuword(const void *);
/* Move n bytes between buf and the iovecs of uio, advancing it. */
int	uiomove(void *, size_t, struct uio *);
int	uiomove_frombuf(void *, size_t, struct uio *);

void	setrootfstime(time_t);
void	cpu_bootconf(void);

/* Hooks run at shutdown, exit, critical polling; NULL if out of memory. */
void	*shutdownhook_establish(void (*)(void *), void *);
void	shutdownhook_disestablish(void *);
void	doshutdownhooks(void);
void	*exithook_establish(void (*)(struct proc *, void *), void *);
void	exithook_disestablish(void *);
void	doexithooks(struct proc *);
void	*critpollhook_establish(void (*)(void *), void *);
void	critpollhook_disestablish(void *);
void	docritpollhooks(void);

int	trace_enter(register_t, const struct sysent *, const void *);
void	trace_exit(register_t, const struct sysent *, const void *,
	    register_t [], int);

/* Keep the lwp on its virtual CPU. */
void	kpreempt_disable(void);
void	kpreempt_enable(void);
bool	kpreempt_disabled(void);

/* The big lock: recursive, released over every sleep. See KERNEL_LOCK. */
void	_kernel_lock(int);
void	_kernel_unlock(int, int *);
bool	_kernel_locked_p(void);
/* Panics in the checking build if the caller may not sleep here. */
void	assert_sleepable(void);
__END_DECLS

#define PWR_RESUME	0
#define PWR_SUSPEND	1
#define PWR_STANDBY	2
#define PWR_SOFTRESUME	3
#define PWR_SOFTSUSPEND	4
#define PWR_SOFTSTANDBY	5
#define PWR_NAMES	\
	"resume", "suspend", "standby", "softresume", "softsuspend",	\
	"softstandby"

#define KERNEL_LOCK(count, lwp)		_kernel_lock(count)
#define KERNEL_UNLOCK_ALL(lwp, p)	_kernel_unlock(0, (p))
#define KERNEL_UNLOCK_ONE(lwp)		_kernel_unlock(1, NULL)
#define KERNEL_UNLOCK_LAST(lwp)		_kernel_unlock(-1, NULL)
#define KERNEL_LOCKED_P()		_kernel_locked_p()

#if defined(RUMP_CHECK) || defined(DEBUG)
#define ASSERT_SLEEPABLE()	assert_sleepable()
#else
#define ASSERT_SLEEPABLE()	do {} while (/*CONSTCOND*/0)
#endif

#define bcopy(s, d, l)		memmove((d), (s), (l))
#define bcmp(a, b, l)		memcmp((a), (b), (l))
#define bzero(d, l)		memset((d), 0, (l))

#include <lib/libkern/libkern.h>

#endif /* _SYS_SYSTM_H_ */
