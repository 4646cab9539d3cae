/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel side of resource usage and limits. Limits are shared between
 * processes and copied on the first write; pl_lock guards the count.
 */
#ifndef _SYS_RESOURCEVAR_H_
#define _SYS_RESOURCEVAR_H_

#include <sys/mutex.h>
#include <sys/resource.h>

struct bintime;
struct lwp;
struct proc;

/* Per-process statistics; p_cru is guarded by the process lock. */
struct pstats {
	struct rusage	 p_cru;		/* of waited-for children */
	struct itimerval p_timer[3];
	struct timeval	 p_start;	/* start of the process */
};

struct plimit {
	struct rlimit	 pl_rlimit[RLIM_NLIMITS];
	char		*pl_corename;	/* pattern of core file names */
	size_t		 pl_cnlen;
	u_int		 pl_refcnt;
	bool		 pl_writeable;	/* not shared any more */
	kmutex_t	 pl_lock;
	struct plimit	*pl_sv_limit;
};

__BEGIN_DECLS
/* User, system, interrupt and real time of p; NULL where not wanted. */
void	calcru(struct proc *, struct timeval *, struct timeval *,
	    struct timeval *, struct timeval *);
struct plimit *lim_copy(struct plimit *);
void	lim_addref(struct plimit *);
void	lim_privatise(struct proc *);
void	lim_free(struct plimit *);
__END_DECLS

extern char defcorename[];

#endif /* _SYS_RESOURCEVAR_H_ */
