/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elfsym.h - symbols of an ELF file in memory.  The file may be anything:
 * each offset is checked before it is used.  Any context.
 */
#ifndef _RUMPUSER_DIAG_ELFSYM_H_
#define _RUMPUSER_DIAG_ELFSYM_H_

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

/** What elfsym_open() found; points into the file. */
struct rumpuser__elf {
	const unsigned char *file;
	size_t size;
	const unsigned char *syms;	/* not necessarily aligned */
	size_t nsyms;
	const char *strs;
	size_t strsize;
};

/** Look the tables of a file up.  0, or EINVAL: it is nothing for us. */
int rumpuser__elf_open(struct rumpuser__elf *e, const void *file, size_t size);
/** Are the file's program headers the @n ones at @ph? */
int rumpuser__elf_same(const struct rumpuser__elf *e, const ElfW(Phdr) *ph,
    size_t n);
/**
 * The symbol that @addr lies in: its name, cut off to @len bytes with the
 * NUL, value and size.  0: there is none.
 */
int rumpuser__elf_find(const struct rumpuser__elf *e, uint64_t addr,
    char *name, size_t len, uint64_t *valuep, uint64_t *sizep);

#endif /* _RUMPUSER_DIAG_ELFSYM_H_ */
