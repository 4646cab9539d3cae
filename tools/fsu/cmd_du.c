/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu du: the space that trees of the image take.  A file with several
 * names counts once.  One thread.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fsu.h"
#include "kern.h"
#include "walk.h"

static struct {
	struct walk w;
	bool all, apparent, total, human;
	uint64_t unit;
	long maxdepth;
	uint64_t *sum;		/* by depth: what lies below */
	size_t cap;
	uint64_t grand;
	struct inoset *links;	/* inodes with several names, counted */
	enum quote quoting;
} du;

static uint64_t
space(const struct kstat *st)
{

	if (du.apparent)
		return S_ISREG(st->mode) || S_ISLNK(st->mode) ||
		    S_ISDIR(st->mode) ? st->size : 0;
	return st->blocks * 512;
}

static void
line(uint64_t bytes, const char *name)
{
	char buf[32];

	out_str(human_blocks(bytes, du.unit, du.human, buf, sizeof(buf)));
	out_chr('\t');
	out_name(name, du.quoting);
	out_chr('\n');
}

static void
account(const struct walk_ent *e, uint64_t bytes)
{

	if (e->depth == 0)
		du.grand += bytes;
	else
		du.sum[e->depth - 1] += bytes;
}

static int
visit(struct walk *w, enum walk_when when, const struct walk_ent *e)
{
	uint64_t bytes;
	size_t old = du.cap;

	(void)w;
	if (when == WALK_LEAVE) {
		bytes = du.sum[e->depth];
		if ((long)e->depth <= du.maxdepth)
			line(bytes, e->path);
		account(e, bytes);
		return WALK_GO;
	}
	du.sum = xgrow(du.sum, &du.cap, e->depth + 1, sizeof(*du.sum));
	if (du.cap > old)
		memset(du.sum + old, 0, (du.cap - old) * sizeof(*du.sum));
	progress_add(1, 0);
	if (S_ISDIR(e->st.mode)) {
		du.sum[e->depth] = space(&e->st);
		return WALK_GO;
	}
	if (e->st.nlink > 1 && !inoset_add(du.links, e->st.ino))
		return WALK_GO;
	bytes = space(&e->st);
	if (e->depth == 0 || (du.all && (long)e->depth <= du.maxdepth))
		line(bytes, e->path);
	account(e, bytes);
	return WALK_GO;
}

static void
max_depth(const char *arg)
{
	char *end;

	du.maxdepth = strtol(arg, &end, 10);
	if (end == arg || *end != '\0' || du.maxdepth < 0)
		usage_error("invalid maximum depth %s", q(arg));
}

static bool
option(int c)
{

	switch (c) {
	case 'a':
		du.all = true;
		break;
	case 'b':
		du.apparent = true;
		du.unit = 1;
		break;
	case 'A':
		du.apparent = true;
		break;
	case 'c':
		du.total = true;
		break;
	case 'd':
		max_depth(optarg);
		break;
	case 'h':
		du.human = true;
		break;
	case 'k':
		du.unit = 1024;
		break;
	case 'm':
		du.unit = 1024 * 1024;
		break;
	case 's':
		du.maxdepth = 0;
		break;
	default:
		return false;
	}
	return true;
}

int
cmd_du(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "apparent-size", no_argument, NULL, 'A' },
		{ "bytes", no_argument, NULL, 'b' },
		{ "total", no_argument, NULL, 'c' },
		{ "max-depth", required_argument, NULL, 'd' },
		{ "human-readable", no_argument, NULL, 'h' },
		{ "summarize", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	du.unit = 1024;
	du.maxdepth = WALK_MAXDEPTH + 1;
	while ((c = getopt_long(argc, argv, "abcd:hkms", longopts,
	    NULL)) != -1)
		if (!option(c))
			usage_unknown();
	if (optind == argc)
		usage_error("missing image operand");
	du.quoting = out_quoting();
	session_open(argv[optind++], -1);
	du.links = inoset_new();
	du.w.visit = visit;
	if (optind == argc)
		walk_tree(&du.w, "/", "/");
	for (; optind < argc; optind++)
		walk_tree(&du.w, argv[optind], argv[optind]);
	if (du.total)
		line(du.grand, "total");
	inoset_free(du.links);
	free(du.sum);
	return session_close();
}
