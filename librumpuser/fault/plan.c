/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan.c - the parser of fault plans, rumpfault(5).  A text is taken whole or
 * not at all.  Locking: none, everything is the caller's.
 */
#include "fault/plan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDLEN	1024

struct parser {
	const char *p;			/* what comes next */
	unsigned int line, column;	/* of *p */
	unsigned int wline, wcolumn;	/* of the word last read */
	char word[WORDLEN];		/* that word */
	char value[WORDLEN];		/* what stood behind its '=' */
	int hasvalue;
	struct plan *plan;
	struct rumpuser_fault_error *err;
};

struct name {
	const char *name;
	unsigned int bit;
};

static const struct name classes[] = {
	{ "open", FC_OPEN }, { "close", FC_CLOSE }, { "info", FC_INFO },
	{ "read", FC_READ }, { "write", FC_WRITE }, { "sync", FC_SYNC },
	{ "barrier", FC_BARRIER }, { "flush", FC_FLUSH },
	{ "alloc", FC_ALLOC }, { "map", FC_MAP }, { "clock", FC_CLOCK },
	{ "sleep", FC_SLEEP }, { "thread", FC_THREAD },
	{ "random", FC_RANDOM }, { "kill", FC_KILL }, { "param", FC_PARAM },
	{ "console", FC_CONSOLE }, { "load", FC_LOAD },
	{ "message", FC_MESSAGE },
	{ "io", FC_READ | FC_WRITE | FC_SYNC | FC_BARRIER | FC_FLUSH },
	{ "all", FC_ALL },
};

/* What can be selected by, and done to, which classes. */
#define ON_FILE	(FC_OPEN | FC_CLOSE | FC_INFO | FC_READ | FC_WRITE | FC_SYNC | \
    FC_BARRIER | FC_FLUSH)
#define ON_FD	(ON_FILE & ~(FC_OPEN | FC_INFO))
#define ON_RANGE (FC_READ | FC_WRITE | FC_FLUSH)
#define ON_SITE	(FC_ALLOC | FC_MAP | FC_THREAD | FC_PARAM | FC_MESSAGE)
#define ON_DATA	(FC_READ | FC_WRITE | FC_RANDOM | FC_MESSAGE)

static int __attribute__((__format__(__printf__, 3, 4)))
fail(struct parser *ps, int error, const char *fmt, ...)
{
	va_list ap;

	if (ps->err != NULL) {
		ps->err->rfe_line = ps->wline;
		ps->err->rfe_column = ps->wcolumn;
		va_start(ap, fmt);
		vsnprintf(ps->err->rfe_message, sizeof(ps->err->rfe_message),
		    fmt, ap);
		va_end(ap);
	}
	return error;
}

/*
 * Words.
 */

static void
advance(struct parser *ps)
{

	if (*ps->p++ == '\n') {
		ps->line++;
		ps->column = 1;
	} else {
		ps->column++;
	}
}

static void
mark(struct parser *ps)
{

	ps->wline = ps->line;
	ps->wcolumn = ps->column;
}

static int
blank(int c)
{

	return c == ' ' || c == '\t' || c == '\r';
}

static int
ends_rule(int c)
{

	return c == '\0' || c == '\n' || c == ';' || c == '#';
}

/* To the next word of this rule; is there one? */
static int
skip_blanks(struct parser *ps)
{

	while (blank(*ps->p))
		advance(ps);
	return !ends_rule(*ps->p);
}

/* To the next rule; is there one? */
static int
skip_empty(struct parser *ps)
{

	for (;;) {
		if (*ps->p == '#')
			while (*ps->p != '\n' && *ps->p != '\0')
				advance(ps);
		if (*ps->p == '\0')
			return 0;
		if (!blank(*ps->p) && !ends_rule(*ps->p))
			return 1;
		advance(ps);
	}
}

static int
put(struct parser *ps, char *buf, size_t *np)
{

	if (!isprint((unsigned char)*ps->p)) {
		mark(ps);
		return fail(ps, EINVAL, "a character that is not printable");
	}
	if (*np == WORDLEN - 1)
		return fail(ps, E2BIG, "too long, over %d characters",
		    WORDLEN - 1);
	buf[(*np)++] = *ps->p;
	advance(ps);
	return 0;
}

