/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kern.c - what a client's request does in the kernel, through the upcalls:
 * each client is a process, each call of it an lwp of that process for as long
 * as the call takes.
 * Locking: runs on a worker thread with nothing locked and no virtual CPU.
 */
#include "sp/server.h"

#include <stdlib.h>
#include <string.h>

/* rump_lwproc(3): descriptors copied from the parent; none. */
#define RFFDG	0x01
#define RFCFDG	0x02

#define HYP	rumpuser__hyp

int
rumpuser__sp_canserve(void)
{

	return HYP.hyp_schedule != NULL && HYP.hyp_unschedule != NULL &&
	    HYP.hyp_lwproc_rfork != NULL && HYP.hyp_lwproc_newlwp != NULL &&
	    HYP.hyp_lwproc_curlwp != NULL && HYP.hyp_lwproc_switch != NULL &&
	    HYP.hyp_lwproc_release != NULL && HYP.hyp_syscall != NULL &&
	    HYP.hyp_lwpexit != NULL && HYP.hyp_execnotify != NULL &&
	    HYP.hyp_getpid != NULL;
}

/* The kernel goes down: nobody is to enter it any more. */
static int
stopping(void)
{

	return __atomic_load_n(&rumpuser__sp.stopping, __ATOMIC_ACQUIRE);
}

/*
 * Make @c's process: a child of @parent with its descriptors, or one of no
 * descent.  Its first lwp stays, to keep it.  An errno of the kernel's.
 */
static int
proc_make(struct sp_client *c, struct sp_client *parent)
{
	struct lwp *l = NULL;
	int error = 0;

	HYP.hyp_schedule();
	if (parent != NULL &&
	    (error = HYP.hyp_lwproc_newlwp(parent->pid)) == 0)
		l = HYP.hyp_lwproc_curlwp();
	if (error == 0)
		error = HYP.hyp_lwproc_rfork(c, parent != NULL ? RFFDG :
		    RFCFDG, c->comm);
	if (error == 0) {
		c->pid = HYP.hyp_getpid();
		c->mainlwp = HYP.hyp_lwproc_curlwp();
		HYP.hyp_lwproc_switch(l);
		rumpuser__sp_ref(c);
	}
	if (l != NULL)
		HYP.hyp_lwproc_release();
	HYP.hyp_unschedule();
	return error;
}

/* Have the other lwps of the process leave the kernel, and wait for that. */
static void
proc_quiesce(struct sp_client *c)
{

	rumpuser__sp_drop(c);
	HYP.hyp_schedule();
	HYP.hyp_lwproc_switch(c->mainlwp);
	HYP.hyp_lwpexit();
	HYP.hyp_lwproc_switch(NULL);
	HYP.hyp_unschedule();
	rumpuser__sp_drain(c);
}

/* The end of a process; its reference to the client goes with it. */
static void
proc_exit(struct sp_client *c)
{

	if (c->mainlwp == NULL || stopping())
		return;		/* the kernel keeps what it has, and us */
	proc_quiesce(c);
	HYP.hyp_schedule();
	HYP.hyp_lwproc_switch(c->mainlwp);
	HYP.hyp_lwproc_release();
	HYP.hyp_unschedule();
	c->mainlwp = NULL;
	rumpuser__sp_unref(c);
}

/* A handshake went well: say so and read on, unless the client has left. */
static void
handshake_done(struct sp_job *job, struct sp_client *c, enum sp_state state)
{
	const int32_t error = 0;

	(void)rumpuser__sp_reply(c, &job->hdr, &error, sizeof(error),
	    SP_ALWAYS);
	/* The service thread leaves a busy client's process to us. */
	if (!rumpuser__sp_resume(c, state))
		proc_exit(c);
}

static void
handshake_failed(struct sp_job *job, struct sp_client *c, uint32_t error)
{

	(void)rumpuser__sp_replyerr(c, &job->hdr, error, SP_ALWAYS);
	(void)rumpuser__sp_resume(c, SP_NEW);
}

static void
run_guest(struct sp_job *job)
{
	struct sp_client *c = job->c;

	memcpy(c->comm, job->body.name, job->len);
	if (proc_make(c, NULL) != 0)
		handshake_failed(job, c, RUMPSP_ERR_RFORK_FAILED);
	else
		handshake_done(job, c, SP_RUN);
}

/*
 * Exec: the calls of the program that was are over, and nobody waits for
 * their answers; what is closed on exec is closed.
 */
