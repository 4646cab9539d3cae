/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_dl.c - the walk over what is loaded: each object's link sets and kernel
 * symbols once, in order, however often and from where it is opened.
 */
#include "stub.h"

#include <check.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* dl/one.c, twice. */
const void *one_symbol(void);
const void *two_symbol(void);

static int modules[16], components[16];
static size_t nmodules, ncomponents, nsets;
static uintptr_t sym_one, sym_two;
static unsigned int nsymloads, sym_seen;

static void
modinit(const struct modinfo *const *m, size_t n)
{

	nsets++;
	while (n-- > 0) {
		ck_assert_uint_lt(nmodules, 16);
		modules[nmodules++] = *(const int *)*m++;
	}
}

static void
compload(const struct rump_component *c)
{

	ck_assert_uint_lt(ncomponents, 16);
	components[ncomponents++] = *(const int *)(const void *)c;
}

/* What is taken is the taker's; this one leaves it. */
static int
symload(void *symtab, uint64_t symsize, char *strtab, uint64_t strsize)
{
	const ElfW(Sym) *s = symtab;
	size_t i;

	nsymloads++;
	for (i = 0; i < symsize / sizeof(*s); i++) {
		const char *name = strtab + s[i].st_name;

		ck_assert_uint_lt(s[i].st_name, strsize);
		ck_assert(strncmp(name, "rump", 4) == 0 ||
		    strncmp(name, "RUMP", 4) == 0);
		if (strcmp(name, "rumpns_dl_one") == 0) {
			sym_one = s[i].st_value;
			sym_seen++;
		} else if (strcmp(name, "rumpns_dl_two") == 0) {
			sym_two = s[i].st_value;
			sym_seen++;
		}
	}
	return 1;
}

static void
reset(void)
{

	nmodules = ncomponents = nsets = 0;
	nsymloads = sym_seen = 0;
}

static void
check_sets(void)
{

	ck_assert_uint_eq(nsets, 2);
	ck_assert_uint_eq(nmodules, 4);
	ck_assert_uint_eq(ncomponents, 2);
	/* Whole sets, each in the order that its compiler gave it. */
	ck_assert_int_eq(modules[0] / 10, modules[1] / 10);
	ck_assert_int_eq(modules[0] % 10 + modules[1] % 10, 3);
	ck_assert_int_eq(modules[2] / 10, modules[3] / 10);
	ck_assert_int_eq(modules[2] % 10 + modules[3] % 10, 3);
	ck_assert_int_eq(modules[0] / 10 + modules[2] / 10, 3);
	ck_assert_int_eq(components[0] + components[1], 13 + 23);
	ck_assert_int_eq(components[0] / 10, modules[0] / 10);
}

START_TEST(once)
{
	void *again[3];
	Dl_info info;
	int i;

	errno = 4242;
	rumpuser_dl_bootstrap(modinit, symload, compload);
	ck_assert_int_eq(errno, 4242);
	check_sets();
	ck_assert_uint_eq(sym_seen, 2);
	ck_assert_uint_eq(sym_one, (uintptr_t)one_symbol());
	ck_assert_uint_eq(sym_two, (uintptr_t)two_symbol());

	/* Opened again, it is there once all the same. */
	ck_assert_int_ne(dladdr(one_symbol(), &info), 0);
	for (i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(again[i] = dlopen(info.dli_fname,
		    RTLD_NOW | RTLD_GLOBAL));
	reset();
	rumpuser_dl_bootstrap(modinit, symload, compload);
	check_sets();
	ck_assert_uint_eq(sym_seen, 2);
	for (i = 0; i < 3; i++)
		dlclose(again[i]);
}
END_TEST

/* What is not wanted is not given. */
START_TEST(partly)
{

	rumpuser_dl_bootstrap(NULL, NULL, NULL);
	ck_assert_uint_eq(nsets + ncomponents + nsymloads, 0);
	rumpuser_dl_bootstrap(NULL, NULL, compload);
	ck_assert_uint_eq(ncomponents, 2);
	ck_assert_uint_eq(nsets + nsymloads, 0);
	reset();
	rumpuser_dl_bootstrap(modinit, NULL, NULL);
	ck_assert_uint_eq(nmodules, 4);
	ck_assert_uint_eq(ncomponents + nsymloads, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser dl");
	TCase *tc = tcase_create("dl");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, reset, NULL);
	tcase_add_test(tc, once);
	tcase_add_test(tc, partly);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
