/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu ls: list directories of the image, as ls(1) does.  One thread.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fsu.h"
#include "kern.h"
#include "walk.h"

struct item {
	char *name;
	char *shown;		/* name as printed */
	struct kstat st;
	bool known;		/* st is filled */
	uint64_t ino;
	uint8_t type;
};

struct list {
	struct item *it;
	size_t n, cap;
};

static struct {
	bool lng, all, almost, dironly, recurse, inode, numeric, human;
	bool classify, reverse, bytime, bysize, unsorted, columns;
	int timestyle;		/* 0 default, 1 long-iso, 2 full-iso */
	enum quote quoting;
	bool headers, printed;
	int64_t now;
} opt;

static int
compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = 0;

	if (opt.bysize)
		r = x->st.size > y->st.size ? -1 : x->st.size < y->st.size;
	if (opt.bytime && r == 0)
		r = x->st.mtim.tv_sec > y->st.mtim.tv_sec ? -1 :
		    x->st.mtim.tv_sec < y->st.mtim.tv_sec;
	if (opt.bytime && r == 0)
		r = x->st.mtim.tv_nsec > y->st.mtim.tv_nsec ? -1 :
		    x->st.mtim.tv_nsec < y->st.mtim.tv_nsec;
	if (r == 0)
		r = strcoll(x->name, y->name);
	if (r == 0)
		r = strcmp(x->name, y->name);
	return opt.reverse ? -r : r;
}

static bool
need_stat(void)
{

	return opt.lng || opt.bytime || opt.bysize || opt.classify;
}

static struct item *
list_add(struct list *l, const char *name, size_t len)
{
	struct item *it;

	l->it = xgrow(l->it, &l->cap, l->n + 1, sizeof(*it));
	it = &l->it[l->n++];
	memset(it, 0, sizeof(*it));
	it->name = xmalloc(len + 1);
	memcpy(it->name, name, len);
	it->name[len] = '\0';
	it->shown = quote_name(name, len, opt.quoting);
	return it;
}

static void
list_free(struct list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->it[i].name);
		free(l->it[i].shown);
	}
	free(l->it);
	memset(l, 0, sizeof(*l));
}

static uint32_t
mode_of(const struct item *it)
{

	return it->known ? it->st.mode : (uint32_t)it->type << 12;
}

static const char *
indicator(const struct item *it)
{
	uint32_t mode = mode_of(it);

	if (!opt.classify)
		return "";
	if (S_ISDIR(mode))
		return "/";
	if (S_ISLNK(mode))
		return opt.lng ? "" : "@";
	if (S_ISFIFO(mode))
		return "|";
	if (S_ISSOCK(mode))
		return "=";
	return S_ISREG(mode) && (mode & 0111) != 0 ? "*" : "";
}

static void
time_text(const struct timespec *t, char *buf, size_t len)
{
	time_t sec = t->tv_sec;
	struct tm tm;
	size_t n;

	buf[0] = '\0';
	if (localtime_r(&sec, &tm) == NULL) {
		snprintf(buf, len, "%" PRId64, (int64_t)sec);
	} else if (opt.timestyle == 2) {
		n = strftime(buf, len, "%Y-%m-%d %H:%M:%S", &tm);
		n += (size_t)snprintf(buf + n, len - n, ".%09ld",
		    t->tv_nsec);
		strftime(buf + n, len - n, " %z", &tm);
	} else if (opt.timestyle == 1) {
		strftime(buf, len, "%Y-%m-%d %H:%M", &tm);
	} else if (sec > opt.now || sec < opt.now - 31556952 / 2) {
		strftime(buf, len, "%b %e  %Y", &tm);
	} else {
		strftime(buf, len, "%b %e %H:%M", &tm);
	}
}

static const char *
owner_text(uint32_t id, bool group, char *buf, size_t len)
{
	const char *name = NULL;

	if (!opt.numeric)
		name = group ? owner_group(id) : owner_user(id);
	if (name != NULL)
		return name;
	snprintf(buf, len, "%" PRIu32, id);
	return buf;
}

