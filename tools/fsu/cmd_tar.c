/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu tar: the tree, or parts of it, as a pax archive on standard output.
 * Names begin with "./", so that no member leaves the place where the
 * archive is unpacked.  One thread.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data.h"
#include "fsu.h"
#include "kern.h"
#include "pax.h"
#include "walk.h"

static struct {
	struct walk w;
	bool noxattrs, verbose;
	char *path;		/* member name being made */
	size_t pathcap;
	char *link;
	size_t linkcap;
} tar;

static int
to_archive(void *ctx, const void *p, size_t n, uint64_t off)
{

	(void)ctx;
	(void)off;
	out_write(p, n);
	return 0;
}

/*
 * The lines of a sparse map.  With `print' they are written, else counted:
 * the map may have millions of entries and is never held.
 */
static uint64_t
sparse_map(struct data *d, uint64_t *count, uint64_t *bytes, bool print)
{
	uint64_t s, e = 0, end = 0, len = 0;
	char line[64];
	bool more;
	int n;

	if (print) {
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n", *count);
		out_write(line, (size_t)n);
		len = (uint64_t)n;
	}
	*count = *bytes = 0;
	data_rewind(d);
	do {
		more = data_next(d, &s, &e);
		if (!more) {
			/* A hole at the end is an empty segment there. */
			if (end == d->size)
				break;
			s = e = d->size;
		}
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n%" PRIu64 "\n",
		    s, e - s);
		if (print)
			out_write(line, (size_t)n);
		len += (uint64_t)n;
		++*count;
		*bytes += e - s;
		end = e;
	} while (more);
	return len;
}

static bool
is_dense(struct data *d)
{
	uint64_t s, e;
	bool dense;

	data_rewind(d);
	dense = d->size == 0 ||
	    (data_next(d, &s, &e) && s == 0 && e == d->size);
	return dense;
}

static void
put_sparse(struct pax_member *m, struct data *d)
{
	uint64_t count, bytes, len, s, e;
	char num[24];

	len = sparse_map(d, &count, &bytes, false);
	len += (uint64_t)snprintf(num, sizeof(num), "%" PRIu64 "\n", count);
	m->sparse = true;
	m->realsize = d->size;
	m->size = (len + 511) / 512 * 512 + bytes;
	pax_header(m);
	sparse_map(d, &count, &bytes, true);
	pax_pad(len);
	data_rewind(d);
	while (data_next(d, &s, &e))
		data_copy(d, s, e, to_archive, NULL);
	pax_pad(bytes);
}

static void
put_file(struct pax_member *m, const struct walk_ent *e)
{
	struct data d;
	int fd;

	fd = k_open(e->dfd, e->name, KO_FILE);
	if (fd < 0) {
		fsu_err("cannot open %s", q(e->path));
		links_drop(tar.w.links, e->st.ino);
		return;
	}
	data_init(&d, fd, e->st.size, e->path);
	if (is_dense(&d)) {
		m->size = d.size;
		pax_header(m);
		data_copy(&d, 0, d.size, to_archive, NULL);
		pax_pad(d.size);
	} else {
		put_sparse(m, &d);
	}
	k_close(fd);
}

static bool
read_target(const struct walk_ent *e, char **target)
{
	static char buf[65536];
	ssize_t n;

	n = k_readlink(e->dfd, e->name, buf, sizeof(buf) - 1);
	if (n < 0) {
		fsu_err("cannot read symbolic link %s", q(e->path));
		return false;
	}
	if (n == 0 || memchr(buf, '\0', (size_t)n) != NULL) {
		fsu_errx("%s: bad symbolic link, skipped", q(e->path));
		return false;
	}
	buf[n] = '\0';
	*target = buf;
	return true;
}

/* The member's name: the path below ".", with '/' after a directory. */
static void
member_name(const struct walk_ent *e)
{
	size_t n = strlen(e->path);

	tar.path = xgrow(tar.path, &tar.pathcap, n + 2, 1);
	memcpy(tar.path, e->path, n + 1);
	if (S_ISDIR(e->st.mode) && (n == 0 || tar.path[n - 1] != '/')) {
		tar.path[n] = '/';
		tar.path[n + 1] = '\0';
	}
}

