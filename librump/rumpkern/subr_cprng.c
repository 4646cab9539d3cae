/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cprng(9) on the host's generator. cprng_fast is a stream cipher
 * (ChaCha with 8 rounds, Bernstein 2008) keyed from the host and rekeyed by
 * its own output; its state belongs to the CPU. What drivers' sources give is
 * mixed into what the host gives by exclusive or with the cipher's output, so
 * that it can only add; see subr_rnd.c.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cprng.h>
#include <sys/cpu.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/kmem.h>
#include <sys/poll.h>

#include <rump/rumpuser.h>
#include <rump-priv/kern.h>

#include "rnd_impl.h"

struct cprng_strong {
	char	cs_name[16];
	int	cs_flags;
};

static struct cprng_strong kern_cprng_store = { "kernel", 0 };
cprng_strong_t *kern_cprng = &kern_cprng_store;

/*
 * The stream.
 */

#define STREAM_WORDS	16
#define KEY_WORDS	8

struct stream {
	uint32_t	st_key[KEY_WORDS];
	uint32_t	st_buf[STREAM_WORDS];
	unsigned int	st_left;	/* words of st_buf not used yet */
	unsigned int	st_blocks;	/* since the host gave a key */
} __aligned(COHERENCY_UNIT);

#define REKEY_BLOCKS	65536		/* 2 MiB of output */

#ifdef RUMP_UP
static struct stream streams[1];
#define cur_stream()	(&streams[0])
#else
static struct stream streams[MAXCPUS_RUMP];
#define cur_stream()	(&streams[cpu_index(curcpu()) % MAXCPUS_RUMP])
#endif

static inline uint32_t
rotl(uint32_t v, int n)
{

	return v << n | v >> (32 - n);
}

static inline void
quarter(uint32_t *x, int a, int b, int c, int d)
{

	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

static void
chacha_block(uint32_t out[STREAM_WORDS], const uint32_t key[KEY_WORDS])
{
	uint32_t in[STREAM_WORDS] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
	};
	int i;

	memcpy(in + 4, key, KEY_WORDS * sizeof(*key));
	memcpy(out, in, sizeof(in));
	for (i = 0; i < 8; i += 2) {
		quarter(out, 0, 4, 8, 12);
		quarter(out, 1, 5, 9, 13);
		quarter(out, 2, 6, 10, 14);
		quarter(out, 3, 7, 11, 15);
		quarter(out, 0, 5, 10, 15);
		quarter(out, 1, 6, 11, 12);
		quarter(out, 2, 7, 8, 13);
		quarter(out, 3, 4, 9, 14);
	}
	for (i = 0; i < STREAM_WORDS; i++)
		out[i] += in[i];
}

static void
host_random(void *buf, size_t len)
{
	size_t got, n = 0;

	while (n < len) {
		if (rumpuser_getrandom((char *)buf + n, len - n, 0, &got) != 0)
			panic("the host has no random numbers");
		n += got;
	}
}

/* The first half of a block is the next key, the second half the output. */
static void
stream_refill(struct stream *st)
{
	uint32_t key[KEY_WORDS];
	unsigned int i;

	if (st->st_blocks == 0) {
		/* May give the virtual CPU up: the state is changed after. */
		host_random(key, sizeof(key));
		st = cur_stream();
		for (i = 0; i < KEY_WORDS; i++)
			st->st_key[i] ^= key[i] ^ (uint32_t)(
			    rump_rnd_stirred(i / 2) >> (i % 2 * 32));
	}
	st->st_blocks = (st->st_blocks + 1) % REKEY_BLOCKS;
	chacha_block(st->st_buf, st->st_key);
	memcpy(st->st_key, st->st_buf, sizeof(st->st_key));
	st->st_left = STREAM_WORDS - KEY_WORDS;
}

uint32_t
cprng_fast32(void)
{
	struct stream *st = cur_stream();
	uint32_t v;

	if (__predict_false(st->st_left == 0)) {
		stream_refill(st);
		st = cur_stream();
	}
	v = st->st_buf[STREAM_WORDS - st->st_left];
	st->st_buf[STREAM_WORDS - st->st_left] = 0;
	st->st_left--;
	return v;
}

uint64_t
cprng_fast64(void)
{
	uint64_t hi = cprng_fast32();

	return hi << 32 | cprng_fast32();
}

size_t
cprng_fast(void *buf, size_t len)
{
	char *p = buf;
	uint32_t v;
	size_t n, left;

	for (left = len; left != 0; left -= n, p += n) {
		v = cprng_fast32();
		n = MIN(left, sizeof(v));
		memcpy(p, &v, n);
	}
	return len;
}

/*
 * The strong generator.
 */

cprng_strong_t *
cprng_strong_create(const char *name, int ipl, int flags)
{
	cprng_strong_t *cprng;

	cprng = kmem_zalloc(sizeof(*cprng), KM_SLEEP);
	strlcpy(cprng->cs_name, name, sizeof(cprng->cs_name));
	cprng->cs_flags = flags;
	return cprng;
}

void
cprng_strong_destroy(cprng_strong_t *cprng)
{

	KASSERT(cprng != kern_cprng);
	kmem_free(cprng, sizeof(*cprng));
}

size_t
cprng_strong(cprng_strong_t *cprng, void *buf, size_t len, int flags)
{
	uint64_t mix;
	size_t i;

	len = MIN(len, CPRNG_MAX_LEN);
	host_random(buf, len);
	/* What the sources gave comes in through the cipher. */
	if (rump_rnd_given()) {
		for (i = 0; i + sizeof(mix) <= len; i += sizeof(mix)) {
			mix = cprng_fast64() ^ le64dec((char *)buf + i);
			le64enc((char *)buf + i, mix);
		}
	}
	return len;
}

int
cprng_strong_poll(cprng_strong_t *cprng, int events)
{

	return events & (POLLIN | POLLRDNORM);
}

static void
strong_kqdetach(struct knote *kn)
{
}

static int
strong_kqread(struct knote *kn, long hint)
{

	kn->kn_data = CPRNG_MAX_LEN;
	return 1;
}

static const struct filterops strong_filtops = {
	.f_isfd = 1,
	.f_detach = strong_kqdetach,
	.f_event = strong_kqread,
};

int
cprng_strong_kqfilter(cprng_strong_t *cprng, struct knote *kn)
{

	if (kn->kn_filter != EVFILT_READ)
		return EINVAL;
	kn->kn_fop = &strong_filtops;
	kn->kn_hook = cprng;
	return 0;
}