static void
size_text(const struct kstat *st, char *buf, size_t len)
{

	if (S_ISCHR(st->mode) || S_ISBLK(st->mode))
		snprintf(buf, len, "%" PRIu32 ", %" PRIu32, st->rmajor,
		    st->rminor);
	else if (opt.human)
		human_size(st->size, buf, len);
	else
		snprintf(buf, len, "%" PRIu64, st->size);
}

struct widths {
	int ino, nlink, user, group, size;
};

static void
widen(int *w, int n)
{

	if (n > *w)
		*w = n;
}

static void
measure(const struct list *l, struct widths *w)
{
	const struct item *it;
	char buf[64];
	size_t i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < l->n; i++) {
		it = &l->it[i];
		widen(&w->ino, snprintf(buf, sizeof(buf), "%" PRIu64,
		    it->ino));
		if (!opt.lng || !it->known)
			continue;
		widen(&w->nlink, snprintf(buf, sizeof(buf), "%" PRIu32,
		    it->st.nlink));
		widen(&w->user, (int)strlen(owner_text(it->st.uid, false, buf,
		    sizeof(buf))));
		widen(&w->group, (int)strlen(owner_text(it->st.gid, true, buf,
		    sizeof(buf))));
		size_text(&it->st, buf, sizeof(buf));
		widen(&w->size, (int)strlen(buf));
	}
}

static void
print_target(int dfd, const struct item *it)
{
	char buf[4097], *t;
	ssize_t n;

	n = k_readlink(dfd, it->name, buf, sizeof(buf) - 1);
	if (n < 0) {
		fsu_err("cannot read symbolic link %s", q(it->name));
		return;
	}
	t = quote_name(buf, (size_t)n, opt.quoting);
	out_str(" -> ");
	out_write(t, opt.quoting == QUOTE_NONE ? (size_t)n : strlen(t));
	free(t);
}

static void
print_long(int dfd, const struct item *it, const struct widths *w)
{
	char mode[12], user[16], group[16], size[64], when[64];

	if (opt.inode)
		out_printf("%*" PRIu64 " ", w->ino, it->ino);
	if (!it->known) {
		out_printf("?????????? %*s %-*s %-*s %*s            ? ",
		    w->nlink, "?", w->user, "?", w->group, "?", w->size, "?");
		out_str(it->shown);
		out_chr('\n');
		return;
	}
	size_text(&it->st, size, sizeof(size));
	time_text(&it->st.mtim, when, sizeof(when));
	out_printf("%s %*" PRIu32 " %-*s %-*s %*s %s ",
	    mode_string(it->st.mode, mode), w->nlink, it->st.nlink,
	    w->user, owner_text(it->st.uid, false, user, sizeof(user)),
	    w->group, owner_text(it->st.gid, true, group, sizeof(group)),
	    w->size, size, when);
	out_str(it->shown);
	if (S_ISLNK(it->st.mode))
		print_target(dfd, it);
	out_str(indicator(it));
	out_chr('\n');
}

static size_t
cell_width(const struct item *it, const struct widths *w)
{

	return quote_width(it->shown) + strlen(indicator(it)) +
	    (opt.inode ? (size_t)w->ino + 1 : 0);
}

static void
print_cell(const struct item *it, const struct widths *w)
{

	if (opt.inode)
		out_printf("%*" PRIu64 " ", w->ino, it->ino);
	out_str(it->shown);
	out_str(indicator(it));
}

/* The most columns, filled downwards, that fit on the line. */
static void
print_columns(const struct list *l, const struct widths *w)
{
	size_t line = out_columns(), cols, rows = l->n, r, c, i, sum, k;
	size_t *width = xcalloc(l->n + 1, sizeof(*width));
	size_t *cw = xcalloc(l->n + 1, sizeof(*cw));

	for (i = 0; i < l->n; i++)
		width[i] = cell_width(&l->it[i], w) + 2;
	cols = line / 3 < l->n ? line / 3 : l->n;
	for (; cols > 1; cols--) {
		rows = (l->n + cols - 1) / cols;
		memset(cw, 0, cols * sizeof(*cw));
		for (i = 0; i < l->n; i++)
			if (width[i] > cw[i / rows])
				cw[i / rows] = width[i];
		for (sum = 0, c = 0; c < cols; c++)
			sum += cw[c];
		if (sum <= line + 2)
			break;
	}
	if (cols <= 1)
		rows = l->n;
	for (r = 0; r < rows; r++) {
		for (i = r; i < l->n; i += rows) {
			print_cell(&l->it[i], w);
			if (i + rows < l->n)
				for (k = width[i]; k < cw[i / rows] + 2; k++)
					out_chr(' ');
		}
		out_chr('\n');
	}
	free(width);
	free(cw);
}

