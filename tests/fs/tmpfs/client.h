/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.h - what the tmpfs tests share: a booted kernel with a tmpfs, native
 * structures, checks of results with their errno.
 */
#ifndef TESTS_TMPFS_CLIENT_H_
#define TESTS_TMPFS_CLIENT_H_

#include <sys/types.h>

#include <check.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <rump/rump.h>
#include <rump/rump_native.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>

#define MNT		"/t"

/* Native directory entry. */
struct nb_dirent {
	uint64_t	d_fileno;
	uint16_t	d_reclen;
	uint16_t	d_namlen;
	uint8_t		d_type;
	char		d_name[512];
};

#define NB_FIOSEEKDATA	0xc0086661UL
#define NB_FIOSEEKHOLE	0xc0086662UL
#define NB_EXTATTR_USER	1
#define NB_MNT_UPDATE	0x10000
#define NB_MNT_FORCE	0x80000
#define NB_MNT_GETARGS	0x400000

/* Boot, and mount a tmpfs with these limits (0: none) on MNT. */
void	boot(void);
int	mount_tmpfs(uint64_t size, uint64_t nodes);

int	st(const char *, struct rump_stat *);
int	lst(const char *, struct rump_stat *);
int	vfsstat(struct rump_statvfs *);
/* The blocks in use. */
uint64_t used(void);

#define OK(expr) do {							\
	errno = 0;							\
	if ((intptr_t)(expr) == -1)					\
		ck_abort_msg("%s: errno %d", #expr, errno);		\
} while (0)

#define FAILS(expr, err) do {						\
	errno = 0;							\
	if ((intptr_t)(expr) != -1)					\
		ck_abort_msg("%s: did not fail", #expr);		\
	if (errno != (err))						\
		ck_abort_msg("%s: errno %d, not %d", #expr, errno, (err)); \
} while (0)

/* Make a file of this content (NULL: empty). */
void	put(const char *, const char *);
/* Does it have this content? */
void	expect(const char *, const char *);

#endif