static bool
is_link_again(struct pax_member *m, const struct walk_ent *e)
{
	const char *name = e->depth == 0 ? e->path : e->name;

	if (e->st.nlink < 2 || S_ISDIR(e->st.mode))
		return false;
	if (!links_seen(tar.w.links, e->st.ino, e->st.nlink,
	    walk_linkdir(&tar.w), name, strlen(name), &tar.link,
	    &tar.linkcap))
		return false;
	m->type = '1';
	m->link = tar.link;
	return true;
}

static char
typeflag(uint32_t mode)
{

	switch (mode & S_IFMT) {
	case S_IFREG:
		return '0';
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFDIR:
		return '5';
	case S_IFIFO:
		return '6';
	default:
		return 0;
	}
}

static void
put(const struct walk_ent *e, struct pax_member *m)
{
	struct xattrs xs = { 0 };
	char *target = NULL;

	if (is_link_again(m, e)) {
		pax_header(m);
		return;
	}
	if (m->type == '2') {
		if (!read_target(e, &target)) {
			links_drop(tar.w.links, e->st.ino);
			return;
		}
		m->link = target;
	}
	if (!tar.noxattrs) {
		xattrs_read(&xs, e->dfd, e->name, e->path);
		m->xattrs = &xs;
	}
	if (m->type == '0')
		put_file(m, e);
	else
		pax_header(m);
	xattrs_free(&xs);
}

static int
visit(struct walk *w, enum walk_when when, const struct walk_ent *e)
{
	struct pax_member m = { 0 };

	(void)w;
	if (when == WALK_LEAVE)
		return WALK_GO;
	m.type = typeflag(e->st.mode);
	if (m.type == 0) {
		if (S_ISSOCK(e->st.mode))
			fsu_warnx("%s: socket ignored", q(e->path));
		else
			fsu_errx("%s: unknown file type; file ignored",
			    q(e->path));
		return WALK_PRUNE;
	}
	member_name(e);
	m.path = tar.path;
	m.mode = e->st.mode;
	m.uid = e->st.uid;
	m.gid = e->st.gid;
	m.mtime = e->st.mtim;
	m.major = e->st.rmajor;
	m.minor = e->st.rminor;
	if (tar.verbose)
		fsu_warnx("%s", q(tar.path));
	put(e, &m);
	progress_add(1, 0);
	return WALK_GO;
}

/*
 * An argument as a member name: "." and what follows, without empty or "."
 * components.  NULL when it has ".." in it.
 */
static char *
clean(const char *arg)
{
	char *r = xmalloc(strlen(arg) + 3);
	size_t n = 1, k;

	r[0] = '.';
	while (*arg != '\0') {
		k = strcspn(arg, "/");
		if (k == 2 && arg[0] == '.' && arg[1] == '.') {
			free(r);
			return NULL;
		}
		if (k != 0 && !(k == 1 && arg[0] == '.')) {
			r[n++] = '/';
			memcpy(r + n, arg, k);
			n += k;
		}
		arg += k;
		while (*arg == '/')
			arg++;
	}
	r[n] = '\0';
	return r;
}

static void
one(const char *arg)
{
	char *show = clean(arg);

	if (show == NULL) {
		fsu_errx("%s: contains '..', skipped", q(arg));
		return;
	}
	tar.w.rootname = show;
	tar.w.notfound = "cannot stat";
	walk_tree(&tar.w, strcmp(show, ".") == 0 ? "." : show + 2, show);
	free(show);
}

int
cmd_tar(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "no-xattrs", no_argument, NULL, 'X' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c, i;

	while ((c = getopt_long(argc, argv, "v", longopts, NULL)) != -1) {
		switch (c) {
		case 'X':
			tar.noxattrs = true;
			break;
		case 'v':
			tar.verbose = true;
			break;
		default:
			usage_unknown();
		}
	}
	if (optind == argc)
		usage_error("missing image operand");
	if (out_istty())
		fsu_diex(2, "refusing to write an archive to a terminal; "
		    "redirect standard output");
	session_open(argv[optind], -1);
	tar.w.visit = visit;
	tar.w.links = links_new();
	if (optind + 1 == argc)
		one("/");
	for (i = optind + 1; i < argc; i++)
		one(argv[i]);
	pax_end();
	out_flush();
	progress_end();
	links_free(tar.w.links);
	free(tar.path);
	free(tar.link);
	return session_close();
}
