/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * String functions, byte by byte, so that sanitizer builds see every access.
 */
#ifndef __clang__
/* Loops must stay loops, not become calls of the function they are in. */
#pragma GCC optimize ("no-tree-loop-distribute-patterns")
#endif

#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>

size_t
strlen(const char *s)
{
	const char *p = s;

	while (*p != '\0')
		p++;
	return (size_t)(p - s);
}

size_t
strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

char *
strcpy(char *dst, const char *src)
{
	char *d = dst;

	while ((*d++ = *src++) != '\0')
		continue;
	return dst;
}

char *
strncpy(char *dst, const char *src, size_t n)
{
	size_t i = 0;

	for (; i < n && src[i] != '\0'; i++)
		dst[i] = src[i];
	for (; i < n; i++)
		dst[i] = '\0';
	return dst;
}

char *
strcat(char *dst, const char *src)
{

	(void)strcpy(dst + strlen(dst), src);
	return dst;
}

char *
strncat(char *dst, const char *src, size_t n)
{
	char *d = dst + strlen(dst);

	for (; n != 0 && *src != '\0'; n--)
		*d++ = *src++;
	*d = '\0';
	return dst;
}

size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n;

	if (size != 0) {
		n = MIN(len, size - 1);
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

size_t
strlcat(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(dst, size);

	if (len == size)
		return size + strlen(src);
	return len + strlcpy(dst + len, src, size - len);
}

int
strcmp(const char *a, const char *b)
{

	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t n)
{

	for (; n != 0; a++, b++, n--) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (*a == '\0')
			break;
	}
	return 0;
}

int
strncasecmp(const char *a, const char *b, size_t n)
{
	int x, y;

	for (; n != 0; a++, b++, n--) {
		x = tolower((unsigned char)*a);
		y = tolower((unsigned char)*b);
		if (x != y)
			return x - y;
		if (x == '\0')
			break;
	}
	return 0;
}

int
strcasecmp(const char *a, const char *b)
{

	return strncasecmp(a, b, ~(size_t)0);
}

char *
strchr(const char *s, int c)
{

	for (; *s != (char)c; s++) {
		if (*s == '\0')
			return NULL;
	}
	return __UNCONST(s);
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++ != '\0');
	return __UNCONST(last);
}

char *
strstr(const char *hay, const char *needle)
{
	size_t len = strlen(needle);

	for (; strncmp(hay, needle, len) != 0; hay++) {
		if (*hay == '\0')
			return NULL;
	}
	return __UNCONST(hay);
}

size_t
strspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(set, s[n]) != NULL)
		n++;
	return n;
}

size_t
strcspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(set, s[n]) == NULL)
		n++;
	return n;
}

char *
strpbrk(const char *s, const char *set)
{

	s += strcspn(s, set);
	return *s != '\0' ? __UNCONST(s) : NULL;
}

char *
strsep(char **stringp, const char *delim)
{
	char *s = *stringp, *end;

	if (s == NULL)
		return NULL;
	end = s + strcspn(s, delim);
	if (*end != '\0') {
		*end = '\0';
		*stringp = end + 1;
	} else
		*stringp = NULL;
	return s;
}
