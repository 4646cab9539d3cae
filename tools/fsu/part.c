/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables of a disk image.  The GPT follows the UEFI specification
 * (both header copies, both checksums), the MBR common practice with its
 * chain of extended boot records.  Hostile tables are the normal case: all
 * counts are bounded, all ranges checked against the image.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "part.h"

#define	GPT_TABLE_MAX	(1024 * 1024)	/* bytes of entries we accept */
#define	EBR_MAX		128		/* logical partitions we follow */
#define	MBR_ENTRIES	446

static uint32_t
le32(const uint8_t *p)
{

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static uint64_t
le64(const uint8_t *p)
{

	return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* CRC-32 as GPT uses it (reflected 0x04c11db7); bit by bit is enough. */
uint32_t
part_crc32(uint32_t crc, const void *data, size_t n)
{
	const uint8_t *p = data;
	int k;

	crc = ~crc;
	while (n-- != 0) {
		crc ^= *p++;
		for (k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

/* Read n bytes at off; 0, or -1 with errno (EINVAL past the end). */
static int
readat(int fd, void *buf, size_t n, uint64_t off)
{
	char *p = buf;
	ssize_t k;

	while (n != 0) {
		if (off > INT64_MAX - n) {
			errno = EINVAL;
			return -1;
		}
		k = pread(fd, p, n, (off_t)off);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0) {
			errno = EINVAL;
			return -1;
		}
		p += k;
		n -= (size_t)k;
		off += (uint64_t)k;
	}
	return 0;
}

/* Note a partition of count sectors; those outside the image are dropped. */
static struct part *
add(struct parttab *t, unsigned num, uint64_t start, uint64_t count,
    uint64_t ss, uint64_t imgsize)
{
	struct part *p;

	if (count == 0 || t->n == PART_MAX || start >= imgsize / ss)
		return NULL;
	p = &t->p[t->n++];
	memset(p, 0, sizeof(*p));
	p->num = num;
	p->off = start * ss;
	p->size = imgsize - p->off;
	if (count < p->size / ss)
		p->size = count * ss;
	return p;
}

/* One UTF-16 unit sequence at *u (of at most n units) to UTF-8. */
static size_t
utf8(const uint8_t *u, size_t n, char *out, size_t *used)
{
	uint32_t c, d;

	*used = 1;
	c = (uint32_t)u[0] | (uint32_t)u[1] << 8;
	if (c >= 0xd800 && c < 0xe000) {
		d = n > 1 ? (uint32_t)u[2] | (uint32_t)u[3] << 8 : 0;
		if (c < 0xdc00 && d >= 0xdc00 && d < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
			*used = 2;
		} else {
			c = '?';
		}
	}
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void
gpt_label(const uint8_t *u, char *out)
{
	size_t i = 0, o = 0, used;

	while (i < 36 && (u[2 * i] | u[2 * i + 1]) != 0 && o < PART_LABEL - 5) {
		o += utf8(u + 2 * i, 36 - i, out + o, &used);
		i += used;
	}
	out[o] = '\0';
}

static bool
allzero(const uint8_t *p, size_t n)
{

	while (n-- != 0)
		if (*p++ != 0)
			return false;
	return true;
}

static void
gpt_entries(struct parttab *t, const uint8_t *tab, uint32_t count,
    uint32_t esize, uint64_t ss, uint64_t imgsize)
{
	const uint8_t *e = tab;
	uint64_t first, last;
	struct part *p;
	uint32_t i;

	for (i = 0; i < count; i++, e += esize) {
		first = le64(e + 32);
		last = le64(e + 40);
		if (allzero(e, 16) || last < first || last == UINT64_MAX)
			continue;
		p = add(t, i + 1, first, last - first + 1, ss, imgsize);
		if (p == NULL)
			continue;
		p->type = 0xee;
		gpt_label(e + 56, p->label);
	}
}

/*
 * The GPT header at sector lba; ss is the sector size.  1 when it and its
 * entries are sound, 0 when not, -1 on a read error.
 */
static int
gpt_header(int fd, uint64_t imgsize, uint64_t ss, uint64_t lba,
    struct parttab *t)
{
	uint32_t hsize, count, esize, crc;
	uint64_t tablba;
	uint8_t h[4096], *tab;
	size_t len;
	int r = 0;

	if (lba >= imgsize / ss)
		return 0;
	if (readat(fd, h, ss, lba * ss) != 0)
		return errno == EINVAL ? 0 : -1;
	hsize = le32(h + 12);
	if (memcmp(h, "EFI PART", 8) != 0 || hsize < 92 || hsize > ss)
		return 0;
	crc = le32(h + 16);
	memset(h + 16, 0, 4);
	if (part_crc32(0, h, hsize) != crc || le64(h + 24) != lba)
		return 0;
	tablba = le64(h + 72);
	count = le32(h + 80);
	esize = le32(h + 84);
	if (esize < 128 || esize > 4096 || esize % 8 != 0 || count == 0 ||
	    count > GPT_TABLE_MAX / esize || tablba >= imgsize / ss)
		return 0;
	len = (size_t)count * esize;
	if ((tab = malloc(len)) == NULL)
		return -1;
	if (readat(fd, tab, len, tablba * ss) != 0) {
		r = errno == EINVAL ? 0 : -1;
	} else if (part_crc32(0, tab, len) == le32(h + 88)) {
		t->kind = "GPT";
		gpt_entries(t, tab, count, esize, ss, imgsize);
		r = 1;
	}
	free(tab);
	return r;
}

/* Try both copies of the GPT for the usual sector sizes. */
static int
gpt_read(int fd, uint64_t imgsize, struct parttab *t)
{
	static const uint64_t sizes[] = { 512, 4096, 1024, 2048 };
	size_t i;
	int r;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if ((r = gpt_header(fd, imgsize, sizes[i], 1, t)) != 0)
			return r;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (imgsize / sizes[i] < 3)
			continue;
		r = gpt_header(fd, imgsize, sizes[i],
		    imgsize / sizes[i] - 1, t);
		if (r == 1)
			t->note = "the primary GPT is damaged; "
			    "its backup was used";
		if (r != 0)
			return r;
	}
	return 0;
}

static bool
is_extended(uint8_t type)
{

	return type == 0x05 || type == 0x0f || type == 0x85;
}

/*
 * Follow the chain of extended boot records.  Each must lie inside the
 * extended partition, and no more than EBR_MAX are read, so that a loop in
 * the chain ends.
 */
static int
ebr_read(int fd, uint64_t imgsize, uint64_t base, uint64_t count,
    struct parttab *t)
{
	uint64_t rel = 0, next;
	unsigned num = 5, i;
	struct part *p;
	uint8_t s[512];
	const uint8_t *e;

	for (i = 0; i < EBR_MAX; i++) {
		if (rel >= count || base + rel >= imgsize / 512)
			return 0;
		if (readat(fd, s, sizeof(s), (base + rel) * 512) != 0)
			return errno == EINVAL ? 0 : -1;
		if (s[510] != 0x55 || s[511] != 0xaa)
			return 0;
		e = s + MBR_ENTRIES;
		if (e[4] != 0 && !is_extended(e[4])) {
			p = add(t, num, base + rel + le32(e + 8),
			    le32(e + 12), 512, imgsize);
			if (p != NULL)
				p->type = e[4];
			num++;
		}
		e += 16;
		next = le32(e + 8);
		if (!is_extended(e[4]) || next == 0 || next == rel)
			return 0;
		rel = next;
	}
	t->note = "the chain of logical partitions is too long or a loop";
	return 0;
}

/* Does the sector look like a partition table at all? */
static bool
mbr_sane(const uint8_t *s)
{
	const uint8_t *e = s + MBR_ENTRIES;
	bool any = false;
	int i;

	if (s[510] != 0x55 || s[511] != 0xaa)
		return false;
	for (i = 0; i < 4; i++, e += 16) {
		if ((e[0] & 0x7f) != 0)
			return false;
		if (e[4] != 0 && le32(e + 12) != 0 && le32(e + 8) != 0)
			any = true;
	}
	return any;
}

int
part_read(int fd, uint64_t imgsize, struct parttab *t)
{
	uint8_t s[512];
	const uint8_t *e;
	struct part *p;
	bool protective = false;
	unsigned i;
	int r;

	memset(t, 0, sizeof(*t));
	if (imgsize < 1024)
		return 0;
	if (readat(fd, s, sizeof(s), 0) != 0)
		return -1;
	if ((r = gpt_read(fd, imgsize, t)) != 0)
		return r;
	if (!mbr_sane(s))
		return 0;
	t->kind = "MBR";
	for (i = 0, e = s + MBR_ENTRIES; i < 4; i++, e += 16) {
		if (e[4] == 0xee)
			protective = true;
		if (e[4] == 0 || is_extended(e[4]))
			continue;
		p = add(t, i + 1, le32(e + 8), le32(e + 12), 512, imgsize);
		if (p != NULL)
			p->type = e[4];
	}
	for (i = 0, e = s + MBR_ENTRIES; i < 4; i++, e += 16)
		if (is_extended(e[4])) {
			if (ebr_read(fd, imgsize, le32(e + 8), le32(e + 12),
			    t) != 0)
				return -1;
			break;
		}
	if (protective) {
		/* A protective MBR, and no GPT that could be trusted. */
		errno = EINVAL;
		return -1;
	}
	return 1;
}
