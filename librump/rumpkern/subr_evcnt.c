/* SPDX-License-Identifier: BSD-2-Clause */
/* evcnt(9): the list of event counters, guarded by evcnt_lock. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/evcnt.h>
#include <sys/mutex.h>

#include <rump/rump.h>
#include <rump-priv/kern.h>

static kmutex_t evcnt_lock;
static struct evcntlist allevents = TAILQ_HEAD_INITIALIZER(allevents);

__link_set_decl(evcnts, struct evcnt);

static void
attach(struct evcnt *ev)
{

	ev->ev_grouplen = (unsigned char)strlen(ev->ev_group);
	ev->ev_namelen = (unsigned char)strlen(ev->ev_name);
	mutex_enter(&evcnt_lock);
	TAILQ_INSERT_TAIL(&allevents, ev, ev_list);
	mutex_exit(&evcnt_lock);
}

void
rump_evcnt_init(void)
{
	struct evcnt *const *evp;

	mutex_init(&evcnt_lock, MUTEX_DEFAULT, IPL_NONE);
	__link_set_foreach(evp, evcnts) {
		if (*evp != NULL)
			evcnt_attach_static(*evp);
	}
}

void
evcnt_attach_static(struct evcnt *ev)
{

	attach(ev);
}

void
evcnt_attach_dynamic_nozero(struct evcnt *ev, int type,
    const struct evcnt *parent, const char *group, const char *name)
{

	KASSERT(strlen(group) <= EVCNT_STRING_MAX);
	KASSERT(strlen(name) <= EVCNT_STRING_MAX);
	ev->ev_type = (unsigned char)type;
	ev->ev_parent = parent;
	ev->ev_group = group;
	ev->ev_name = name;
	attach(ev);
}

void
evcnt_attach_dynamic(struct evcnt *ev, int type, const struct evcnt *parent,
    const char *group, const char *name)
{

	memset(ev, 0, sizeof(*ev));
	evcnt_attach_dynamic_nozero(ev, type, parent, group, name);
}

void
evcnt_detach(struct evcnt *ev)
{

	mutex_enter(&evcnt_lock);
	TAILQ_REMOVE(&allevents, ev, ev_list);
	mutex_exit(&evcnt_lock);
}

/* For clients: the counters that have counted, one a line. */
void
rump_printevcnts(void)
{
	struct evcnt *ev;

	rump_schedule();
	mutex_enter(&evcnt_lock);
	TAILQ_FOREACH(ev, &allevents, ev_list) {
		if (ev->ev_count != 0)
			printf("%s / %s: %" PRIu64 "\n", ev->ev_group,
			    ev->ev_name, ev->ev_count);
	}
	mutex_exit(&evcnt_lock);
	rump_unschedule();
}
