/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elfsym.c - symbols of an ELF file in memory (see elf(5)); any bytes may
 * come.  Locking: none, nothing is written.
 */
#include "diag/elfsym.h"

#include <rump/rumpuser_port.h>

#include <errno.h>
#include <string.h>

/* Is [off, off + len) inside of the file? */
static int
inside(const struct rumpuser__elf *e, uint64_t off, uint64_t len)
{

	return off <= e->size && len <= e->size - off;
}

/* Section header @i, copied: a hostile file need not be aligned. */
static int
section(const struct rumpuser__elf *e, const ElfW(Ehdr) *eh, size_t i,
    ElfW(Shdr) *sh)
{
	uint64_t off;

	if (i >= eh->e_shnum || eh->e_shentsize < sizeof(*sh))
		return 0;
	off = eh->e_shoff;
	if (!inside(e, off, (uint64_t)eh->e_shnum * eh->e_shentsize))
		return 0;
	memcpy(sh, e->file + off + i * eh->e_shentsize, sizeof(*sh));
	return 1;
}

/* Take the tables of one section, if they are in order. */
static int
take_table(struct rumpuser__elf *e, const ElfW(Ehdr) *eh,
    const ElfW(Shdr) *sym)
{
	ElfW(Shdr) str;

	if (!inside(e, sym->sh_offset, sym->sh_size) ||
	    sym->sh_entsize != sizeof(ElfW(Sym)) ||
	    !section(e, eh, sym->sh_link, &str) ||
	    str.sh_type != SHT_STRTAB ||
	    !inside(e, str.sh_offset, str.sh_size))
		return 0;
	e->syms = e->file + sym->sh_offset;
	e->nsyms = sym->sh_size / sizeof(ElfW(Sym));
	e->strs = (const char *)e->file + str.sh_offset;
	e->strsize = str.sh_size;
	return e->nsyms > 0 && e->strsize > 0;
}

static int
take_type(struct rumpuser__elf *e, const ElfW(Ehdr) *eh, unsigned type)
{
	ElfW(Shdr) sh;
	size_t i;

	for (i = 0; section(e, eh, i, &sh); i++)
		if (sh.sh_type == type && take_table(e, eh, &sh))
			return 1;
	return 0;
}

static int
ours(const ElfW(Ehdr) *eh)
{
	const uint16_t one = 1;
	const int data = *(const unsigned char *)&one ? ELFDATA2LSB :
	    ELFDATA2MSB;

	return memcmp(eh->e_ident, ELFMAG, SELFMAG) == 0 &&
	    eh->e_ident[EI_CLASS] ==
	    (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
	    eh->e_ident[EI_DATA] == data;
}

int
rumpuser__elf_open(struct rumpuser__elf *e, const void *file, size_t size)
{
	ElfW(Ehdr) eh;

	memset(e, 0, sizeof(*e));
	if (size < sizeof(eh))
		return EINVAL;
	memcpy(&eh, file, sizeof(eh));
	if (!ours(&eh))
		return EINVAL;
	e->file = file;
	e->size = size;
	if (!take_type(e, &eh, SHT_SYMTAB) && !take_type(e, &eh, SHT_DYNSYM))
		e->nsyms = 0;
	return 0;
}

int
rumpuser__elf_same(const struct rumpuser__elf *e, const ElfW(Phdr) *ph,
    size_t n)
{
	ElfW(Ehdr) eh;

	memcpy(&eh, e->file, sizeof(eh));
	return eh.e_phnum == n && eh.e_phentsize == sizeof(*ph) &&
	    inside(e, eh.e_phoff, n * sizeof(*ph)) &&
	    memcmp(e->file + eh.e_phoff, ph, n * sizeof(*ph)) == 0;
}

/* Is @addr in the section that a symbol without a size (assembly) is in? */
static int
same_section(const struct rumpuser__elf *e, const ElfW(Sym) *s, uint64_t addr)
{
	ElfW(Ehdr) eh;
	ElfW(Shdr) sh;

	memcpy(&eh, e->file, sizeof(eh));
	return section(e, &eh, s->st_shndx, &sh) && addr >= sh.sh_addr &&
	    addr - sh.sh_addr < sh.sh_size;
}

/* Does @addr lie in this symbol, or behind one that has no size? */
static int
candidate(const struct rumpuser__elf *e, const ElfW(Sym) *s, uint64_t addr)
{
	const int type = s->st_info & 0xf;

	if (s->st_shndx == SHN_UNDEF || s->st_value > addr ||
	    (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE &&
	    type != STT_GNU_IFUNC) || s->st_name >= e->strsize ||
	    e->strs[s->st_name] == '\0')
		return 0;
	if (s->st_size == 0)
		return type != STT_OBJECT && same_section(e, s, addr);
	return addr - s->st_value < s->st_size;
}

/* Is @s to be preferred to @best, both being candidates? */
static int
better(const ElfW(Sym) *s, const ElfW(Sym) *best)
{

	if ((s->st_size != 0) != (best->st_size != 0))
		return s->st_size != 0;
	if (s->st_value != best->st_value)
		return s->st_value > best->st_value;
	return (s->st_info >> 4) == STB_GLOBAL &&
	    (best->st_info >> 4) != STB_GLOBAL;
}

int
rumpuser__elf_find(const struct rumpuser__elf *e, uint64_t addr, char *name,
    size_t len, uint64_t *valuep, uint64_t *sizep)
{
	ElfW(Sym) s, best = { .st_name = 0 };
	int found = 0;
	size_t i, n;

	for (i = 0; i < e->nsyms; i++) {
		memcpy(&s, e->syms + i * sizeof(s), sizeof(s));
		if (!candidate(e, &s, addr) || (found && !better(&s, &best)))
			continue;
		best = s;
		found = 1;
	}
	if (!found || len == 0)
		return 0;
	n = strnlen(e->strs + best.st_name, e->strsize - best.st_name);
	n = n < len - 1 ? n : len - 1;
	memcpy(name, e->strs + best.st_name, n);
	name[n] = '\0';
	*valuep = best.st_value;
	*sizep = best.st_size;
	return 1;
}
