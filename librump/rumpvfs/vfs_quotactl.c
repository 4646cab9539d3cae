/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * __quotactl(2): each operation's arguments are copied between the client
 * and kernel memory; the file system works on the copies.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/namei.h>
#include <sys/quotactl.h>
#include <sys/syscallargs.h>
#include <sys/vfs_syscalls.h>

#define QUOTACTL_MAXBATCH	4096	/* records of one CURSORGET */

/* STAT, IDTYPESTAT and OBJTYPESTAT: a structure of SIZE bytes comes back. */
static int
quota_info(const char *path, struct quotactl_args *args, void **infop,
    size_t size)
{
	void *uinfo = *infop, *kinfo;
	int error;

	kinfo = kmem_zalloc(size, KM_SLEEP);
	*infop = kinfo;
	error = do_sys_quotactl(path, args);
	if (error == 0)
		error = copyout(kinfo, uinfo, size);
	kmem_free(kinfo, size);
	return error;
}

static int
quota_get(const char *path, struct quotactl_args *args)
{
	struct quotaval val, *uval = args->u.get.qc_val;
	struct quotakey key;
	int error;

	error = copyin(args->u.get.qc_key, &key, sizeof(key));
	if (error != 0)
		return error;
	memset(&val, 0, sizeof(val));
	args->u.get.qc_key = &key;
	args->u.get.qc_val = &val;
	error = do_sys_quotactl(path, args);
	return error != 0 ? error : copyout(&val, uval, sizeof(val));
}

static int
quota_put(const char *path, struct quotactl_args *args)
{
	struct quotaval val;
	struct quotakey key;
	int error;

	error = copyin(args->u.put.qc_key, &key, sizeof(key));
	if (error == 0)
		error = copyin(args->u.put.qc_val, &val, sizeof(val));
	if (error != 0)
		return error;
	args->u.put.qc_key = &key;
	args->u.put.qc_val = &val;
	return do_sys_quotactl(path, args);
}

static int
quota_del(const char *path, struct quotactl_args *args)
{
	struct quotakey key;
	int error;

	error = copyin(args->u.del.qc_key, &key, sizeof(key));
	if (error != 0)
		return error;
	args->u.del.qc_key = &key;
	return do_sys_quotactl(path, args);
}

/* Operations on nothing but a cursor, which *CURSORP names. */
static int
quota_cursor(const char *path, struct quotactl_args *args,
    struct quotakcursor **cursorp)
{
	struct quotakcursor cursor, *ucursor = *cursorp;
	int error;

	error = copyin(ucursor, &cursor, sizeof(cursor));
	if (error != 0)
		return error;
	*cursorp = &cursor;
	error = do_sys_quotactl(path, args);
	return error != 0 ? error : copyout(&cursor, ucursor, sizeof(cursor));
}

static int
quota_atend(const char *path, struct quotactl_args *args)
{
	int *uret = args->u.cursoratend.qc_ret, ret = 0, error;

	args->u.cursoratend.qc_ret = &ret;
	error = quota_cursor(path, args, &args->u.cursoratend.qc_cursor);
	return error != 0 ? error : copyout(&ret, uret, sizeof(ret));
}

static int
quota_cursorget(const char *path, struct quotactl_args *args)
{
	struct quotakey *ukeys = args->u.cursorget.qc_keys, *keys;
	struct quotaval *uvals = args->u.cursorget.qc_vals, *vals;
	unsigned *uret = args->u.cursorget.qc_ret, ret = 0;
	unsigned max = args->u.cursorget.qc_maxnum;
	int error;

	if (max == 0)
		return EINVAL;
	if (max > QUOTACTL_MAXBATCH)
		max = QUOTACTL_MAXBATCH;
	keys = kmem_zalloc(max * sizeof(*keys), KM_SLEEP);
	vals = kmem_zalloc(max * sizeof(*vals), KM_SLEEP);
	args->u.cursorget.qc_keys = keys;
	args->u.cursorget.qc_vals = vals;
	args->u.cursorget.qc_ret = &ret;
	args->u.cursorget.qc_maxnum = max;
	error = quota_cursor(path, args, &args->u.cursorget.qc_cursor);
	if (error == 0 && ret > max)
		error = EIO;
	if (error == 0)
		error = copyout(keys, ukeys, ret * sizeof(*keys));
	if (error == 0)
		error = copyout(vals, uvals, ret * sizeof(*vals));
	if (error == 0)
		error = copyout(&ret, uret, sizeof(ret));
	kmem_free(keys, max * sizeof(*keys));
	kmem_free(vals, max * sizeof(*vals));
	return error;
}

static int
quota_on(const char *path, struct quotactl_args *args)
{
	char *name = PNBUF_GET();
	int error;

	error = copyinstr(args->u.quotaon.qc_quotafile, name, MAXPATHLEN,
	    NULL);
	if (error == 0) {
		args->u.quotaon.qc_quotafile = name;
		error = do_sys_quotactl(path, args);
	}
	PNBUF_PUT(name);
	return error;
}

int
sys___quotactl(struct lwp *l, const struct sys___quotactl_args *uap,
    register_t *retval)
{
	const char *path = SCARG(uap, path);
	struct quotactl_args args;
	int error;

	error = copyin(SCARG(uap, args), &args, sizeof(args));
	if (error != 0)
		return error;
	switch (args.qc_op) {
	case QUOTACTL_STAT:
		return quota_info(path, &args,
		    (void **)&args.u.stat.qc_info, sizeof(struct quotastat));
	case QUOTACTL_IDTYPESTAT:
		return quota_info(path, &args,
		    (void **)&args.u.idtypestat.qc_info,
		    sizeof(struct quotaidtypestat));
	case QUOTACTL_OBJTYPESTAT:
		return quota_info(path, &args,
		    (void **)&args.u.objtypestat.qc_info,
		    sizeof(struct quotaobjtypestat));
	case QUOTACTL_GET:
		return quota_get(path, &args);
	case QUOTACTL_PUT:
		return quota_put(path, &args);
	case QUOTACTL_DEL:
		return quota_del(path, &args);
	case QUOTACTL_CURSOROPEN:
		return quota_cursor(path, &args,
		    &args.u.cursoropen.qc_cursor);
	case QUOTACTL_CURSORCLOSE:
		return quota_cursor(path, &args,
		    &args.u.cursorclose.qc_cursor);
	case QUOTACTL_CURSORSKIPIDTYPE:
		return quota_cursor(path, &args,
		    &args.u.cursorskipidtype.qc_cursor);
	case QUOTACTL_CURSORGET:
		return quota_cursorget(path, &args);
	case QUOTACTL_CURSORATEND:
		return quota_atend(path, &args);
	case QUOTACTL_CURSORREWIND:
		return quota_cursor(path, &args,
		    &args.u.cursorrewind.qc_cursor);
	case QUOTACTL_QUOTAON:
		return quota_on(path, &args);
	case QUOTACTL_QUOTAOFF:
		return do_sys_quotactl(path, &args);
	default:
		return EINVAL;
	}
}