/* The rest of "...", in which a backslash quotes. */
static int
quoted(struct parser *ps, char *buf, size_t *np)
{
	int error = 0;

	mark(ps);
	advance(ps);
	while (error == 0 && *ps->p != '"') {
		if (*ps->p == '\\')
			advance(ps);
		if (*ps->p == '\0' || *ps->p == '\n')
			return fail(ps, EINVAL, "a string that does not end");
		error = put(ps, buf, np);
	}
	if (error == 0)
		advance(ps);
	return error;
}

static int
value(struct parser *ps)
{
	size_t n = 0;
	int error = 0;

	while (error == 0 && !blank(*ps->p) && !ends_rule(*ps->p)) {
		if (*ps->p == '"')
			error = quoted(ps, ps->value, &n);
		else
			error = put(ps, ps->value, &n);
	}
	ps->value[n] = '\0';
	return error;
}

/* The next word, "key" or "key=value". */
static int
word(struct parser *ps)
{
	size_t n = 0;
	int error = 0;

	mark(ps);
	ps->value[0] = '\0';
	while (error == 0 && *ps->p != '=' && !blank(*ps->p) &&
	    !ends_rule(*ps->p))
		error = put(ps, ps->word, &n);
	ps->word[n] = '\0';
	ps->hasvalue = *ps->p == '=';
	if (error == 0 && ps->hasvalue) {
		advance(ps);
		error = value(ps);
	}
	return error;
}

/*
 * Values.
 */

struct suffix {
	const char *name;
	uint64_t factor;
};

static const struct suffix no_suffix[] = { { "", 1 }, { NULL, 0 } };
static const struct suffix size_suffix[] = { { "", 1 }, { "K", 1 << 10 },
    { "M", 1 << 20 }, { "G", 1 << 30 }, { NULL, 0 } };
static const struct suffix time_suffix[] = { { "ns", 1 }, { "us", 1000 },
    { "ms", 1000000 }, { "s", 1000000000 }, { NULL, 0 } };

/* Digits of *sp up to @max; *sp is left behind them. */
static int
digits(const char **sp, uint64_t max, uint64_t *vp)
{
	uint64_t v = 0, d;
	const char *s = *sp;

	if (!isdigit((unsigned char)*s))
		return EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		d = (uint64_t)(*s - '0');
		if (v > (max - d) / 10)
			return ERANGE;
		v = v * 10 + d;
	}
	*sp = s;
	*vp = v;
	return 0;
}

/* A number with one of the suffixes, no more than max, ended by @end. */
static int
scaled(struct parser *ps, const char **sp, const struct suffix *suffix,
    char end, uint64_t max, uint64_t *vp)
{
	size_t len;

	if (digits(sp, max, vp) != 0)
		return fail(ps, EINVAL, "%s: not a number from 0 to %llu",
		    ps->word, (unsigned long long)max);
	len = strcspn(*sp, (char[2]){ end, '\0' });
	for (; suffix->name != NULL; suffix++)
		if (strlen(suffix->name) == len &&
		    strncmp(suffix->name, *sp, len) == 0)
			break;
	if (suffix->name == NULL)
		return fail(ps, EINVAL, "%s: an unknown or missing unit",
		    ps->word);
	if (*vp > max / suffix->factor)
		return fail(ps, EINVAL, "%s: too large", ps->word);
	*vp *= suffix->factor;
	*sp += len;
	return 0;
}

static int
number(struct parser *ps, const struct suffix *suffix, uint64_t min,
    uint64_t max, uint64_t *vp)
{
	const char *s = ps->value;
	int error;

	if (!ps->hasvalue)
		return fail(ps, EINVAL, "%s: a value is missing", ps->word);
	if ((error = scaled(ps, &s, suffix, '\0', max, vp)) != 0)
		return error;
	if (*vp < min)
		return fail(ps, EINVAL, "%s: less than %llu", ps->word,
		    (unsigned long long)min);
	return 0;
}

