/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu df: size and use of the file system in the image.  One thread.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fsu.h"
#include "kern.h"

static bool human, inodes;

static uint64_t
percent(uint64_t used, uint64_t avail)
{
	uint64_t all = used + avail;

	if (all == 0)
		return 0;
	/* Rounded up; large numbers lose bits that do not matter here. */
	while (used > UINT64_MAX / 200) {
		used /= 2;
		all /= 2;
	}
	return (used * 100 + all - 1) / all;
}

static void
print(const struct kstatvfs *v, const char *name)
{
	uint64_t unit = v->frsize, total = v->blocks, avail = v->bavail;
	uint64_t nfree = v->bfree, used;
	char t[32], u[32], a[32];

	if (inodes) {
		unit = 1024;		/* so that counts come out as counts */
		total = v->files;
		nfree = avail = v->ffree;
	}
	used = total > nfree ? total - nfree : 0;
	if (inodes && human) {
		human_size(total, t, sizeof(t));
		human_size(used, u, sizeof(u));
		human_size(avail, a, sizeof(a));
	} else {
		human_blocks(total * unit, 1024, human, t, sizeof(t));
		human_blocks(used * unit, 1024, human, u, sizeof(u));
		human_blocks(avail * unit, 1024, human, a, sizeof(a));
	}
	out_printf("%-20s %-6s %10s %10s %10s %4s\n", "Filesystem", "Type",
	    inodes ? "Inodes" : human ? "Size" : "1K-blocks",
	    inodes ? "IUsed" : "Used", inodes ? "IFree" :
	    human ? "Avail" : "Available", inodes ? "IUse%" : "Use%");
	out_printf("%-20s %-6s %10s %10s %10s %3" PRIu64 "%%\n", name,
	    session_image.fsname, t, u, a, percent(used, avail));
}

int
cmd_df(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "human-readable", no_argument, NULL, 'h' },
		{ "inodes", no_argument, NULL, 'i' },
		{ "print-type", no_argument, NULL, 'T' },
		{ NULL, 0, NULL, 0 },
	};
	struct kstatvfs v;
	struct kstat st;
	int c, i;

	while ((c = getopt_long(argc, argv, "hikT", longopts, NULL)) != -1) {
		switch (c) {
		case 'h':
			human = true;
			break;
		case 'i':
			inodes = true;
			break;
		case 'k':
		case 'T':
			break;		/* always so */
		default:
			usage_unknown();
		}
	}
	if (optind == argc)
		usage_error("missing image operand");
	session_open(argv[optind], -1);
	/* There is one file system, whatever path in it is named. */
	for (i = optind + 1; i < argc; i++)
		if (k_stat(K_ROOT, argv[i], true, &st) != 0)
			fsu_err("%s", qf(argv[i]));
	if (k_statvfs(&v) != 0)
		fsu_err("%s: cannot read the file system's size", argv[optind]);
	else
		print(&v, out_istty() ? qf(argv[optind]) : argv[optind]);
	return session_close();
}
