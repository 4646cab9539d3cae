/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ucontext.c - the switch by swapcontext(3), for machines without one of
 * their own, and anywhere with RUMP_FIBER_UCONTEXT in the environment.  The
 * signal mask goes with the context.  Locking: see fiber.c.
 */
#include "fiber/fiber.h"

#include <stdlib.h>
#include <ucontext.h>

struct portable {
	ucontext_t uc;
	struct fiber_carrier *passed;	/* by who switched here */
};

/* makecontext(3) hands over ints. */
static void
entry(unsigned int hi, unsigned int lo)
{
	uintptr_t p = (uintptr_t)((uint64_t)hi << 32 | lo);

	rumpuser__fiber_main(((struct portable *)p)->passed);
}

int
rumpuser__fiber_uc_init(struct rumpuser_fiber *f)
{
	struct portable *p;
	uint64_t v;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ENOMEM;
	if (f->stack != NULL) {
		if (getcontext(&p->uc) == -1) {
			free(p);
			return ENOMEM;
		}
		v = (uintptr_t)p;
		p->uc.uc_stack.ss_sp = f->stack;
		p->uc.uc_stack.ss_size = f->stacksize;
		p->uc.uc_link = NULL;
		makecontext(&p->uc, (void (*)(void))entry, 2,
		    (unsigned int)(v >> 32), (unsigned int)v);
	}
	FIBER_PUT(f->ctx.portable, p);
	return 0;
}

void
rumpuser__fiber_uc_fini(struct rumpuser_fiber *f)
{
	struct portable *p = f->ctx.portable;

	free(p);
	FIBER_PUT(f->ctx.portable, NULL);
}

/*
 * Nothing of the host thread is looked up after the call; the context that
 * comes back finds its carrier where it was left for it.
 */
struct fiber_carrier *
rumpuser__fiber_uc_swap(struct fiber_ctx *from, struct fiber_ctx *to,
    struct fiber_carrier *carrier)
{
	struct portable *self = from->portable, *other = to->portable;

	other->passed = carrier;
	(void)swapcontext(&self->uc, &other->uc);
	return self->passed;
}

void
rumpuser__fiber_uc_regs(struct fiber_ctx *ctx)
{
#ifdef __x86_64__
	const struct portable *p = ctx->portable;
	const greg_t *r = p->uc.uc_mcontext.gregs;

	FIBER_PUT(ctx->pc, (uint64_t)r[REG_RIP]);
	FIBER_PUT(ctx->sp, (uint64_t)r[REG_RSP]);
	FIBER_PUT(ctx->bp, (uint64_t)r[REG_RBP]);
	FIBER_PUT(ctx->bx, (uint64_t)r[REG_RBX]);
	FIBER_PUT(ctx->r12, (uint64_t)r[REG_R12]);
	FIBER_PUT(ctx->r13, (uint64_t)r[REG_R13]);
	FIBER_PUT(ctx->r14, (uint64_t)r[REG_R14]);
	FIBER_PUT(ctx->r15, (uint64_t)r[REG_R15]);
#elif defined(__aarch64__)
	const struct portable *p = ctx->portable;

	FIBER_PUT(ctx->pc, (uint64_t)p->uc.uc_mcontext.pc);
	FIBER_PUT(ctx->sp, (uint64_t)p->uc.uc_mcontext.sp);
	FIBER_PUT(ctx->bp, (uint64_t)p->uc.uc_mcontext.regs[29]);
#else
	(void)ctx;
#endif
}