/* FROM-TO, FROM- or FROM+LENGTH in bytes; TO is the first one behind. */
static int
range(struct parser *ps, uint64_t *lop, uint64_t *hip)
{
	const char *s = ps->value;
	char sep;
	int error;

	sep = strchr(s, '+') != NULL ? '+' : '-';
	if ((error = scaled(ps, &s, size_suffix, sep, INT64_MAX, lop)) != 0)
		return error;
	if (*s++ != sep)
		return fail(ps, EINVAL, "range: FROM-TO or FROM+LENGTH");
	*hip = UINT64_MAX;
	if (*s == '\0' && sep == '-')
		return 0;
	error = scaled(ps, &s, size_suffix, '\0', INT64_MAX, hip);
	if (error != 0)
		return error;
	if (sep == '+')
		*hip += *lop;
	if (*hip <= *lop)
		return fail(ps, EINVAL, "range: nothing is in it");
	return 0;
}

/* A probability, 0.125 or 1/8, in units of 2^-32. */
static int
chance(struct parser *ps, uint64_t *vp)
{
	const char *s = ps->value;
	uint64_t num = 0, den = 1, whole = 0;

	if (strchr(s, '/') != NULL) {
		if (digits(&s, UINT32_MAX, &num) != 0 || *s++ != '/' ||
		    digits(&s, UINT32_MAX, &den) != 0)
			den = 0;
	} else {
		if (*s != '.' && digits(&s, 1, &whole) != 0)
			den = 0;
		if (*s == '.')
			for (s++; isdigit((unsigned char)*s) &&
			    den != 0 && den <= 100000000; s++) {
				num = num * 10 + (uint64_t)(*s - '0');
				den *= 10;
			}
		num += whole * den;
	}
	if (*s != '\0' || den == 0 || num > den || *ps->value == '\0' ||
	    (s[-1] == '.' && s - ps->value == 1))
		return fail(ps, EINVAL, "p: not a probability, as 0.25 or "
		    "1/4");
	*vp = (num << 32) / den;
	if (num != 0 && *vp == 0)
		*vp = 1;
	return 0;
}

/* The number of an error's name. */
static int
errnoname(struct parser *ps, int *errorp)
{
	const char *name;
	int i;

	for (i = 1; i < 134; i++) {
		name = strerrorname_np(i);
		if (name != NULL && strcmp(name, ps->value) == 0) {
			*errorp = i;
			return 0;
		}
	}
	if (strcmp(ps->value, "EWOULDBLOCK") == 0)
		*errorp = EWOULDBLOCK;
	else if (strcmp(ps->value, "EOPNOTSUPP") == 0)
		*errorp = EOPNOTSUPP;
	else
		return fail(ps, EINVAL, "fail: not the name of an error");
	return 0;
}

static int
pattern(struct parser *ps, char **sp)
{

	if (*ps->value == '\0')
		return fail(ps, EINVAL, "%s: a pattern is missing", ps->word);
	if (*sp != NULL)
		return fail(ps, EINVAL, "%s: given twice", ps->word);
	if ((*sp = strdup(ps->value)) == NULL)
		return fail(ps, ENOMEM, "no memory");
	return 0;
}

/*
 * Rules.
 */

/* A comma separated list of classes. */
static int
classlist(struct parser *ps, struct rule *r)
{
	char *s = ps->word, *name;
	size_t i;

	while ((name = strsep(&s, ",")) != NULL) {
		for (i = 0; i < __arraycount(classes); i++)
			if (strcmp(classes[i].name, name) == 0)
				break;
		if (i == __arraycount(classes))
			return fail(ps, EINVAL,
			    "\"%.40s\" is no class of operations", name);
		r->fr_classes |= classes[i].bit;
	}
	return 0;
}

/* Words of a rule: what they apply to, and how they are taken. */
enum kind { K_FILE, K_FD, K_BIO, K_RANGE, K_SITE, K_NTH, K_EVERY, K_FROM, K_TIMES,
    K_ONCE, K_ALWAYS, K_P, K_SEED, K_FAIL, K_SHORT, K_TEAR, K_DELAY, K_DROP,
    K_DOUBLE, K_REORDER, K_CORRUPT };

