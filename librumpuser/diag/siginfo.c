/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * siginfo.c - a signal in words: what happened, who sent it, registers and
 * stack (see sigaction(2)).  Any context.  Locking: none.
 */
#include "diag/dump.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>

struct word {
	int sig, code;
	const char *name, *what;
};

/* sig 0: any. */
static const struct word codes[] = {
	{ SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "nothing is mapped there" },
	{ SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "the mapping forbids it" },
	{ SIGSEGV, SI_KERNEL, "SI_KERNEL", "not an address at all, or a "
	    "privileged instruction" },
	{ SIGBUS, BUS_ADRALN, "BUS_ADRALN", "misaligned address" },
	{ SIGBUS, BUS_ADRERR, "BUS_ADRERR", "no memory behind the mapping, "
	    "or past the end of its file" },
	{ SIGBUS, BUS_OBJERR, "BUS_OBJERR", "hardware error" },
	{ SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "illegal opcode" },
	{ SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "illegal operand" },
	{ SIGILL, ILL_ILLADR, "ILL_ILLADR", "illegal addressing mode" },
	{ SIGILL, ILL_ILLTRP, "ILL_ILLTRP", "illegal trap" },
	{ SIGILL, ILL_PRVOPC, "ILL_PRVOPC", "privileged opcode" },
	{ SIGILL, ILL_PRVREG, "ILL_PRVREG", "privileged register" },
	{ SIGILL, ILL_COPROC, "ILL_COPROC", "coprocessor error" },
	{ SIGILL, ILL_BADSTK, "ILL_BADSTK", "internal stack error" },
	{ SIGFPE, FPE_INTDIV, "FPE_INTDIV", "integer division by zero" },
	{ SIGFPE, FPE_INTOVF, "FPE_INTOVF", "integer overflow" },
	{ SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "division by zero" },
	{ SIGFPE, FPE_FLTOVF, "FPE_FLTOVF", "overflow" },
	{ SIGFPE, FPE_FLTUND, "FPE_FLTUND", "underflow" },
	{ SIGFPE, FPE_FLTRES, "FPE_FLTRES", "inexact result" },
	{ SIGFPE, FPE_FLTINV, "FPE_FLTINV", "invalid operation" },
	{ SIGFPE, FPE_FLTSUB, "FPE_FLTSUB", "subscript out of range" },
	{ 0, SI_USER, "SI_USER", "kill(2)" },
	{ 0, SI_TKILL, "SI_TKILL", "raise(3), abort(3) or tgkill(2)" },
	{ 0, SI_QUEUE, "SI_QUEUE", "sigqueue(3)" },
	{ 0, SI_TIMER, "SI_TIMER", "a timer" },
	{ 0, SI_KERNEL, "SI_KERNEL", "the host's kernel" },
};

