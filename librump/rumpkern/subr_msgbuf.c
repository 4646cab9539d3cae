/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of the last messages, which kern.msgbuf shows. Writers claim their
 * place with an atomic addition and take no lock: messages of several CPUs may
 * mix, and a reader may see one half written.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/msgbuf.h>

#include "msgbuf_impl.h"

#define RING_SIZE	(MSGBUFSIZE - offsetof(struct kern_msgbuf, msg_bufc))

/* Not touched, and so not resident, until there is a message. */
static union {
	struct kern_msgbuf	mb;
	char			space[MSGBUFSIZE];
} store = { .mb = { .msg_magic = MSG_MAGIC, .msg_bufs = RING_SIZE } };

struct kern_msgbuf *msgbufp = &store.mb;
int msgbufenabled = 1;

void
rump_msgbuf_write(const char *s, size_t n)
{
	struct kern_msgbuf *mb = msgbufp;
	long old, new;
	size_t i;

	if (n == 0 || n > RING_SIZE)
		return;
	old = __atomic_load_n(&mb->msg_bufx, __ATOMIC_RELAXED);
	do {
		new = (long)(((size_t)old + n) % RING_SIZE);
	} while (!__atomic_compare_exchange_n(&mb->msg_bufx, &old, new, true,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	for (i = 0; i < n; i++) {
		__atomic_store_n(&store.space[offsetof(struct kern_msgbuf,
		    msg_bufc) + ((size_t)old + i) % RING_SIZE], s[i],
		    __ATOMIC_RELAXED);
	}
	/* The reader starts at the oldest byte: one past the newest. */
	__atomic_store_n(&mb->msg_bufr, new, __ATOMIC_RELAXED);
}
