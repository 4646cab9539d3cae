/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu find: search trees of the image with the tests of find(1) that make
 * sense without running programs.  One thread.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fsu.h"
#include "kern.h"
#include "walk.h"

enum op {
	OP_AND, OP_OR, OP_NOT, OP_TRUE, OP_FALSE, OP_PRINT, OP_PRINT0,
	OP_PRUNE, OP_NAME, OP_INAME, OP_PATH, OP_TYPE, OP_SIZE, OP_LINKS,
	OP_INUM, OP_UID, OP_GID, OP_PERM, OP_MTIME, OP_EMPTY,
	OP_USER, OP_GROUP,
};

/* A number with a sign: less, exactly, more. */
struct number {
	int sign;
	uint64_t n, unit;
};

struct expr {
	enum op op;
	struct expr *a, *b;
	const char *str;
	struct number num;
	uint32_t mode;
	int permhow;
};

static struct {
	char **argv;
	int argc, at;
	long mindepth, maxdepth;
	bool action;		/* the expression prints by itself */
	bool depthfirst;
	struct expr *root;
	int64_t now;
	bool prune;
	unsigned nest;
	enum quote quoting;
} f;

static struct expr *parse_or(void);

static struct expr *
node(enum op op, struct expr *a, struct expr *b)
{
	struct expr *e = xcalloc(1, sizeof(*e));

	e->op = op;
	e->a = a;
	e->b = b;
	return e;
}

static const char *
peek(void)
{

	return f.at < f.argc ? f.argv[f.at] : NULL;
}

static const char *
argument(const char *test)
{

	if (f.at == f.argc)
		usage_error("missing argument to %s", q(test));
	return f.argv[f.at++];
}

/* [+-]N with an optional unit letter out of `units'. */
static struct number
parse_number(const char *test, const char *s, bool size)
{
	struct number r = { .sign = 0, .unit = size ? 512 : 1 };
	const char *units = "cwbkMG", *u;
	static const uint64_t values[] = { 1, 2, 512, 1 << 10, 1 << 20,
	    1 << 30 };
	const char *p = s;
	char *end;

	if (*p == '+' || *p == '-')
		r.sign = *p++ == '+' ? 1 : -1;
	errno = 0;
	r.n = strtoull(p, &end, 10);
	if (size && *end != '\0' && (u = strchr(units, *end)) != NULL) {
		r.unit = values[u - units];
		end++;
	}
	if (!isdigit((unsigned char)*p) || *end != '\0' || errno != 0)
		usage_error("invalid argument %s to %s", q(s), q(test));
	return r;
}

static bool
match_number(const struct number *num, uint64_t n)
{

	if (num->sign == 0)
		return n == num->n;
	return num->sign > 0 ? n > num->n : n < num->n;
}

static long
parse_depth(const char *test)
{
	const char *s = argument(test);
	char *end;
	long n;

	n = strtol(s, &end, 10);
	if (end == s || *end != '\0' || n < 0)
		usage_error("invalid argument %s to %s", q(s), q(test));
	return n;
}

static struct expr *
parse_perm(const char *test)
{
	struct expr *e = node(OP_PERM, NULL, NULL);
	const char *s = argument(test), *p = s;
	unsigned long n;
	char *end;

	if (*p == '-' || *p == '/')
		e->permhow = *p++;
	n = strtoul(p, &end, 8);
	if (end == p || *end != '\0' || n > 07777)
		usage_error("invalid mode %s", q(s));
	e->mode = (uint32_t)n;
	return e;
}

static const struct {
	const char *name;
	enum op op;
	char arg;		/* s string, n number, z size, 0 none */
} tests[] = {
	{ "-true", OP_TRUE, 0 }, { "-false", OP_FALSE, 0 },
	{ "-print", OP_PRINT, 0 }, { "-print0", OP_PRINT0, 0 },
	{ "-prune", OP_PRUNE, 0 }, { "-empty", OP_EMPTY, 0 },
	{ "-name", OP_NAME, 's' }, { "-iname", OP_INAME, 's' },
	{ "-path", OP_PATH, 's' }, { "-wholename", OP_PATH, 's' },
	{ "-type", OP_TYPE, 's' }, { "-size", OP_SIZE, 'z' },
	{ "-links", OP_LINKS, 'n' }, { "-inum", OP_INUM, 'n' },
	{ "-uid", OP_UID, 'n' }, { "-gid", OP_GID, 'n' },
	{ "-mtime", OP_MTIME, 'n' }, { "-user", OP_USER, 's' },
	{ "-group", OP_GROUP, 's' },
};

