/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of property containers and of what devices have of
 * them: int rumptest_NAME(void), 0 or the line of what failed.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/errno.h>
#include <sys/ioccom.h>
#include <sys/kmem.h>
#include <sys/malloc.h>

#include <prop/proplib.h>
#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_prop_scalars(void);
int	rumptest_prop_containers(void);
int	rumptest_prop_ranges(void);
int	rumptest_prop_xml(void);
int	rumptest_prop_hostile(void);
int	rumptest_prop_ioctl(void);
int	rumptest_prop_hammer(int);
int	rumptest_device(void);

int
rumptest_prop_scalars(void)
{
	prop_string_t s, t;
	prop_number_t n, m;
	prop_bool_t b;
	prop_data_t d;
	char *copy;

	b = prop_bool_create(true);
	CK(prop_object_type(b) == PROP_TYPE_BOOL && prop_bool_true(b));
	CK(prop_number_size((prop_number_t)(void *)b) == 0);
	prop_object_release(b);
	CK(prop_object_type(NULL) == PROP_TYPE_UNKNOWN);

	n = prop_number_create_integer(-1);
	m = prop_number_create_unsigned_integer(~(uint64_t)0);
	CK(!prop_number_equals(n, m) && !prop_object_equals(n, m));
	CK(prop_number_equals_integer(n, -1));
	CK(!prop_number_equals_integer(m, -1));
	CK(prop_number_equals_unsigned_integer(m, ~(uint64_t)0));
	CK(!prop_number_equals_unsigned_integer(n, ~(uint64_t)0));
	CK(prop_number_size(n) == 8 && prop_number_size(m) == 64);
	prop_object_release(n);
	prop_object_release(m);
	n = prop_number_create_integer(200);
	m = prop_number_create_unsigned_integer(200);
	CK(prop_number_equals(n, m) && prop_object_equals(m, n));
	CK(prop_number_size(n) == 16 && prop_number_size(m) == 8);
	CK(!prop_number_unsigned(n) && prop_number_unsigned(m));
	prop_object_release(n);
	prop_object_release(m);

	s = prop_string_create_cstring("abc");
	t = prop_string_create_cstring_nocopy("abcdef");
	CK(!prop_string_equals(s, t));
	CK(!prop_string_append_cstring(t, "x") && !prop_string_mutable(t));
	CK(prop_string_append_cstring(s, "def") && prop_string_size(s) == 6);
	CK(prop_string_equals(s, t) && prop_string_equals_cstring(s, "abcdef"));
	copy = prop_string_cstring(s);
	CK(strcmp(copy, "abcdef") == 0);
	free(copy, M_TEMP);
	prop_object_release(t);
	t = prop_string_copy(s);
	CK(prop_string_append_cstring(s, "!"));
	CK(strcmp(prop_string_cstring_nocopy(t), "abcdef") == 0);
	prop_object_release(s);
	prop_object_release(t);

	d = prop_data_create_data("\0\1\2", 3);
	CK(prop_data_size(d) == 3 && prop_data_equals_data(d, "\0\1\2", 3));
	CK(!prop_data_equals_data(d, "\0\1\3", 3));
	CK(memcmp(prop_data_data_nocopy(d), "\0\1\2", 3) == 0);
	prop_object_release(d);
	d = prop_data_create_data(NULL, 0);
	CK(prop_data_data(d) == NULL && prop_data_size(d) == 0);
	prop_object_release(d);
	return 0;
}