static const struct key {
	const char *name;
	enum kind kind;
	unsigned int on;		/* classes that it makes sense for */
	unsigned int action;
	int value;			/* 1: wants one, 0: may have one, -1 */
} keys[] = {
	{ "file", K_FILE, ON_FILE, 0, 1 },
	{ "fd", K_FD, ON_FD, 0, 1 },
	{ "bio", K_BIO, ON_FD, 0, -1 },
	{ "range", K_RANGE, ON_RANGE, 0, 1 },
	{ "site", K_SITE, ON_SITE, 0, 1 },
	{ "nth", K_NTH, FC_ALL, 0, 1 },
	{ "every", K_EVERY, FC_ALL, 0, 1 },
	{ "from", K_FROM, FC_ALL, 0, 1 },
	{ "times", K_TIMES, FC_ALL, 0, 1 },
	{ "once", K_ONCE, FC_ALL, 0, -1 },
	{ "always", K_ALWAYS, FC_ALL, 0, -1 },
	{ "p", K_P, FC_ALL, 0, 1 },
	{ "seed", K_SEED, FC_ALL, 0, 1 },
	{ "fail", K_FAIL, FC_ALL, FA_FAIL, 1 },
	{ "short", K_SHORT, ON_DATA, FA_SHORT, 0 },
	{ "tear", K_TEAR, FC_WRITE, FA_TEAR, 0 },
	{ "delay", K_DELAY, FC_ALL, FA_DELAY, 1 },
	{ "drop", K_DROP, FC_WRITE | FC_SYNC | FC_BARRIER | FC_FLUSH |
	    FC_MESSAGE | FC_CONSOLE, FA_DROP, -1 },
	{ "double", K_DOUBLE, FC_READ | FC_WRITE | FC_SYNC | FC_BARRIER |
	    FC_FLUSH | FC_MESSAGE, FA_DOUBLE, -1 },
	{ "reorder", K_REORDER, FC_WRITE | FC_MESSAGE, FA_REORDER, 0 },
	{ "corrupt", K_CORRUPT, ON_DATA, FA_CORRUPT, 0 },
};

static int
take_selector(struct parser *ps, const struct key *k, struct rule *r)
{
	uint64_t v;
	int error;

	switch (k->kind) {
	case K_FILE:
		return pattern(ps, &r->fr_file);
	case K_SITE:
		return pattern(ps, &r->fr_site);
	case K_FD:
		error = number(ps, no_suffix, 0, INT32_MAX, &v);
		r->fr_fd = error == 0 ? (int)v : -1;
		return error;
	case K_BIO:
		r->fr_bio = 1;
		return 0;
	case K_RANGE:
		return range(ps, &r->fr_lo, &r->fr_hi);
	case K_NTH:
		return number(ps, no_suffix, 1, INT64_MAX, &r->fr_nth);
	case K_EVERY:
		return number(ps, no_suffix, 1, INT64_MAX, &r->fr_every);
	case K_FROM:
		return number(ps, no_suffix, 1, INT64_MAX, &r->fr_from);
	case K_TIMES:
		return number(ps, no_suffix, 1, INT64_MAX, &r->fr_times);
	case K_ONCE:
		r->fr_times = 1;
		return 0;
	case K_ALWAYS:
		r->fr_times = 0;
		return 0;
	case K_P:
		return chance(ps, &r->fr_chance);
	default:
		return number(ps, no_suffix, 1, INT64_MAX, &r->fr_seed);
	}
}