static void
print_list(int dfd, struct list *l)
{
	struct widths w;
	size_t i;

	if (!opt.unsorted && l->n > 1)
		qsort(l->it, l->n, sizeof(*l->it), compare);
	measure(l, &w);
	if (opt.lng) {
		for (i = 0; i < l->n; i++)
			print_long(dfd, &l->it[i], &w);
	} else if (opt.columns && l->n != 0) {
		print_columns(l, &w);
	} else {
		for (i = 0; i < l->n; i++) {
			print_cell(&l->it[i], &w);
			out_chr('\n');
		}
	}
}

static void
add_entry(struct list *l, int dfd, const char *dir, const struct kdirent *d)
{
	struct item *it;

	if (memchr(d->name, '/', d->namelen) != NULL || d->namelen == 0) {
		char *bad = quote_name(d->name, d->namelen, QUOTE_ALWAYS);

		fsu_errx("%s: bad name %s in the directory", q(dir), bad);
		free(bad);
		return;
	}
	it = list_add(l, d->name, d->namelen);
	it->ino = d->ino;
	it->type = d->type;
	if (!need_stat())
		return;
	if (k_stat(dfd, it->name, false, &it->st) != 0) {
		fsu_err("cannot access %s/%s", qf(dir), qf(it->name));
		return;
	}
	it->known = true;
}

static bool
wanted(const struct kdirent *d)
{

	if (opt.all || d->name[0] != '.')
		return true;
	if (!opt.almost)
		return false;
	return !(d->namelen == 1 || (d->namelen == 2 && d->name[1] == '.'));
}

static void
print_total(const struct list *l)
{
	uint64_t blocks = 0;
	char buf[32];
	size_t i;

	if (!opt.lng)
		return;
	for (i = 0; i < l->n; i++)
		blocks += l->it[i].st.blocks;
	out_printf("total %s\n", human_blocks(blocks * 512, 1024, opt.human,
	    buf, sizeof(buf)));
}

static void
list_dir(int dfd, const char *open, const char *show)
{
	char *buf;
	struct list l = { 0 };
	struct kdirent d;
	uint64_t pos = 0;
	ssize_t n;
	size_t at;
	int fd;

	if ((fd = k_open(dfd, open, KO_DIR)) < 0) {
		fsu_err("cannot open directory %s", q(show));
		return;
	}
	buf = xmalloc(K_DIRBUF);
	while ((n = k_getdents(fd, buf, K_DIRBUF, &pos)) > 0)
		for (at = 0; k_dirent(buf, (size_t)n, &at, &d);)
			if (wanted(&d))
				add_entry(&l, fd, show, &d);
	if (n < 0)
		fsu_err("reading directory %s", q(show));
	free(buf);
	if (opt.headers) {
		if (opt.printed)
			out_chr('\n');
		out_name(show, opt.quoting);
		out_str(":\n");
	}
	opt.printed = true;
	print_total(&l);
	print_list(fd, &l);
	list_free(&l);
	k_close(fd);
}

static int
visit(struct walk *w, enum walk_when when, const struct walk_ent *e)
{

	(void)w;
	if (when == WALK_LEAVE)
		return WALK_GO;
	/* Without -a the trees under hidden names stay hidden. */
	if (e->depth != 0 && e->name[0] == '.' && !opt.all && !opt.almost)
		return WALK_PRUNE;
	list_dir(e->dfd, e->name, e->path);
	progress_add(1, 0);
	return WALK_GO;
}

/* Should an argument that is a link be followed? */
static bool
follow_arg(const char *path, struct kstat *st)
{
	struct kstat to;

	if (k_stat(K_ROOT, path, false, st) != 0)
		return false;
	if (opt.lng || opt.dironly || opt.classify || !S_ISLNK(st->mode))
		return true;
	if (k_stat(K_ROOT, path, true, &to) == 0 && S_ISDIR(to.mode))
		*st = to;
	return true;
}

