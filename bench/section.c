/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * section.c - what a read section of pserialize(9), and so of RCU, costs more
 * than an empty loop.
 *
 *	section rump		seconds more for a thousand million of them
 *	section allowed		seconds that half a nanosecond each would be
 */
#include "work.h"

#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>

#define N		1000000000UL
#define PORTIONS	100

int	rumpbench_section(unsigned long);
int	rumpbench_no_section(unsigned long);

static double
timed(int (*fn)(unsigned long))
{
	double t = bench_now();

	fn(N / PORTIONS);
	return bench_now() - t;
}

int
main(int argc, char *argv[])
{
	double more = 0;
	int i;

	if (argc != 2)
		errx(1, "usage: section rump|allowed");
	if (strcmp(argv[1], "allowed") == 0) {
		bench_report(N * 0.5e-9, 0);
		return 0;
	}
	if (rump_init() != 0)
		errx(1, "rump_init");
	rump_schedule();
	/* In turn, so that both have the same of what the machine does. */
	for (i = 0; i < PORTIONS; i++)
		more += timed(rumpbench_section) - timed(rumpbench_no_section);
	rump_unschedule();
	bench_report(more > 0 ? more : 0, 0);
	return 0;
}
