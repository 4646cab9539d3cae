/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * modctl(2): modules by name, and what there is.  What can be loaded is what
 * is linked in or was dlopened; the module code has the locks.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/syscallargs.h>
#include <sys/uio.h>

#include <prop/proplib.h>

#include <rump-priv/kern.h>

#define	PROPS_MAX	4096		/* documented limit of a dictionary */

static int
module_authorize(struct lwp *l, uintptr_t cmd, uintptr_t arg)
{

	return kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_MODULE, 0,
	    (void *)cmd, (void *)arg, NULL);
}

/* The client's dictionary, NULL if there is none. */
static int
props_copyin(const struct modctl_load *ml, prop_dictionary_t *dictp)
{
	char *xml;
	int error;

	*dictp = NULL;
	if (ml->ml_props == NULL)
		return ml->ml_propslen != 0 ? EINVAL : 0;
	if (ml->ml_propslen > PROPS_MAX)
		return ENOMEM;
	xml = kmem_zalloc(ml->ml_propslen + 1, KM_SLEEP);
	error = copyin(ml->ml_props, xml, ml->ml_propslen);
	if (error == 0 && (*dictp = prop_dictionary_internalize(xml)) == NULL)
		error = EINVAL;
	kmem_free(xml, ml->ml_propslen + 1);
	return error;
}

static int
modctl_load(const void *arg)
{
	struct modctl_load ml;
	prop_dictionary_t dict;
	char *name;
	int error;

	error = copyin(arg, &ml, sizeof(ml));
	if (error != 0)
		return error;
	if ((ml.ml_flags & ~(MODCTL_LOAD_FORCE | MODCTL_NO_PROP)) != 0)
		return EINVAL;
	name = kmem_alloc(MAXPATHLEN, KM_SLEEP);
	error = copyinstr(ml.ml_filename, name, MAXPATHLEN, NULL);
	if (error == 0 && (error = props_copyin(&ml, &dict)) == 0) {
		error = module_load(name, ml.ml_flags, dict,
		    MODULE_CLASS_ANY);
		if (dict != NULL)
			prop_object_release(dict);
	}
	kmem_free(name, MAXPATHLEN);
	return error;
}

static int
modctl_unload(const void *arg)
{
	char name[MAXMODNAME];
	int error;

	error = copyinstr(arg, name, sizeof(name), NULL);
	return error != 0 ? error : module_unload(name);
}

/* Those that are active, one behind the other. */
struct statlist {
	struct modstat	*sl_stat;
	size_t		sl_max;
	size_t		sl_n;
};

static void
stat_one(const module_t *mod, void *arg)
{
	struct statlist *sl = arg;
	struct modstat *ms;

	if (sl->sl_n++ >= sl->sl_max)
		return;
	ms = &sl->sl_stat[sl->sl_n - 1];
	strlcpy(ms->ms_name, mod->mod_info->mi_name, sizeof(ms->ms_name));
	if (mod->mod_info->mi_required != NULL)
		strlcpy(ms->ms_required, mod->mod_info->mi_required,
		    sizeof(ms->ms_required));
	ms->ms_class = mod->mod_info->mi_class;
	ms->ms_source = mod->mod_source;
	ms->ms_refcnt = mod->mod_refcnt;
}

/* A list that is too short says how long it should be. */
static int
modctl_stat(struct iovec *u_iov)
{
	struct statlist sl = { .sl_max = 0 };
	struct iovec iov;
	size_t size;
	int error;

	error = copyin(u_iov, &iov, sizeof(iov));
	if (error != 0)
		return error;
	rump_modules_walk(stat_one, &sl);
	sl.sl_max = MIN(sl.sl_n, iov.iov_len / sizeof(*sl.sl_stat));
	sl.sl_n = 0;
	size = sl.sl_max * sizeof(*sl.sl_stat);
	if (size != 0)
		sl.sl_stat = kmem_zalloc(size, KM_SLEEP);
	rump_modules_walk(stat_one, &sl);
	if (size != 0) {
		error = copyout(sl.sl_stat, iov.iov_base,
		    MIN(sl.sl_n, sl.sl_max) * sizeof(*sl.sl_stat));
		kmem_free(sl.sl_stat, size);
	}
	iov.iov_len = sl.sl_n * sizeof(*sl.sl_stat);
	return error != 0 ? error : copyout(&iov, u_iov, sizeof(iov));
}

int
sys_modctl(struct lwp *l, const struct sys_modctl_args *uap,
    register_t *retval)
{
	int cmd = SCARG(uap, cmd), error;
	void *arg = SCARG(uap, arg);

	switch (cmd) {
	case MODCTL_LOAD:
		error = module_authorize(l, (uintptr_t)cmd, 0);
		return error != 0 ? error : modctl_load(arg);
	case MODCTL_UNLOAD:
		error = module_authorize(l, (uintptr_t)cmd, 0);
		return error != 0 ? error : modctl_unload(arg);
	case MODCTL_STAT:
		return modctl_stat(arg);
	case MODCTL_EXISTS:
		/* May a client load one (0), or the kernel when it wants (1)? */
		if ((uintptr_t)arg > 1)
			return EINVAL;
		return module_authorize(l, MODCTL_LOAD, (uintptr_t)arg);
	default:
		return EINVAL;
	}
}
