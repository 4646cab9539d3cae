/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client interface of a rump kernel in this process: boot, entry, and
 * the registration of host files.  rump(3).  Functions that return int give
 * 0 or a native error number (RUMP_E*) unless they say otherwise, and may be
 * called from any host thread.
 */
#ifndef _RUMP_RUMP_H_
#define	_RUMP_RUMP_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#include <rump/rumpdefs.h>

struct kauth_cred;
struct lwp;
struct modinfo;
struct mount;
struct uio;
struct vnode;
struct vattr;

/* Size of an etfs window that ends where the host file ends. */
#define	RUMP_ETFS_SIZE_ENDOFF	((uint64_t)-1)

/* What a host file is registered as. */
enum rump_etfs_type {
	RUMP_ETFS_REG,			/* a regular file */
	RUMP_ETFS_BLK,			/* a block device */
	RUMP_ETFS_CHR,			/* a character device */
	RUMP_ETFS_DIR,			/* a directory */
	RUMP_ETFS_DIR_SUBDIRS		/* a directory and all below it */
};

/* rump_boot_etfs_register(): a registration done while booting. */
struct rump_boot_etfs {
	/* the caller's */
	const char		*eb_key;
	const char		*eb_hostpath;
	enum rump_etfs_type	eb_type;
	uint64_t		eb_begin;	/* of the window, in bytes */
	uint64_t		eb_size;
	/* the kernel's */
	struct rump_boot_etfs	*_eb_next;
	int			eb_status;	/* -1, then 0 or the error */
};

/* What a signal sent inside the rump kernel does to the host process. */
enum rump_sigmodel {
	RUMP_SIGMODEL_PANIC,
	RUMP_SIGMODEL_IGNORE,
	RUMP_SIGMODEL__HOST_NOTANYMORE,
	RUMP_SIGMODEL_RAISE,
	RUMP_SIGMODEL_RECORD
};

enum rump_uiorw { RUMPUIO_READ, RUMPUIO_WRITE };

/* rump_pub_makecn(): the component name's credentials go with it. */
#define	RUMPCN_FREECRED		0x02

/* Descriptors of a process made by rump_pub_lwproc_rfork(). */
#define	RUMP_RFFD_SHARE		0x00
#define	RUMP_RFFD_COPY		0x01
#define	RUMP_RFFD_CLEAR		0x02
#define	RUMP_RFFDG		RUMP_RFFD_COPY
#define	RUMP_RFCFDG		RUMP_RFFD_CLEAR

#define	RUMP_DAEMONIZE_SUCCESS	0

#ifdef __cplusplus
extern "C" {
#endif

/* Before rump_init(): boot flags (RUMP_RB_*, RUMP_AB_*) and behaviour. */
int	rump_boot_gethowto(void);
void	rump_boot_sethowto(int);
void	rump_boot_setsigmodel(enum rump_sigmodel);
void	rump_boot_etfs_register(struct rump_boot_etfs *);

/*
 * rump_init: boot the kernel; the calling thread is then in process 1.
 * Further calls return 0 and do nothing.
 */
int	rump_init(void);

/*
 * rump_schedule, rump_unschedule: enter and leave the kernel by hand, for a
 * caller of kernel functions that are not rump_sys_* or rump_pub_*.
 */
void	rump_schedule(void);
void	rump_unschedule(void);

/* rump_daemonize_begin, _done: become a daemon; done takes the status. */
int	rump_daemonize_begin(void);
int	rump_daemonize_done(int);

int	rump_getversion(void);
int	rump_pub_getversion(void);
/* rump_nativeabi_p: the host's structures are the native ABI's. */
int	rump_nativeabi_p(void);
void	rump_printevcnts(void);

#ifdef __cplusplus
}
#endif

#ifndef _KERNEL
#include <rump/rumpkern_if_pub.h>
#include <rump/rumpvfs_if_pub.h>
#include <rump/rumpnet_if_pub.h>
#endif

#ifndef _KERNEL
#include <rump/rump_syscallshotgun.h>
#endif

#endif /* _RUMP_RUMP_H_ */
