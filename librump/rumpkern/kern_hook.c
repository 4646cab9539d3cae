/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions to be called at shutdown, at the exit of a process, while polling
 * in an emergency; and the check that sleeping is allowed. hook_lock guards
 * the lists; the functions are called without it, last established first.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/kmem.h>
#include <sys/lock.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/syslog.h>
#include <sys/tprintf.h>

#include <rump/rumpuser.h>
#include <rump-priv/clock.h>
#include <rump-priv/mem.h>

struct hook {
	LIST_ENTRY(hook) hk_entry;
	void		(*hk_fn)(void);		/* of the list's own type */
	void		*hk_arg;
};
LIST_HEAD(hooklist, hook);

static struct hooklist shutdownhooks = LIST_HEAD_INITIALIZER(shutdownhooks);
static struct hooklist exithooks = LIST_HEAD_INITIALIZER(exithooks);
static struct hooklist critpollhooks = LIST_HEAD_INITIALIZER(critpollhooks);
static kmutex_t hook_lock;

/* RUMP_MEMREPORT: at shutdown, say on standard error what memory is in use. */
static void
memory_report(void *arg)
{

	rump_mem_report(rumpuser_dprintf);
}

void
rump_hook_init(void)
{
	char buf[8];

	mutex_init(&hook_lock, MUTEX_DEFAULT, IPL_NONE);
	if (rumpuser_getparam("RUMP_MEMREPORT", buf, sizeof(buf)) == 0 &&
	    strcmp(buf, "0") != 0)
		(void)shutdownhook_establish(memory_report, NULL);
}

static void *
hook_establish(struct hooklist *list, void (*fn)(void), void *arg)
{
	struct hook *hk;

	if ((hk = kmem_alloc(sizeof(*hk), KM_NOSLEEP)) == NULL)
		return NULL;
	hk->hk_fn = fn;
	hk->hk_arg = arg;
	mutex_enter(&hook_lock);
	LIST_INSERT_HEAD(list, hk, hk_entry);
	mutex_exit(&hook_lock);
	return hk;
}

static void
hook_disestablish(void *v)
{
	struct hook *hk = v;

	mutex_enter(&hook_lock);
	LIST_REMOVE(hk, hk_entry);
	mutex_exit(&hook_lock);
	kmem_free(hk, sizeof(*hk));
}

/* Call the hooks of a list, for process p or none. */
static void
hooks_call(struct hooklist *list, struct proc *p)
{
	struct hook *hk, *next;

	for (hk = LIST_FIRST(list); hk != NULL; hk = next) {
		next = LIST_NEXT(hk, hk_entry);
		if (p != NULL) {
			(*(void (*)(struct proc *, void *))(void *)hk->hk_fn)(
			    p, hk->hk_arg);
		} else
			(*(void (*)(void *))(void *)hk->hk_fn)(hk->hk_arg);
	}
}

void *
shutdownhook_establish(void (*fn)(void *), void *arg)
{

	return hook_establish(&shutdownhooks, (void (*)(void))(void *)fn, arg);
}

void
shutdownhook_disestablish(void *v)
{

	hook_disestablish(v);
}

void
doshutdownhooks(void)
{
	struct hook *hk;

	/* Each once, even if one of them panics and we come here again. */
	while ((hk = LIST_FIRST(&shutdownhooks)) != NULL) {
		LIST_REMOVE(hk, hk_entry);
		(*(void (*)(void *))(void *)hk->hk_fn)(hk->hk_arg);
		kmem_free(hk, sizeof(*hk));
	}
}

void *
exithook_establish(void (*fn)(struct proc *, void *), void *arg)
{

	return hook_establish(&exithooks, (void (*)(void))(void *)fn, arg);
}

void
exithook_disestablish(void *v)
{

	hook_disestablish(v);
}

void
doexithooks(struct proc *p)
{

	hooks_call(&exithooks, p);
}

void *
critpollhook_establish(void (*fn)(void *), void *arg)
{

	return hook_establish(&critpollhooks, (void (*)(void))(void *)fn, arg);
}

void
critpollhook_disestablish(void *v)
{

	hook_disestablish(v);
}

void
docritpollhooks(void)
{

	hooks_call(&critpollhooks, NULL);
}

void
assert_sleepable(void)
{

	KASSERTMSG(!cpu_intr_p(), "sleep in interrupt context");
	LOCKDEBUG_BARRIER(NULL, 1);
}

/*
 * Terminals of users: there are none, so messages go to the log.
 */

tpr_t
tprintf_open(struct proc *p)
{

	return NULL;
}

void
tprintf_close(tpr_t tpr)
{
}

void
tprintf(tpr_t tpr, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_INFO, fmt, ap);
	va_end(ap);
}
