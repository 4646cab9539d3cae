/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * copy.c - the hypercalls with which the kernel reaches a client's memory and
 * its signals: rumpuser_sp_copyin() and its like.
 * Locking: the client's mtx around its list of waits; a wait is on the stack
 * of the thread that waits, and is over only when somebody says so there.
 */
#include "sp/server.h"

#include <string.h>

/* The wait is listed before the question goes out; the host's errno. */
static int
wait_begin(struct sp_client *c, struct sp_wait *w)
{
	int error = 0;

	pthread_cond_init(&w->cv, NULL);
	pthread_mutex_lock(&c->mtx);
	if (c->state == SP_RUN) {
		w->reqno = c->reqno++;
		w->next = c->waits;
		c->waits = w;
	} else {
		error = EFAULT;
	}
	pthread_mutex_unlock(&c->mtx);
	return error;
}

/*
 * Ask the client something and wait for the answer.  A question that cannot
 * be sent is waited for as well: its client is dropped for that, which ends
 * the wait.
 */
HOSTCALL int
ask(struct sp_client *c, struct sp_wait *w, const void *body, size_t len)
{
	struct rsp_hdr hdr = {
		.rsp_class = RUMPSP_REQ, .rsp_type = (uint16_t)w->type,
	};
	int error, serrno = errno;

	if ((error = wait_begin(c, w)) == 0) {
		hdr.rsp_reqno = w->reqno;
		(void)rumpuser__sp_send(c, &hdr, body, len, NULL, 0, SP_COPY);
		pthread_mutex_lock(&c->mtx);
		while (!w->done)
			pthread_cond_wait(&w->cv, &c->mtx);
		pthread_mutex_unlock(&c->mtx);
		error = w->error;
	}
	pthread_cond_destroy(&w->cv);
	errno = serrno;
	return error;
}

static int
asknocpu(void *arg, struct sp_wait *w, const void *body, size_t len)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = ask(arg, w, body, len);
	rumpuser__schedule(count, NULL);
	return error;
}

int
rumpuser_sp_copyin(void *arg, const void *raddr, void *laddr, size_t len)
{
	const struct rsp_copydata what = { len, (void *)(uintptr_t)raddr };
	struct sp_wait w = {
		.type = RUMPSP_COPYIN, .buf = laddr, .len = len,
	};

	if (len == 0)
		return 0;
	return rumpuser__errtrans(asknocpu(arg, &w, &what, sizeof(what)));
}

int
rumpuser_sp_copyinstr(void *arg, const void *raddr, void *laddr, size_t *len)
{
	const struct rsp_copydata what = { *len, (void *)(uintptr_t)raddr };
	struct sp_wait w = {
		.type = RUMPSP_COPYINSTR, .buf = laddr, .len = *len,
	};
	const char *nul;
	int error;

	if (*len == 0)
		return rumpuser__errtrans(ENAMETOOLONG);
	error = asknocpu(arg, &w, &what, sizeof(what));
	if (error != 0)
		return rumpuser__errtrans(error);
	if ((nul = memchr(laddr, '\0', w.got)) == NULL)
		return rumpuser__errtrans(w.got == *len ? ENAMETOOLONG :
		    EFAULT);
	*len = (size_t)(nul - (const char *)laddr) + 1;
	return 0;
}

/* A message without an answer. */
HOSTCALL int
tell(struct sp_client *c, struct rsp_hdr *hdr, const void *b1, size_t l1,
    const void *b2, size_t l2)
{
	int error, serrno = errno;

	pthread_mutex_lock(&c->mtx);
	hdr->rsp_reqno = c->reqno++;
	pthread_mutex_unlock(&c->mtx);
	error = rumpuser__sp_send(c, hdr, b1, l1, b2, l2, SP_COPY);
	errno = serrno;
	/* Whatever is wrong with the connection, the memory is not there. */
	return error == 0 || error == ENOMEM ? error : EFAULT;
}

static int
copyout(void *arg, int type, const void *laddr, void *raddr, size_t len)
{
	const struct rsp_copydata what = { len, raddr };
	struct rsp_hdr hdr = {
		.rsp_class = RUMPSP_REQ, .rsp_type = (uint16_t)type,
	};
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = tell(arg, &hdr, &what, sizeof(what), laddr, len);
	rumpuser__schedule(count, NULL);
	return error;
}

int
rumpuser_sp_copyout(void *arg, const void *laddr, void *raddr, size_t len)
{

	if (len == 0)
		return 0;
	return rumpuser__errtrans(copyout(arg, RUMPSP_COPYOUT, laddr, raddr,
	    len));
}

int
rumpuser_sp_copyoutstr(void *arg, const void *laddr, void *raddr, size_t *len)
{
	const size_t n = strnlen(laddr, *len) + 1;
	int error;

	if (n > *len)
		return rumpuser__errtrans(ENAMETOOLONG);
	error = copyout(arg, RUMPSP_COPYOUTSTR, laddr, raddr, n);
	if (error == 0)
		*len = n;
	return rumpuser__errtrans(error);
}

int
rumpuser_sp_anonmmap(void *arg, size_t howmuch, void **addr)
{
	void *p = NULL;
	struct sp_wait w = {
		.type = RUMPSP_ANONMMAP, .buf = (char *)&p, .len = sizeof(p),
	};
	int error;

	error = asknocpu(arg, &w, &howmuch, sizeof(howmuch));
	if (error == 0 && (p == NULL || p == (void *)-1))
		error = ENOMEM;
	if (error == 0)
		*addr = p;
	return rumpuser__errtrans(error);
}

int
rumpuser_sp_raise(void *arg, int signo)
{
	struct rsp_hdr hdr = {
		.rsp_class = RUMPSP_REQ, .rsp_type = RUMPSP_RAISE,
		.u.signo = (uint32_t)signo,
	};
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = tell(arg, &hdr, NULL, 0, NULL, 0);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
