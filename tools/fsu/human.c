/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers and modes in the forms that ls, df and du print.  Stateless.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fsu.h"

/* As `ls -h': two or three digits, rounded up, powers of 1024. */
char *
human_size(uint64_t n, char *buf, size_t len)
{
	static const char units[] = "KMGTPE";
	uint64_t unit, tenths, whole;
	unsigned u = 0;

	if (n < 1024) {
		snprintf(buf, len, "%" PRIu64, n);
		return buf;
	}
	while (u < 5 && n >> (10 * (u + 2)) != 0)
		u++;
	unit = (uint64_t)1 << (10 * (u + 1));
	whole = n / unit;
	/* n % unit is below 2^60, so ten times that fits. */
	tenths = (n % unit * 10 + unit - 1) / unit;
	if (whole >= 10 || (whole == 9 && tenths == 10)) {
		whole += tenths != 0;
		if (whole == 1024 && u < 5)
			snprintf(buf, len, "1.0%c", units[u + 1]);
		else
			snprintf(buf, len, "%" PRIu64 "%c", whole, units[u]);
		return buf;
	}
	whole += tenths / 10;
	snprintf(buf, len, "%" PRIu64 ".%" PRIu64 "%c", whole, tenths % 10,
	    units[u]);
	return buf;
}

char *
human_blocks(uint64_t bytes, uint64_t unit, bool human, char *buf, size_t len)
{

	if (human)
		return human_size(bytes, buf, len);
	snprintf(buf, len, "%" PRIu64, bytes / unit + (bytes % unit != 0));
	return buf;
}

static char
type_letter(uint32_t mode)
{

	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFREG:
		return '-';
	default:
		return '?';
	}
}

static char
exec_letter(bool x, bool special, char with, char without)
{

	if (special)
		return x ? with : without;
	return x ? 'x' : '-';
}

char *
mode_string(uint32_t mode, char buf[12])
{
	static const char rwx[] = "rwxrwxrwx";
	int i;

	buf[0] = type_letter(mode);
	for (i = 0; i < 9; i++)
		buf[i + 1] = (mode >> (8 - i) & 1) != 0 ? rwx[i] : '-';
	buf[3] = exec_letter(mode & 0100, mode & 04000, 's', 'S');
	buf[6] = exec_letter(mode & 0010, mode & 02000, 's', 'S');
	buf[9] = exec_letter(mode & 0001, mode & 01000, 't', 'T');
	buf[10] = '\0';
	return buf;
}

const char *
mode_typename(uint32_t mode, uint64_t size)
{

	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symbolic link";
	case S_IFCHR:
		return "character special file";
	case S_IFBLK:
		return "block special file";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFREG:
		return size == 0 ? "regular empty file" : "regular file";
	default:
		return "weird file";
	}
}
