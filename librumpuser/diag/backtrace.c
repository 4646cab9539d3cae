/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backtrace.c - capturing backtraces with libunwind and formatting them.
 * unw_init_local(3), unw_step(3) and unw_get_reg(3) are safe in signal
 * handlers for the own address space.  Locking: none.
 */
#define UNW_LOCAL_ONLY
#include "diag/dump.h"
#include "posix/host.h"

#include <errno.h>
#include <libunwind.h>
#include <string.h>
#include <ucontext.h>

/* Frames from the cursor on, without the first @skip. */
static void
walk(struct rumpuser_backtrace *bt, unw_cursor_t *c, int skip, int exact)
{
	unw_word_t pc, sp, last = 0;

	do {
		if (unw_get_reg(c, UNW_REG_IP, &pc) < 0 || pc == 0)
			break;
		/* A stack that leads back to itself is a broken one. */
		if (unw_get_reg(c, UNW_REG_SP, &sp) < 0 ||
		    (sp == last && bt->bt_count > 1))
			break;
		last = sp;
		if (skip-- > 0)
			continue;
		if (exact)
			bt->bt_exact |= (uint64_t)1 << bt->bt_count;
		exact = unw_is_signal_frame(c) > 0;
		bt->bt_pc[bt->bt_count++] = (const void *)(uintptr_t)pc;
	} while (bt->bt_count < RUMPUSER_BT_MAX && unw_step(c) > 0);
}

__noinline void
rumpuser_backtrace_capture(struct rumpuser_backtrace *bt, int skip)
{
	unw_context_t uc;
	unw_cursor_t c;
	int serrno = errno;

	memset(bt, 0, sizeof(*bt));
	if (unw_getcontext(&uc) == 0 && unw_init_local(&c, &uc) == 0)
		walk(bt, &c, skip + 1, 0);
	errno = serrno;
}

void
rumpuser__backtrace_ucontext(struct rumpuser_backtrace *bt, void *uc)
{
	uintptr_t pc, sp, fp;
	unw_cursor_t c;
	int serrno = errno;

	memset(bt, 0, sizeof(*bt));
	/* On these machines libunwind's context is the host's. */
	if (unw_init_local2(&c, uc, UNW_INIT_SIGNAL_FRAME) == 0)
		walk(bt, &c, 0, 1);
	rumpuser__context_regs(uc, &pc, &sp, &fp);
	/* A jump to nowhere: who jumped has left its address on the stack. */
	if (bt->bt_count <= 1 && rumpuser__object_at(pc) == NULL &&
	    rumpuser__peek((void *)sp, &pc, sizeof(pc)) == sizeof(pc) &&
	    rumpuser__object_at(pc) != NULL) {
		rumpuser_backtrace_context(bt, pc, sp + sizeof(pc), fp);
		bt->bt_exact = 0;
	}
	errno = serrno;
}

void
rumpuser_backtrace_context(struct rumpuser_backtrace *bt, uintptr_t pc,
    uintptr_t sp, uintptr_t fp)
{
	int serrno = errno;
#if defined(__x86_64__) || defined(__aarch64__)
	unw_context_t uc;
	unw_cursor_t c;

	memset(bt, 0, sizeof(*bt));
	memset(&uc, 0, sizeof(uc));
#ifdef __x86_64__
	uc.uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	uc.uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	uc.uc_mcontext.gregs[REG_RBP] = (greg_t)fp;
#else
	((ucontext_t *)&uc)->uc_mcontext.pc = pc;
	((ucontext_t *)&uc)->uc_mcontext.sp = sp;
	((ucontext_t *)&uc)->uc_mcontext.regs[29] = fp;
#endif
	if (unw_init_local2(&c, &uc, UNW_INIT_SIGNAL_FRAME) == 0)
		walk(bt, &c, 0, 1);
#else
	memset(bt, 0, sizeof(*bt));
	(void)sp;
	(void)fp;
#endif
	if (bt->bt_count == 0 && pc != 0) {
		bt->bt_pc[bt->bt_count++] = (const void *)pc;
		bt->bt_exact = 1;
	}
	errno = serrno;
}

void
rumpuser_dump_backtrace(struct rumpuser_dump *d,
    const struct rumpuser_backtrace *bt, const char *indent)
{
	uintptr_t pc, at;
	int i;

	for (i = 0; i < bt->bt_count && i < RUMPUSER_BT_MAX; i++) {
		pc = (uintptr_t)bt->bt_pc[i];
		/* A return address may be the start of the next function. */
		at = bt->bt_exact & (uint64_t)1 << i ? pc : pc - 1;
		rumpuser_dump_printf(d, "%s#%-2d %p ", indent, i,
		    bt->bt_pc[i]);
		rumpuser__dump_symbol(d, at);
		rumpuser_dump_write(d, "\n", 1);
	}
}

size_t
rumpuser_backtrace_format(const struct rumpuser_backtrace *bt, char *buf,
    size_t size)
{
	struct rumpuser_dump d;

	rumpuser__objects_refresh();
	rumpuser__out_mem(&d, buf, size);
	rumpuser_dump_backtrace(&d, bt, "");
	return d.total;
}
