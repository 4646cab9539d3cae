/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rnd(9) and the controls of rnd(4): sources of randomness.  The host's
 * generator is what the kernel's numbers come from and never runs dry; what
 * sources give is counted and stirred in (subr_cprng.c).  source_lock guards the
 * list of sources and their flags; counts are lossy.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rnd.h>
#include <sys/rndsource.h>

#include <rump-priv/kern.h>

#include "rnd_impl.h"

int rnd_initial_entropy = 1;		/* the host's is always enough */

static kmutex_t source_lock;
static LIST_HEAD(, krndsource) sources = LIST_HEAD_INITIALIZER(sources);
static uint64_t stirred[RND_STIRRED];	/* from the sources, lossy */
static unsigned int stir_next;
static volatile unsigned int added;	/* bits of entropy credited */

uint64_t
rump_rnd_stirred(unsigned int i)
{

	return __atomic_load_n(&stirred[i], __ATOMIC_RELAXED);
}

bool
rump_rnd_given(void)
{

	return __atomic_load_n(&stir_next, __ATOMIC_RELAXED) != 0;
}

void
rnd_attach_source(krndsource_t *rs, const char *name, uint32_t type,
    uint32_t flags)
{

	strlcpy(rs->name, name, sizeof(rs->name));
	rs->total = rs->samples = 0;
	rs->type = type;
	rs->flags = flags;
	if ((flags & RND_FLAG_HASCB) == 0)
		rs->get = NULL;
	if ((flags & RND_FLAG_HASENABLE) == 0)
		rs->enable = NULL;
	mutex_enter(&source_lock);
	LIST_INSERT_HEAD(&sources, rs, list);
	mutex_exit(&source_lock);
}

void
rnd_detach_source(krndsource_t *rs)
{

	mutex_enter(&source_lock);
	LIST_REMOVE(rs, list);
	mutex_exit(&source_lock);
}

static void
stir(uint64_t v)
{
	unsigned int i = __atomic_fetch_add(&stir_next, 1, __ATOMIC_RELAXED);
	uint64_t *p = &stirred[i % RND_STIRRED];
	uint64_t old = __atomic_load_n(p, __ATOMIC_RELAXED);

	/* A lost update loses a sample, never what was there. */
	__atomic_store_n(p, (old << 23 | old >> 41) ^
	    v * 0x9e3779b97f4a7c15ULL, __ATOMIC_RELAXED);
}

void
_rnd_add_uint32(krndsource_t *rs, uint32_t val)
{

	rs->last = val;
	rs->samples++;
	stir((uint64_t)val << 32 | rs->type);
}

void
rnd_add_data(krndsource_t *rs, const void *const data, uint32_t len,
    uint32_t entropy)
{
	const uint8_t *p = data;
	uint32_t i;

	for (i = 0; i + 8 <= len; i += 8)
		stir(le64dec(p + i));
	for (; i < len; i++)
		stir(p[i]);
	if (rs != NULL) {
		rs->samples++;
		if (rs->flags & RND_FLAG_NO_ESTIMATE)
			return;
		rs->total += entropy;
	}
	atomic_add_int(&added, (int)entropy);
}

/*
 * Controls.
 */

static void
source_tell(const krndsource_t *rs, rndsource_t *out)
{

	memset(out, 0, sizeof(*out));
	strlcpy(out->name, rs->name, sizeof(out->name));
	out->total = rs->total;
	out->type = rs->type;
	out->flags = rs->flags;
}

/* No times are sampled: all a source gives are values. */
static void
source_tell_est(const krndsource_t *rs, rndsource_est_t *out)
{

	memset(out, 0, sizeof(*out));
	source_tell(rs, &out->rt);
	out->dv_samples = rs->samples;
	out->dv_total = rs->total;
}

static krndsource_t *
source_find(const char *name, size_t size)
{
	krndsource_t *rs;

	LIST_FOREACH(rs, &sources, list)
		if (strncmp(rs->name, name, MIN(size, sizeof(rs->name))) == 0)
			return rs;
	return NULL;
}

/* Sources from the start-th on, as many as are asked for and there. */
static int
sources_tell(uint32_t start, uint32_t *countp, rndsource_t *out,
    rndsource_est_t *est)
{
	krndsource_t *rs;
	uint32_t n = 0;

	if (*countp > RND_MAXSTATCOUNT)
		return EINVAL;
	mutex_enter(&source_lock);
	LIST_FOREACH(rs, &sources, list) {
		if (start > 0) {
			start--;
			continue;
		}
		if (n == *countp)
			break;
		if (est != NULL)
			source_tell_est(rs, &est[n++]);
		else
			source_tell(rs, &out[n++]);
	}
	mutex_exit(&source_lock);
	*countp = n;
	return 0;
}

