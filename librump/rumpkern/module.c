/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * module(9): registered modules, what they require by name, and the state
 * machine that every call of a handler goes through (rump-sys/module.h).
 *
 * Constructors queue on modinfo_boot_chain until the kernel is up, under the
 * host's dynamic linker; the list of modules is under kernconfig_lock, which
 * is recursive because a module's initialiser may want another module.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/condvar.h>
#include <sys/kmem.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sysctl.h>

#include <rump/rumpuser.h>

#include <rump-priv/kern.h>
#include <rump-sys/module.h>

struct modinfo_boot_chain modinfo_boot_chain =
    LIST_HEAD_INITIALIZER(modinfo_boot_chain);
u_int module_gen = 1;

static TAILQ_HEAD(, module) module_list = TAILQ_HEAD_INITIALIZER(module_list);
static kmutex_t kernconfig_mtx;
static struct lwp *kernconfig_owner;
static int kernconfig_depth;

static void
kernconfig_enter(void)
{

	if (kernconfig_owner != curlwp)
		mutex_enter(&kernconfig_mtx);
	kernconfig_owner = curlwp;
	kernconfig_depth++;
}

static void
kernconfig_leave(void)
{

	KASSERT(kernconfig_owner == curlwp);
	if (--kernconfig_depth != 0)
		return;
	kernconfig_owner = NULL;
	mutex_exit(&kernconfig_mtx);
}

