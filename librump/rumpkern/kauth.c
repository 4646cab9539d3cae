/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authorization of kauth(9): scopes, their listeners, and the traditional
 * security model (root may, others may what is their own).
 *
 * A request is denied if a listener denies it, allowed if one allows it and
 * none denies, and denied if all defer.  kauth_lock is taken for reading by
 * requests, for writing by changes.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/rwlock.h>

#include <rump-priv/kern.h>

struct kauth_listener {
	kauth_scope_callback_t func;
	void *cookie;
	struct kauth_scope *scope;
	SIMPLEQ_ENTRY(kauth_listener) listener_next;
};

struct kauth_scope {
	const char *id;
	void *cookie;
	bool registered;		/* not only listened for */
	SIMPLEQ_HEAD(, kauth_listener) listenq;
	SIMPLEQ_ENTRY(kauth_scope) next_scope;
};

static SIMPLEQ_HEAD(, kauth_scope) scope_list =
    SIMPLEQ_HEAD_INITIALIZER(scope_list);
static krwlock_t kauth_lock;

#define SCOPE(name, ident)						\
static struct kauth_scope scope_##name = {				\
	.id = ident, .registered = true,				\
	.listenq = SIMPLEQ_HEAD_INITIALIZER(scope_##name.listenq),	\
}

SCOPE(generic, KAUTH_SCOPE_GENERIC);
SCOPE(system, KAUTH_SCOPE_SYSTEM);
SCOPE(process, KAUTH_SCOPE_PROCESS);
SCOPE(network, KAUTH_SCOPE_NETWORK);
SCOPE(machdep, KAUTH_SCOPE_MACHDEP);
SCOPE(device, KAUTH_SCOPE_DEVICE);
SCOPE(cred, KAUTH_SCOPE_CRED);
SCOPE(vnode, KAUTH_SCOPE_VNODE);

/*
 * The traditional model, asked where the listeners defer.
 */

static bool
is_suser(kauth_cred_t cred)
{

	return kauth_cred_geteuid(cred) == 0;
}

/* What anybody may do. */
static bool
anybody_may(const struct kauth_scope *scope, kauth_cred_t cred,
    kauth_action_t action, void *arg0, void *arg1)
{
	uintptr_t req = (uintptr_t)arg0;

	if (scope == &scope_system) {
		switch (action) {
		case KAUTH_SYSTEM_MOUNT:
			return req == KAUTH_REQ_SYSTEM_MOUNT_GET;
		case KAUTH_SYSTEM_FS_QUOTA:
			/* One's own quota: the file system has checked. */
			return req == KAUTH_REQ_SYSTEM_FS_QUOTA_GET;
		case KAUTH_SYSTEM_SYSCTL:
			return req == KAUTH_REQ_SYSTEM_SYSCTL_DESC;
		default:
			return false;
		}
	}
	if (scope == &scope_network) {
		switch (action) {
		case KAUTH_NETWORK_BIND:
			return req == KAUTH_REQ_NETWORK_BIND_PORT;
		case KAUTH_NETWORK_INTERFACE:
			return req == KAUTH_REQ_NETWORK_INTERFACE_GET ||
			    req == KAUTH_REQ_NETWORK_INTERFACE_SET;
		case KAUTH_NETWORK_SOCKET:
			return req == KAUTH_REQ_NETWORK_SOCKET_CANSEE ||
			    req == KAUTH_REQ_NETWORK_SOCKET_OPEN;
		default:
			return false;
		}
	}
	if (scope == &scope_process) {
		struct proc *p = arg0;

		switch (action) {
		case KAUTH_PROCESS_CANSEE:
		case KAUTH_PROCESS_FORK:
		case KAUTH_PROCESS_KEVENT_FILTER:
			return true;
		case KAUTH_PROCESS_SIGNAL:
		case KAUTH_PROCESS_NICE:
		case KAUTH_PROCESS_PTRACE:
		case KAUTH_PROCESS_KTRACE:
		case KAUTH_PROCESS_CORENAME:
			return p != NULL &&
			    kauth_cred_uidmatch(cred, p->p_cred);
		case KAUTH_PROCESS_RLIMIT:
			return (uintptr_t)arg1 != KAUTH_REQ_PROCESS_RLIMIT_BYPASS
			    && p != NULL && kauth_cred_uidmatch(cred, p->p_cred);
		default:
			return false;
		}
	}
	if (scope == &scope_device) {
		switch (action) {
		case KAUTH_DEVICE_TTY_OPEN:
		case KAUTH_DEVICE_RAWIO_SPEC:
		case KAUTH_DEVICE_BLUETOOTH_SEND:
		case KAUTH_DEVICE_BLUETOOTH_RECV:
		case KAUTH_DEVICE_WSCONS_KEYBOARD_BELL:
		case KAUTH_DEVICE_WSCONS_KEYBOARD_KEYREPEAT:
			return true;
		default:
			return false;
		}
	}
	return scope == &scope_cred;
}

