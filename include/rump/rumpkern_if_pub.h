/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What librump offers client programs beside system calls.  Each call enters
 * the kernel by itself; int results are 0 or a native error number.
 * rump_lwproc(3), rump_etfs(3).
 */
#ifndef _RUMP_RUMPKERN_IF_PUB_H_
#define	_RUMP_RUMPKERN_IF_PUB_H_

#include <rump/rump.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Modules linked into or loaded by the program.  rump_pub_module_init:
 * n pointers; a module that is already registered is no error.
 */
int	rump_pub_module_init(const struct modinfo * const *, size_t);
int	rump_pub_module_fini(const struct modinfo *);

/*
 * Buffers for calls that take a uio.  rump_pub_uio_free gives what is left
 * of the residue.
 */
struct uio *rump_pub_uio_setup(void *, size_t, int64_t, enum rump_uiorw);
size_t	rump_pub_uio_getresid(struct uio *);
int64_t	rump_pub_uio_getoff(struct uio *);
size_t	rump_pub_uio_free(struct uio *);

/* Credentials: uid, gid and n further groups; put drops the reference. */
struct kauth_cred *rump_pub_cred_create(uint32_t, uint32_t, size_t,
	    uint32_t *);
void	rump_pub_cred_put(struct kauth_cred *);

/*
 * Processes and lwps, rump_lwproc(3): a new process for this thread, a
 * further lwp of process pid (ESRCH), switching between lwps of this
 * thread, the end of the current one.
 */
int	rump_pub_lwproc_rfork(int);
int	rump_pub_lwproc_newlwp(int);
void	rump_pub_lwproc_switch(struct lwp *);
void	rump_pub_lwproc_releaselwp(void);
struct lwp *rump_pub_lwproc_curlwp(void);
void	rump_pub_lwproc_sysent_usenative(void);

/*
 * Host files inside the kernel, rump_etfs(3).  key is an absolute path in
 * the kernel.  ENOENT: no such host file; EEXIST: the key is taken; EINVAL:
 * the key is not absolute or the window does not fit.
 */
int	rump_pub_etfs_register(const char *, const char *,
	    enum rump_etfs_type);
int	rump_pub_etfs_register_withsize(const char *, const char *,
	    enum rump_etfs_type, uint64_t, uint64_t);
int	rump_pub_etfs_remove(const char *);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPKERN_IF_PUB_H_ */
