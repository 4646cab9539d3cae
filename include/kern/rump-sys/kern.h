/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rumpkern gives to the other factions and to components: registration,
 * the syscall table, upcalls of the remote-client server.
 */
#ifndef _RUMP_SYS_KERN_H_
#define _RUMP_SYS_KERN_H_

#include <sys/param.h>
#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/systm.h>

#include <uvm/uvm_extern.h>

#include <rump-sys/kern_if.h>

struct lwp;
struct proc;
struct sysent;
struct vmspace;
struct rump_onesyscall;

/** When a component's initialiser is to be called; see rump_init(). */
enum rump_component_type {
	RUMP_COMPONENT_DEV,
	RUMP_COMPONENT_DEV_AFTERMAINBUS,
	RUMP_COMPONENT_NET,
	RUMP_COMPONENT_NET_ROUTE,
	RUMP_COMPONENT_NET_IF,
	RUMP_COMPONENT_NET_IFCFG,
	RUMP_COMPONENT_VFS,
	RUMP_COMPONENT_KERN,
	RUMP_COMPONENT_KERN_VFS,
	RUMP_COMPONENT_POSTINIT,
	RUMP_COMPONENT_SYSCALL,

	RUMP__FACTION_DEV,
	RUMP__FACTION_VFS,
	RUMP__FACTION_NET,

	RUMP_COMPONENT_MAX
};

struct rump_component {
	enum rump_component_type rc_type;
	void (*rc_init)(void);
	LIST_ENTRY(rump_component) rc_entries;
	int rc_state;			/* 0 unknown, 1 queued, 2 done */
};

/**
 * Define a component: RUMP_COMPONENT(type) { body }.  At most one of a type
 * in a file.  Registers through the link set rump_components and through a
 * constructor; the body runs once, when its turn comes in rump_init() or at
 * once if that is over.
 */
#define RUMP_COMPONENT(type)						\
static void rump_compinit_##type(void);					\
static struct rump_component rump_comp_##type = {			\
	.rc_type = type,						\
	.rc_init = rump_compinit_##type,				\
};									\
static void __attribute__((__constructor__, __used__))			\
rump_compctor_##type(void)						\
{									\
									\
	rump_component_load(&rump_comp_##type);				\
}									\
static void __attribute__((__destructor__, __used__))			\
rump_compdtor_##type(void)						\
{									\
									\
	rump_component_unload(&rump_comp_##type);			\
}									\
__link_set_decl(rump_components, struct rump_component);		\
static const void *const rump_compends_##type[]				\
    __attribute__((__used__)) = {					\
	__start_link_set_rump_components, __stop_link_set_rump_components \
};									\
__link_set_add_data(rump_components, rump_comp_##type);			\
static void								\
rump_compinit_##type(void)

void	rump_component_load(const struct rump_component *);
void	rump_component_unload(struct rump_component *);
/** Run the initialisers of a type that have not run. */
void	rump_component_init(enum rump_component_type);
int	rump_component_count(enum rump_component_type);

/** For calls that cannot fail here: panic if one does. */
#define FLAWLESSCALL(call)						\
do {									\
	int flawless_error = (call);					\
	if (flawless_error != 0)					\
		panic("\"%s\" failed: %d", #call, flawless_error);	\
} while (/*CONSTCOND*/0)

extern struct sysent rump_sysent[];
extern int rump_threads;		/* 0: RUMP_THREADS=0 */
extern int rump_inited;
extern bool rump_ttycomponent;		/* the tty component is there */

/** Numbers and handlers of the system calls a faction brings. */
void	rump_syscall_boot_establish(const struct rump_onesyscall *, size_t);

/** Handle of a remote client's process. */
struct rump_spctl {
	struct vmspace spctl_vm;
	void *spctl;
};

struct rump_sysproxy_ops {
	int (*rspo_copyin)(void *, const void *, void *, size_t);
	int (*rspo_copyinstr)(void *, const void *, void *, size_t *);
	int (*rspo_copyout)(void *, const void *, void *, size_t);
	int (*rspo_copyoutstr)(void *, const void *, void *, size_t *);
	int (*rspo_anonmmap)(void *, size_t, void **);
	int (*rspo_raise)(void *, int);
	void (*rspo_fini)(void *);

	pid_t (*rspo_hyp_getpid)(void);
	int (*rspo_hyp_syscall)(int, void *, long *);
	int (*rspo_hyp_rfork)(void *, int, const char *);
	void (*rspo_hyp_lwpexit)(void);
	void (*rspo_hyp_execnotify)(const char *);
};
extern struct rump_sysproxy_ops rump_sysproxy_ops;

/** Like rump_lwproc_rfork(), the child's memory being @vm. */
int	rump_lwproc_rfork_vmspace(struct vmspace *, int);

#endif /* _RUMP_SYS_KERN_H_ */
