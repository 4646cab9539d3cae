/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing members of a pax archive.  What the ustar header can say exactly
 * stands there alone; anything else gets an extended header, so that
 * archives stay as readable for old programs as they can be.  Nothing but
 * the member decides the bytes: the same tree gives the same archive.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsu.h"
#include "pax.h"

#define	BLOCK	512

struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12];
	char chksum[8], typeflag, linkname[100], magic[6], version[2];
	char uname[32], gname[32], devmajor[8], devminor[8], prefix[155];
	char pad[12];
};
_Static_assert(sizeof(struct ustar) == BLOCK, "ustar header");

struct recs {
	char *p;
	size_t len, cap;
};

/* One record: "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
static void
rec(struct recs *r, const char *key, const void *val, size_t len)
{
	size_t body = strlen(key) + len + 3, n = body + 1, digits;
	char num[24];

	for (;;) {
		digits = (size_t)snprintf(num, sizeof(num), "%zu", n);
		if (body + digits == n)
			break;
		n = body + digits;
	}
	r->p = xgrow(r->p, &r->cap, r->len + n + 1, 1);
	r->len += (size_t)sprintf(r->p + r->len, "%s %s=", num, key);
	memcpy(r->p + r->len, val, len);
	r->len += len;
	r->p[r->len++] = '\n';
}

static void
rec_str(struct recs *r, const char *key, const char *val)
{

	rec(r, key, val, strlen(val));
}

static void
rec_num(struct recs *r, const char *key, uint64_t n)
{
	char num[24];

	snprintf(num, sizeof(num), "%" PRIu64, n);
	rec_str(r, key, num);
}

/* Seconds and nanoseconds as a decimal fraction; negative times too. */
static void
rec_time(struct recs *r, const char *key, const struct timespec *t)
{
	int64_t sec = t->tv_sec;
	long ns = t->tv_nsec;
	char num[48];
	size_t n;

	if (sec < 0 && ns != 0) {
		sec++;
		ns = 1000000000 - ns;
		n = (size_t)snprintf(num, sizeof(num), "-%" PRId64 ".%09ld",
		    -sec, ns);
	} else if (ns != 0) {
		n = (size_t)snprintf(num, sizeof(num), "%" PRId64 ".%09ld",
		    sec, ns);
	} else {
		n = (size_t)snprintf(num, sizeof(num), "%" PRId64, sec);
	}
	while (ns != 0 && num[n - 1] == '0')
		num[--n] = '\0';
	rec_str(r, key, num);
}

