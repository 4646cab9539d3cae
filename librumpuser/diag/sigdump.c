/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sigdump.c - what a fault leaves behind: handlers on alternate stacks that
 * write a dump and let the signal do what it would have done.
 * Locking: installing and removing is for one thread at a time (install_mtx);
 * handlers take the dump's lock only.
 */
#include "diag/dump.h"
#include "diag/thread.h"
#include "posix/host.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STACKWORDS	48
#define ALTSTACK	((size_t)128 << 10)

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static struct sigaction before[__arraycount(faults)];
static int installed;
static int quiet;
static pthread_mutex_t install_mtx = PTHREAD_MUTEX_INITIALIZER;

/*
 * Alternate stacks, which each thread has to have of its own.
 */

int
rumpuser__altstack(struct rumpuser__thread *t)
{
	stack_t ss;

	if (sigaltstack(NULL, &ss) == -1)
		return errno;
	if (!(ss.ss_flags & SS_DISABLE))
		return 0;		/* somebody's, a sanitizer's */
	if (t->altstack == NULL) {
		ss.ss_sp = mmap(NULL, ALTSTACK, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (ss.ss_sp == MAP_FAILED)
			return ENOMEM;
		t->altstack = ss.ss_sp;
	}
	ss.ss_sp = t->altstack;
	ss.ss_size = ALTSTACK;
	ss.ss_flags = 0;
	return sigaltstack(&ss, NULL) == -1 ? errno : 0;
}

void
rumpuser__altstack_off(struct rumpuser__thread *t)
{
	stack_t ss;

	if (t->altstack == NULL || sigaltstack(NULL, &ss) == -1 ||
	    ss.ss_sp != t->altstack)
		return;
	ss.ss_flags = SS_DISABLE;
	(void)sigaltstack(&ss, NULL);
}

int
rumpuser_sigdump_thread(void)
{
	struct rumpuser__thread *t;
	int serrno = errno, error = ENOMEM;

	if ((t = rumpuser__thread_self()) != NULL)
		error = rumpuser__altstack(t);
	errno = serrno;
	return rumpuser__errtrans(error);
}

/*
 * The dump.
 */

struct fault {
	siginfo_t *si;
	void *uc;
};

static void
registers(struct rumpuser_dump *d, void *arg)
{
	const struct fault *f = arg;

	rumpuser__dump_registers(d, f->uc);
}

static void
stack(struct rumpuser_dump *d, void *arg)
{
	const struct fault *f = arg;
	uintptr_t pc, sp, fp;

	rumpuser__context_regs(f->uc, &pc, &sp, &fp);
	rumpuser__dump_stack(d, sp, STACKWORDS);
}

static void
own_backtrace(struct rumpuser_dump *d, void *arg)
{
	const struct fault *f = arg;
	struct rumpuser_backtrace bt;

	rumpuser__backtrace_ucontext(&bt, f->uc);
	rumpuser_dump_backtrace(d, &bt, "  ");
}

static void
others(struct rumpuser_dump *d, void *arg)
{

	(void)arg;
	rumpuser__dump_threads(d, (int)syscall(SYS_gettid));
}

static void
part(struct rumpuser_dump *d, const char *name, rumpuser_dump_fn fn,
    struct fault *f)
{

	rumpuser_dump_printf(d, "%s:\n", name);
	rumpuser__guarded(d, fn, f);
	/* What is there is out, whatever comes. */
	rumpuser__out_flush(d);
}

static void
dump_fault(siginfo_t *si, void *uc)
{
	struct fault f = { si, uc };
	struct rumpuser_dump d;

	rumpuser__objects_refresh();
	rumpuser__out_fd(&d, rumpuser__dump_fd());
	rumpuser_dump_printf(&d, "=== rump fault dump of process %d\n",
	    (int)getpid());
	rumpuser__dump_siginfo(&d, si);
	rumpuser__out_flush(&d);
	rumpuser__dump_thread_line(&d, (int)syscall(SYS_gettid));
	part(&d, "backtrace", own_backtrace, &f);
	part(&d, "registers", registers, &f);
	part(&d, "stack", stack, &f);
	part(&d, "other threads", others, &f);
	rumpuser__dump_sections(&d);
	rumpuser_dump_printf(&d, "=== end\n");
	rumpuser__out_flush(&d);
}

static void
say(const char *text)
{

	if (write(rumpuser__dump_fd(), text, strlen(text)) == -1)
		return;
}

/*
 * What was installed before takes over.  A fault comes again by itself when
 * the handler returns, with the right context; what was sent is sent again.
 */
static void
pass_on(int sig, const siginfo_t *si)
{
	size_t i;

	for (i = 0; i < __arraycount(faults); i++)
		if (faults[i] == sig)
			(void)sigaction(sig, &before[i], NULL);
	if (si->si_code <= 0 || sig == SIGABRT)
		(void)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig);
}