static void
run_exec(struct sp_job *job)
{
	struct sp_client *c = job->c;

	proc_quiesce(c);
	memcpy(c->comm, job->body.name, job->len);
	HYP.hyp_schedule();
	HYP.hyp_lwproc_switch(c->mainlwp);
	HYP.hyp_execnotify(c->comm);
	HYP.hyp_lwproc_switch(NULL);
	HYP.hyp_unschedule();
	handshake_done(job, c, SP_RUN);
}

/*
 * Fork.  The host's parent asks with PREFORK before it forks: the child
 * process is made then, with the descriptors of that moment.  The host's
 * child claims it on a connection of its own with the words it was given.
 */

static unsigned int
forks_of(const struct sp_client *parent)
{
	const struct sp_prefork *pf;
	unsigned int n = 0;

	for (pf = rumpuser__sp.preforks; pf != NULL; pf = pf->next)
		n += pf->parent == parent;
	return n;
}

static int
prefork_insert(struct sp_prefork *pf)
{
	struct sp_server *srv = &rumpuser__sp;
	int error = 0;

	pthread_mutex_lock(&srv->mtx);
	if (srv->npreforks >= SP_MAXPREFORKS ||
	    forks_of(pf->parent) >= SP_CLIENTFORKS) {
		error = RUMPSP_ERR_TRYAGAIN;
	} else {
		pf->next = srv->preforks;
		srv->preforks = pf;
		srv->npreforks++;
	}
	pthread_mutex_unlock(&srv->mtx);
	return error;
}

