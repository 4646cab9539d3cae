/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_memcheck.c - some of the host layer's tests under Valgrind's memcheck,
 * each run of which must be free of errors and of lost memory.  Skipped (77)
 * where Valgrind is not installed.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const tests[] = { "test_rumpuser_str",
    "test_rumpuser_threads" };

int
main(void)
{
	char dir[2048] = "", cmd[4500], *slash;
	int status, failed = 0;
	size_t i;

	if (system("valgrind --version >/dev/null 2>&1") != 0)
		return 77;
	if (readlink("/proc/self/exe", dir, sizeof(dir) - 1) <= 0 ||
	    (slash = strrchr(dir, '/')) == NULL)
		return 1;
	*slash = '\0';
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		snprintf(cmd, sizeof(cmd), "CK_TIMEOUT_MULTIPLIER=20 "
		    "valgrind -q --error-exitcode=99 --leak-check=full "
		    "--errors-for-leak-kinds=definite '%s/%s'", dir, tests[i]);
		status = system(cmd);
		if (status != 0) {
			printf("%s: status 0x%x\n", tests[i], status);
			failed = 1;
		}
	}
	return failed;
}
