/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The symbol that every kernel object of this variant refers to, and no
 * librump of the other one defines; see rump-opt/abi_tag.h.
 */
#include <sys/param.h>

#include <rump-opt/abi_tag.h>

const char RUMP_ABI_TAG = 1;
