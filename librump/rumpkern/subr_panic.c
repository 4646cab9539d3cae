/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic(9) and failed assertions.  The first thing a panic does is to stop all
 * output to images and wires; how the process ends is the signal model's
 * choice (see rump_panic_end()).  Any context.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>

#include <rump-priv/kern.h>
#include <rump-sys/assert.h>

const char *panicstr;
int doing_shutdown;
static volatile unsigned int expect_failures;

void
vpanic(const char *fmt, va_list ap)
{
	static char message[256];

	rump_panic_freeze();
	if (atomic_cas_ptr(&panicstr, NULL, message) == NULL)
		vsnprintf(message, sizeof(message), fmt, ap);
	printf("panic: ");
	vprintf(fmt, ap);
	printf("\n");
	rump_panic_end();
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
	va_end(ap);
}

void
kern_assert(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
	va_end(ap);
}

bool
rump_expect_failed(const char *fmt, ...)
{
	va_list ap;

	atomic_inc_uint(&expect_failures);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

unsigned int
rump_expect_failures(void)
{

	return expect_failures;
}
