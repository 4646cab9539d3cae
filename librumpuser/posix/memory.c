/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.c - how much memory the host lets this process have: the machine's,
 * or less where a control group (cgroups(7), version 2) bounds it.
 * Locking: none; called once at boot.
 */
#include "host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CGROUP_ROOT	"/sys/fs/cgroup"

/* memory.max of one group; UINT64_MAX if it has none ("max", no file). */
static uint64_t
group_limit(const char *group)
{
	char path[PATH_MAX];
	unsigned long long v;
	FILE *fp;
	int n;

	n = snprintf(path, sizeof(path), "%s%s/memory.max", CGROUP_ROOT,
	    group);
	if (n < 0 || (size_t)n >= sizeof(path) ||
	    (fp = fopen(path, "re")) == NULL)
		return UINT64_MAX;
	if (fscanf(fp, "%llu", &v) != 1)
		v = UINT64_MAX;
	fclose(fp);
	return v;
}

/* The group of this process, "" for the root; false if there are none. */
static int
own_group(char *group, size_t size)
{
	char line[PATH_MAX + 8];
	FILE *fp;
	int found = 0;

	if ((fp = fopen("/proc/self/cgroup", "re")) == NULL)
		return 0;
	while (!found && fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0 &&
		    strlen(line + 3) < size) {
			strcpy(group, line + 3);
			found = 1;
		}
	}
	fclose(fp);
	return found;
}

/* Bytes; 0 if the host does not say. */
uint64_t
rumpuser__memory(void)
{
	char group[PATH_MAX], *slash;
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	uint64_t memory, limit;

	if (pages <= 0 || size <= 0)
		return 0;
	memory = (uint64_t)pages * (uint64_t)size;
	if (!own_group(group, sizeof(group)))
		return memory;
	/* The bound of each ancestor holds, too. */
	for (;;) {
		if ((limit = group_limit(group)) < memory)
			memory = limit;
		if ((slash = strrchr(group, '/')) == NULL)
			return memory;
		*slash = '\0';
	}
}
