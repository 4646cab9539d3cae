/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What MD4, MD5 and RIPEMD-160 share: blocks of 64 bytes, the padding, and the
 * order of bytes.
 */
#ifndef _LIBKERN_MDBLOCK_H_
#define _LIBKERN_MDBLOCK_H_

#include <sys/param.h>
#include <sys/systm.h>

typedef void (*md_block_fn)(uint32_t *, const unsigned char *);

/* Digest what is whole of the buffer and the data, keep the rest. */
static inline void
md_update(uint32_t *state, uint64_t *count, unsigned char buffer[64],
    const unsigned char *data, size_t len, md_block_fn block)
{
	size_t used = (size_t)(*count % 64), n;

	*count += len;
	if (used != 0) {
		n = MIN(len, 64 - used);
		memcpy(buffer + used, data, n);
		data += n;
		len -= n;
		if (used + n < 64)
			return;
		block(state, buffer);
	}
	for (; len >= 64; data += 64, len -= 64)
		block(state, data);
	memcpy(buffer, data, len);
}

/* Pad to the end and write so many words of the state. */
static inline void
md_final(unsigned char *digest, int words, uint32_t *state, uint64_t *count,
    unsigned char buffer[64], md_block_fn block)
{
	static const unsigned char pad[64] = { 0x80 };
	unsigned char len[8];
	int i;

	le64enc(len, *count * 8);
	md_update(state, count, buffer, pad,
	    1 + (size_t)((119 - *count % 64) % 64), block);
	md_update(state, count, buffer, len, 8, block);
	for (i = 0; i < words; i++)
		le32enc(digest + i * 4, state[i]);
}

#endif /* _LIBKERN_MDBLOCK_H_ */
