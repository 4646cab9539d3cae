/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has the memory: by component, pool, size class and, where objects are
 * counted (the checking build, RUMP_MEMDEBUG), by malloc(9)'s types and the places
 * that asked for them. For the console, the state dump and sysctl. No locks: what changes
 * meanwhile may be told wrongly.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/sysctl.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_diag.h>
#include <rump-free/memdebug.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#define LINE		200
#define NSITES		50		/* told */
#define NOBJECTS	32		/* libraries told apart */

/* Where lines go. */
struct out {
	void		(*o_line)(struct out *, const char *);
	void		*o_arg;
	char		*o_buf;		/* of o_size bytes, or NULL */
	size_t		o_size;
	size_t		o_len;		/* that there are, or would be */
};

static void __printflike(2, 3)
line(struct out *o, const char *fmt, ...)
{
	char buf[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	(*o->o_line)(o, buf);
}

/*
 * Places and components. A component is the library that an address lies in:
 * that of the caller, or of the pool's name.
 */

void
rump_mem_placename(const void *pc, char *buf, size_t size)
{
	struct rumpuser_symbol sym;

	if (pc == NULL)
		strlcpy(buf, "(elsewhere)", size);
	else if (rumpuser_symbol_lookup(pc, &sym) != 0)
		snprintf(buf, size, "%p", pc);
	else if (sym.sym_name[0] == '\0')
		snprintf(buf, size, "%s+%#llx", sym.sym_object,
		    (unsigned long long)sym.sym_offset);
	else
		snprintf(buf, size, "%s+%#llx (%s)", sym.sym_name,
		    (unsigned long long)sym.sym_offset, sym.sym_object);
}

struct objects {
	struct {
		char	ob_name[64];
		uint64_t ob_bytes;
		uint64_t ob_count;
	} os_obj[NOBJECTS];
	unsigned int	os_n;
};

static void
object_add(struct objects *os, const void *addr, uint64_t bytes,
    uint64_t count)
{
	struct rumpuser_symbol sym;
	unsigned int i;

	if (rumpuser_symbol_lookup(addr, &sym) != 0)
		strlcpy(sym.sym_object, "(unknown)", sizeof(sym.sym_object));
	for (i = 0; i < os->os_n; i++)
		if (strncmp(os->os_obj[i].ob_name, sym.sym_object,
		    sizeof(os->os_obj[i].ob_name) - 1) == 0)
			break;
	if (i == NOBJECTS)
		i--;
	else if (i == os->os_n) {
		os->os_n++;
		strlcpy(os->os_obj[i].ob_name, sym.sym_object,
		    sizeof(os->os_obj[i].ob_name));
		os->os_obj[i].ob_bytes = os->os_obj[i].ob_count = 0;
	}
	os->os_obj[i].ob_bytes += bytes;
	os->os_obj[i].ob_count += count;
}

static void
site_object(const struct rump_memsite *st, void *arg)
{

	object_add(arg, st->st_key, st->st_bytes, st->st_count);
}

static void
pool_object(const char *name, size_t nout, size_t held, void *arg)
{

	if (held != 0)
		object_add(arg, name, held, nout);
}

static void
components(struct out *o)
{
	struct objects os = { .os_n = 0 };
	unsigned int i;

	if ((rump_memdebug_flags & RUMP_MEMDEBUG_COUNT) != 0) {
		line(o, "by component:\n");
		(void)rump_memsite_walk(site_object, &os, ~0U);
	} else {
		line(o, "by component, pools only (RUMP_MEMDEBUG=account "
		    "counts all):\n");
		rump_pool_walk(pool_object, &os);
	}
	for (i = 0; i < os.os_n; i++) {
		line(o, "%12llu bytes %8llu objects %s\n",
		    (unsigned long long)os.os_obj[i].ob_bytes,
		    (unsigned long long)os.os_obj[i].ob_count,
		    os.os_obj[i].ob_name);
	}
}

/* Of a pool, or a type. */
static void
pool_line(const char *name, size_t nout, size_t held, void *arg)
{

	if (held != 0)
		line(arg, "%12zu bytes %8zu objects %s\n", held, nout, name);
}

static void
site_line(const struct rump_memsite *st, void *arg)
{
	char where[LINE / 2];

	rump_mem_placename(st->st_key, where, sizeof(where));
	line(arg, "%12llu bytes %8llu objects from %s\n",
	    (unsigned long long)st->st_bytes,
	    (unsigned long long)st->st_count, where);
}

static void
report(struct out *o)
{
	size_t i;

	if (rump_mem_limit() == ~(size_t)0)
		line(o, "%zu bytes of memory in use\n", rump_mem_used());
	else
		line(o, "%zu bytes of memory in use, limit %zu\n",
		    rump_mem_used(), rump_mem_limit());
	components(o);
	line(o, "by pool:\n");
	rump_pool_walk(pool_line, o);
	if (rump_memclass[0].c_stride != 0) {
		line(o, "by size, kmem and malloc:\n");
		for (i = 0; i < RUMP_MEM_NCLASSES; i++)
			if (rump_memclass[i].c_charged != 0)
				line(o, "%12zu bytes in slabs of %zu\n",
				    rump_memclass[i].c_charged,
				    rump_memclass[i].c_stride);
	}
	if ((rump_memdebug_flags & RUMP_MEMDEBUG_COUNT) != 0) {
		line(o, "by malloc type:\n");
		rump_malloc_walk(pool_line, o);
		line(o, "by call site:\n");
		(void)rump_memsite_walk(site_line, o, NSITES);
	}
}

static void
line_print(struct out *o, const char *text)
{
	void (*pr)(const char *, ...) = o->o_arg;

	(*pr)("%s", text);
}

void
rump_mem_report(void (*pr)(const char *, ...))
{
	struct out o = { .o_line = line_print, .o_arg = pr };

	report(&o);
}

static void
line_dump(struct out *o, const char *text)
{

	rumpuser_dump_write(o->o_arg, text, strlen(text));
}

static void
mem_dump(struct rumpuser_dump *d, void *arg)
{
	struct out o = { .o_line = line_dump, .o_arg = d };

	report(&o);
}

/*
 * sysctl: vendor.rump.memory.
 */

static void
line_append(struct out *o, const char *text)
{
	size_t n = strlen(text);

	if (o->o_len + n < o->o_size)
		memcpy(o->o_buf + o->o_len, text, n + 1);
	o->o_len += n;
}

static int
mem_sysctl_report(SYSCTLFN_ARGS)
{
	struct out o = { .o_line = line_append };
	struct sysctlnode node = *rnode;
	int error;

	report(&o);
	/* Some lines more, since this changes it. */
	o.o_size = o.o_len + 8 * LINE;
	o.o_len = 0;
	o.o_buf = kmem_zalloc(o.o_size, KM_SLEEP);
	report(&o);
	node.sysctl_data = o.o_buf;
	node.sysctl_size = MIN(o.o_len + 1, o.o_size);
	error = sysctl_lookup(SYSCTLFN_CALL(&node));
	kmem_free(o.o_buf, o.o_size);
	return error;
}

static int
mem_sysctl_used(SYSCTLFN_ARGS)
{
	uint64_t v = rump_mem_used();
	struct sysctlnode node = *rnode;

	node.sysctl_data = &v;
	return sysctl_lookup(SYSCTLFN_CALL(&node));
}

static int
mem_sysctl_limit(SYSCTLFN_ARGS)
{
	uint64_t v = rump_mem_limit();
	struct sysctlnode node = *rnode;

	node.sysctl_data = &v;
	return sysctl_lookup(SYSCTLFN_CALL(&node));
}

static const struct sysctlnode *
subnode(const struct sysctlnode *top, const char *name)
{
	const struct sysctlnode *node = NULL;

	(void)sysctl_createv(NULL, 0, &top, &node, CTLFLAG_PERMANENT,
	    CTLTYPE_NODE, name, NULL, NULL, 0, NULL, 0, CTL_CREATE, CTL_EOL);
	return node;
}

static void
mem_sysctl_init(void)
{
	const struct sysctlnode *top = NULL, *node;

	if (sysctl_createv(NULL, 0, NULL, &top, CTLFLAG_PERMANENT,
	    CTLTYPE_NODE, "vendor", NULL, NULL, 0, NULL, 0, CTL_VENDOR,
	    CTL_EOL) != 0 || (node = subnode(top, "rump")) == NULL ||
	    (node = subnode(node, "memory")) == NULL)
		return;
	(void)sysctl_createv(NULL, 0, &node, NULL, CTLFLAG_PERMANENT,
	    CTLTYPE_QUAD, "used", SYSCTL_DESCR("Bytes in use"),
	    mem_sysctl_used, 0, NULL, sizeof(uint64_t), CTL_CREATE, CTL_EOL);
	(void)sysctl_createv(NULL, 0, &node, NULL, CTLFLAG_PERMANENT,
	    CTLTYPE_QUAD, "limit", SYSCTL_DESCR("Bytes that may be"),
	    mem_sysctl_limit, 0, NULL, sizeof(uint64_t), CTL_CREATE, CTL_EOL);
	(void)sysctl_createv(NULL, 0, &node, NULL, CTLFLAG_PERMANENT,
	    CTLTYPE_STRING, "report", SYSCTL_DESCR("Who has how much"),
	    mem_sysctl_report, 0, NULL, 0, CTL_CREATE, CTL_EOL);
}

void
rump_mem_report_init(void)
{

	mem_sysctl_init();
	(void)rumpuser_dump_register("kernel memory", mem_dump, NULL);
}