static int
take_action(struct parser *ps, const struct key *k, struct rule *r)
{

	r->fr_actions |= k->action;
	switch (k->kind) {
	case K_FAIL:
		return errnoname(ps, &r->fr_error);
	case K_DELAY:
		/* An hour is as good as for ever. */
		return number(ps, time_suffix, 0, (uint64_t)3600000000000,
		    &r->fr_delay);
	case K_SHORT:
		r->fr_short = FA_HALF;
		return !ps->hasvalue ? 0 : number(ps, size_suffix, 0,
		    INT64_MAX, &r->fr_short);
	case K_TEAR:
		r->fr_tear = FA_ANY;
		return !ps->hasvalue ? 0 : number(ps, no_suffix, 0, INT32_MAX,
		    &r->fr_tear);
	case K_REORDER:
		r->fr_reorder = 1;
		return !ps->hasvalue ? 0 : number(ps, no_suffix, 1, 1024,
		    &r->fr_reorder);
	case K_CORRUPT:
		r->fr_corrupt = 1;
		return !ps->hasvalue ? 0 : number(ps, no_suffix, 1, 65536,
		    &r->fr_corrupt);
	default:
		return 0;
	}
}

static int
take_word(struct parser *ps, struct rule *r, unsigned int *seen)
{
	const struct key *k;
	size_t i;

	for (i = 0; i < __arraycount(keys); i++)
		if (strcmp(keys[i].name, ps->word) == 0)
			break;
	if (i == __arraycount(keys))
		return fail(ps, EINVAL, "\"%.40s\" is no selector and no "
		    "action", ps->word);
	k = &keys[i];
	if (*seen & 1u << k->kind)
		return fail(ps, EINVAL, "%s: given twice", k->name);
	*seen |= 1u << k->kind;
	if ((r->fr_classes & ~k->on) != 0)
		return fail(ps, EINVAL, "%s: not for these operations",
		    k->name);
	if (k->value > 0 && !ps->hasvalue)
		return fail(ps, EINVAL, "%s: a value is missing", k->name);
	if (k->value < 0 && ps->hasvalue)
		return fail(ps, EINVAL, "%s: takes no value", k->name);
	return k->action != 0 ? take_action(ps, k, r) :
	    take_selector(ps, k, r);
}

/* Words that contradict each other; the rule's beginning is to blame. */
static int
check_rule(struct parser *ps, const struct rule *r, unsigned int seen)
{
	const unsigned int a = r->fr_actions;
	const unsigned int limits = 1u << K_ONCE | 1u << K_ALWAYS |
	    1u << K_TIMES;

	if (a == 0)
		return fail(ps, EINVAL, "the rule has no action");
	if (((seen & limits) & ((seen & limits) - 1)) != 0)
		return fail(ps, EINVAL, "one of once, always, times");
	if ((a & FA_FAIL) != 0 &&
	    (a & ~(FA_FAIL | FA_DELAY | FA_TEAR)) != 0)
		return fail(ps, EINVAL, "fail goes with delay and tear only");
	if ((a & FA_DROP) != 0 && (a & ~(FA_DROP | FA_DELAY)) != 0)
		return fail(ps, EINVAL, "drop goes with delay only");
	if ((a & FA_TEAR) != 0 &&
	    (a & (FA_SHORT | FA_DOUBLE | FA_REORDER)) != 0)
		return fail(ps, EINVAL, "tear does not go with short, double "
		    "and reorder");
	if ((r->fr_classes & FC_WRITE) != 0 && (a & FA_REORDER) != 0 &&
	    (a & (FA_SHORT | FA_DOUBLE)) != 0)
		return fail(ps, EINVAL, "reorder does not go with short and "
		    "double");
	return 0;
}

static struct rule *
new_rule(struct parser *ps)
{
	struct plan *pl = ps->plan;
	struct rule *r;
	size_t len;

	if ((pl->pl_nrules & (pl->pl_nrules - 1)) == 0) {
		r = reallocarray(pl->pl_rules, pl->pl_nrules == 0 ? 1 :
		    pl->pl_nrules * 2, sizeof(*r));
		if (r == NULL)
			return NULL;
		pl->pl_rules = r;
	}
	r = &pl->pl_rules[pl->pl_nrules++];
	memset(r, 0, sizeof(*r));
	r->fr_fd = -1;
	r->fr_hi = UINT64_MAX;
	r->fr_chance = (uint64_t)1 << 32;
	r->fr_line = ps->line;
	len = strcspn(ps->p, "\n;#");
	if (len >= sizeof(r->fr_text))
		len = sizeof(r->fr_text) - 1;
	memcpy(r->fr_text, ps->p, len);
	return r;
}

