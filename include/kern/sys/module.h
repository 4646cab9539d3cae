/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * module(9): pieces of the kernel that register by being linked in.
 *
 * MODULE() makes an entry in the link set "modules" and a constructor; both
 * lead to one registration, before or after the kernel was started.
 */
#ifndef _SYS_MODULE_H_
#define _SYS_MODULE_H_

#include <sys/param.h>
#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/kernel.h>

#define MAXMODNAME	32
#define MAXMODDEPS	10


typedef enum modclass {
	MODULE_CLASS_ANY = 0,
	MODULE_CLASS_MISC,
	MODULE_CLASS_VFS,
	MODULE_CLASS_DRIVER,
	MODULE_CLASS_EXEC,
	MODULE_CLASS_SECMODEL,
	MODULE_CLASS_BUFQ,
	MODULE_CLASS_MAX
} modclass_t;

typedef enum modsrc {
	MODULE_SOURCE_KERNEL = 0,
	MODULE_SOURCE_BOOT,
	MODULE_SOURCE_FILESYS
} modsrc_t;

typedef enum modcmd {
	MODULE_CMD_INIT = 0,
	MODULE_CMD_FINI,
	MODULE_CMD_STAT,
	MODULE_CMD_AUTOUNLOAD
} modcmd_t;

typedef struct modinfo {
	u_int mi_version;
	modclass_t mi_class;
	int (*mi_modcmd)(modcmd_t, void *);
	const char *mi_name;
	const char *mi_required;	/* names, comma separated, or NULL */
} const modinfo_t;

/** One registration by constructor. */
struct modinfo_chain {
	const struct modinfo *mc_info;
	LIST_ENTRY(modinfo_chain) mc_entries;
};
LIST_HEAD(modinfo_boot_chain, modinfo_chain);
extern struct modinfo_boot_chain modinfo_boot_chain;

/** Enter a module that a constructor announces, whenever that is. */
void	rump_module_announce(struct modinfo_chain *);
void	rump_module_retract(struct modinfo_chain *);

#define MODULE(class, name, required)					\
static int name##_modcmd(modcmd_t, void *);				\
static const struct modinfo name##_modinfo = {				\
	.mi_version = __NetBSD_Version__,				\
	.mi_class = (class),						\
	.mi_modcmd = name##_modcmd,					\
	.mi_name = #name,						\
	.mi_required = (required)					\
};									\
_MODULE_REGISTER(name, name##_modinfo)

#define _MODULE_REGISTER(name, info)					\
static struct modinfo_chain name##_modchain = {				\
	.mc_info = &info,						\
};									\
static void __attribute__((__constructor__, __used__))			\
name##_modctor(void)							\
{									\
									\
	rump_module_announce(&name##_modchain);				\
}									\
static void __attribute__((__destructor__, __used__))			\
name##_moddtor(void)							\
{									\
									\
	rump_module_retract(&name##_modchain);				\
}									\
/* The reference makes the linker define the ends, for dlsym(). */	\
__link_set_decl(modules, const struct modinfo);				\
static const void *const name##_modends[]				\
    __attribute__((__used__)) = {					\
	__start_link_set_modules, __stop_link_set_modules		\
};									\
__link_set_add_rodata(modules, info)

struct vm_map;
extern struct vm_map *module_map;	/* where module text would go */
extern u_int module_gen;		/* changes with the set of modules */

/* modctl(2) */
typedef enum modctl {
	MODCTL_LOAD = 0,
	MODCTL_UNLOAD,
	MODCTL_STAT,
	MODCTL_EXISTS
} modctl_t;

typedef struct modctl_load {
	const char *ml_filename;	/* the module's name */
	int ml_flags;
	const char *ml_props;		/* an externalized dictionary, or NULL */
	size_t ml_propslen;
} modctl_load_t;

#define MODCTL_LOAD_FORCE	1
#define MODCTL_NO_PROP		2

typedef struct modstat {
	char ms_name[MAXMODNAME];
	char ms_required[MAXMODNAME * MAXMODDEPS];
	uint64_t ms_addr;
	modsrc_t ms_source;
	modclass_t ms_class;
	u_int ms_size;
	u_int ms_refcnt;
	u_int ms_flags;			/* MODFLG_* */
	u_int ms_reserved[3];
} modstat_t;

#define MODFLG_MUST_FORCE	1
#define MODFLG_AUTO_LOADED	2

/** An active or known module. */
typedef struct module {
	u_int mod_refcnt;
	const struct modinfo *mod_info;
	modsrc_t mod_source;
	int mod_state;
	TAILQ_ENTRY(module) mod_chain;
	struct module *mod_required[MAXMODDEPS];
	u_int mod_nrequired;
} module_t;

/**
 * Activate a registered module by name, with what it requires, unless it is
 * active.  ENOENT: nothing of that name and class is linked in; EDEADLK: it
 * requires itself; what its initialiser returned.
 */
int	module_autoload(const char *, modclass_t);
/** The same; its initialiser gets the properties.  EEXIST: it is active. */
int	module_load(const char *, int, void *, modclass_t);
/** End an active module.  EBUSY: others require or hold it; what it
 * returned. */
int	module_unload(const char *);
int	module_find(const char *);
/** Activate what is registered, of one class (ANY: all). */
void	module_init_class(modclass_t);
/** Register (but do not activate) an array. EEXIST. */
int	module_builtin_add(const struct modinfo *const *, size_t, bool);
int	module_builtin_remove(const struct modinfo *, bool);
module_t *module_lookup(const char *);
int	module_hold(const char *);
void	module_rele(const char *);
void	module_print(const char *, ...) __printflike(1, 2);
void	module_error(const char *, ...) __printflike(1, 2);

#endif /* _SYS_MODULE_H_ */
