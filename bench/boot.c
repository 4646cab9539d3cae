/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot rump: the seconds rump_init() takes with the linked components, and the
 * resident bytes it adds.  boot exec PROGRAM: the seconds from fork to the end
 * of an exec of PROGRAM.
 */
#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>

#include "work.h"

/* Resident bytes of this process, from /proc/self/statm. */
static long
resident(void)
{
	long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

int
main(int argc, char *argv[])
{
	double start, end;
	long before, after;
	int error, status;
	pid_t pid;

	if (argc == 2 && strcmp(argv[1], "rump") == 0) {
		before = resident();
		start = bench_now();
		error = rump_init();
		end = bench_now();
		after = resident();
		if (error != 0)
			errx(1, "rump_init: %d", error);
		bench_report(end - start, after - before);
		fflush(stdout);
		_exit(0);
	}
	if (argc != 3)
		errx(2, "usage: boot rump | boot exec PROGRAM");
	start = bench_now();
	if ((pid = fork()) == 0) {
		execl(argv[2], argv[2], (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s: cannot run", argv[2]);
	end = bench_now();
	bench_report(end - start, 0);
	return 0;
}
