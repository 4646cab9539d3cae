/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random reads of 4 KiB with O_DIRECT, 32 under way: aio libaio|uring|threads
 * FILE, by librumpuser; aio fio-libaio|fio-io_uring FILE, by fio.  FILE is made
 * if it is not there, each block with its number in it, and what is read is
 * looked at.  Printed are the seconds a read took, and the nanoseconds of
 * processor time (user and system) it cost.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_aio.h>

#include "work.h"

#define BLOCK	4096
#define BLOCKS	65536
#define DEPTH	32
#define SECONDS	1.5

static uint64_t
mark(uint64_t block)
{

	return (block + 1) * 0x9e3779b97f4a7c15;
}

static void
make_file(const char *path)
{
	uint64_t *buf;
	uint64_t i, n = (1 << 20) / BLOCK;
	struct stat sb;
	int fd;

	if (stat(path, &sb) == 0 && sb.st_size == (off_t)BLOCKS * BLOCK)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || (buf = malloc(1 << 20)) == NULL)
		err(1, "%s", path);
	for (i = 0; i < BLOCKS; i++) {
		uint64_t *b = buf + i % n * (BLOCK / 8);
		size_t j;

		for (j = 0; j < BLOCK / 8; j++)
			b[j] = mark(i) + j;
		if (i % n == n - 1 && write(fd, buf, 1 << 20) != 1 << 20)
			err(1, "%s", path);
	}
	if (fsync(fd) == -1 || close(fd) == -1)
		err(1, "%s", path);
	free(buf);
}

static double
cputime(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return ru.ru_utime.tv_sec + ru.ru_utime.tv_usec * 1e-6 +
	    ru.ru_stime.tv_sec + ru.ru_stime.tv_usec * 1e-6;
}

struct slot {
	struct rumpuser_iovec iov;
	void *scratch;
	uint64_t block;
};

static struct rumpuser_aiofile *file;
static uint64_t seed = 88172645463325252, ndone;
static int stopping;

static void	done(void *, uintptr_t, int);

static void
ask(struct slot *s)
{
	int error;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	s->block = seed % BLOCKS;
	error = rumpuser_aio_readv(file, s->scratch, &s->iov, 1,
	    (int64_t)s->block * BLOCK, done, s);
	if (error != 0)
		errx(1, "readv: error %d", error);
}

static void
done(void *env, uintptr_t bytes, int error)
{
	struct slot *s = env;
	const uint64_t *b = s->iov.iov_base, last = BLOCK / 8 - 1;

	if (error != 0 || bytes != BLOCK)
		errx(1, "read: error %d, %zu bytes", error, (size_t)bytes);
	if (b[0] != mark(s->block) || b[last] != mark(s->block) + last)
		errx(1, "block %" PRIu64 " differs", s->block);
	ndone++;
	if (!stopping)
		ask(s);
}

static void
ours(int engine, const char *path)
{
	struct rumpuser_aio_attr at = {
		.aa_engine = engine, .aa_depth = DEPTH,
		.aa_flags = RUMPUSER_AIO_SINGLE,
	};
	struct rumpuser_aio_stats st;
	struct slot slots[DEPTH];
	struct rumpuser_aio *aio;
	const char *e = getenv("AIO_REAP");
	double t, cpu;
	unsigned int i;
	char line[600];

	if (e != NULL)
		at.aa_reap = (uint32_t)atoi(e);
	if (rumpuser_aio_create(&at, &aio) != 0 ||
	    rumpuser_aio_open(aio, path, RUMPUSER_OPEN_RDONLY, &file,
	    NULL) != 0)
		errx(1, "%s: cannot open", path);
	rumpuser_aio_stats(aio, &st);
	if (st.as_engine != engine)
		errx(1, "the host refuses this engine");
	for (i = 0; i < DEPTH; i++) {
		if ((slots[i].scratch = malloc(
		    rumpuser_aio_scratchsize())) == NULL ||
		    posix_memalign(&slots[i].iov.iov_base, BLOCK, BLOCK) != 0)
			errx(1, "no memory");
		memset(slots[i].iov.iov_base, 0, BLOCK);
		slots[i].iov.iov_len = BLOCK;
	}
	t = bench_now();
	cpu = cputime();
	for (i = 0; i < DEPTH; i++)
		ask(&slots[i]);
	while (bench_now() - t < SECONDS)
		if (rumpuser_aio_drive(aio, -1, NULL) != 0)
			errx(1, "drive");
	t = bench_now() - t;
	cpu = cputime() - cpu;
	bench_report(t / (double)ndone, cpu / (double)ndone * 1e9);
	stopping = 1;
	if (getenv("AIO_VERBOSE") != NULL &&
	    rumpuser_aio_fmt(aio, line, sizeof(line)) == 0)
		fprintf(stderr, "%s\n", line);
	if (rumpuser_aio_closewait(file) != 0 ||
	    rumpuser_aio_destroy(aio) != 0)
		errx(1, "close");
}

/*
 * fio: its own measurement of the job, without its start.
 */

/* The number behind the first "key" : after at. */
static double
number(const char *at, const char *key)
{
	char pat[64];
	const char *p;

	snprintf(pat, sizeof(pat), "\"%s\" : ", key);
	if ((p = strstr(at, pat)) == NULL)
		errx(1, "fio says nothing about %s", key);
	return strtod(p + strlen(pat), NULL);
}

static void
fio(const char *engine, const char *path)
{
	static char out[1 << 20];
	char cmd[1024];
	const char *rd, *job;
	double ios, ms;
	size_t n;
	FILE *fp;

	snprintf(cmd, sizeof(cmd), "fio --name=bench --filename='%s' "
	    "--ioengine=%s --direct=1 --rw=randread --bs=%d --iodepth=%d "
	    "--time_based --runtime=%dms --randrepeat=0 --norandommap "
	    "--gtod_reduce=1 --output-format=json", path, engine, BLOCK,
	    DEPTH, (int)(SECONDS * 1000));
	if ((fp = popen(cmd, "r")) == NULL)
		err(1, "fio");
	n = fread(out, 1, sizeof(out) - 1, fp);
	out[n] = '\0';
	if (pclose(fp) != 0)
		errx(1, "fio failed");
	if ((job = strstr(out, "\"jobs\"")) == NULL ||
	    (rd = strstr(job, "\"read\"")) == NULL)
		errx(1, "fio: no result");
	if (number(job, "error") != 0)
		errx(1, "fio: error");
	ios = number(rd, "total_ios");
	ms = number(rd, "runtime");
	bench_report(ms / ios * 1e-3, (number(job, "usr_cpu") +
	    number(job, "sys_cpu")) / 100 * number(job, "job_runtime") * 1e6 /
	    ios);
}

int
main(int argc, char *argv[])
{

	if (argc != 3)
		errx(2, "usage: aio ENGINE FILE");
	make_file(argv[2]);
	if (strncmp(argv[1], "fio-", 4) == 0)
		fio(argv[1] + 4, argv[2]);
	else
		ours(strcmp(argv[1], "libaio") == 0 ? RUMPUSER_AIO_LIBAIO :
		    strcmp(argv[1], "uring") == 0 ? RUMPUSER_AIO_URING :
		    RUMPUSER_AIO_THREADS, argv[2]);
	return 0;
}
