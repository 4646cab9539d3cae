/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each user has in use.  Records are found through a hash, are entered
 * under uid_lock and are never removed; counts change atomically.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/uidinfo.h>

#define UIHASH		32
#define UIBUCKET(uid)	(&uihash[(uid) % UIHASH])

static LIST_HEAD(uihashhead, uidinfo) uihash[UIHASH];
static struct uidinfo ui_root;
static kmutex_t uid_lock;

void
uid_init(void)
{

	mutex_init(&uid_lock, MUTEX_DEFAULT, IPL_NONE);
	LIST_INSERT_HEAD(UIBUCKET(0), &ui_root, ui_hash);
}

static struct uidinfo *
uid_lookup(uid_t uid)
{
	struct uidinfo *uip;

	LIST_FOREACH(uip, UIBUCKET(uid), ui_hash)
		if (uip->ui_uid == uid)
			return uip;
	return NULL;
}

struct uidinfo *
uid_find(uid_t uid)
{
	struct uidinfo *uip, *new = NULL;

	mutex_enter(&uid_lock);
	if ((uip = uid_lookup(uid)) == NULL) {
		mutex_exit(&uid_lock);
		new = kmem_zalloc(sizeof(*new), KM_SLEEP);
		new->ui_uid = uid;
		mutex_enter(&uid_lock);
		if ((uip = uid_lookup(uid)) == NULL) {
			LIST_INSERT_HEAD(UIBUCKET(uid), new, ui_hash);
			uip = new;
			new = NULL;
		}
	}
	mutex_exit(&uid_lock);
	if (new != NULL)
		kmem_free(new, sizeof(*new));
	return uip;
}

int
chgproccnt(uid_t uid, int diff)
{

	return (int)atomic_add_long_nv(&uid_find(uid)->ui_proccnt, diff);
}

int
chglwpcnt(uid_t uid, int diff)
{

	return (int)atomic_add_long_nv(&uid_find(uid)->ui_lwpcnt, diff);
}

int
chgsbsize(struct uidinfo *uip, u_long *hiwat, u_long to, rlim_t max)
{
	long diff = (long)(to - *hiwat);
	u_long now;

	now = atomic_add_long_nv(&uip->ui_sbsize, diff);
	if (diff > 0 && now > max) {
		atomic_add_long(&uip->ui_sbsize, -diff);
		return 0;
	}
	*hiwat = to;
	return 1;
}
