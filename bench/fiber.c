/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fiber.c - seconds of one switch between a host thread's own context and a
 * fiber, or a context of makecontext(3); memory of an idle fiber.
 *
 *	fiber rump|ucontext		switch to and fro
 *	fiber idle N			resident bytes a fiber, N of them waiting
 */
#include "work.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_fiber.h>

#define ROUNDS	300000

static unsigned long count;

static void
rump_other(void *arg)
{

	for (;;) {
		count++;
		rumpuser_fiber_switch(NULL, NULL, NULL);
	}
}

static double
rump(void)
{
	struct rumpuser_fiber *f;
	double t;
	int i;

	if (rumpuser_fiber_create(rump_other, NULL, "bench", 0, &f) != 0)
		errx(1, "rumpuser_fiber_create");
	rumpuser_fiber_switch(f, NULL, NULL);
	count = 0;
	t = bench_now();
	for (i = 0; i < ROUNDS; i++)
		rumpuser_fiber_switch(f, NULL, NULL);
	t = bench_now() - t;
	rumpuser_fiber_destroy(f);
	return t;
}

static ucontext_t self, other;

static void
uc_other(void)
{

	for (;;) {
		count++;
		swapcontext(&other, &self);
	}
}

static double
uc(void)
{
	static char stack[64 << 10];
	double t;
	int i;

	if (getcontext(&other) == -1)
		err(1, "getcontext");
	other.uc_stack.ss_sp = stack;
	other.uc_stack.ss_size = sizeof(stack);
	makecontext(&other, uc_other, 0);
	swapcontext(&self, &other);
	count = 0;
	t = bench_now();
	for (i = 0; i < ROUNDS; i++)
		swapcontext(&self, &other);
	return bench_now() - t;
}

static double
resident(void)
{
	long size, pages;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void
idle(int n)
{
	struct rumpuser_fiber *f;
	double t = bench_now(), r = resident();
	int i;

	for (i = 0; i < n; i++) {
		if (rumpuser_fiber_create(rump_other, NULL, "idle", 0, &f) != 0)
			errx(1, "rumpuser_fiber_create: number %d", i);
		rumpuser_fiber_switch(f, NULL, NULL);
	}
	bench_report((bench_now() - t) / n, (resident() - r) / n);
}

int
main(int argc, char *argv[])
{
	double t;

	if (argc == 3 && strcmp(argv[1], "idle") == 0) {
		idle(atoi(argv[2]));
		return 0;
	}
	if (argc != 2)
		errx(2, "usage: fiber rump|ucontext | fiber idle N");
	t = strcmp(argv[1], "rump") == 0 ? rump() : uc();
	if (count != ROUNDS)
		errx(1, "%lu of %d came", count, ROUNDS);
	bench_report(t / (2.0 * ROUNDS), 0);
	return 0;
}
