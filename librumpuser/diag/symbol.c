/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbol.c - names of addresses, and what a machine word looks like.
 * Locking: none; object.c keeps the tables.
 */
#include "diag/dump.h"
#include "diag/elfsym.h"
#include "posix/host.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Kernel symbols carry this; who reads a dump knows them without. */
#define PREFIX		"rumpns_"
#define PREFIXLEN	(sizeof(PREFIX) - 1)

/* How far from the stack pointer a word counts as one of the stack. */
#define STACK_BELOW	4096
#define STACK_ABOVE	(256 << 10)
#define SMALL		65536

static void
strip_prefix(char *name)
{

	if (strncmp(name, PREFIX, PREFIXLEN) == 0)
		memmove(name, name + PREFIXLEN, strlen(name + PREFIXLEN) + 1);
}

static void
copy_name(char *to, const char *from)
{

	strncpy(to, from, RUMPUSER_SYM_NAMELEN - 1);
	to[RUMPUSER_SYM_NAMELEN - 1] = '\0';
}

int
rumpuser__symbol_find(uintptr_t addr, struct rumpuser_symbol *sym)
{
	const struct rumpuser__object *o = rumpuser__object_at(addr);
	const char *path, *slash;

	memset(sym, 0, sizeof(*sym));
	if (o == NULL)
		return ENOENT;
	path = rumpuser__object_path(o);
	slash = strrchr(path, '/');
	copy_name(sym->sym_object, slash != NULL ? slash + 1 : path);
	if (rumpuser__object_find(o, addr, sym))
		strip_prefix(sym->sym_name);
	else
		sym->sym_offset = rumpuser__object_addr(o, addr);
	return 0;
}

/*
 * No table for its object (the vdso, a file that was deleted): what the
 * dynamic linker says, which waits for its lock.
 */
static void
ask_linker(const void *addr, struct rumpuser_symbol *sym)
{
	Dl_info info;

	if (dladdr(addr, &info) == 0 || info.dli_sname == NULL)
		return;
	copy_name(sym->sym_name, info.dli_sname);
	strip_prefix(sym->sym_name);
	sym->sym_offset = (uintptr_t)addr - (uintptr_t)info.dli_saddr;
}

int
rumpuser_symbol_lookup(const void *addr, struct rumpuser_symbol *sym)
{
	int error;

	rumpuser__objects_refresh();
	error = rumpuser__symbol_find((uintptr_t)addr, sym);
	if (error == 0 && sym->sym_name[0] == '\0' && !rumpuser__dump_mine())
		ask_linker(addr, sym);
	return rumpuser__errtrans(error);
}

static int
file_lookup(const void *file, size_t size, uint64_t addr,
    struct rumpuser_symbol *sym)
{
	struct rumpuser__elf e;
	uint64_t value;

	if (rumpuser__elf_open(&e, file, size) != 0)
		return EINVAL;
	if (!rumpuser__elf_find(&e, addr, sym->sym_name, sizeof(sym->sym_name),
	    &value, &sym->sym_size))
		return ENOENT;
	sym->sym_offset = addr - value;
	strip_prefix(sym->sym_name);
	return 0;
}

HOSTCALL int
symbol_file(const char *path, uint64_t addr, struct rumpuser_symbol *sym)
{
	const char *slash = strrchr(path, '/');
	int fd, error = EINVAL;
	struct stat st;
	void *p;

	copy_name(sym->sym_object, slash != NULL ? slash + 1 : path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return errno;
	if (fstat(fd, &st) == -1) {
		error = errno;
	} else if (S_ISREG(st.st_mode) && st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (p == MAP_FAILED) {
			error = errno;
		} else {
			error = file_lookup(p, (size_t)st.st_size, addr, sym);
			munmap(p, (size_t)st.st_size);
		}
	}
	close(fd);
	return error;
}

int
rumpuser_symbol_file(const char *path, uint64_t addr,
    struct rumpuser_symbol *sym)
{
	int serrno = errno, error;

	memset(sym, 0, sizeof(*sym));
	error = symbol_file(path, addr, sym);
	errno = serrno;
	return rumpuser__errtrans(error);
}

void
rumpuser__dump_symbol(struct rumpuser_dump *d, uintptr_t addr)
{
	struct rumpuser_symbol sym;

	if (rumpuser__symbol_find(addr, &sym) != 0)
		rumpuser_dump_printf(d, "?");
	else if (sym.sym_name[0] == '\0')
		rumpuser_dump_printf(d, "%s+0x%lx", sym.sym_object,
		    (unsigned long)sym.sym_offset);
	else
		rumpuser_dump_printf(d, "%s+0x%lx (%s)", sym.sym_name,
		    (unsigned long)sym.sym_offset, sym.sym_object);
}

/* Printable characters, at least four, then NULs: in order of memory. */
static size_t
ascii_len(uintptr_t word, char *text)
{
	size_t i, n;

	memcpy(text, &word, sizeof(word));
	for (n = 0; n < sizeof(word) && text[n] >= ' ' && text[n] <= '~'; n++)
		continue;
	for (i = n; i < sizeof(word); i++)
		if (text[i] != '\0')
			return 0;
	return n >= 4 ? n : 0;
}

static int
word_object(struct rumpuser_dump *d, uintptr_t word)
{
	const struct rumpuser__object *o = rumpuser__object_at(word);

	if (o == NULL)
		return RUMPUSER_WORD_PLAIN;
	rumpuser__dump_symbol(d, word);
	return rumpuser__object_iscode(o, word) ? RUMPUSER_WORD_CODE :
	    RUMPUSER_WORD_DATA;
}

int
rumpuser__word(struct rumpuser_dump *d, uintptr_t word, uintptr_t sp)
{
	char text[sizeof(word)];
	size_t n;
	int what;

	if (word < SMALL || 0 - word < SMALL)
		return RUMPUSER_WORD_SMALL;
	if ((what = word_object(d, word)) != RUMPUSER_WORD_PLAIN)
		return what;
	if (word >= sp && word - sp < STACK_ABOVE) {
		rumpuser_dump_printf(d, "sp+0x%lx", (unsigned long)(word - sp));
		return RUMPUSER_WORD_STACK;
	}
	if (word < sp && sp - word < STACK_BELOW) {
		rumpuser_dump_printf(d, "sp-0x%lx", (unsigned long)(sp - word));
		return RUMPUSER_WORD_STACK;
	}
	if ((n = ascii_len(word, text)) > 0) {
		rumpuser_dump_printf(d, "\"%.*s\"", (int)n, text);
		return RUMPUSER_WORD_ASCII;
	}
	return RUMPUSER_WORD_PLAIN;
}

int
rumpuser_word_classify(uintptr_t word, uintptr_t sp, char *buf, size_t size)
{
	struct rumpuser_dump d;

	rumpuser__objects_refresh();
	rumpuser__out_mem(&d, buf, size);
	return rumpuser__word(&d, word, sp != 0 ? sp :
	    (uintptr_t)__builtin_frame_address(0));
}