/* Letters with commas between them. */
static void
check_type(const char *s)
{
	const char *p = s;

	while (*p != '\0' && strchr("fdlbcps", *p) != NULL) {
		if (p[1] == '\0')
			return;
		if (p[1] != ',')
			break;
		p += 2;
	}
	usage_error("invalid argument %s to '-type'", q(s));
}

static struct expr *
parse_test(const char *s)
{
	struct expr *e;
	size_t i;

	if (strcmp(s, "-perm") == 0)
		return parse_perm(s);
	if (strcmp(s, "-maxdepth") == 0 || strcmp(s, "-mindepth") == 0) {
		*(s[2] == 'a' ? &f.maxdepth : &f.mindepth) = parse_depth(s);
		return node(OP_TRUE, NULL, NULL);
	}
	if (strcmp(s, "-depth") == 0) {
		f.depthfirst = true;
		return node(OP_TRUE, NULL, NULL);
	}
	if (strcmp(s, "-xdev") == 0 || strcmp(s, "-mount") == 0)
		return node(OP_TRUE, NULL, NULL);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(tests[i].name, s) != 0)
			continue;
		e = node(tests[i].op, NULL, NULL);
		if (tests[i].arg == 's')
			e->str = argument(s);
		else if (tests[i].arg != 0)
			e->num = parse_number(s, argument(s),
			    tests[i].arg == 'z');
		if (e->op == OP_TYPE)
			check_type(e->str);
		if (e->op == OP_PRINT || e->op == OP_PRINT0)
			f.action = true;
		return e;
	}
	usage_error("unknown predicate %s", q(s));
}

static struct expr *
parse_primary(void)
{
	const char *s = peek();
	struct expr *e;

	if (s == NULL)
		usage_error("expected an expression");
	f.at++;
	if (++f.nest > 200)
		usage_error("expression nested too deep");
	if (strcmp(s, "!") == 0 || strcmp(s, "-not") == 0) {
		e = node(OP_NOT, parse_primary(), NULL);
	} else if (strcmp(s, "(") == 0) {
		e = parse_or();
		if (peek() == NULL || strcmp(peek(), ")") != 0)
			usage_error("missing ')'");
		f.at++;
	} else if (s[0] == '-') {
		e = parse_test(s);
	} else {
		usage_error("paths must precede expression: %s", q(s));
	}
	f.nest--;
	return e;
}

static bool
is_or(const char *s)
{

	return strcmp(s, "-o") == 0 || strcmp(s, "-or") == 0;
}

static struct expr *
parse_and(void)
{
	struct expr *e = parse_primary();
	const char *s;

	while ((s = peek()) != NULL && !is_or(s) && strcmp(s, ")") != 0) {
		if (strcmp(s, "-a") == 0 || strcmp(s, "-and") == 0)
			f.at++;
		e = node(OP_AND, e, parse_primary());
	}
	return e;
}

static struct expr *
parse_or(void)
{
	struct expr *e = parse_and();

	while (peek() != NULL && is_or(peek())) {
		f.at++;
		e = node(OP_OR, e, parse_and());
	}
	return e;
}

static void
print(const struct walk_ent *e, bool nul)
{

	if (nul) {
		out_write(e->path, strlen(e->path) + 1);
		return;
	}
	out_name(e->path, f.quoting);
	out_chr('\n');
}

/* The last component, for -name; "/" is its own name. */
static const char *
base(const struct walk_ent *e)
{
	const char *slash = strrchr(e->path, '/');

	return slash == NULL || slash[1] == '\0' ? e->path : slash + 1;
}

static bool
match_type(const struct walk_ent *e, const char *types)
{
	char mode[12], c;

	c = mode_string(e->st.mode, mode)[0];
	return strchr(types, c == '-' ? 'f' : c) != NULL;
}

static bool
match_perm(const struct expr *x, uint32_t mode)
{

	mode &= 07777;
	if (x->permhow == '-')
		return (mode & x->mode) == x->mode;
	if (x->permhow == '/')
		return x->mode == 0 || (mode & x->mode) != 0;
	return mode == x->mode;
}

static bool
is_empty(const struct walk_ent *e)
{
	struct names nm = { 0 };
	uint64_t pos = 0;
	bool empty;
	int fd;

	if (S_ISREG(e->st.mode))
		return e->st.size == 0;
	if (!S_ISDIR(e->st.mode))
		return false;
	if ((fd = k_open(e->dfd, e->name, KO_DIR_NOFOLLOW)) < 0) {
		fsu_err("%s", q(e->path));
		return false;
	}
	empty = names_read(&nm, fd, &pos, 1, e->path) == 0 && nm.n == 0;
	names_free(&nm);
	k_close(fd);
	return empty;
}