static const struct {
	int sig;
	const char *name;
} signals[] = {
	{ SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" }, { SIGILL, "SIGILL" },
	{ SIGFPE, "SIGFPE" }, { SIGABRT, "SIGABRT" }, { SIGTRAP, "SIGTRAP" },
	{ SIGQUIT, "SIGQUIT" }, { SIGUSR1, "SIGUSR1" },
	{ SIGUSR2, "SIGUSR2" },
#ifdef SIGSTKFLT
	{ SIGSTKFLT, "SIGSTKFLT" },
#endif
};

static const char *
signal_name(int sig)
{
	size_t i;

	for (i = 0; i < __arraycount(signals); i++)
		if (signals[i].sig == sig)
			return signals[i].name;
	return "signal";
}

static void
dump_sender(struct rumpuser_dump *d, const siginfo_t *si)
{
	char path[48], comm[32];
	struct rumpuser_dump p;
	size_t n;

	rumpuser__out_mem(&p, path, sizeof(path));
	rumpuser_dump_printf(&p, "/proc/%d/comm", (int)si->si_pid);
	n = rumpuser__slurp(path, comm, sizeof(comm));
	if (n > 0 && comm[n - 1] == '\n')
		comm[n - 1] = '\0';
	rumpuser_dump_printf(d, "sent by process %d (%s) of user %d\n",
	    (int)si->si_pid, n > 0 ? comm : "gone", (int)si->si_uid);
}

static int
is_fault(const siginfo_t *si)
{

	return si->si_code > 0 && (si->si_signo == SIGSEGV ||
	    si->si_signo == SIGBUS || si->si_signo == SIGILL ||
	    si->si_signo == SIGFPE);
}

void
rumpuser__dump_siginfo(struct rumpuser_dump *d, const siginfo_t *si)
{
	const struct word *w = NULL;
	size_t i;

	for (i = 0; i < __arraycount(codes) && w == NULL; i++)
		if (codes[i].code == si->si_code && (codes[i].sig == 0 ||
		    codes[i].sig == si->si_signo))
			w = &codes[i];
	rumpuser_dump_printf(d, "%s (%d), code %d", signal_name(si->si_signo),
	    si->si_signo, si->si_code);
	if (w != NULL)
		rumpuser_dump_printf(d, " %s: %s", w->name, w->what);
	rumpuser_dump_write(d, "\n", 1);
	if (is_fault(si))
		rumpuser_dump_printf(d, "fault address %p\n", si->si_addr);
	else if (si->si_code <= 0 && si->si_code != SI_TIMER)
		dump_sender(d, si);
}

#ifdef __x86_64__

static const struct {
	const char *name;
	int reg;
} regs[] = {
	{ "rax", REG_RAX }, { "rbx", REG_RBX }, { "rcx", REG_RCX },
	{ "rdx", REG_RDX }, { "rsi", REG_RSI }, { "rdi", REG_RDI },
	{ "rbp", REG_RBP }, { "rsp", REG_RSP }, { "r8", REG_R8 },
	{ "r9", REG_R9 }, { "r10", REG_R10 }, { "r11", REG_R11 },
	{ "r12", REG_R12 }, { "r13", REG_R13 }, { "r14", REG_R14 },
	{ "r15", REG_R15 }, { "rip", REG_RIP }, { "efl", REG_EFL },
};

static uintptr_t
reg_value(const ucontext_t *uc, size_t i)
{

	return (uintptr_t)uc->uc_mcontext.gregs[regs[i].reg];
}

void
rumpuser__context_regs(const void *ctx, uintptr_t *pc, uintptr_t *sp,
    uintptr_t *fp)
{
	const ucontext_t *uc = ctx;

	*pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	*sp = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
	*fp = (uintptr_t)uc->uc_mcontext.gregs[REG_RBP];
}

#elif defined(__aarch64__)

static const struct {
	const char *name;
} regs[] = {
	{ "x0" }, { "x1" }, { "x2" }, { "x3" }, { "x4" }, { "x5" }, { "x6" },
	{ "x7" }, { "x8" }, { "x9" }, { "x10" }, { "x11" }, { "x12" },
	{ "x13" }, { "x14" }, { "x15" }, { "x16" }, { "x17" }, { "x18" },
	{ "x19" }, { "x20" }, { "x21" }, { "x22" }, { "x23" }, { "x24" },
	{ "x25" }, { "x26" }, { "x27" }, { "x28" }, { "x29" }, { "x30" },
	{ "sp" }, { "pc" },
};

static uintptr_t
reg_value(const ucontext_t *uc, size_t i)
{

	if (i < 31)
		return uc->uc_mcontext.regs[i];
	return i == 31 ? uc->uc_mcontext.sp : uc->uc_mcontext.pc;
}

void
rumpuser__context_regs(const void *ctx, uintptr_t *pc, uintptr_t *sp,
    uintptr_t *fp)
{
	const ucontext_t *uc = ctx;

	*pc = uc->uc_mcontext.pc;
	*sp = uc->uc_mcontext.sp;
	*fp = uc->uc_mcontext.regs[29];
}

#else

static const struct {
	const char *name;
} regs[1];

static uintptr_t
reg_value(const ucontext_t *uc, size_t i)
{

	return 0;
}

void
rumpuser__context_regs(const void *ctx, uintptr_t *pc, uintptr_t *sp,
    uintptr_t *fp)
{

	*pc = *sp = *fp = 0;
}

#endif

void
rumpuser__dump_registers(struct rumpuser_dump *d, const void *uc)
{
	uintptr_t pc, sp, fp, v;
	size_t i;

	rumpuser__context_regs(uc, &pc, &sp, &fp);
	for (i = 0; i < __arraycount(regs) && regs[i].name != NULL; i++) {
		v = reg_value(uc, i);
		rumpuser_dump_printf(d, "  %-3s %016lx ", regs[i].name,
		    (unsigned long)v);
		rumpuser__word(d, v, sp);
		rumpuser_dump_write(d, "\n", 1);
	}
}

void
rumpuser__dump_stack(struct rumpuser_dump *d, uintptr_t sp, int words)
{
	uintptr_t w;
	int i;

	for (i = 0; i < words; i++) {
		if (rumpuser__peek((void *)(sp + i * sizeof(w)), &w,
		    sizeof(w)) != sizeof(w)) {
			rumpuser_dump_printf(d, "  %016lx unreadable\n",
			    (unsigned long)(sp + i * sizeof(w)));
			break;
		}
		rumpuser_dump_printf(d, "  %016lx %016lx ",
		    (unsigned long)(sp + i * sizeof(w)), (unsigned long)w);
		rumpuser__word(d, w, sp);
		rumpuser_dump_write(d, "\n", 1);
	}
}