/*
 * A fault within a dump goes back to its guard; outside of a guard, and in a
 * dump of a dump, nothing is tried any more.
 */
static void
fault_handler(int sig, siginfo_t *si, void *uc)
{
	int serrno = errno;

	if (si->si_code > 0 && sig != SIGABRT)
		rumpuser__guard_fault();
	if (!__atomic_load_n(&quiet, __ATOMIC_RELAXED)) {
		switch (rumpuser__dump_lock()) {
		case 0:
			dump_fault(si, uc);
			rumpuser__dump_unlock();
			break;
		case EDEADLK:
			say("\n(a fault in the dump: it ends here)\n");
			break;
		default:
			say("\n(another dump does not end)\n");
			break;
		}
	}
	pass_on(sig, si);
	errno = serrno;
}

/*
 * Guards where the handlers are not installed: they are for the time of a
 * dump.  Faults of other threads meanwhile go where they would have gone.
 */
static struct sigaction guard_before[2];
static const int guard_sigs[2] = { SIGSEGV, SIGBUS };

static void
guard_handler(int sig, siginfo_t *si, void *uc)
{
	const struct sigaction *b = &guard_before[sig == SIGBUS];

	if (si->si_code > 0)
		rumpuser__guard_fault();
	if (b->sa_flags & SA_SIGINFO) {
		b->sa_sigaction(sig, si, uc);
	} else if (b->sa_handler != SIG_DFL && b->sa_handler != SIG_IGN) {
		b->sa_handler(sig);
	} else {
		(void)sigaction(sig, b, NULL);
		if (si->si_code <= 0)
			(void)syscall(SYS_tgkill, getpid(),
			    syscall(SYS_gettid), sig);
	}
}

void
rumpuser__guards_on(void)
{
	struct sigaction sa = { .sa_sigaction = guard_handler,
	    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	int i;

	sigemptyset(&sa.sa_mask);
	for (i = 0; i < 2; i++)
		(void)sigaction(guard_sigs[i], &sa, &guard_before[i]);
}

void
rumpuser__guards_off(void)
{
	int i;

	for (i = 0; i < 2; i++)
		(void)sigaction(guard_sigs[i], &guard_before[i], NULL);
}

void
rumpuser__sigdump_quiet(void)
{

	__atomic_store_n(&quiet, 1, __ATOMIC_RELAXED);
}

static int
install(void)
{
	struct sigaction sa = { .sa_sigaction = fault_handler,
	    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	struct rumpuser_backtrace bt;
	size_t i;
	int error;

	if (installed)
		return 0;
	/* Whatever is done at first use is done now. */
	rumpuser__objects_refresh();
	rumpuser_backtrace_capture(&bt, 0);
	if ((error = rumpuser__threadsig_install(1)) != 0)
		return error;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < __arraycount(faults); i++)
		if (sigaction(faults[i], &sa, &before[i]) == -1)
			return errno;
	installed = 1;
	rumpuser__diag_set(DIAG_ALTSTACK, 1);
	return 0;
}

int
rumpuser_sigdump_install(void)
{
	int serrno = errno, error;

	if ((error = rumpuser_sigdump_thread()) != 0)
		return error;
	pthread_mutex_lock(&install_mtx);
	error = install();
	pthread_mutex_unlock(&install_mtx);
	errno = serrno;
	return rumpuser__errtrans(error);
}

void
rumpuser_sigdump_remove(void)
{
	int serrno = errno;
	size_t i;

	pthread_mutex_lock(&install_mtx);
	if (installed) {
		for (i = 0; i < __arraycount(faults); i++)
			(void)sigaction(faults[i], &before[i], NULL);
		rumpuser__threadsig_remove();
		rumpuser__diag_set(DIAG_ALTSTACK, 0);
		installed = 0;
	}
	pthread_mutex_unlock(&install_mtx);
	errno = serrno;
}