/* A name out of the image, or a number. */
static bool
match_owner(const char *name, bool group, uint32_t id)
{
	uint32_t want;
	char *end;

	if (!owner_id(group, name, &want)) {
		want = (uint32_t)strtoul(name, &end, 10);
		if (!isdigit((unsigned char)name[0]) || *end != '\0')
			return false;
	}
	return id == want;
}

static bool
match_stat(const struct expr *x, const struct kstat *st)
{
	int64_t age;

	switch (x->op) {
	case OP_SIZE:
		return match_number(&x->num, st->size / x->num.unit +
		    (st->size % x->num.unit != 0));
	case OP_LINKS:
		return match_number(&x->num, st->nlink);
	case OP_INUM:
		return match_number(&x->num, st->ino);
	case OP_UID:
		return match_number(&x->num, st->uid);
	case OP_GID:
		return match_number(&x->num, st->gid);
	case OP_USER:
		return match_owner(x->str, false, st->uid);
	case OP_GROUP:
		return match_owner(x->str, true, st->gid);
	case OP_PERM:
		return match_perm(x, st->mode);
	case OP_MTIME:
		age = (f.now - st->mtim.tv_sec) / 86400;
		return match_number(&x->num, age < 0 ? 0 : (uint64_t)age);
	default:
		return false;
	}
}

static bool
eval(const struct expr *x, const struct walk_ent *e)
{

	switch (x->op) {
	case OP_AND:
		return eval(x->a, e) && eval(x->b, e);
	case OP_OR:
		return eval(x->a, e) || eval(x->b, e);
	case OP_NOT:
		return !eval(x->a, e);
	case OP_TRUE:
		return true;
	case OP_PRINT:
	case OP_PRINT0:
		print(e, x->op == OP_PRINT0);
		return true;
	case OP_PRUNE:
		f.prune = true;
		return true;
	case OP_NAME:
		return fnmatch(x->str, base(e), 0) == 0;
	case OP_INAME:
		return fnmatch(x->str, base(e), FNM_CASEFOLD) == 0;
	case OP_PATH:
		return fnmatch(x->str, e->path, 0) == 0;
	case OP_TYPE:
		return match_type(e, x->str);
	case OP_EMPTY:
		return is_empty(e);
	default:
		return match_stat(x, &e->st);
	}
}

static int
visit(struct walk *w, enum walk_when when, const struct walk_ent *e)
{
	bool late = f.depthfirst && S_ISDIR(e->st.mode) &&
	    (long)e->depth < f.maxdepth;

	(void)w;
	f.prune = false;
	if ((long)e->depth >= f.mindepth && (when == WALK_LEAVE) == late)
		(void)eval(f.root, e);
	progress_add(1, 0);
	if ((f.prune && !f.depthfirst) || (long)e->depth >= f.maxdepth)
		return WALK_PRUNE;
	return WALK_GO;
}

static void
expr_free(struct expr *x)
{

	if (x == NULL)
		return;
	expr_free(x->a);
	expr_free(x->b);
	free(x);
}

static bool
starts_expr(const char *s)
{

	return s[0] == '-' || strcmp(s, "(") == 0 || strcmp(s, "!") == 0;
}

int
cmd_find(int argc, char **argv)
{
	struct walk w = { .visit = visit };
	int first, npaths, i;

	if (argc < 2)
		usage_error("missing image operand");
	if (strcmp(argv[1], "--") == 0) {
		argv++;
		argc--;
	}
	for (first = 2; first < argc && !starts_expr(argv[first]); first++)
		continue;
	npaths = first - 2;
	f.argv = argv;
	f.argc = argc;
	f.at = first;
	f.maxdepth = LONG_MAX;
	f.now = time(NULL);
	f.quoting = out_quoting();
	f.root = f.at < argc ? parse_or() : node(OP_TRUE, NULL, NULL);
	if (f.at < argc)
		usage_error("unexpected %s", q(argv[f.at]));
	if (!f.action)
		f.root = node(OP_AND, f.root, node(OP_PRINT, NULL, NULL));
	session_open(argv[1], -1);
	if (npaths == 0)
		walk_tree(&w, "/", "/");
	for (i = 0; i < npaths; i++)
		walk_tree(&w, argv[2 + i], argv[2 + i]);
	expr_free(f.root);
	return session_close();
}
