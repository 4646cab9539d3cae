/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of AES, MD4 and RIPEMD-160, by the examples of their
 * documents: int rumptest_NAME(void), 0 or the line of what failed.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/md4.h>
#include <sys/rmd160.h>

#include <crypto/rijndael/rijndael.h>
#include <crypto/rijndael/rijndael-api-fst.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_aes(void);
int	rumptest_md4(void);
int	rumptest_rmd160(void);

/* FIPS 197, appendix C, and SP 800-38A, F.2.1. */
int
rumptest_aes(void)
{
	static const uint8_t expect[3][16] = {
		{ 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
		  0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a },
		{ 0xdd, 0xa9, 0x7c, 0xa4, 0x86, 0x4c, 0xdf, 0xe0,
		  0x6e, 0xaf, 0x70, 0xa0, 0xec, 0x0d, 0x71, 0x91 },
		{ 0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf,
		  0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60, 0x89 },
	};
	static const uint8_t cbc_key[16] = {
		0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
		0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c
	};
	static const uint8_t cbc_plain[32] = {
		0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
		0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
		0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c,
		0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51
	};
	static const uint8_t cbc_cipher[32] = {
		0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
		0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
		0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee,
		0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2
	};
	uint8_t key[32], plain[16], block[32];
	rijndael_ctx ctx;
	cipherInstance ci;
	keyInstance ki;
	int i;

	for (i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	for (i = 0; i < 16; i++)
		plain[i] = (uint8_t)(i * 0x11);
	for (i = 0; i < 3; i++) {
		rijndael_set_key(&ctx, key, 128 + 64 * i);
		rijndael_encrypt(&ctx, plain, block);
		CK(memcmp(block, expect[i], 16) == 0);
		rijndael_decrypt(&ctx, block, block);
		CK(memcmp(block, plain, 16) == 0);
	}
	CK(rijndael_makeKey(&ki, 7, 128, (const char *)cbc_key) ==
	    BAD_KEY_DIR);
	CK(rijndael_makeKey(&ki, DIR_ENCRYPT, 100, (const char *)cbc_key) ==
	    BAD_KEY_MAT);
	CK(rijndael_makeKey(&ki, DIR_ENCRYPT, 128, (const char *)cbc_key) == 1);
	CK(rijndael_cipherInit(&ci, 9, NULL) == BAD_CIPHER_MODE);
	CK(rijndael_cipherInit(&ci, MODE_CBC, (const char *)key) == 1);
	CK(rijndael_blockDecrypt(&ci, &ki, cbc_plain, 256, block) ==
	    BAD_CIPHER_STATE);
	CK(rijndael_blockEncrypt(&ci, &ki, cbc_plain, 256, block) == 256);
	CK(memcmp(block, cbc_cipher, 32) == 0);
	CK(rijndael_makeKey(&ki, DIR_DECRYPT, 128, (const char *)cbc_key) == 1);
	CK(rijndael_blockDecrypt(&ci, &ki, block, 256, block) == 256);
	CK(memcmp(block, cbc_plain, 32) == 0);
	return 0;
}

/* Whether a digest is this text of hexadecimal digits. */
static bool
digest_is(const unsigned char *digest, size_t len, const char *hex)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (hexdigits[digest[i] >> 4] != hex[2 * i] ||
		    hexdigits[digest[i] & 15] != hex[2 * i + 1])
			return false;
	return true;
}

static const char eighty[] = "1234567890123456789012345678901234567890"
    "1234567890123456789012345678901234567890";

/* RFC 1320, A.5; in pieces as well. */
int
rumptest_md4(void)
{
	static const struct {
		const char *text, *hex;
	} known[] = {
		{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
		{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
		{ "message digest", "d9130a8164549fe818874806e1c7014b" },
		{ eighty, "e33b4ddc9c38f2199c3e7b164fcc0536" },
	};
	unsigned char digest[16];
	MD4_CTX ctx;
	size_t i, j;

	for (i = 0; i < __arraycount(known); i++) {
		MD4Init(&ctx);
		for (j = 0; known[i].text[j] != '\0'; j++)
			MD4Update(&ctx, (const unsigned char *)
			    &known[i].text[j], 1);
		MD4Final(digest, &ctx);
		CK(digest_is(digest, 16, known[i].hex));
		MD4Init(&ctx);
		MD4Update(&ctx, (const unsigned char *)known[i].text,
		    (unsigned int)j);
		MD4Final(digest, &ctx);
		CK(digest_is(digest, 16, known[i].hex));
	}
	return 0;
}

/* The test values of the paper of Dobbertin, Bosselaers and Preneel. */
int
rumptest_rmd160(void)
{
	static const struct {
		const char *text, *hex;
	} known[] = {
		{ "", "9c1185a5c5e9fc54612808977ee8f548b2258d31" },
		{ "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc" },
		{ "message digest",
		  "5d0689ef49d2fae572b881b123a85ffa21595f36" },
		{ eighty, "9b752e45573d4b39f4dbd3323cab82bf63326bfb" },
	};
	unsigned char digest[20];
	RMD160_CTX ctx;
	size_t i, j;

	for (i = 0; i < __arraycount(known); i++) {
		RMD160Init(&ctx);
		for (j = 0; known[i].text[j] != '\0'; j++)
			RMD160Update(&ctx, (const unsigned char *)
			    &known[i].text[j], 1);
		RMD160Final(digest, &ctx);
		CK(digest_is(digest, 20, known[i].hex));
	}
	return 0;
}
