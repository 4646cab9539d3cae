/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ABI tag: force-included (-include) into every kernel-namespace object,
 * so that each refers to a symbol which only the librump of the same variant
 * defines.  A data reference is bound at load time even under lazy binding,
 * and the symbol's name tells both variants in the linker's own message.
 */
#ifndef _RUMP_OPT_ABI_TAG_H_
#define _RUMP_OPT_ABI_TAG_H_

#ifdef RUMP_UP
#define RUMP_ABI_TAG rump_abi_is_up_not_smp
#else
#define RUMP_ABI_TAG rump_abi_is_smp_not_up
#endif

#ifndef __ASSEMBLER__
extern const char RUMP_ABI_TAG;
static const char *const rump_abi_tag
    __attribute__((__used__, __section__("rump_abi"))) = &RUMP_ABI_TAG;
#endif

#endif /* _RUMP_OPT_ABI_TAG_H_ */
