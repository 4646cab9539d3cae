/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names made safe to show: a name from an image may hold control sequences,
 * bytes that are not text, or characters a shell would act upon.  The form
 * is the one users of coreutils know: it can be pasted back into a shell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "fsu.h"

/*
 * Length of the printable character at s (at most n bytes), 0 when the byte
 * there must be escaped.
 */
static size_t
printable(const char *s, size_t n)
{
	mbstate_t st;
	wchar_t wc;
	size_t k;

	if ((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f)
		return 1;
	memset(&st, 0, sizeof(st));
	k = mbrtowc(&wc, s, n, &st);
	if (k == 0 || k > n || !iswprint((wint_t)wc))
		return 0;
	return k;
}

static bool
special(const char *s, size_t i, size_t n)
{

	if (s[i] == '#' || s[i] == '~')
		return i == 0;
	if (s[i] == '{' || s[i] == '}')
		return n == 1;
	return s[i] != '\0' && strchr(" !\"$&'()*;<=>?[\\^`|", s[i]) != NULL;
}

struct qbuf {
	char *p;
	size_t len, cap;
	bool quoted;		/* inside '...' */
};

static void
put(struct qbuf *b, const char *s, size_t n)
{

	b->p = xgrow(b->p, &b->cap, b->len + n + 1, 1);
	memcpy(b->p + b->len, s, n);
	b->len += n;
	b->p[b->len] = '\0';
}

static void
in_quotes(struct qbuf *b, bool want)
{

	if (b->quoted != want)
		put(b, "'", 1);
	b->quoted = want;
}

static size_t
escape_run(struct qbuf *b, const char *s, size_t n)
{
	static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr";
	const char *e;
	char tmp[8];
	size_t i;

	in_quotes(b, false);
	put(b, "$'", 2);
	for (i = 0; i < n && printable(s + i, n - i) == 0; i++) {
		e = s[i] != '\0' ? strchr(letters, s[i]) : NULL;
		if (e != NULL && (unsigned char)s[i] < 0x20)
			snprintf(tmp, sizeof(tmp), "\\%c", e[1]);
		else
			snprintf(tmp, sizeof(tmp), "\\%03o",
			    (unsigned char)s[i]);
		put(b, tmp, strlen(tmp));
	}
	put(b, "'", 1);
	return i;
}

static char *
quote_full(const char *s, size_t n)
{
	struct qbuf b = { 0 };
	size_t i, k;

	in_quotes(&b, true);
	for (i = 0; i < n; i += k) {
		k = printable(s + i, n - i);
		if (k == 0) {
			k = escape_run(&b, s + i, n - i);
		} else if (s[i] == '\'') {
			in_quotes(&b, false);
			put(&b, "\\'", 2);
		} else {
			in_quotes(&b, true);
			put(&b, s + i, k);
		}
	}
	in_quotes(&b, false);
	if (b.len == 0)
		put(&b, "''", 2);
	return b.p;
}

/* The name s of n bytes in the wanted form, as a string the caller frees. */
char *
quote_name(const char *s, size_t n, enum quote how)
{
	bool plain = n != 0, dquote = true;
	bool apos = false;
	size_t i, k;
	char *r;

	for (i = 0; i < n && how != QUOTE_NONE; i += k) {
		k = printable(s + i, n - i);
		if (k == 0) {
			plain = dquote = false;
			k = 1;
			continue;
		}
		if (special(s, i, n))
			plain = false;
		if (s[i] == '\'')
			apos = true;
		else if (strchr("\"$`\\!", s[i]) != NULL)
			dquote = false;
	}
	if (how == QUOTE_NONE || (how == QUOTE_SHELL && plain)) {
		r = xmalloc(n + 1);
		memcpy(r, s, n);
		r[n] = '\0';
		return r;
	}
	if (apos && dquote) {
		r = xmalloc(n + 3);
		r[0] = r[n + 1] = '"';
		memcpy(r + 1, s, n);
		r[n + 2] = '\0';
		return r;
	}
	return quote_full(s, n);
}

/* Columns that a string takes on the terminal. */
size_t
quote_width(const char *s)
{
	size_t w = 0, n = strlen(s), k;
	mbstate_t st;
	wchar_t wc;
	int cols;

	while (n != 0) {
		memset(&st, 0, sizeof(st));
		k = mbrtowc(&wc, s, n, &st);
		if (k == 0 || k > n) {
			k = 1;
			cols = 1;
		} else {
			cols = wcwidth(wc);
		}
		w += cols > 0 ? (size_t)cols : 0;
		s += k;
		n -= k;
	}
	return w;
}

/* For messages; the last four results stay valid. */
static const char *
rotate(const char *s, enum quote how)
{
	static char *ring[4];
	static unsigned turn;
	char **slot = &ring[turn++ % 4];

	free(*slot);
	*slot = quote_name(s, strlen(s), how);
	return *slot;
}

const char *
q(const char *s)
{

	return rotate(s, QUOTE_ALWAYS);
}

const char *
qf(const char *s)
{

	return rotate(s, QUOTE_SHELL);
}

/* Names are quoted on a terminal and raw everywhere else. */
enum quote
out_quoting(void)
{

	return out_istty() ? QUOTE_SHELL : QUOTE_NONE;
}

void
out_name(const char *s, enum quote how)
{
	char *r;

	if (how == QUOTE_NONE) {
		out_str(s);
		return;
	}
	r = quote_name(s, strlen(s), how);
	out_str(r);
	free(r);
}
