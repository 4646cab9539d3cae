/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process gives up what it does not need before it looks at what an
 * image says: Landlock for files, seccomp for system calls.  Where the
 * running kernel lacks one of them the program goes on without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#ifdef FSU_SECCOMP
#include <seccomp.h>
#endif

#include "fsu.h"

/* Sanitizers' runtimes need calls of their own (ptrace, proc files). */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define	SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define	SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define	SANITIZED 0
#endif

/* Rights by version of the interface; the header may be older than it. */
#define	LL_EXECUTE	(1ull << 0)
#define	LL_WRITE_FILE	(1ull << 1)
#define	LL_READ_FILE	(1ull << 2)
#define	LL_READ_DIR	(1ull << 3)
#define	LL_V1		((1ull << 13) - 1)
#define	LL_REFER	(1ull << 13)		/* version 2 */
#define	LL_TRUNCATE	(1ull << 14)		/* version 3 */
#define	LL_IOCTL_DEV	(1ull << 15)		/* version 5 */

#ifndef SYS_landlock_create_ruleset
#define	SYS_landlock_create_ruleset	444
#define	SYS_landlock_add_rule		445
#define	SYS_landlock_restrict_self	446
#endif

static int
allow(int rs, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights,
		.parent_fd = fd,
	};

	return (int)syscall(SYS_landlock_add_rule, rs,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/*
 * From here on only the image can be opened (for reading), and things be
 * made and written beneath destfd, when that is not -1.
 */
int
confine_files(int imgfd, int destfd)
{
	struct { uint64_t fs; } attr;
	uint64_t rights = LL_V1;
	long abi;
	int rs, r = -1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	if (SANITIZED)
		return 0;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    1 /* LANDLOCK_CREATE_RULESET_VERSION */);
	if (abi < 1)
		return 0;
	if (abi >= 2)
		rights |= LL_REFER;
	if (abi >= 3)
		rights |= LL_TRUNCATE;
	if (abi >= 5)
		rights |= LL_IOCTL_DEV;
	attr.fs = rights;
	rs = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rs < 0)
		return -1;
	/* A device node's file system may not take rules: no matter then. */
	(void)allow(rs, imgfd, LL_READ_FILE |
	    (abi >= 5 ? LL_IOCTL_DEV : 0));
	if (destfd < 0 || allow(rs, destfd, rights &
	    ~(LL_EXECUTE | LL_IOCTL_DEV)) == 0)
		r = (int)syscall(SYS_landlock_restrict_self, rs, 0);
	close(rs);
	return r;
}

#ifdef FSU_SECCOMP
#define	CALL(name)	SCMP_SYS(name)

/* What reading, printing, memory, clocks and threads take. */
static const int base_calls[] = {
	CALL(read), CALL(readv), CALL(pread64), CALL(preadv), CALL(preadv2),
	CALL(write), CALL(writev), CALL(lseek), CALL(close), CALL(fstat),
	CALL(fdatasync), CALL(fcntl),
	CALL(mmap), CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk),
	CALL(mprotect),
	CALL(futex), CALL(set_robust_list), CALL(rseq), CALL(sched_yield),
	CALL(sched_getaffinity), CALL(membarrier), CALL(getcpu),
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
	CALL(sigaltstack), CALL(restart_syscall),
	CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday),
	CALL(time), CALL(clock_nanosleep), CALL(nanosleep),
	CALL(getpid), CALL(gettid), CALL(getrandom), CALL(sysinfo),
	CALL(poll), CALL(ppoll), CALL(eventfd2), CALL(epoll_create1),
	CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait),
	CALL(epoll_pwait2), CALL(timerfd_create), CALL(timerfd_settime),
	CALL(io_setup), CALL(io_submit), CALL(io_getevents),
	CALL(io_pgetevents), CALL(io_cancel), CALL(io_destroy),
	CALL(exit), CALL(exit_group),
};

/* What get needs besides; Landlock and openat2 say where. */
static const int write_calls[] = {
	CALL(openat2), CALL(openat), CALL(mkdirat), CALL(symlinkat),
	CALL(linkat), CALL(unlinkat), CALL(mknodat), CALL(mknod),
	CALL(pwrite64), CALL(ftruncate), CALL(fchmod), CALL(fchown),
	CALL(fchownat), CALL(utimensat), CALL(fsetxattr), CALL(lsetxattr),
	CALL(newfstatat), CALL(statx), CALL(geteuid), CALL(fallocate),
};

static int
add_calls(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		if (calls[i] < 0)
			continue;	/* not on this machine */
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Calls that are allowed for some arguments only. */
static int
add_narrow(scmp_filter_ctx ctx)
{
	static const unsigned long ioctls[] = { TCGETS, TIOCGWINSZ };
	pid_t pid = getpid();
	size_t i;
	int r;

	/* Threads, not processes; clone3 cannot be looked into. */
	r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM,
	    CLONE_THREAD | CLONE_VM));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	for (i = 0; r == 0 && i < sizeof(ioctls) / sizeof(ioctls[0]); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_EQ, ioctls[i]));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	/* fstat of newer C libraries: no path, only a descriptor. */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
		    SCMP_SYS(newfstatat), 1, SCMP_A3(SCMP_CMP_MASKED_EQ,
		    0x1000 /* AT_EMPTY_PATH */, 0x1000));
	/* abort() and raise() signal this process alone. */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pid));
	return r;
}

/*
 * Allow the calls that the rest of the run needs, for all threads.  Any
 * other fails with EPERM, which the kernel takes as an error like others.
 */
int
confine_calls(bool writes)
{
	scmp_filter_ctx ctx;
	int r;

	if (SANITIZED)
		return 0;
	ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (ctx == NULL)
		return -1;
	/* Errors as the kernel gives them; not known to old libraries. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (r == 0)
		r = add_calls(ctx, base_calls,
		    sizeof(base_calls) / sizeof(base_calls[0]));
	if (r == 0 && writes)
		r = add_calls(ctx, write_calls,
		    sizeof(write_calls) / sizeof(write_calls[0]));
	if (r == 0)
		r = add_narrow(ctx);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP)
		return 0;	/* a kernel without seccomp filters */
	if (r != 0) {
		errno = -r;
		return -1;
	}
	return 0;
}
#else
int
confine_calls(bool writes)
{

	(void)writes;
	return 0;
}
#endif