int
rumptest_prop_containers(void)
{
	prop_dictionary_t d = prop_dictionary_create(), e;
	prop_array_t a = prop_array_create(), keys;
	prop_object_iterator_t it;
	prop_object_t o;
	char key[16];
	uint32_t v;
	int i;

	/* A hundred keys, entered out of order, come back in order. */
	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%02d", i * 37 % 100);
		CK(prop_dictionary_set_uint32(d, key, i * 37 % 100));
	}
	CK(prop_dictionary_count(d) == 100);
	it = prop_dictionary_iterator(d);
	for (i = 0; (o = prop_object_iterator_next(it)) != NULL; i++) {
		snprintf(key, sizeof(key), "k%02d", i);
		CK(strcmp(prop_dictionary_keysym_cstring_nocopy(o), key) == 0);
		CK(prop_number_integer_value(
		    prop_dictionary_get_keysym(d, o)) == i);
	}
	CK(i == 100);
	/* A changed container ends the iteration until it is reset. */
	prop_object_iterator_reset(it);
	CK(prop_object_iterator_next(it) != NULL);
	prop_dictionary_remove(d, "k50");
	CK(prop_object_iterator_next(it) == NULL);
	prop_object_iterator_reset(it);
	CK(prop_object_iterator_next(it) != NULL);
	prop_object_iterator_release(it);
	CK(prop_dictionary_get(d, "k50") == NULL);
	CK(!prop_dictionary_get_uint32(d, "k50", &v));
	CK(prop_dictionary_count(d) == 99);
	keys = prop_dictionary_all_keys(d);
	CK(prop_array_count(keys) == 99);
	prop_object_release(keys);

	/* A copy has the same members and a life of its own. */
	e = prop_dictionary_copy(d);
	CK(prop_dictionary_equals(d, e));
	CK(prop_dictionary_set_cstring(e, "k00", "other"));
	CK(!prop_dictionary_equals(d, e));
	CK(prop_dictionary_get_uint32(d, "k00", &v) && v == 0);
	CK(prop_array_add(a, d) && prop_array_add_and_rel(a, e));
	CK(prop_array_get(a, 0) == d && prop_array_get(a, 1) == e);
	prop_object_release(d);
	prop_dictionary_make_immutable(d);
	CK(!prop_dictionary_set_bool(d, "x", true));
	prop_dictionary_remove(d, "k01");
	CK(prop_dictionary_count(d) == 99 && !prop_dictionary_mutable(d));
	CK(prop_array_set_uint32(a, 1, 5) && !prop_array_set_uint32(a, 3, 5));
	CK(prop_array_set_uint32(a, 2, 6) && prop_array_count(a) == 3);
	prop_array_remove(a, 0);
	CK(prop_array_get_uint32(a, 0, &v) && v == 5);
	CK(!prop_array_get_uint32(a, 2, &v) && prop_array_count(a) == 2);
	CK(!prop_array_add(a, NULL));
	CK(!prop_array_ensure_capacity(a, ~0U) || prop_array_capacity(a) > 2);
	prop_object_release(a);

	/* Containers nested very deep are freed without deep recursion. */
	a = prop_array_create();
	for (i = 0; i < 100000; i++) {
		prop_array_t outer = prop_array_create();

		CK(prop_array_add_and_rel(outer, a));
		a = outer;
	}
	CK(prop_array_externalize(a) == NULL);
	prop_object_release(a);
	return 0;
}

int
rumptest_prop_ranges(void)
{
	prop_dictionary_t d = prop_dictionary_create();
	uint8_t u8;
	int8_t i8;
	uint16_t u16;
	int16_t i16;
	int32_t i32;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	const char *s;
	char *c;
	bool b;

	CK(prop_dictionary_set_int16(d, "n", -300));
	CK(prop_dictionary_get_int16(d, "n", &i16) && i16 == -300);
	CK(!prop_dictionary_get_int8(d, "n", &i8));
	CK(!prop_dictionary_get_uint16(d, "n", &u16));
	CK(!prop_dictionary_get_uint64(d, "n", &u64));
	CK(prop_dictionary_get_int32(d, "n", &i32) && i32 == -300);
	CK(prop_dictionary_set_uint64(d, "n", ~(uint64_t)0));
	CK(prop_dictionary_get_uint64(d, "n", &u64) && u64 == ~(uint64_t)0);
	CK(!prop_dictionary_get_int64(d, "n", &i64));
	CK(!prop_dictionary_get_uint32(d, "n", &u32));
	CK(prop_dictionary_set_uint8(d, "n", 255));
	CK(prop_dictionary_get_uint8(d, "n", &u8) && u8 == 255);
	CK(!prop_dictionary_get_int8(d, "n", &i8));
	CK(prop_dictionary_get_int16(d, "n", &i16) && i16 == 255);
	CK(!prop_dictionary_get_bool(d, "n", &b));
	CK(!prop_dictionary_get_cstring_nocopy(d, "n", &s));
	CK(prop_dictionary_set_bool(d, "b", false));
	CK(prop_dictionary_get_bool(d, "b", &b) && !b);
	CK(!prop_dictionary_get_uint8(d, "b", &u8));
	CK(prop_dictionary_set_cstring_nocopy(d, "s", "text"));
	CK(prop_dictionary_get_cstring_nocopy(d, "s", &s));
	CK(strcmp(s, "text") == 0);
	CK(prop_dictionary_get_cstring(d, "s", &c) && c != s);
	CK(strcmp(c, "text") == 0);
	free(c, M_TEMP);
	prop_object_release(d);
	return 0;
}