static int
rule(struct parser *ps)
{
	unsigned int line = ps->line, column = ps->column, seen = 0;
	struct rule *r;
	int error;

	mark(ps);
	if (ps->plan->pl_nrules == RUMPUSER_FAULT_MAXRULES)
		return fail(ps, E2BIG, "more than %d rules",
		    RUMPUSER_FAULT_MAXRULES);
	if ((r = new_rule(ps)) == NULL)
		return fail(ps, ENOMEM, "no memory");
	if ((error = word(ps)) != 0)
		return error;
	if (ps->hasvalue)
		return fail(ps, EINVAL, "a rule begins with its operations");
	error = classlist(ps, r);
	while (error == 0 && skip_blanks(ps))
		if ((error = word(ps)) == 0)
			error = take_word(ps, r, &seen);
	if (error != 0)
		return error;
	ps->wline = line;
	ps->wcolumn = column;
	ps->plan->pl_classes |= r->fr_classes;
	if (r->fr_file != NULL || r->fr_bio)
		ps->plan->pl_byfile |= r->fr_classes;
	if (r->fr_site != NULL)
		ps->plan->pl_bysite |= r->fr_classes;
	return check_rule(ps, r, seen);
}

/* "seed N" and "sector N". */
static int
setting(struct parser *ps, int sector)
{
	uint64_t v;
	int error;

	if ((error = word(ps)) != 0)
		return error;
	if (ps->hasvalue || !skip_blanks(ps))
		return fail(ps, EINVAL, "%s: a number is missing", ps->word);
	if ((error = word(ps)) != 0)
		return error;
	if (ps->hasvalue)
		return fail(ps, EINVAL, "not a number");
	memcpy(ps->value, ps->word, sizeof(ps->value));
	ps->hasvalue = 1;
	strcpy(ps->word, sector ? "sector" : "seed");
	error = number(ps, no_suffix, sector, sector ? 1 << 20 : INT64_MAX,
	    &v);
	if (error != 0)
		return error;
	if (sector && (v & (v - 1)) != 0)
		return fail(ps, EINVAL, "sector: not a power of two");
	if (skip_blanks(ps)) {
		mark(ps);
		return fail(ps, EINVAL, "nothing is to follow here");
	}
	if (sector) {
		ps->plan->pl_sector = (uint32_t)v;
		ps->plan->pl_sectored = 1;
	} else {
		ps->plan->pl_seed = v;
		ps->plan->pl_seeded = 1;
	}
	return 0;
}

static int
isword(const char *p, const char *w)
{
	size_t len = strlen(w);

	return strncmp(p, w, len) == 0 && (blank(p[len]) || ends_rule(p[len]));
}

int
rumpuser__plan_parse(const char *text, struct plan *plan,
    struct rumpuser_fault_error *err)
{
	struct parser ps = { .p = text, .line = 1, .column = 1, .plan = plan,
	    .err = err };
	int error = 0;

	memset(plan, 0, sizeof(*plan));
	plan->pl_sector = PLAN_SECTOR;
	if (err != NULL)
		memset(err, 0, sizeof(*err));
	if (strnlen(text, RUMPUSER_FAULT_MAXTEXT) == RUMPUSER_FAULT_MAXTEXT)
		return fail(&ps, E2BIG, "longer than %d bytes",
		    RUMPUSER_FAULT_MAXTEXT);
	while (error == 0 && skip_empty(&ps)) {
		if (isword(ps.p, "seed"))
			error = setting(&ps, 0);
		else if (isword(ps.p, "sector"))
			error = setting(&ps, 1);
		else
			error = rule(&ps);
	}
	if (error != 0)
		rumpuser__plan_free(plan);
	return error;
}

void
rumpuser__plan_free(struct plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->pl_nrules; i++) {
		free(plan->pl_rules[i].fr_file);
		free(plan->pl_rules[i].fr_site);
	}
	free(plan->pl_rules);
	memset(plan, 0, sizeof(*plan));
	plan->pl_sector = PLAN_SECTOR;
}