/* What root may not: execute what nobody may. */
static bool
suser_may_vnode(kauth_action_t action)
{

	return (action & KAUTH_VNODE_EXECUTE) == 0 ||
	    (action & KAUTH_VNODE_IS_EXEC) != 0;
}

/*
 * The decision.
 */

static int
scope_ask(struct kauth_scope *scope, kauth_cred_t cred,
    kauth_action_t action, void *arg0, void *arg1, void *arg2, void *arg3)
{
	struct kauth_listener *kl;
	int result = KAUTH_RESULT_DEFER;

	/* Nobody listens in most kernels. */
	if (__predict_true(SIMPLEQ_EMPTY(&scope->listenq)))
		return result;
	rw_enter(&kauth_lock, RW_READER);
	SIMPLEQ_FOREACH(kl, &scope->listenq, listener_next) {
		int r = (*kl->func)(cred, action, kl->cookie, arg0, arg1,
		    arg2, arg3);

		if (r == KAUTH_RESULT_DENY) {
			result = r;
			break;
		}
		if (r == KAUTH_RESULT_ALLOW)
			result = r;
	}
	rw_exit(&kauth_lock);
	return result;
}

int
kauth_authorize_action(kauth_scope_t scope, kauth_cred_t cred,
    kauth_action_t action, void *arg0, void *arg1, void *arg2, void *arg3)
{
	int r;

	KASSERT(cred != NULL && action != 0);
	if (cred == NOCRED || cred == FSCRED)
		return 0;
	r = scope_ask(scope, cred, action, arg0, arg1, arg2, arg3);
	if (r == KAUTH_RESULT_DENY)
		return EPERM;
	if (r == KAUTH_RESULT_ALLOW || is_suser(cred))
		return 0;
	return anybody_may(scope, cred, action, arg0, arg1) ? 0 : EPERM;
}

int
kauth_authorize_generic(kauth_cred_t cred, kauth_action_t action, void *arg0)
{

	return kauth_authorize_action(&scope_generic, cred, action, arg0,
	    NULL, NULL, NULL);
}

int
kauth_authorize_system(kauth_cred_t cred, kauth_action_t action,
    enum kauth_system_req req, void *arg1, void *arg2, void *arg3)
{

	return kauth_authorize_action(&scope_system, cred, action,
	    KAUTH_ARG(req), arg1, arg2, arg3);
}

int
kauth_authorize_process(kauth_cred_t cred, kauth_action_t action,
    struct proc *p, void *arg1, void *arg2, void *arg3)
{

	return kauth_authorize_action(&scope_process, cred, action, p, arg1,
	    arg2, arg3);
}

int
kauth_authorize_network(kauth_cred_t cred, kauth_action_t action,
    enum kauth_network_req req, void *arg1, void *arg2, void *arg3)
{

	return kauth_authorize_action(&scope_network, cred, action,
	    KAUTH_ARG(req), arg1, arg2, arg3);
}

int
kauth_authorize_machdep(kauth_cred_t cred, kauth_action_t action, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	return kauth_authorize_action(&scope_machdep, cred, action, arg0,
	    arg1, arg2, arg3);
}

int
kauth_authorize_device(kauth_cred_t cred, kauth_action_t action, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	return kauth_authorize_action(&scope_device, cred, action, arg0, arg1,
	    arg2, arg3);
}

int
kauth_authorize_device_tty(kauth_cred_t cred, kauth_action_t action,
    struct tty *tty)
{

	return kauth_authorize_action(&scope_device, cred, action, tty, NULL,
	    NULL, NULL);
}

int
kauth_authorize_device_spec(kauth_cred_t cred, enum kauth_device_req req,
    struct vnode *vp)
{

	return kauth_authorize_action(&scope_device, cred,
	    KAUTH_DEVICE_RAWIO_SPEC, KAUTH_ARG(req), vp, NULL, NULL);
}

int
kauth_authorize_device_passthru(kauth_cred_t cred, dev_t dev, u_long bits,
    void *data)
{

	return kauth_authorize_action(&scope_device, cred,
	    KAUTH_DEVICE_RAWIO_PASSTHRU, KAUTH_ARG(bits), KAUTH_ARG(dev),
	    data, NULL);
}

int
kauth_authorize_vnode(kauth_cred_t cred, kauth_action_t action,
    struct vnode *vp, struct vnode *dvp, int fs_decision)
{
	int r;

	if (cred == NOCRED || cred == FSCRED)
		return 0;
	r = scope_ask(&scope_vnode, cred, action, vp, dvp, NULL,
	    KAUTH_ARG(fs_decision));
	if (r == KAUTH_RESULT_DENY)
		return EACCES;
	if (r == KAUTH_RESULT_ALLOW || fs_decision == 0)
		return 0;
	if (is_suser(cred) && fs_decision != KAUTH_VNODE_REMOTEFS &&
	    suser_may_vnode(action))
		return 0;
	return fs_decision == KAUTH_VNODE_REMOTEFS ? 0 : fs_decision;
}

