/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Autoconfiguration messages, aprint(9): which of them are printed is decided
 * by boothowto.  No locks, any context.
 */
#include <sys/param.h>
#include <sys/atomic.h>
#include <sys/device.h>
#include <sys/reboot.h>
#include <sys/systm.h>

static u_int error_count;

static bool
wanted_normal(void)
{

	return (boothowto & (AB_SILENT | AB_QUIET)) == 0;
}

static bool
wanted_naive(void)
{

	return (boothowto & (AB_SILENT | AB_QUIET)) == AB_QUIET;
}

static bool
wanted_verbose(void)
{

	return (boothowto & AB_VERBOSE) != 0;
}

static bool
wanted_debug(void)
{

	return (boothowto & AB_DEBUG) != 0;
}

static bool
wanted_error(void)
{

	atomic_inc_uint(&error_count);
	return true;
}

/* The errors counted since the last call. */
int
aprint_get_error_count(void)
{

	return atomic_swap_uint(&error_count, 0);
}

/* Both forms of one kind of message: alone, and after a device's name. */
#define APRINT(kind)							\
void									\
aprint_##kind(const char *fmt, ...)					\
{									\
	va_list ap;							\
									\
	if (!wanted_##kind())						\
		return;							\
	va_start(ap, fmt);						\
	vprintf(fmt, ap);						\
	va_end(ap);							\
}									\
									\
void									\
aprint_##kind##_dev(device_t dev, const char *fmt, ...)			\
{									\
	va_list ap;							\
									\
	if (!wanted_##kind())						\
		return;							\
	printf("%s: ", device_xname(dev));				\
	va_start(ap, fmt);						\
	vprintf(fmt, ap);						\
	va_end(ap);							\
}

APRINT(normal)
APRINT(naive)
APRINT(verbose)
APRINT(debug)
APRINT(error)

void
device_printf(device_t dev, const char *fmt, ...)
{
	va_list ap;

	printf("%s: ", device_xname(dev));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}
