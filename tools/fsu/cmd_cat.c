/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu cat: files of the image on standard output.  One thread.
 */
#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

#include "data.h"
#include "fsu.h"
#include "kern.h"

static int
to_output(void *ctx, const void *p, size_t n, uint64_t off)
{

	(void)ctx;
	(void)off;
	out_write(p, n);
	return 0;
}

static void
cat(const char *path)
{
	struct data d;
	struct kstat st;
	uint64_t s, e, at = 0;
	int fd;

	if (k_stat(K_ROOT, path, true, &st) != 0) {
		fsu_err("%s", qf(path));
		return;
	}
	if (S_ISDIR(st.mode)) {
		errno = EISDIR;
		fsu_err("%s", qf(path));
		return;
	}
	if (!S_ISREG(st.mode)) {
		fsu_errx("%s: is a %s", qf(path), mode_typename(st.mode, 0));
		return;
	}
	if ((fd = k_open(K_ROOT, path, KO_FILE)) < 0) {
		fsu_err("%s", qf(path));
		return;
	}
	data_init(&d, fd, st.size, path);
	while (data_next(&d, &s, &e)) {
		out_zero(s - at);
		data_copy(&d, s, e, to_output, NULL);
		at = e;
	}
	out_zero(st.size - at);
	k_close(fd);
	progress_add(1, 0);
}

int
cmd_cat(int argc, char **argv)
{
	static const struct option longopts[] = { { NULL, 0, NULL, 0 } };
	int i;

	if (getopt_long(argc, argv, "", longopts, NULL) != -1)
		usage_unknown();
	if (optind == argc)
		usage_error("missing image operand");
	if (optind + 1 == argc)
		usage_error("missing file operand after %s", q(argv[optind]));
	session_open(argv[optind], -1);
	for (i = optind + 1; i < argc; i++)
		cat(argv[i]);
	return session_close();
}
