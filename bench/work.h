/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the benchmark programs share: the clock, fatal errors, and the one
 * line of output that bench/run reads: the seconds the measured part took.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <err.h>
#include <stdio.h>
#include <time.h>

/* Seconds on the monotonic clock. */
static inline double
bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

/* Report the measured seconds, and a second figure (0 if there is none). */
static inline void
bench_report(double seconds, double extra)
{
	printf("%.9f %.0f\n", seconds, extra);
}

#endif /* BENCH_WORK_H */
