/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch_x86_64.S - the switch between two contexts, and where a fiber
 * begins, for the System V ABI of x86-64: a callee saves rbx, rbp, r12 to
 * r15, rsp, and the control parts of mxcsr and of the x87 status.
 *
 * Shadow stacks: a fiber has none, so this object carries no property note,
 * from which linker and loader conclude that the process runs without them.
 */
#ifdef __x86_64__

/* struct fiber_ctx */
#define CTX_SP		0
#define CTX_PC		8
#define CTX_BP		16
#define CTX_BX		24
#define CTX_R12		32
#define CTX_R13		40
#define CTX_R14		48
#define CTX_R15		56
#define CTX_MXCSR	64
#define CTX_FPUCW	68

	.text

/*
 * carrier *rumpuser__fiber_swap_asm(ctx *from (rdi), ctx *to (rsi),
 *     carrier * (rdx))
 *
 * All contexts wait in here with their return address on top of the stack,
 * so one description of the frame is right before and after the change of
 * stacks, and the processor's prediction of the return is, too.
 */
	.globl	rumpuser__fiber_swap_asm
	.hidden	rumpuser__fiber_swap_asm
	.type	rumpuser__fiber_swap_asm, @function
	.p2align 5
rumpuser__fiber_swap_asm:
	.cfi_startproc
	movq	(%rsp), %rcx
	movq	%rbp, CTX_BP(%rdi)
	movq	%rbx, CTX_BX(%rdi)
	movq	%rcx, CTX_PC(%rdi)
	movq	%r12, CTX_R12(%rdi)
	movq	%r13, CTX_R13(%rdi)
	movq	%r14, CTX_R14(%rdi)
	movq	%r15, CTX_R15(%rdi)
	movq	%rsp, CTX_SP(%rdi)
	stmxcsr	CTX_MXCSR(%rdi)
	fnstcw	CTX_FPUCW(%rdi)

	movq	CTX_BP(%rsi), %rbp
	movq	CTX_BX(%rsi), %rbx
	movq	CTX_R12(%rsi), %r12
	movq	CTX_R13(%rsi), %r13
	movq	CTX_R14(%rsi), %r14
	movq	CTX_R15(%rsi), %r15
	movq	CTX_SP(%rsi), %rsp

	/* Loading them is slow, and they seldom differ. */
	movl	CTX_MXCSR(%rsi), %eax
	cmpl	CTX_MXCSR(%rdi), %eax
	je	1f
	ldmxcsr	CTX_MXCSR(%rsi)
1:	movzwl	CTX_FPUCW(%rsi), %eax
	cmpw	CTX_FPUCW(%rdi), %ax
	je	2f
	fldcw	CTX_FPUCW(%rsi)
2:	movq	%rdx, %rax
	ret
	.cfi_endproc
	.size	rumpuser__fiber_swap_asm, . - rumpuser__fiber_swap_asm

/*
 * A fiber begins here, by the return above: rax holds the carrier, and there
 * is no caller, which is what an unwinder is told.  A nop stands before it,
 * since unwinders look up the address before a return address.
 */
	.globl	rumpuser__fiber_entry
	.hidden	rumpuser__fiber_entry
	.type	rumpuser__fiber_entry, @function
	.p2align 4
	.cfi_startproc
	.cfi_undefined rip
	.cfi_undefined rbp
	nop
rumpuser__fiber_entry:
	movq	%rax, %rdi
	xorl	%ebp, %ebp
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	rumpuser__fiber_main
	ud2
	.cfi_endproc
	.size	rumpuser__fiber_entry, . - rumpuser__fiber_entry

#endif /* __x86_64__ */

	.section .note.GNU-stack, "",%progbits