/* Arguments that are not directories come first, in one list. */
static void
list_args(int argc, char **argv)
{
	struct list files = { 0 }, dirs = { 0 };
	struct walk w = { .visit = visit, .flags = WALK_FOLLOW | WALK_DIRS };
	struct kstat st;
	struct item *it;
	size_t i;
	int k;

	for (k = 0; k < argc; k++) {
		if (!follow_arg(argv[k], &st)) {
			fsu_err("cannot access %s", q(argv[k]));
			fsu_fail(2);
			continue;
		}
		it = list_add(S_ISDIR(st.mode) && !opt.dironly ? &dirs :
		    &files, argv[k], strlen(argv[k]));
		it->st = st;
		it->known = true;
		it->ino = st.ino;
	}
	print_list(K_ROOT, &files);
	opt.printed = files.n != 0;
	opt.headers = opt.recurse || argc > 1;
	if (!opt.unsorted && dirs.n > 1)
		qsort(dirs.it, dirs.n, sizeof(*dirs.it), compare);
	w.argstatus = 2;
	for (i = 0; i < dirs.n; i++)
		if (opt.recurse)
			walk_tree(&w, dirs.it[i].name, dirs.it[i].name);
		else
			list_dir(K_ROOT, dirs.it[i].name, dirs.it[i].name);
	list_free(&files);
	list_free(&dirs);
}

static bool
time_style(const char *s)
{

	if (strcmp(s, "full-iso") == 0)
		opt.timestyle = 2;
	else if (strcmp(s, "long-iso") == 0)
		opt.timestyle = 1;
	else
		return strcmp(s, "locale") == 0;
	return true;
}

static bool
option(int c)
{

	switch (c) {
	case '1':
		opt.columns = false;
		break;
	case 'C':
		opt.columns = true;
		break;
	case 'a':
		opt.all = true;
		break;
	case 'A':
		opt.almost = true;
		break;
	case 'd':
		opt.dironly = true;
		break;
	case 'F':
		opt.classify = true;
		break;
	case 'h':
		opt.human = true;
		break;
	case 'i':
		opt.inode = true;
		break;
	case 'n':
		opt.numeric = true;
		/* FALLTHROUGH */
	case 'l':
		opt.lng = true;
		break;
	case 'r':
		opt.reverse = true;
		break;
	case 'R':
		opt.recurse = true;
		break;
	case 'S':
		opt.bysize = true;
		break;
	case 't':
		opt.bytime = true;
		break;
	case 'U':
		opt.unsorted = true;
		break;
	default:
		return false;
	}
	return true;
}

int
cmd_ls(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "almost-all", no_argument, NULL, 'A' },
		{ "directory", no_argument, NULL, 'd' },
		{ "classify", no_argument, NULL, 'F' },
		{ "human-readable", no_argument, NULL, 'h' },
		{ "inode", no_argument, NULL, 'i' },
		{ "numeric-uid-gid", no_argument, NULL, 'n' },
		{ "recursive", no_argument, NULL, 'R' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "full-time", no_argument, NULL, 'T' },
		{ "time-style", required_argument, NULL, 'Y' },
		{ NULL, 0, NULL, 0 },
	};
	static char root[] = "/", *defargs[] = { root };
	int c;

	opt.columns = out_istty();
	while ((c = getopt_long(argc, argv, "1aACdFhilnrRStU", longopts,
	    NULL)) != -1) {
		if (c == 'T') {
			opt.lng = true;
			opt.timestyle = 2;
		} else if (c == 'Y') {
			if (!time_style(optarg))
				usage_error("invalid time style %s",
				    q(optarg));
		} else if (!option(c)) {
			usage_unknown();
		}
	}
	if (optind == argc)
		usage_error("missing image operand");
	opt.quoting = out_quoting();
	opt.now = time(NULL);
	session_open(argv[optind++], -1);
	if (optind == argc)
		list_args(1, defargs);
	else
		list_args(argc - optind, argv + optind);
	return session_close();
}