static int
auth_equal(const uint32_t *a, const uint32_t *b)
{
	uint32_t diff = 0;
	int i;

	/* In the same time wherever they differ. */
	for (i = 0; i < AUTHLEN; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

static struct sp_prefork *
prefork_take(const uint32_t *auth)
{
	struct sp_server *srv = &rumpuser__sp;
	struct sp_prefork **pfp, *pf;

	pthread_mutex_lock(&srv->mtx);
	for (pfp = &srv->preforks; (pf = *pfp) != NULL; pfp = &pf->next)
		if (auth_equal(pf->auth, auth))
			break;
	if (pf != NULL) {
		*pfp = pf->next;
		srv->npreforks--;
	}
	pthread_mutex_unlock(&srv->mtx);
	return pf;
}

/* A process and its claim, with a copy of the words; or what is wrong. */
static int
prefork_make(struct sp_client *parent, struct sp_prefork **pfp, uint32_t *auth)
{
	struct sp_prefork *pf;
	size_t n;

	if ((pf = calloc(1, sizeof(*pf))) == NULL)
		return RUMPSP_ERR_NOMEM;
	pf->parent = parent;
	pf->expires = rumpuser__sp_now() + SP_FORKLIFE;
	*pfp = pf;
	if (rumpuser_getrandom(pf->auth, sizeof(pf->auth), 0, &n) != 0 ||
	    n != sizeof(pf->auth))
		return RUMPSP_ERR_TRYAGAIN;
	memcpy(auth, pf->auth, sizeof(pf->auth));
	if ((pf->child = rumpuser__sp_client(-1, SP_BUSY)) == NULL)
		return RUMPSP_ERR_NOMEM;
	memcpy(pf->child->comm, parent->comm, sizeof(parent->comm));
	if (proc_make(pf->child, parent) != 0)
		return RUMPSP_ERR_RFORK_FAILED;
	return prefork_insert(pf);
}

/* It is nobody's any more. */
static void
prefork_free(struct sp_prefork *pf)
{

	if (pf == NULL)
		return;
	if (pf->child != NULL) {
		proc_exit(pf->child);
		rumpuser__sp_unref(pf->child);
	}
	free(pf);
}

static void
run_prefork(struct sp_job *job)
{
	struct sp_prefork *pf = NULL;
	uint32_t auth[AUTHLEN];
	int error;

	if ((error = prefork_make(job->c, &pf, auth)) != 0) {
		(void)rumpuser__sp_replyerr(job->c, &job->hdr,
		    (uint32_t)error, SP_WAIT);
		prefork_free(pf);
		return;
	}
	/* Once it is listed, another thread may take it away. */
	if (rumpuser__sp_reply(job->c, &job->hdr, auth, sizeof(auth),
	    SP_WAIT) == 0)
		return;
	prefork_free(prefork_take(auth));
}

/* Move the connection of @n to the process that @c stands for. */
static int
adopt(struct sp_client *c, struct sp_client *n)
{
	int rv = 0;

	pthread_mutex_lock(&rumpuser__sp.mtx);
	pthread_mutex_lock(&n->mtx);
	if (n->state == SP_BUSY && n->prevp != NULL) {
		c->fd = n->fd;
		n->fd = -1;
		n->state = SP_DYING;
		if ((c->out = n->out) != NULL) {
			c->outtail = n->outtail;
			c->outbytes = n->outbytes;
			n->out = NULL;
		}
		rumpuser__sp_unlink(n);
		rumpuser__sp_link(c);
		rv = 1;
	}
	pthread_mutex_unlock(&n->mtx);
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	return rv;
}

static void
run_fork(struct sp_job *job)
{
	const struct handshake_fork *rf = &job->body.fork;
	struct sp_client *n = job->c, *c;
	const int32_t none = 0;
	struct sp_prefork *pf;

	if ((pf = prefork_take(rf->rf_auth)) == NULL) {
		handshake_failed(job, n, RUMPSP_ERR_INVALID_PREFORK);
		return;
	}
	if (rf->rf_cancel != 0) {
		prefork_free(pf);
		(void)rumpuser__sp_reply(n, &job->hdr, &none, sizeof(none),
		    SP_ALWAYS);
		(void)rumpuser__sp_resume(n, SP_NEW);
		return;
	}
	c = pf->child;
	if (!adopt(c, n)) {
		prefork_free(pf);
		return;
	}
	/* Its first reference is the server's list's now; @n's is gone. */
	rumpuser__sp_unref(n);
	free(pf);
	rumpuser__sp_ref(c);
	handshake_done(job, c, SP_RUN);
	rumpuser__sp_unref(c);
}

/* Called by the service thread: the ends are for the workers. */
void
rumpuser__sp_expire(void)
{
	struct sp_server *srv = &rumpuser__sp;
	const int64_t now = rumpuser__sp_now();
	struct sp_prefork **pfp, *pf, *old = NULL;

	pthread_mutex_lock(&srv->mtx);
	for (pfp = &srv->preforks; (pf = *pfp) != NULL;) {
		if (pf->expires > now) {
			pfp = &pf->next;
			continue;
		}
		*pfp = pf->next;
		srv->npreforks--;
		pf->next = old;
		old = pf;
	}
	pthread_mutex_unlock(&srv->mtx);
	while ((pf = old) != NULL) {
		old = pf->next;
		pf->child->exitjob.c = pf->child;
		pf->child->exitjob.type = SP_JOB_EXIT;
		rumpuser__sp_submit(&pf->child->exitjob);
		rumpuser__sp_unref(pf->child);
		free(pf);
	}
}

/* A call of a program that was replaced meanwhile gets no answer. */
static int
answerable(struct sp_job *job)
{
	struct sp_client *c = job->c;
	int rv;

	pthread_mutex_lock(&c->mtx);
	rv = !job->answered && job->image == c->image;
	job->answered = 1;
	pthread_mutex_unlock(&c->mtx);
	return rv;
}

static void
run_syscall(struct sp_job *job)
{
	struct rsp_sysresp resp;
	long retval[2] = { 0, 0 };
	int error;

	HYP.hyp_schedule();
	error = HYP.hyp_lwproc_newlwp(job->c->pid);
	if (error == 0) {
		error = HYP.hyp_syscall((int)job->hdr.u.sysnum,
		    job->body.slot, retval);
		HYP.hyp_lwproc_release();
	}
	HYP.hyp_unschedule();

	memset(&resp, 0, sizeof(resp));
	resp.rsys_error = error;
	if (error == 0)
		memcpy(resp.rsys_retval, retval, sizeof(retval));
	if (answerable(job))
		(void)rumpuser__sp_reply(job->c, &job->hdr, &resp,
		    sizeof(resp), SP_WAIT);
}

void
rumpuser__sp_run(struct sp_job *job)
{

	if (stopping())
		return;
	switch (job->type) {
	case SP_JOB_GUEST:
		run_guest(job);
		break;
	case SP_JOB_FORK:
		run_fork(job);
		break;
	case SP_JOB_EXEC:
		run_exec(job);
		break;
	case SP_JOB_PREFORK:
		run_prefork(job);
		break;
	case SP_JOB_SYSCALL:
		run_syscall(job);
		break;
	case SP_JOB_EXIT:
		proc_exit(job->c);
		break;
	}
}
