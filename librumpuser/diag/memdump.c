/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memdump.c - a range of memory in hexadecimal.  Any context.  Locking: none.
 */
#include "diag/dump.h"

#include <string.h>

#define LINE	16

static void
dump_line(struct rumpuser_dump *d, uintptr_t at, const unsigned char *p,
    size_t n)
{
	char text[LINE];
	size_t i;

	rumpuser_dump_printf(d, "%016lx ", (unsigned long)at);
	for (i = 0; i < LINE; i++) {
		rumpuser_dump_printf(d, i == LINE / 2 ? "  " : " ");
		if (i < n)
			rumpuser_dump_printf(d, "%02x", p[i]);
		else
			rumpuser_dump_printf(d, "  ");
	}
	for (i = 0; i < n; i++)
		text[i] = p[i] >= ' ' && p[i] <= '~' ? (char)p[i] : '.';
	rumpuser_dump_printf(d, "  |%.*s|\n", (int)n, text);
}

void
rumpuser_dump_memory(int fd, const void *addr, size_t len, const char *reason)
{
	unsigned char line[LINE];
	struct rumpuser_dump d;
	const uintptr_t p = (uintptr_t)addr;
	size_t off, want, n;

	rumpuser__out_fd(&d, fd);
	rumpuser_dump_printf(&d, "%s: %zu bytes at %p\n", reason, len,
	    __UNCONST(addr));
	for (off = 0; off < len; off += n) {
		want = len - off < LINE ? len - off : LINE;
		n = rumpuser__peek((const void *)(p + off), line, want);
		if (n > 0)
			dump_line(&d, p + off, line, n);
		if (n < want) {
			rumpuser_dump_printf(&d, "%016lx  unreadable\n",
			    (unsigned long)(p + off + n));
			break;
		}
	}
	rumpuser__out_flush(&d);
}