static prop_dictionary_t
sample(void)
{
	prop_dictionary_t d = prop_dictionary_create();
	prop_dictionary_t sub = prop_dictionary_create();
	prop_array_t a = prop_array_create();
	uint8_t bytes[256];
	int i;

	for (i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	for (i = 0; i < 5; i++)
		prop_array_add_and_rel(a, prop_data_create_data(bytes, i));
	prop_array_add_and_rel(a, prop_data_create_data(bytes, 256));
	prop_array_add_bool(a, true);
	prop_array_add_bool(a, false);
	prop_array_add_cstring(a, "");
	prop_array_add_cstring(a, "<&>'\" \ttext");
	prop_array_add_int64(a, INT64_MIN);
	prop_array_add_int64(a, INT64_MAX);
	prop_array_add_uint64(a, UINT64_MAX);
	prop_array_add_and_rel(a, prop_array_create());
	prop_dictionary_set(sub, "a<b>&c", a);
	prop_object_release(a);
	prop_dictionary_set_and_rel(d, "sub", sub);
	prop_dictionary_set_and_rel(d, "empty", prop_dictionary_create());
	return d;
}

int
rumptest_prop_xml(void)
{
	prop_dictionary_t d = sample(), e;
	prop_array_t a;
	int64_t v;
	char *xml;

	xml = prop_dictionary_externalize(d);
	CK(xml != NULL);
	CK(prop_array_internalize(xml) == NULL);
	e = prop_dictionary_internalize(xml);
	CK(e != NULL && prop_dictionary_equals(d, e));
	free(xml, M_TEMP);
	prop_object_release(d);
	prop_object_release(e);

	/* The text that other implementations of the format write. */
	a = prop_array_internalize("<?xml version=\"1.0\"?>\n<!-- > -->\n"
	    "<!DOCTYPE plist PUBLIC \"x\" \"y\">\n<plist version=\"1.0\">"
	    "<array>\n <integer> -5 </integer><!-- <array> --> <true/>"
	    "<integer>0x10</integer><data>\n\tQUJD\n\tRA==\n</data>"
	    "<string>a &amp; b</string><array/><dict></dict>"
	    "<integer>18446744073709551615</integer></array></plist>\n");
	CK(a != NULL && prop_array_count(a) == 8);
	CK(prop_array_get_int64(a, 0, &v) && v == -5);
	CK(prop_bool_true(prop_array_get(a, 1)));
	CK(prop_array_get_int64(a, 2, &v) && v == 16);
	CK(prop_number_unsigned(prop_array_get(a, 2)));
	CK(prop_data_equals_data(prop_array_get(a, 3), "ABCD", 4));
	CK(prop_string_equals_cstring(prop_array_get(a, 4), "a & b"));
	CK(prop_object_type(prop_array_get(a, 6)) == PROP_TYPE_DICTIONARY);
	CK(!prop_array_get_int64(a, 7, &v));
	prop_object_release(a);
	return 0;
}

/* What is no property list is refused, however close it comes. */
int
rumptest_prop_hostile(void)
{
	static const char *const bad[] = {
		"", "<", "<plist", "<plist>", "<plist/>", "<plist></plist>",
		"<plist><dict></plist>", "<plist><dict></dict>",
		"<plist><dict></array></plist>", "<plist><dictx/></plist>",
		"<plist><dict/></plist>x", "<plist><dict/><dict/></plist>",
		"<plist><dict><key>a</key></dict></plist>",
		"<plist><dict><true/></dict></plist>",
		"<plist><dict><key>a</key><true/><key></dict></plist>",
		"<plist><dict><key>a&b;</key><true/></dict></plist>",
		"<plist><array><integer></integer></array></plist>",
		"<plist><array><integer>1x</integer></array></plist>",
		"<plist><array><integer>0x</integer></array></plist>",
		"<plist><array><integer>-0x1</integer></array></plist>",
		"<plist><array><integer>99999999999999999999</integer></array>"
		    "</plist>",
		"<plist><array><integer>-9223372036854775809</integer></array>"
		    "</plist>",
		"<plist><array><data>A</data></array></plist>",
		"<plist><array><data>A===</data></array></plist>",
		"<plist><array><data>AA=A</data></array></plist>",
		"<plist><array><data>!!!!</data></array></plist>",
		"<plist><array><string>x</array></plist>",
		"<plist><!-- <dict/></plist>", "<?xml <plist><dict/></plist>",
	};
	prop_dictionary_t d;
	size_t i, n, len;
	char *xml, *cut;
	uint32_t seed = 7;

	for (i = 0; i < __arraycount(bad); i++) {
		CK(prop_dictionary_internalize(bad[i]) == NULL);
		CK(prop_array_internalize(bad[i]) == NULL);
	}
	/* Deep nesting does not reach the end of the stack. */
	n = 10000;
	xml = kmem_alloc(7 * n + 16, KM_SLEEP);
	memcpy(xml, "<plist>", 7);
	for (i = 0; i < n; i++)
		memcpy(xml + 7 + 7 * i, "<array>", 8);
	CK(prop_array_internalize(xml) == NULL);
	kmem_free(xml, 7 * n + 16);

	/* Each beginning, and bytes changed at random. */
	d = sample();
	xml = prop_dictionary_externalize(d);
	len = strlen(xml);
	prop_object_release(d);
	cut = kmem_alloc(len + 1, KM_SLEEP);
	for (n = 0; n + 10 < len; n++) {
		memcpy(cut, xml, n);
		cut[n] = '\0';
		CK(prop_dictionary_internalize(cut) == NULL);
	}
	for (n = 0; n < 20000; n++) {
		memcpy(cut, xml, len + 1);
		for (i = 0; i < 3; i++) {
			seed = seed * 1664525 + 1013904223;
			cut[(seed >> 8) % len] = "<>/&=adik \0\377x"[seed % 13];
		}
		if ((d = prop_dictionary_internalize(cut)) != NULL)
			prop_object_release(d);
	}
	kmem_free(cut, len + 1);
	free(xml, M_TEMP);
	return 0;
}

int
rumptest_prop_ioctl(void)
{
	const u_long out = _IOWR('x', 1, struct plistref);
	const u_long none = _IO('x', 1);
	prop_dictionary_t d = sample(), e;
	struct plistref ref, big;
	prop_array_t a;

	CK(prop_dictionary_copyout_ioctl(&ref, none, d) == EFAULT);
	CK(prop_dictionary_copyout_ioctl(&ref, out, d) == 0);
	CK(ref.pref_len == strlen(ref.pref_plist) + 1);
	CK(prop_dictionary_copyin_ioctl(&ref, none, &e) == EFAULT);
	CK(prop_dictionary_copyin_ioctl(&ref, out, &e) == 0);
	CK(prop_dictionary_equals(d, e));
	prop_object_release(e);
	CK(prop_array_copyin_ioctl(&ref, out, &a) == EIO);
	big = ref;
	big.pref_len = 128 * 1024 + 1;
	CK(prop_dictionary_copyin_ioctl(&big, out, &e) == E2BIG);
	big.pref_len = 0;
	CK(prop_dictionary_copyin_ioctl(&big, out, &e) == EIO);
	big.pref_len = 10;
	CK(prop_dictionary_copyin_ioctl(&big, out, &e) == EIO);
	big.pref_plist = (void *)8;
	CK(prop_dictionary_copyin_ioctl(&big, out, &e) == EFAULT);
	rumpuser_unmap(ref.pref_plist, round_page(ref.pref_len));
	prop_object_release(d);
	return 0;
}

/* By many threads at once: on one dictionary, whose members come and go. */
int
rumptest_prop_hammer(int round)
{
	static prop_dictionary_t shared;
	prop_dictionary_t d;
	prop_array_t keys;
	char key[16], *xml;
	int i;

	if (round < 0) {
		if (shared != NULL)
			prop_object_release(shared);
		shared = round == -1 ? prop_dictionary_create() : NULL;
		return 0;
	}
	for (i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "k%d", (i * 7 + round) % 20);
		if (i % 3 == 0)
			prop_dictionary_remove(shared, key);
		else
			CK(prop_dictionary_set_uint32(shared, key, i));
		if (i % 50 == 0) {
			keys = prop_dictionary_all_keys(shared);
			CK(prop_array_count(keys) <= 20);
			prop_object_release(keys);
			xml = prop_dictionary_externalize(shared);
			d = prop_dictionary_internalize(xml);
			CK(d != NULL && prop_dictionary_count(d) <= 20);
			prop_object_release(d);
			free(xml, M_TEMP);
		}
	}
	return 0;
}

