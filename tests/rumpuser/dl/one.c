/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * one.c - an object with link sets, as a component's library has them; with
 * -DTWO the second, which depends on the first.  The objects pointed to are
 * numbers that the test knows.
 */
#ifdef TWO
#define NAME(n)	two_ ## n
#define BASE	20
#else
#define NAME(n)	one_ ## n
#define BASE	10
#endif

#define ENTRY(set, sym)							\
	static const void *const NAME(sym ## _entry)			\
	    __attribute__((__section__("link_set_" #set), __used__)) =	\
	    &NAME(sym)
#define BOUNDS(set)							\
	extern const void *const __start_link_set_ ## set[];		\
	extern const void *const __stop_link_set_ ## set[];		\
	long NAME(set ## _count)(void);					\
	long NAME(set ## _count)(void)					\
	{								\
		return __stop_link_set_ ## set - __start_link_set_ ## set; \
	}

const int NAME(module_a) = BASE + 1;
const int NAME(module_b) = BASE + 2;
const int NAME(component) = BASE + 3;
ENTRY(modules, module_a);
ENTRY(modules, module_b);
ENTRY(rump_components, component);
BOUNDS(modules)
BOUNDS(rump_components)

/*
 * A symbol of the kernel's namespace.  A program asks for addresses: one that
 * names them may get copies of its own.
 */
#ifdef TWO
#define SYMBOL	rumpns_dl_two
const void *one_symbol(void);
const void *two_needs(void);
const void *two_needs(void) { return one_symbol(); }
#else
#define SYMBOL	rumpns_dl_one
#endif
int SYMBOL = BASE;
const void *NAME(symbol)(void);
const void *NAME(symbol)(void) { return &SYMBOL; }
