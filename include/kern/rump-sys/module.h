/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules with a life of four steps, an extension of module(9):
 *
 *	KNOWN -load-> LOADED -start-> RUNNING -quiesce-> QUIET -unload-> KNOWN
 *
 * LOADED is also left by unload, QUIET by start.  Load takes resources and may
 * look around, start begins to serve, quiesce stops taking work and waits for
 * what is under way (or refuses: the module runs on), unload gives everything
 * back.  The kernel calls a handler only where the state allows it, and one
 * at a time.  module(9)'s modules go the same way: their start is
 * MODULE_CMD_INIT, their unload MODULE_CMD_FINI, the others do nothing.
 */
#ifndef _RUMP_SYS_MODULE_H_
#define _RUMP_SYS_MODULE_H_

#include <sys/module.h>

enum rump_module_state {
	RUMP_MODULE_KNOWN,		/* registered, nothing has run */
	RUMP_MODULE_LOADED,
	RUMP_MODULE_RUNNING,
	RUMP_MODULE_QUIET,
	RUMP_MODULE_BUSY,		/* in one of its handlers */
	RUMP_MODULE_FAILED		/* could not be activated; may be again */
};

enum rump_module_step {
	RUMP_MODULE_LOAD,
	RUMP_MODULE_START,
	RUMP_MODULE_QUIESCE,
	RUMP_MODULE_UNLOAD
};

/** A module with four handlers: 0, or an errno and the state stays.  NULL:
 * nothing to do in that step. */
struct rump_modinfo4 {
	struct modinfo m4_info;		/* mi_modcmd: rump_module_four */
	int (*m4_step[4])(void *props);	/* by rump_module_step */
};

/** Marks a rump_modinfo4; is never called. */
int	rump_module_four(modcmd_t, void *);

/** Like MODULE(), with the four handlers. */
#define RUMP_MODULE4(class, name, required, load, start, quiesce, unload) \
static const struct rump_modinfo4 name##_modinfo4 = {			\
	.m4_info = {							\
		.mi_version = __NetBSD_Version__,			\
		.mi_class = (class),					\
		.mi_modcmd = rump_module_four,				\
		.mi_name = #name,					\
		.mi_required = (required)				\
	},								\
	.m4_step = { (load), (start), (quiesce), (unload) }		\
};									\
_MODULE_REGISTER(name, name##_modinfo4.m4_info)

/**
 * Take a registered module one step further.  Load wants that all it requires
 * is running, and brings it there.  EINVAL: not from this state, ENOENT: not
 * registered, EBUSY: it is in a handler, or (quiesce, unload) others require
 * or hold it: then no handler was called.  Otherwise what the handler
 * returned.  May sleep.
 */
int	rump_module_step(const char *, enum rump_module_step, void *props);
/** Its state; -1: not registered. */
int	rump_module_state(const char *);

#endif /* _RUMP_SYS_MODULE_H_ */