CFDRIVER_DECL(testbus, DV_BUS, NULL);

int
rumptest_device(void)
{
	int locs[2] = { 4, 9 };
	struct cfdata cf = { "testbus", "root", 3, FSTATE_STAR, locs, 0, NULL };
	struct device dev = {
		.dv_class = DV_BUS, .dv_unit = 3, .dv_xname = "testbus3",
		.dv_flags = DVF_ACTIVE, .dv_cfdata = &cf,
		.dv_cfdriver = &testbus_cd, .dv_locators = locs,
		.dv_properties = prop_dictionary_create(),
	};
	uint32_t v;

	CK(device_cfdata(&dev) == &cf && device_cfdriver(&dev) == &testbus_cd);
	CK(device_is_a(&dev, "testbus") && !device_is_a(&dev, "testbus3"));
	CK(device_locator(&dev, 0) == 4 && device_locator(&dev, 1) == 9);
	CK(device_is_active(&dev) && device_has_power(&dev));
	dev.dv_flags |= DVF_DRIVER_SUSPENDED;
	CK(!device_is_active(&dev) && device_has_power(&dev));
	dev.dv_flags |= DVF_BUS_SUSPENDED;
	CK(!device_has_power(&dev));
	dev.dv_flags = 0;
	CK(!device_is_active(&dev) && !device_has_power(&dev));
	CK(prop_dictionary_set_uint32(device_properties(&dev), "a", 1));
	CK(prop_dictionary_get_uint32(device_properties(&dev), "a", &v));
	prop_object_release(dev.dv_properties);
	return 0;
}
