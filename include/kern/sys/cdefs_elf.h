/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the ELF object format offers: aliases, identification strings, sections
 * and link sets. Macros only.
 */
#ifndef _SYS_CDEFS_ELF_H_
#define _SYS_CDEFS_ELF_H_

#define _C_LABEL(x)		x
#define _C_LABEL_STRING(x)	x

/*
 * An alias must follow the renaming of kernel symbols; objcopy renames both
 * ends, so the plain attribute is enough.
 */
#define __strong_alias(alias, sym)					\
	extern __typeof__(sym) alias					\
	    __attribute__((__alias__(#sym)));
#define __weak_alias(alias, sym)					\
	extern __typeof__(sym) alias					\
	    __attribute__((__weak__, __alias__(#sym)));
#define __weak_reference(sym)	__attribute__((__weakref__(#sym)))
#define __weak_extern(sym)						\
	__asm(".weak " _C_LABEL_STRING(#sym));
#define __warn_references(sym, msg)

/* Identification strings cost memory and say nothing at run time. */
#define __KERNEL_RCSID(n, s)	struct __hack
#define __KERNEL_COPYRIGHT(n, s) struct __hack
#define __RCSID(s)		struct __hack
#define __SCCSID(s)		struct __hack
#define __COPYRIGHT(s)		struct __hack
#define __IDSTRING(n, s)	struct __hack

/*
 * Link sets: pointers gathered by the linker into one section, whose ends it
 * names __start_ and __stop_. Both ends are weak, so that an object file which
 * walks an empty set sees start == stop, and protected, so that each shared
 * object sees its own set and dlsym() finds it. The linker makes the ends only
 * where something refers to them.
 */
#define __link_set_make_entry(set, sym)					\
	static void const * const __link_set_ ## set ## _sym_ ## sym	\
	    __section("link_set_" #set)					\
	    __attribute__((__used__)) = (const void *)&sym
#define __link_set_make_entry2(set, sym, n)				\
	static void const * const					\
	    __link_set_ ## set ## _sym_ ## sym ## _ ## n		\
	    __section("link_set_" #set)					\
	    __attribute__((__used__)) = (const void *)&sym[n]
#define __link_set_add_text(set, sym)	__link_set_make_entry(set, sym)
#define __link_set_add_rodata(set, sym)	__link_set_make_entry(set, sym)
#define __link_set_add_data(set, sym)	__link_set_make_entry(set, sym)
#define __link_set_add_bss(set, sym)	__link_set_make_entry(set, sym)
#define __link_set_add_text2(set, sym, n)				\
	__link_set_make_entry2(set, sym, n)
#define __link_set_add_rodata2(set, sym, n)				\
	__link_set_make_entry2(set, sym, n)
#define __link_set_add_data2(set, sym, n)				\
	__link_set_make_entry2(set, sym, n)
#define __link_set_add_bss2(set, sym, n)				\
	__link_set_make_entry2(set, sym, n)

#define __link_set_start(set)	(__start_link_set_ ## set)
#define __link_set_end(set)	(__stop_link_set_ ## set)
#define __link_set_decl(set, ptype)					\
	extern ptype * const __start_link_set_ ## set[]			\
	    __attribute__((__weak__, __visibility__("protected")));	\
	extern ptype * const __stop_link_set_ ## set[]			\
	    __attribute__((__weak__, __visibility__("protected")))
#define __link_set_count(set)						\
	(__link_set_end(set) - __link_set_start(set))
#define __link_set_foreach(pvar, set)					\
	for (pvar = __link_set_start(set);				\
	    pvar < __link_set_end(set); pvar++)

#define __read_mostly		__section(".data.read_mostly")
#define __cacheline_aligned						\
	__attribute__((__aligned__(64), __section__(".data.cacheline_aligned")))

#endif /* _SYS_CDEFS_ELF_H_ */