kauth_action_t
kauth_mode_to_action(mode_t mode)
{
	kauth_action_t action = 0;

	if (mode & 4)
		action |= KAUTH_VNODE_READ_DATA;
	if (mode & 2)
		action |= KAUTH_VNODE_WRITE_DATA;
	if (mode & 1)
		action |= KAUTH_VNODE_EXECUTE;
	return action;
}

kauth_action_t
kauth_extattr_action(mode_t mode)
{
	kauth_action_t action = 0;

	if (mode & 4)
		action |= KAUTH_VNODE_READ_EXTATTRIBUTES;
	if (mode & 2)
		action |= KAUTH_VNODE_WRITE_EXTATTRIBUTES;
	return action;
}

/*
 * Scopes and listeners.
 */

void
kauth_init(void)
{
	static struct kauth_scope *const builtin[] = {
		&scope_generic, &scope_system, &scope_process, &scope_network,
		&scope_machdep, &scope_device, &scope_cred, &scope_vnode
	};
	size_t i;

	rw_init(&kauth_lock);
	for (i = 0; i < __arraycount(builtin); i++)
		SIMPLEQ_INSERT_TAIL(&scope_list, builtin[i], next_scope);
}

static struct kauth_scope *
scope_lookup(const char *id)
{
	struct kauth_scope *scope;

	SIMPLEQ_FOREACH(scope, &scope_list, next_scope)
		if (strcmp(scope->id, id) == 0)
			return scope;
	return NULL;
}

static struct kauth_scope *
scope_create(const char *id)
{
	struct kauth_scope *scope = kmem_zalloc(sizeof(*scope), KM_SLEEP);

	scope->id = id;
	SIMPLEQ_INIT(&scope->listenq);
	SIMPLEQ_INSERT_TAIL(&scope_list, scope, next_scope);
	return scope;
}

kauth_scope_t
kauth_register_scope(const char *id, kauth_scope_callback_t callback,
    void *cookie)
{
	struct kauth_listener *kl = NULL;
	struct kauth_scope *scope;

	if (callback != NULL) {
		kl = kmem_zalloc(sizeof(*kl), KM_SLEEP);
		kl->func = callback;
		kl->cookie = cookie;
	}
	rw_enter(&kauth_lock, RW_WRITER);
	scope = scope_lookup(id);
	if (scope != NULL && scope->registered) {
		rw_exit(&kauth_lock);
		if (kl != NULL)
			kmem_free(kl, sizeof(*kl));
		return NULL;
	}
	if (scope == NULL)
		scope = scope_create(id);
	scope->registered = true;
	scope->cookie = cookie;
	if (kl != NULL) {
		kl->scope = scope;
		SIMPLEQ_INSERT_HEAD(&scope->listenq, kl, listener_next);
	}
	rw_exit(&kauth_lock);
	return scope;
}

void
kauth_deregister_scope(kauth_scope_t scope)
{
	struct kauth_listener *kl;

	rw_enter(&kauth_lock, RW_WRITER);
	SIMPLEQ_REMOVE(&scope_list, scope, kauth_scope, next_scope);
	while ((kl = SIMPLEQ_FIRST(&scope->listenq)) != NULL) {
		SIMPLEQ_REMOVE_HEAD(&scope->listenq, listener_next);
		kmem_free(kl, sizeof(*kl));
	}
	rw_exit(&kauth_lock);
	kmem_free(scope, sizeof(*scope));
}

kauth_listener_t
kauth_listen_scope(const char *id, kauth_scope_callback_t callback,
    void *cookie)
{
	struct kauth_listener *kl;

	kl = kmem_zalloc(sizeof(*kl), KM_SLEEP);
	kl->func = callback;
	kl->cookie = cookie;
	rw_enter(&kauth_lock, RW_WRITER);
	if ((kl->scope = scope_lookup(id)) == NULL)
		kl->scope = scope_create(id);
	SIMPLEQ_INSERT_TAIL(&kl->scope->listenq, kl, listener_next);
	rw_exit(&kauth_lock);
	return kl;
}

void
kauth_unlisten_scope(kauth_listener_t kl)
{

	rw_enter(&kauth_lock, RW_WRITER);
	SIMPLEQ_REMOVE(&kl->scope->listenq, kl, kauth_listener,
	    listener_next);
	rw_exit(&kauth_lock);
	kmem_free(kl, sizeof(*kl));
}

/* Those who listen for credentials hear of a fork and of a chroot. */
void
kauth_proc_fork(struct proc *parent, struct proc *child)
{

	(void)scope_ask(&scope_cred, child->p_cred, KAUTH_CRED_FORK, parent,
	    child, NULL, NULL);
}

void
kauth_proc_chroot(kauth_cred_t cred, struct cwdinfo *cwdi)
{

	(void)scope_ask(&scope_cred, cred, KAUTH_CRED_CHROOT, cwdi, NULL,
	    NULL, NULL);
}