static bool
is_ascii(const char *s)
{

	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* Well-formed UTF-8: shortest forms, no surrogates, at most U+10FFFF. */
static bool
is_utf8(const char *str)
{
	const unsigned char *s = (const unsigned char *)str;
	uint32_t c, least;
	int more;

	while (*s != '\0') {
		c = *s++;
		if (c < 0x80)
			continue;
		if (c >= 0xc2 && c <= 0xdf) {
			more = 1;
			least = 0x80;
			c &= 0x1f;
		} else if (c >= 0xe0 && c <= 0xef) {
			more = 2;
			least = 0x800;
			c &= 0x0f;
		} else if (c >= 0xf0 && c <= 0xf4) {
			more = 3;
			least = 0x10000;
			c &= 0x07;
		} else {
			return false;
		}
		for (; more > 0; more--, s++) {
			if ((*s & 0xc0) != 0x80)
				return false;
			c = c << 6 | (*s & 0x3f);
		}
		if (c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
	}
	return true;
}

/* A field of width w (with its NUL) in octal; false when it does not fit. */
static bool
octal(char *field, size_t w, uint64_t n)
{
	size_t i;

	if (w * 3 - 3 < 64 && n >> (3 * (w - 1)) != 0)
		return false;
	for (i = w - 1; i-- > 0; n >>= 3)
		field[i] = (char)('0' + (n & 7));
	return true;
}

static void
number(struct recs *r, char *field, size_t w, const char *key, uint64_t n)
{

	if (octal(field, w, n))
		return;
	octal(field, w, (uint64_t)-1 >> (64 - 3 * (w - 1)));
	rec_num(r, key, n);
}

/*
 * The path into name and prefix of the header.  False when it does not fit
 * or is not plain ASCII; then the header holds the end of it, for show.
 */
static bool
ustar_path(struct ustar *u, const char *path)
{
	size_t n = strlen(path), cut;

	if (is_ascii(path)) {
		if (n <= sizeof(u->name)) {
			memcpy(u->name, path, n);
			return true;
		}
		/* The cut goes at a '/' that leaves both parts in bounds. */
		for (cut = n < sizeof(u->prefix) + 1 ? n - 1 :
		    sizeof(u->prefix); cut > 0; cut--)
			if (path[cut] == '/' && cut + 1 < n)
				break;
		if (cut > 0 && n - cut - 1 <= sizeof(u->name)) {
			memcpy(u->prefix, path, cut);
			memcpy(u->name, path + cut + 1, n - cut - 1);
			return true;
		}
	}
	if (n > sizeof(u->name)) {
		path += n - sizeof(u->name);
		n = sizeof(u->name);
	}
	memcpy(u->name, path, n);
	return false;
}

static void
seal(struct ustar *u)
{
	const unsigned char *p = (const unsigned char *)u;
	unsigned sum = 0;
	size_t i;

	memcpy(u->magic, "ustar", 6);
	memcpy(u->version, "00", 2);
	memset(u->chksum, ' ', sizeof(u->chksum));
	for (i = 0; i < sizeof(*u); i++)
		sum += p[i];
	snprintf(u->chksum, sizeof(u->chksum), "%06o", sum);
	u->chksum[7] = ' ';
}

/* The record's keyword of an attribute: '%' and '=' are not allowed in it. */
static void
rec_xattr(struct recs *r, const struct xattr *x)
{
	size_t n = strlen(x->name), o;
	char *key = xmalloc(3 * n + sizeof("SCHILY.xattr."));
	const char *s;

	o = (size_t)sprintf(key, "SCHILY.xattr.");
	for (s = x->name; *s != '\0'; s++) {
		if (*s == '%' || *s == '=')
			o += (size_t)sprintf(key + o, "%%%02X",
			    (unsigned char)*s);
		else
			key[o++] = *s;
	}
	key[o] = '\0';
	rec(r, key, x->value, x->len);
	free(key);
}

static void
ext_header(const struct recs *r)
{
	struct ustar u;

	memset(&u, 0, sizeof(u));
	strcpy(u.name, "./PaxHeaders/member");
	octal(u.mode, sizeof(u.mode), 0644);
	octal(u.uid, sizeof(u.uid), 0);
	octal(u.gid, sizeof(u.gid), 0);
	octal(u.size, sizeof(u.size), r->len);
	octal(u.mtime, sizeof(u.mtime), 0);
	u.typeflag = 'x';
	seal(&u);
	out_write(&u, sizeof(u));
	out_write(r->p, r->len);
	pax_pad(r->len);
}

/* What the extended header says about a sparse file, GNU format 1.0. */
static void
rec_sparse(struct recs *r, const struct pax_member *m)
{

	rec_num(r, "GNU.sparse.major", 1);
	rec_num(r, "GNU.sparse.minor", 0);
	rec_str(r, "GNU.sparse.name", m->path);
	rec_num(r, "GNU.sparse.realsize", m->realsize);
}

static void
names(struct recs *r, struct ustar *u, const struct pax_member *m)
{
	size_t n;

	if (!is_utf8(m->path) || (m->link != NULL && !is_utf8(m->link)))
		rec_str(r, "hdrcharset", "BINARY");
	if (m->sparse) {
		rec_sparse(r, m);
		ustar_path(u, "./GNUSparseFile.0/member");
	} else if (!ustar_path(u, m->path)) {
		rec_str(r, "path", m->path);
	}
	if (m->link == NULL)
		return;
	n = strlen(m->link);
	if (n > sizeof(u->linkname) || !is_ascii(m->link))
		rec(r, "linkpath", m->link, n);
	memcpy(u->linkname, m->link,
	    n < sizeof(u->linkname) ? n : sizeof(u->linkname));
}

void
pax_header(const struct pax_member *m)
{
	struct recs r = { 0 };
	struct ustar u;
	size_t i;

	memset(&u, 0, sizeof(u));
	names(&r, &u, m);
	octal(u.mode, sizeof(u.mode), m->mode & 07777);
	number(&r, u.uid, sizeof(u.uid), "uid", m->uid);
	number(&r, u.gid, sizeof(u.gid), "gid", m->gid);
	number(&r, u.size, sizeof(u.size), "size", m->size);
	if (m->mtime.tv_sec < 0 || !octal(u.mtime, sizeof(u.mtime),
	    (uint64_t)m->mtime.tv_sec))
		octal(u.mtime, sizeof(u.mtime), 0);
	if (m->mtime.tv_sec < 0 || m->mtime.tv_nsec != 0 ||
	    (uint64_t)m->mtime.tv_sec >> 33 != 0)
		rec_time(&r, "mtime", &m->mtime);
	if (m->type == '3' || m->type == '4') {
		octal(u.devmajor, sizeof(u.devmajor), m->major);
		octal(u.devminor, sizeof(u.devminor), m->minor);
	}
	for (i = 0; m->xattrs != NULL && i < m->xattrs->n; i++)
		rec_xattr(&r, &m->xattrs->x[i]);
	u.typeflag = m->type;
	seal(&u);
	if (r.len != 0)
		ext_header(&r);
	out_write(&u, sizeof(u));
	free(r.p);
}

void
pax_pad(uint64_t size)
{

	if (size % BLOCK != 0)
		out_zero(BLOCK - size % BLOCK);
}

/* Two zero blocks end the archive. */
void
pax_end(void)
{

	out_zero(2 * BLOCK);
}
