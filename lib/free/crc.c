/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cyclic redundancy checks by slices of eight tables (Kounavis and Berry,
 * 2005), and CRC-32C by the processor's own instruction where it has one. The
 * tables are made at the first use; that two threads may make them at once does
 * not matter, since they write the same values before the flag.
 */
#include <rump-free/crc.h>

typedef uint64_t crc_u64 __attribute__((__may_alias__, __aligned__(1)));

struct crc_table {
	uint32_t	poly;
	int		ready;
	uint32_t	slice[8][256];
};

static struct crc_table castagnoli = { 0x82f63b78U, 0, { { 0 } } };
static struct crc_table iso3309 = { 0xedb88320U, 0, { { 0 } } };

static void
table_make(struct crc_table *t)
{
	uint32_t v;
	int i, j;

	for (i = 0; i < 256; i++) {
		v = (uint32_t)i;
		for (j = 0; j < 8; j++)
			v = v >> 1 ^ (t->poly & -(v & 1));
		t->slice[0][i] = v;
	}
	for (i = 0; i < 256; i++) {
		for (j = 1; j < 8; j++) {
			v = t->slice[j - 1][i];
			t->slice[j][i] = v >> 8 ^ t->slice[0][v & 0xff];
		}
	}
	__atomic_store_n(&t->ready, 1, __ATOMIC_RELEASE);
}

static uint32_t
crc_slices(struct crc_table *t, uint32_t crc, const uint8_t *p, size_t len)
{
	uint32_t lo, hi;

	if (!__atomic_load_n(&t->ready, __ATOMIC_ACQUIRE))
		table_make(t);
	for (; len >= 8; p += 8, len -= 8) {
		lo = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
		hi = (uint32_t)p[4] | (uint32_t)p[5] << 8 |
		    (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24;
		crc = t->slice[7][lo & 0xff] ^ t->slice[6][lo >> 8 & 0xff] ^
		    t->slice[5][lo >> 16 & 0xff] ^ t->slice[4][lo >> 24] ^
		    t->slice[3][hi & 0xff] ^ t->slice[2][hi >> 8 & 0xff] ^
		    t->slice[1][hi >> 16 & 0xff] ^ t->slice[0][hi >> 24];
	}
	for (; len != 0; len--)
		crc = crc >> 8 ^ t->slice[0][(crc ^ *p++) & 0xff];
	return crc;
}

uint32_t
rump_crc32c_generic(uint32_t crc, const void *buf, size_t len)
{

	return crc_slices(&castagnoli, crc, buf, len);
}

#if defined(__x86_64__)
/*
 * The instruction has a latency of three cycles and a throughput of one; the
 * short runs that metadata has are not worth three streams.
 */
__attribute__((__target__("sse4.2")))
static uint32_t
crc32c_instr(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t c = crc;

	for (; len >= 8; p += 8, len -= 8)
		c = __builtin_ia32_crc32di(c, *(const crc_u64 *)p);
	for (; len != 0; len--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}

/* CPUID leaf 1, ecx bit 20: SSE 4.2. */
static int
have_crc32c(void)
{
	static int have = -1;
	uint32_t a = 1, b, c = 0, d;
	int h = __atomic_load_n(&have, __ATOMIC_RELAXED);

	if (h < 0) {
		__asm __volatile("cpuid" : "+a" (a), "=b" (b), "+c" (c),
		    "=d" (d));
		h = (c >> 20) & 1;
		__atomic_store_n(&have, h, __ATOMIC_RELAXED);
	}
	return h;
}

uint32_t
rump_crc32c(uint32_t crc, const void *buf, size_t len)
{

	if (__builtin_expect(have_crc32c(), 1))
		return crc32c_instr(crc, buf, len);
	return rump_crc32c_generic(crc, buf, len);
}
#else
uint32_t
rump_crc32c(uint32_t crc, const void *buf, size_t len)
{

	return rump_crc32c_generic(crc, buf, len);
}
#endif

uint32_t
rump_crc32(uint32_t crc, const void *buf, size_t len)
{

	return ~crc_slices(&iso3309, ~crc, buf, len);
}

uint16_t
rump_crc16(uint16_t crc, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint32_t v = crc;
	int i;

	for (; len != 0; len--) {
		v ^= *p++;
		for (i = 0; i < 8; i++)
			v = v >> 1 ^ (0xa001U & -(v & 1));
	}
	return (uint16_t)v;
}