static int
source_tell_named(const char *name, size_t size, rndsource_t *out,
    rndsource_est_t *est)
{
	krndsource_t *rs;

	mutex_enter(&source_lock);
	rs = source_find(name, size);
	if (rs != NULL && est != NULL)
		source_tell_est(rs, est);
	else if (rs != NULL)
		source_tell(rs, out);
	mutex_exit(&source_lock);
	return rs != NULL ? 0 : ENOENT;
}

#define CONTROLLED							\
	(RND_FLAG_NO_ESTIMATE | RND_FLAG_NO_COLLECT |			\
	RND_FLAG_COLLECT_TIME | RND_FLAG_COLLECT_VALUE |		\
	RND_FLAG_ESTIMATE_TIME | RND_FLAG_ESTIMATE_VALUE)
#define BY_NAME		0xff		/* of rndctl_t's type */

/* Change flags of one source or of all of a type. */
static int
sources_control(const rndctl_t *ctl)
{
	uint32_t mask = ctl->mask & CONTROLLED, old;
	krndsource_t *rs;
	bool found = false;

	mutex_enter(&source_lock);
	LIST_FOREACH(rs, &sources, list) {
		if (ctl->type == BY_NAME ?
		    rs != source_find(ctl->name, sizeof(ctl->name)) :
		    rs->type != ctl->type)
			continue;
		found = true;
		old = rs->flags;
		rs->flags = (old & ~mask) | (ctl->flags & mask);
		if (rs->enable != NULL && ((old ^ rs->flags) &
		    RND_FLAG_NO_COLLECT))
			(*rs->enable)(rs, RND_ENABLED(rs));
	}
	mutex_exit(&source_lock);
	return found ? 0 : ENOENT;
}

static int
data_add(rnddata_t *rd)
{
	uint32_t entropy = rd->entropy;

	if (rd->len > sizeof(rd->data) || entropy > rd->len * NBBY)
		return EINVAL;
	/* Who may give, but is not believed, adds without credit. */
	if (kauth_authorize_device(curlwp->l_cred,
	    KAUTH_DEVICE_RND_ADDDATA_ESTIMATE, NULL, NULL, NULL, NULL) != 0)
		entropy = 0;
	rnd_add_data(NULL, rd->data, rd->len, entropy);
	return 0;
}

int
rnd_system_ioctl(struct file *fp, u_long cmd, void *data)
{
	rndpoolstat_t *ps = data;
	rndstat_t *st = data;
	rndstat_name_t *sn = data;
	rndstat_est_t *et = data;
	rndstat_est_name_t *en = data;
	int action, error;

	switch (cmd) {
	case RNDGETENTCNT:
	case RNDGETPOOLSTAT:
	case RNDGETSRCNUM:
	case RNDGETSRCNAME:
	case RNDGETESTNUM:
	case RNDGETESTNAME:
		action = KAUTH_DEVICE_RND_GETPRIV;
		break;
	case RNDCTL:
		action = KAUTH_DEVICE_RND_SETPRIV;
		break;
	case RNDADDDATA:
		action = KAUTH_DEVICE_RND_ADDDATA;
		break;
	default:
		return ENOTTY;
	}
	error = kauth_authorize_device(curlwp->l_cred, action, NULL, NULL,
	    NULL, NULL);
	if (error != 0)
		return error;
	switch (cmd) {
	case RNDGETENTCNT:
		*(uint32_t *)data = RND_POOLBITS;
		return 0;
	case RNDGETPOOLSTAT:
		memset(ps, 0, sizeof(*ps));
		ps->poolsize = RND_POOLWORDS;
		ps->maxentropy = ps->curentropy = RND_POOLBITS;
		/* It is full, so that more is of no account. */
		ps->added = ps->discarded = added;
		return 0;
	case RNDGETSRCNUM:
		return sources_tell(st->start, &st->count, st->source, NULL);
	case RNDGETESTNUM:
		return sources_tell(et->start, &et->count, NULL, et->source);
	case RNDGETSRCNAME:
		return source_tell_named(sn->name, sizeof(sn->name),
		    &sn->source, NULL);
	case RNDGETESTNAME:
		return source_tell_named(en->name, sizeof(en->name), NULL,
		    &en->source);
	case RNDCTL:
		return sources_control(data);
	default:
		return data_add(data);
	}
}

void
rnd_init(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	mutex_init(&source_lock, MUTEX_DEFAULT, IPL_VM);
}

void
rump_cprng_init(void)
{

	rnd_init();
}
