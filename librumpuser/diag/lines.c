/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines.c - backtraces on descriptors, with file:line of addr2line(1) where
 * that is there.  Locking: none; asking for lines is for ordinary code.
 */
#include "diag/dump.h"
#include "posix/host.h"

#include <rump/rumpuser_str.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A name within single quotes of the shell. */
static int
quote(struct rumpuser_str **sp, const char *path)
{
	int error = rumpuser_str_add(sp, "'", 1);

	for (; *path != '\0' && error == 0; path++)
		error = *path == '\'' ? rumpuser_str_add(sp, "'\\''", 4) :
		    rumpuser_str_add(sp, path, 1);
	return error != 0 ? error : rumpuser_str_add(sp, "'", 1);
}

/* "FILE:LINE" of an address, without its newline; NULL: not known. */
static struct rumpuser_str *
line_of(uintptr_t addr)
{
	const struct rumpuser__object *o = rumpuser__object_at(addr);
	struct rumpuser_str *cmd = NULL, *out = NULL;
	int status;

	if (o == NULL)
		return NULL;
	if (rumpuser_str_printf(&cmd, "addr2line -e ") != 0 ||
	    quote(&cmd, rumpuser__object_path(o)) != 0 ||
	    rumpuser_str_printf(&cmd, " 0x%lx 2>/dev/null", (unsigned long)
	    rumpuser__object_addr(o, addr)) != 0)
		goto out;
	if (rumpuser_shell(rumpuser_str_data(cmd), &out, &status) != 0)
		out = NULL;
	if (out != NULL && (status != 0 || out->st_len < 2 ||
	    out->st_data[0] == '?')) {
		rumpuser_str_free(out);
		out = NULL;
	}
	if (out != NULL)
		out->st_data[strcspn(out->st_data, "\n")] = '\0';
out:
	rumpuser_str_free(cmd);
	return out;
}

void
rumpuser_backtrace_dump(const struct rumpuser_backtrace *bt, int fd, int flags)
{
	struct rumpuser_str *line;
	struct rumpuser_dump d;
	uintptr_t at;
	int i;

	rumpuser__objects_refresh();
	rumpuser__out_fd(&d, fd);
	if ((flags & RUMPUSER_BT_LINES) == 0) {
		rumpuser_dump_backtrace(&d, bt, "");
		rumpuser__out_flush(&d);
		return;
	}
	for (i = 0; i < bt->bt_count; i++) {
		/* A return address may be on the line after the call. */
		at = (uintptr_t)bt->bt_pc[i] - !(bt->bt_exact >> i & 1);
		rumpuser_dump_printf(&d, "#%-2d %p ", i,
		    __UNCONST(bt->bt_pc[i]));
		rumpuser__dump_symbol(&d, at);
		if ((line = line_of(at)) != NULL)
			rumpuser_dump_printf(&d, " %s",
			    rumpuser_str_data(line));
		rumpuser_str_free(line);
		rumpuser_dump_write(&d, "\n", 1);
	}
	rumpuser__out_flush(&d);
}