void
module_print(const char *fmt, ...)
{
	va_list ap;

	if ((boothowto & AB_VERBOSE) == 0)
		return;
	va_start(ap, fmt);
	printf("module: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

void
module_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("module: error: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

module_t *
module_lookup(const char *name)
{
	module_t *mod;

	TAILQ_FOREACH(mod, &module_list, mod_chain)
		if (strcmp(mod->mod_info->mi_name, name) == 0)
			return mod;
	return NULL;
}

int
module_find(const char *name)
{
	int error;

	kernconfig_enter();
	error = module_lookup(name) != NULL ? 0 : ENOENT;
	kernconfig_leave();
	return error;
}

/* Enter one into the list, unless it is there.  EEXIST, EPROGMISMATCH. */
static int
module_register(const struct modinfo *mi)
{
	module_t *mod;

	if (mi->mi_version != __NetBSD_Version__) {
		module_error("%s: version %u, this is %u", mi->mi_name,
		    mi->mi_version, __NetBSD_Version__);
		return EPROGMISMATCH;
	}
	if (module_lookup(mi->mi_name) != NULL)
		return EEXIST;
	mod = kmem_zalloc(sizeof(*mod), KM_SLEEP);
	mod->mod_info = mi;
	mod->mod_source = MODULE_SOURCE_KERNEL;
	mod->mod_state = RUMP_MODULE_KNOWN;
	TAILQ_INSERT_TAIL(&module_list, mod, mod_chain);
	module_gen++;
	return 0;
}

/* Take over what constructors have queued; oldest first. */
static void
module_drain_chain(void)
{
	struct modinfo_chain *mc, *last;

	while ((last = LIST_FIRST(&modinfo_boot_chain)) != NULL) {
		while ((mc = LIST_NEXT(last, mc_entries)) != NULL)
			last = mc;
		LIST_REMOVE(last, mc_entries);
		last->mc_entries.le_prev = NULL;
		(void)module_register(last->mc_info);
	}
}

/*
 * The state machine: the only place where handlers are called.
 */

int
rump_module_four(modcmd_t cmd, void *arg)
{

	panic("the mark of a module with four handlers was called");
}

/* The handler of a step, from the state the module was in. */
static int
module_handler(module_t *mod, enum rump_module_step step, int was,
    void *props)
{
	const struct modinfo *mi = mod->mod_info;
	int (*fn)(void *);

	if (mi->mi_modcmd == rump_module_four) {
		fn = ((const struct rump_modinfo4 *)(const void *)
		    mi)->m4_step[step];
		return fn == NULL ? 0 : (*fn)(props);
	}
	/* INIT and FINI alternate, however often it was quiet in between. */
	if (step == RUMP_MODULE_START && was == RUMP_MODULE_LOADED)
		return (*mi->mi_modcmd)(MODULE_CMD_INIT, props);
	if (step == RUMP_MODULE_UNLOAD && was == RUMP_MODULE_QUIET)
		return (*mi->mi_modcmd)(MODULE_CMD_FINI, NULL);
	return 0;
}

/* From where a step may be taken, a bit each, and where it leads. */
#define FROM(state)	(1U << RUMP_MODULE_##state)
static const struct {
	unsigned int from;
	int to;
} transitions[] = {
	[RUMP_MODULE_LOAD] = { FROM(KNOWN) | FROM(FAILED),
	    RUMP_MODULE_LOADED },
	[RUMP_MODULE_START] = { FROM(LOADED) | FROM(QUIET),
	    RUMP_MODULE_RUNNING },
	[RUMP_MODULE_QUIESCE] = { FROM(RUNNING), RUMP_MODULE_QUIET },
	[RUMP_MODULE_UNLOAD] = { FROM(LOADED) | FROM(QUIET),
	    RUMP_MODULE_KNOWN },
};
#undef FROM

static int module_require(module_t *);
static void module_unrequire(module_t *);

static int
module_step(module_t *mod, enum rump_module_step step, void *props)
{
	int was = mod->mod_state, error = 0;

	if (was == RUMP_MODULE_BUSY)
		return EBUSY;
	if ((transitions[step].from & 1U << was) == 0)
		return EINVAL;
	if ((step == RUMP_MODULE_QUIESCE || step == RUMP_MODULE_UNLOAD) &&
	    mod->mod_refcnt != 0)
		return EBUSY;
	mod->mod_state = RUMP_MODULE_BUSY;
	if (step == RUMP_MODULE_LOAD)
		error = module_require(mod);
	if (error == 0)
		error = module_handler(mod, step, was, props);
	if (error != 0) {
		if (step == RUMP_MODULE_LOAD)
			module_unrequire(mod);
		mod->mod_state = was;
		return error;
	}
	if (step == RUMP_MODULE_UNLOAD)
		module_unrequire(mod);
	mod->mod_state = transitions[step].to;
	module_gen++;
	return 0;
}

static int
module_activate(module_t *mod, void *props)
{
	int error;

	if (mod->mod_state == RUMP_MODULE_RUNNING)
		return 0;
	if (mod->mod_state == RUMP_MODULE_BUSY) {
		module_error("%s requires itself", mod->mod_info->mi_name);
		return EDEADLK;
	}
	if (mod->mod_state == RUMP_MODULE_QUIET)
		return module_step(mod, RUMP_MODULE_START, props);
	if (mod->mod_state != RUMP_MODULE_LOADED &&
	    (error = module_step(mod, RUMP_MODULE_LOAD, props)) != 0)
		goto fail;
	if ((error = module_step(mod, RUMP_MODULE_START, props)) == 0)
		return 0;
	/* It has initialised nothing, so module(9)'s are not asked to end. */
	if (mod->mod_info->mi_modcmd != rump_module_four)
		module_unrequire(mod);
	else if (module_step(mod, RUMP_MODULE_UNLOAD, NULL) != 0)
		return error;
 fail:
	module_error("%s could not be initialised (%d)",
	    mod->mod_info->mi_name, error);
	mod->mod_state = RUMP_MODULE_FAILED;
	return error;
}

/* Quiesce and unload; a module that will not go runs on. */
static int
module_deactivate(module_t *mod)
{
	int error;

	if (mod->mod_state == RUMP_MODULE_RUNNING &&
	    (error = module_step(mod, RUMP_MODULE_QUIESCE, NULL)) != 0)
		return error;
	error = module_step(mod, RUMP_MODULE_UNLOAD, NULL);
	if (error != 0 && mod->mod_state == RUMP_MODULE_QUIET &&
	    mod->mod_info->mi_modcmd != rump_module_four)
		mod->mod_state = RUMP_MODULE_RUNNING;
	return error;
}

/* Activate each of a comma-separated list of names. */
static int
module_require(module_t *mod)
{
	const char *s = mod->mod_info->mi_required, *e;
	char name[MAXMODNAME];
	module_t *req;
	size_t len;
	int error;

	for (; s != NULL && *s != '\0'; s = *e != '\0' ? e + 1 : e) {
		for (e = s; *e != '\0' && *e != ','; e++)
			continue;
		len = e - s;
		if (len == 0)
			continue;
		if (len >= sizeof(name))
			return ENAMETOOLONG;
		memcpy(name, s, len);
		name[len] = '\0';
		if ((req = module_lookup(name)) == NULL) {
			module_error("%s requires %s, which is not there",
			    mod->mod_info->mi_name, name);
			return ENOENT;
		}
		if (mod->mod_nrequired == MAXMODDEPS)
			return E2BIG;
		if ((error = module_activate(req, NULL)) != 0)
			return error;
		mod->mod_required[mod->mod_nrequired++] = req;
		req->mod_refcnt++;
	}
	return 0;
}

static void
module_unrequire(module_t *mod)
{

	while (mod->mod_nrequired > 0)
		mod->mod_required[--mod->mod_nrequired]->mod_refcnt--;
}

int
rump_module_step(const char *name, enum rump_module_step step, void *props)
{
	module_t *mod;
	int error;

	if ((unsigned int)step > RUMP_MODULE_UNLOAD)
		return EINVAL;
	kernconfig_enter();
	module_drain_chain();
	mod = module_lookup(name);
	error = mod == NULL ? ENOENT : module_step(mod, step, props);
	kernconfig_leave();
	return error;
}

void
rump_modules_walk(void (*fn)(const module_t *, void *), void *arg)
{
	module_t *mod;

	kernconfig_enter();
	TAILQ_FOREACH(mod, &module_list, mod_chain)
		if (mod->mod_state == RUMP_MODULE_RUNNING)
			(*fn)(mod, arg);
	kernconfig_leave();
}

int
rump_module_state(const char *name)
{
	module_t *mod;
	int state;

	kernconfig_enter();
	mod = module_lookup(name);
	state = mod == NULL ? -1 : mod->mod_state;
	kernconfig_leave();
	return state;
}

void
module_init_class(modclass_t class)
{
	module_t *mod;

	kernconfig_enter();
	module_drain_chain();
	TAILQ_FOREACH(mod, &module_list, mod_chain) {
		if (class != MODULE_CLASS_ANY &&
		    class != mod->mod_info->mi_class)
			continue;
		if (mod->mod_state == RUMP_MODULE_KNOWN)
			(void)module_activate(mod, NULL);
	}
	kernconfig_leave();
}

static int
module_bring_up(const char *name, modclass_t class, void *props, int active)
{
	module_t *mod;
	int error;

	if (name == NULL || name[0] == '\0' || strlen(name) >= MAXMODNAME)
		return EINVAL;
	kernconfig_enter();
	module_drain_chain();
	mod = module_lookup(name);
	if (mod == NULL || (class != MODULE_CLASS_ANY &&
	    class != mod->mod_info->mi_class))
		error = ENOENT;
	else if (mod->mod_state == RUMP_MODULE_RUNNING)
		error = active;
	else
		error = module_activate(mod, props);
	kernconfig_leave();
	return error;
}

int
module_autoload(const char *name, modclass_t class)
{

	return module_bring_up(name, class, NULL, 0);
}

int
module_load(const char *name, int flags, void *props, modclass_t class)
{

	return module_bring_up(name, class, props, EEXIST);
}

int
module_unload(const char *name)
{
	module_t *mod;
	int error;

	kernconfig_enter();
	mod = module_lookup(name);
	if (mod == NULL || mod->mod_state == RUMP_MODULE_KNOWN ||
	    mod->mod_state == RUMP_MODULE_FAILED)
		error = ENOENT;
	else
		error = module_deactivate(mod);
	kernconfig_leave();
	return error;
}

int
module_hold(const char *name)
{
	module_t *mod;

	kernconfig_enter();
	if ((mod = module_lookup(name)) != NULL)
		mod->mod_refcnt++;
	kernconfig_leave();
	return mod != NULL ? 0 : ENOENT;
}

void
module_rele(const char *name)
{
	module_t *mod;

	kernconfig_enter();
	mod = module_lookup(name);
	KASSERT(mod != NULL && mod->mod_refcnt > 0);
	mod->mod_refcnt--;
	kernconfig_leave();
}

int
module_builtin_add(const struct modinfo *const *mip, size_t nmods, bool init)
{
	int error = 0;
	size_t i;

	kernconfig_enter();
	for (i = 0; i < nmods && error == 0; i++)
		error = module_register(mip[i]);
	for (i = 0; i < nmods && error == 0 && init; i++)
		error = module_activate(module_lookup(mip[i]->mi_name),
		    NULL);
	kernconfig_leave();
	return error;
}

int
module_builtin_remove(const struct modinfo *mi, bool fini)
{
	module_t *mod;
	int error = 0;

	kernconfig_enter();
	mod = module_lookup(mi->mi_name);
	if (mod == NULL || mod->mod_info != mi)
		error = ENOENT;
	else if (mod->mod_state != RUMP_MODULE_KNOWN &&
	    mod->mod_state != RUMP_MODULE_FAILED)
		error = fini ? module_deactivate(mod) : EBUSY;
	if (error == 0) {
		TAILQ_REMOVE(&module_list, mod, mod_chain);
		kmem_free(mod, sizeof(*mod));
		module_gen++;
	}
	kernconfig_leave();
	return error;
}

/*
 * From constructors and clients.
 */

/* All of them are registered, then each is activated; known ones are fine. */
int
rump_module_init(const struct modinfo *const *mip, size_t nmods)
{
	int error, rv = 0;
	module_t *mod;
	size_t i;

	kernconfig_enter();
	module_drain_chain();
	for (i = 0; i < nmods; i++) {
		error = module_register(mip[i]);
		if (error != 0 && error != EEXIST)
			rv = error;
	}
	for (i = 0; i < nmods; i++) {
		if ((mod = module_lookup(mip[i]->mi_name)) == NULL)
			continue;
		if ((error = module_activate(mod, NULL)) != 0)
			rv = error;
	}
	kernconfig_leave();
	return rv;
}

int
rump_module_fini(const struct modinfo *mi)
{

	return module_builtin_remove(mi, true);
}

void
rump_module_announce(struct modinfo_chain *mc)
{
	int error;

	if (mc->mc_entries.le_prev != NULL)
		return;
	LIST_INSERT_HEAD(&modinfo_boot_chain, mc, mc_entries);
	if (!rump_inited)
		return;
	/* A thread that is inside already loads it for the kernel. */
	error = rump_schedule_enter();
	if (error != 0 && error != EDEADLK)
		return;
	(void)rump_module_init(&mc->mc_info, 1);
	rump_sysctl_setup_run();
	if (error == 0)
		rump_unschedule();
}

/*
 * The object that holds the module is unloaded, or the process ends: only
 * the latter is possible once the module has been taken over.
 */
void
rump_module_retract(struct modinfo_chain *mc)
{

	if (mc->mc_entries.le_prev == NULL)
		return;
	LIST_REMOVE(mc, mc_entries);
	mc->mc_entries.le_prev = NULL;
}

void
rump_module_bootstrap(void)
{

	mutex_init(&kernconfig_mtx, MUTEX_DEFAULT, IPL_NONE);
	kernconfig_enter();
	module_drain_chain();
	kernconfig_leave();
}
