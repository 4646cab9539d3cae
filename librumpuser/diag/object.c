/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.c - what is loaded in the process, with the files' symbol tables
 * mapped, such that a signal handler can look things up.
 *
 * Locking: one thread at a time changes the table, others go on without
 * (refreshing is tried, not waited for).  Entries are only added, and marked
 * when their object has gone; maps stay, so that no reader can lose one.  A
 * process that loads more than the table holds has no symbols for the rest.
 */
#include "diag/dump.h"
#include "diag/elfsym.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define MAXOBJ	512
#define MAXFILE	((off_t)1 << 32)

struct rumpuser__object {
	uintptr_t base;			/* what addresses of the file are off */
	uintptr_t lo, hi;		/* all of it */
	uintptr_t codelo, codehi;	/* what can be executed */
	int gone;
	int seen;			/* in this refresh */
	struct rumpuser__elf elf;	/* no symbols: nsyms is 0 */
	char path[256];
};

static struct rumpuser__object objects[MAXOBJ];
static unsigned nobjects;		/* release: entries below are there */
static int refreshing;
/* Of the last refresh; the dynamic linker counts loads and unloads. */
static unsigned long long adds, subs;
static int known;

static void
map_file(struct rumpuser__object *o, const ElfW(Phdr) *ph, size_t nph)
{
	struct rumpuser__elf elf;
	struct stat st;
	void *p;
	int fd;

	fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size < MAXFILE) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (p != MAP_FAILED) {
			/* A file that was replaced since is another's. */
			if (rumpuser__elf_open(&elf, p, (size_t)st.st_size) ==
			    0 && rumpuser__elf_same(&elf, ph, nph))
				o->elf = elf;
			else
				munmap(p, (size_t)st.st_size);
		}
	}
	close(fd);
}

static void
set_path(struct rumpuser__object *o, const char *name)
{
	ssize_t n;

	if (name != NULL && name[0] != '\0') {
		strncpy(o->path, name, sizeof(o->path) - 1);
		return;
	}
	/* The program itself: by its name, since /proc/self may change. */
	n = readlink("/proc/self/exe", o->path, sizeof(o->path) - 1);
	if (n <= 0)
		strcpy(o->path, "/proc/self/exe");
}

static void
set_range(struct rumpuser__object *o, const struct dl_phdr_info *info)
{
	const ElfW(Phdr) *ph = info->dlpi_phdr;
	uintptr_t lo, hi;
	int i;

	o->base = info->dlpi_addr;
	o->lo = o->codelo = UINTPTR_MAX;
	for (i = 0; i < info->dlpi_phnum; i++, ph++) {
		if (ph->p_type != PT_LOAD)
			continue;
		lo = o->base + ph->p_vaddr;
		hi = lo + ph->p_memsz;
		o->lo = lo < o->lo ? lo : o->lo;
		o->hi = hi > o->hi ? hi : o->hi;
		if (ph->p_flags & PF_X) {
			o->codelo = lo < o->codelo ? lo : o->codelo;
			o->codehi = hi > o->codehi ? hi : o->codehi;
		}
	}
}

static struct rumpuser__object *
find_loaded(const struct dl_phdr_info *info)
{
	struct rumpuser__object o = { .base = 0 };
	unsigned i;

	set_range(&o, info);
	for (i = 0; i < nobjects; i++)
		if (!objects[i].gone && objects[i].base == o.base &&
		    objects[i].lo == o.lo && objects[i].hi == o.hi)
			return &objects[i];
	return NULL;
}

static int
visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct rumpuser__object *o;

	(void)arg;
	if (size >= offsetof(struct dl_phdr_info, dlpi_tls_modid)) {
		if (known && adds == info->dlpi_adds &&
		    subs == info->dlpi_subs)
			return 1;
		/* Unchanged until the walk ends: the linker's lock is held. */
		known = 0;
		adds = info->dlpi_adds;
		subs = info->dlpi_subs;
	}
	if ((o = find_loaded(info)) == NULL) {
		if (nobjects == MAXOBJ)
			return 0;
		o = &objects[nobjects];
		set_range(o, info);
		set_path(o, info->dlpi_name);
		map_file(o, info->dlpi_phdr, info->dlpi_phnum);
		/* Release: a reader that counts it finds it whole. */
		__atomic_store_n(&nobjects, nobjects + 1, __ATOMIC_RELEASE);
	}
	o->seen = 1;
	return 0;
}

void
rumpuser__objects_refresh(void)
{
	int serrno = errno;
	unsigned i;

	/* Acquire: what the one before has written is seen. */
	if (__atomic_exchange_n(&refreshing, 1, __ATOMIC_ACQUIRE))
		return;
	for (i = 0; i < nobjects; i++)
		objects[i].seen = 0;
	if (dl_iterate_phdr(visit, NULL) == 0) {
		for (i = 0; i < nobjects; i++)
			__atomic_store_n(&objects[i].gone, !objects[i].seen,
			    __ATOMIC_RELAXED);
		known = 1;
	}
	__atomic_store_n(&refreshing, 0, __ATOMIC_RELEASE);
	errno = serrno;
}

const struct rumpuser__object *
rumpuser__object_at(uintptr_t addr)
{
	const unsigned n = __atomic_load_n(&nobjects, __ATOMIC_ACQUIRE);
	unsigned i;

	for (i = 0; i < n; i++)
		if (!__atomic_load_n(&objects[i].gone, __ATOMIC_RELAXED) &&
		    addr >= objects[i].lo && addr < objects[i].hi)
			return &objects[i];
	return NULL;
}

const char *
rumpuser__object_path(const struct rumpuser__object *o)
{

	return o->path;
}

uint64_t
rumpuser__object_addr(const struct rumpuser__object *o, uintptr_t addr)
{

	return addr - o->base;
}

int
rumpuser__object_iscode(const struct rumpuser__object *o, uintptr_t addr)
{

	return addr >= o->codelo && addr < o->codehi;
}

int
rumpuser__object_find(const struct rumpuser__object *o, uintptr_t addr,
    struct rumpuser_symbol *sym)
{
	uint64_t value;

	if (!rumpuser__elf_find(&o->elf, addr - o->base, sym->sym_name,
	    sizeof(sym->sym_name), &value, &sym->sym_size))
		return 0;
	sym->sym_offset = addr - o->base - value;
	return 1;
}
