/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * str.c - growing strings and arrays.  Locking: none, the caller's own.
 */
#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_str.h>
#pragma GCC visibility pop

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Head and bytes are one piece of memory, so that one call moves both. */
static struct rumpuser_str *
str_resize(struct rumpuser_str *s, size_t cap)
{
	struct rumpuser_str *n;

	if (cap > SIZE_MAX / 2)
		return NULL;
	if ((n = realloc(s, sizeof(*n) + cap + 1)) == NULL)
		return NULL;
	n->st_cap = cap;
	n->st_data = (char *)(n + 1);
	if (s == NULL) {
		n->st_len = 0;
		n->st_data[0] = '\0';
	}
	return n;
}

/* Room for @more bytes behind what *sp holds. */
static int
str_room(struct rumpuser_str **sp, size_t more)
{
	struct rumpuser_str *s = *sp, *n;
	size_t len = s != NULL ? s->st_len : 0, cap;

	if (more > SIZE_MAX / 2 - len)
		return ENOMEM;
	if (s != NULL && s->st_cap - len >= more)
		return 0;
	cap = len + more;
	if (s != NULL && cap < s->st_cap + s->st_cap / 2)
		cap = s->st_cap + s->st_cap / 2;
	if (cap < 32)
		cap = 32;
	if ((n = str_resize(s, cap)) == NULL)
		return ENOMEM;
	*sp = n;
	return 0;
}

static void
str_put(struct rumpuser_str *s, const void *data, size_t len)
{

	if (len > 0)
		memcpy(s->st_data + s->st_len, data, len);
	s->st_len += len;
	s->st_data[s->st_len] = '\0';
}

int
rumpuser_str_make(struct rumpuser_str **sp, const void *data, size_t len,
    size_t room)
{
	struct rumpuser_str *s = NULL;
	int serrno = errno, error;

	if (data == NULL)
		len = 0;
	error = str_room(&s, len > room ? len : room);
	errno = serrno;
	if (error != 0)
		return rumpuser__errtrans(error);
	str_put(s, data, len);
	*sp = s;
	return 0;
}

void
rumpuser_str_free(struct rumpuser_str *s)
{

	free(s);
}

const char *
rumpuser_str_data(const struct rumpuser_str *s)
{

	return s != NULL ? s->st_data : "";
}

/* Are the bytes those of the string itself, which may move? */
static int
str_owns(const struct rumpuser_str *s, const void *data)
{

	return s != NULL && (const char *)data >= s->st_data &&
	    (const char *)data <= s->st_data + s->st_len;
}

int
rumpuser_str_add(struct rumpuser_str **sp, const void *data, size_t len)
{
	int serrno = errno, error;
	size_t off = 0;
	const int own = str_owns(*sp, data);

	if (own)
		off = (size_t)((const char *)data - (*sp)->st_data);
	error = str_room(sp, len);
	errno = serrno;
	if (error != 0)
		return rumpuser__errtrans(error);
	str_put(*sp, own ? (*sp)->st_data + off : data, len);
	return 0;
}

int
rumpuser_str_printf(struct rumpuser_str **sp, const char *fmt, ...)
{
	struct rumpuser_str *s;
	int serrno = errno, error = 0, n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		error = EINVAL;
	else if (str_room(sp, (size_t)n) != 0)
		error = ENOMEM;
	if (error == 0) {
		s = *sp;
		va_start(ap, fmt);
		(void)vsnprintf(s->st_data + s->st_len, (size_t)n + 1, fmt,
		    ap);
		va_end(ap);
		s->st_len += (size_t)n;
	}
	errno = serrno;
	return rumpuser__errtrans(error);
}

/* Move @b's bytes up and put @a's before them: it has room for both. */
static void
str_prepend(struct rumpuser_str *b, const struct rumpuser_str *a)
{

	memmove(b->st_data + a->st_len, b->st_data, b->st_len + 1);
	memcpy(b->st_data, a->st_data, a->st_len);
	b->st_len += a->st_len;
}

int
rumpuser_str_concat(struct rumpuser_str *a, struct rumpuser_str *b,
    struct rumpuser_str **sp)
{
	int error;

	if (a == NULL || b == NULL) {
		*sp = a != NULL ? a : b;
		return 0;
	}
	if (a->st_cap - a->st_len < b->st_len &&
	    b->st_cap - b->st_len >= a->st_len) {
		str_prepend(b, a);
		free(a);
		*sp = b;
		return 0;
	}
	if ((error = rumpuser_str_add(&a, b->st_data, b->st_len)) != 0)
		return error;
	free(b);
	*sp = a;
	return 0;
}

/*
 * Arrays.
 */

int
rumpuser_record_alloc(size_t head, size_t n, size_t size, void **pp)
{
	int serrno = errno;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(bytes, head, &bytes))
		return rumpuser__errtrans(EOVERFLOW);
	*pp = calloc(1, bytes > 0 ? bytes : 1);
	errno = serrno;
	return *pp != NULL ? 0 : rumpuser__errtrans(ENOMEM);
}

int
rumpuser_array_alloc(size_t n, size_t size, void **pp)
{

	return rumpuser_record_alloc(0, n, size, pp);
}

int
rumpuser_array_grow(void **pp, size_t *capp, size_t need, size_t size)
{
	size_t cap = *capp, bytes;
	int serrno = errno;
	void *p;

	if (need <= cap)
		return 0;
	if (cap <= SIZE_MAX / 2 && need < cap + cap / 2)
		need = cap + cap / 2;
	if (__builtin_mul_overflow(need, size, &bytes))
		return rumpuser__errtrans(EOVERFLOW);
	p = realloc(*pp, bytes > 0 ? bytes : 1);
	errno = serrno;
	if (p == NULL)
		return rumpuser__errtrans(ENOMEM);
	memset((char *)p + cap * size, 0, bytes - cap * size);
	*pp = p;
	*capp = need;
	return 0;
}

void
rumpuser_array_free(void *p)
{

	free(p);
}
