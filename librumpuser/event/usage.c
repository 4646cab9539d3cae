/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage.c - what a thread uses, its random numbers, and the processors there
 * are.  Locking: everything is the calling thread's own.
 */
#include "event/impl.h"

#include <sys/random.h>
#include <sys/resource.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t
nsec(struct timeval tv)
{

	return tv.tv_sec * NSEC_PER_SEC + tv.tv_usec * INT64_C(1000);
}

int
rumpuser_evthread_rusage(struct rumpuser_rusage *last,
    struct rumpuser_rusage *ru)
{
	struct rumpuser_rusage now;
	struct rusage r;
	int serrno = errno, error;

	if (getrusage(RUSAGE_THREAD, &r) == -1) {
		error = errno;
		errno = serrno;
		return ERR(error);
	}
	now = (struct rumpuser_rusage){
		.ru_wall = rumpuser_event_now(),
		.ru_utime = nsec(r.ru_utime),
		.ru_stime = nsec(r.ru_stime),
		.ru_minflt = r.ru_minflt,
		.ru_majflt = r.ru_majflt,
		.ru_nvcsw = r.ru_nvcsw,
		.ru_nivcsw = r.ru_nivcsw,
	};
	*ru = (struct rumpuser_rusage){
		.ru_wall = now.ru_wall - last->ru_wall,
		.ru_utime = now.ru_utime - last->ru_utime,
		.ru_stime = now.ru_stime - last->ru_stime,
		.ru_minflt = now.ru_minflt - last->ru_minflt,
		.ru_majflt = now.ru_majflt - last->ru_majflt,
		.ru_nvcsw = now.ru_nvcsw - last->ru_nvcsw,
		.ru_nivcsw = now.ru_nivcsw - last->ru_nivcsw,
	};
	*last = now;
	return 0;
}

/*
 * Random numbers: xoshiro256++ (Blackman and Vigna, 2019), its state filled
 * by splitmix64 as they advise.
 */
static __thread uint64_t rnd[4]
    __attribute__((__tls_model__("initial-exec")));
static __thread int seeded
    __attribute__((__tls_model__("initial-exec")));

static uint64_t
rotl(uint64_t x, unsigned int k)
{

	return x << k | x >> (64 - k);
}

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void
rumpuser_evthread_srandom(uint64_t seed)
{
	int i;

	for (i = 0; i < 4; i++)
		rnd[i] = splitmix(&seed);
	seeded = 1;
}

static void
seed_any(void)
{
	int serrno = errno;
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)rumpuser_event_now() ^
		    (uint64_t)(uintptr_t)rnd;
	errno = serrno;
	rumpuser_evthread_srandom(seed);
}

uint64_t
rumpuser_evthread_random(void)
{
	uint64_t result, t;

	if (!seeded)
		seed_any();
	result = rotl(rnd[0] + rnd[3], 23) + rnd[0];
	t = rnd[1] << 17;
	rnd[2] ^= rnd[0];
	rnd[3] ^= rnd[1];
	rnd[1] ^= rnd[2];
	rnd[0] ^= rnd[3];
	rnd[2] ^= t;
	rnd[3] = rotl(rnd[3], 45);
	return result;
}

/*
 * The first processor of the core that @cpu belongs to, as the host's list of
 * the core's processors begins with it; @cpu itself where it does not say.
 */
static int
core_of(int cpu)
{
	static const char *const names[] = {
		"core_cpus_list", "thread_siblings_list",
	};
	char path[96], buf[32];
	ssize_t n = -1;
	size_t i;
	int fd;

	for (i = 0; i < __arraycount(names) && n <= 0; i++) {
		snprintf(path, sizeof(path),
		    "/sys/devices/system/cpu/cpu%d/topology/%s", cpu,
		    names[i]);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			continue;
		n = read(fd, buf, sizeof(buf) - 1);
		close(fd);
	}
	if (n <= 0)
		return cpu;
	buf[n] = '\0';
	return atoi(buf);
}

unsigned int
rumpuser_evthread_ncores(void)
{
	cpu_set_t mine, cores;
	unsigned int n = 0;
	int serrno = errno, cpu, core;

	CPU_ZERO(&cores);
	if (sched_getaffinity(0, sizeof(mine), &mine) == -1) {
		errno = serrno;
		return 1;
	}
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &mine))
			continue;
		core = core_of(cpu);
		if (core < 0 || core >= CPU_SETSIZE)
			core = cpu;
		if (!CPU_ISSET(core, &cores)) {
			CPU_SET(core, &cores);
			n++;
		}
	}
	errno = serrno;
	return n != 0 ? n : 1;
}
