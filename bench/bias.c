/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bias.c - seconds to take and release a lock that one thread has for itself,
 * in a process of several threads: the biased lock, or a pthread mutex.
 *
 *	bias rump|mutex
 */
#include "work.h"

#include <pthread.h>
#include <string.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_bias.h>

#define ROUNDS	10000000

static volatile unsigned long count;
static struct rumpuser_bias bias;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t park = PTHREAD_MUTEX_INITIALIZER;

static void *
parked(void *arg)
{

	pthread_mutex_lock(&park);
	pthread_mutex_unlock(&park);
	return arg;
}

static double
rump(void)
{
	struct rumpuser_biasuser u = { 0 };
	double t;
	int i;

	rumpuser_bias_init(&bias);
	t = bench_now();
	for (i = 0; i < ROUNDS; i++) {
		rumpuser_bias_enter(&bias, &u);
		count++;
		rumpuser_bias_exit(&bias, &u);
	}
	return bench_now() - t;
}

static double
posix(void)
{
	double t = bench_now();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		count++;
		pthread_mutex_unlock(&mutex);
	}
	return bench_now() - t;
}

int
main(int argc, char *argv[])
{
	pthread_t pt;
	double t;

	if (argc != 2)
		errx(2, "usage: bias rump|mutex");
	/* libc knows when a process has one thread only. */
	pthread_mutex_lock(&park);
	if (pthread_create(&pt, NULL, parked, NULL) != 0)
		errx(1, "pthread_create");
	t = strcmp(argv[1], "rump") == 0 ? rump() : posix();
	pthread_mutex_unlock(&park);
	pthread_join(pt, NULL);
	if (count != ROUNDS)
		errx(1, "%lu of %d came", count, ROUNDS);
	bench_report(t / ROUNDS, 0);
	return 0;
}
