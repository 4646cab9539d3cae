/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iov.c - vectors of memory pieces: parts, copies, flipped bits.
 * Locking: none, everything is the caller's.
 */
#include "fault/fault.h"

#include <string.h>

size_t
rumpuser__iov_len(const struct rumpuser_iovec *iov, size_t niov)
{
	size_t i, len = 0;

	for (i = 0; i < niov; i++)
		len += iov[i].iov_len;
	return len;
}

size_t
rumpuser__iov_slice(const struct rumpuser_iovec *iov, size_t niov,
    size_t skip, size_t len, struct rumpuser_iovec *out)
{
	size_t i, n = 0, have;

	for (i = 0; i < niov && len > 0 && n < MAXIOV; i++) {
		if (skip >= iov[i].iov_len) {
			skip -= iov[i].iov_len;
			continue;
		}
		have = iov[i].iov_len - skip;
		if (have > len)
			have = len;
		out[n].iov_base = (char *)iov[i].iov_base + skip;
		out[n++].iov_len = have;
		len -= have;
		skip = 0;
	}
	return n;
}

void
rumpuser__iov_copyout(const struct rumpuser_iovec *iov, size_t niov, void *buf)
{
	char *p = buf;
	size_t i;

	for (i = 0; i < niov; i++) {
		if (iov[i].iov_len == 0)
			continue;
		memcpy(p, iov[i].iov_base, iov[i].iov_len);
		p += iov[i].iov_len;
	}
}

void
rumpuser__iov_corrupt(const struct rumpuser_iovec *iov, size_t niov,
    size_t len, uint64_t n, uint64_t *random)
{
	struct rumpuser_iovec at[MAXIOV];
	uint64_t r;

	while (len > 0 && n-- > 0) {
		r = rumpuser__random_next(random);
		if (rumpuser__iov_slice(iov, niov, (size_t)((r >> 8) % len), 1,
		    at) == 1)
			*(uint8_t *)at[0].iov_base ^=
			    (uint8_t)((r & 0xff) % 255 + 1);
	}
}
