/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by the kernel halves of the tests of block and page I/O.  The image
 * behind the key /tst has 512-byte sectors, which begin with their number and
 * are 0xee for the rest.
 *
 * All tests' kernel halves are one library, some of whose programs have no
 * rumpvfs: what is named in data is therefore weak.
 */
#ifndef TESTS_KERN_BIO_H
#define TESTS_KERN_BIO_H

#include <sys/types.h>
#include <sys/buf.h>
#include <sys/namei.h>
#include <sys/vnode.h>

#define	TST_KEY		"/tst"
#define	TST_SECTORS	(32 * 1024)	/* 16 MiB */
#define	TST_FILL	0xee

#define	WANT(cond)							\
do {									\
	if (!(cond))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

extern kmutex_t bufcache_lock __attribute__((__weak__));
extern const namei_simple_flags_t NSM_FOLLOW_NOEMULROOT
    __attribute__((__weak__));

/* The device's vnode, open for writing, unlocked; and its end. */
int	tst_device(struct vnode **);
void	tst_release(struct vnode *);
/* Whether a sector in memory is the given one. */
bool	tst_issector(const void *, uint64_t);

#endif
