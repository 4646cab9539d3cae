/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kqueue(2)/kevent(2): events, and the kernel's knotes and filters.
 */
#ifndef _SYS_EVENT_H_
#define	_SYS_EVENT_H_

#include <sys/cdefs.h>
#include <sys/featuretest.h>
#include <sys/types.h>
#include <sys/ioccom.h>
#include <sys/null.h>
#include <sys/queue.h>

#define	EVFILT_READ	0U
#define	EVFILT_WRITE	1U
#define	EVFILT_AIO	2U
#define	EVFILT_VNODE	3U
#define	EVFILT_PROC	4U
#define	EVFILT_SIGNAL	5U
#define	EVFILT_TIMER	6U
#define	EVFILT_SYSCOUNT	7U

struct kevent {
	__uintptr_t	ident;		/* what the event is about */
	uint32_t	filter;
	uint32_t	flags;
	uint32_t	fflags;
	int64_t		data;
	__intptr_t	udata;		/* handed back unchanged */
};

#define	EV_SET(kevp, a, b, c, d, e, f)					\
do {									\
	struct kevent *__kevp = (kevp);					\
	__kevp->ident = (a);						\
	__kevp->filter = (b);						\
	__kevp->flags = (c);						\
	__kevp->fflags = (d);						\
	__kevp->data = (e);						\
	__kevp->udata = (__intptr_t)(f);				\
} while (0)

/* actions, flags, answers */
#define	EV_ADD		1U
#define	EV_DELETE	2U
#define	EV_ENABLE	4U
#define	EV_DISABLE	8U
#define	EV_ONESHOT	0x10U
#define	EV_CLEAR	0x20U
#define	EV_RECEIPT	0x40U
#define	EV_DISPATCH	0x80U
#define	EV_SYSFLAGS	0xf000U
#define	EV_FLAG1	0x2000U
#define	EV_EOF		0x8000U
#define	EV_ERROR	0x4000U

/* EVFILT_AIO and drivers: a request was submitted */
#define	NOTE_SUBMIT	0x01000000U

#define	NOTE_LOWAT	1U
#define	NOTE_DELETE	1U
#define	NOTE_WRITE	2U
#define	NOTE_EXTEND	4U
#define	NOTE_ATTRIB	8U
#define	NOTE_LINK	0x10U
#define	NOTE_RENAME	0x20U
#define	NOTE_REVOKE	0x40U
#define	NOTE_EXIT	0x80000000U
#define	NOTE_FORK	0x40000000U
#define	NOTE_EXEC	0x20000000U
#define	NOTE_PCTRLMASK	0xf0000000U
#define	NOTE_PDATAMASK	0xfffffU
#define	NOTE_TRACK	1U
#define	NOTE_TRACKERR	2U
#define	NOTE_CHILD	4U

/* ioctls of a kqueue descriptor */
struct kfilter_mapping {
	char		*name;
	size_t		len;
	uint32_t	filter;
};
#define	KFILTER_BYFILTER	_IOWR('k', 0, struct kfilter_mapping)
#define	KFILTER_BYNAME	_IOWR('k', 1, struct kfilter_mapping)

#ifdef _KERNEL
struct knote;
struct kqueue;
struct file;
struct lwp;
struct timespec;

SLIST_HEAD(klist, knote);

/* knote() for a list that is mostly empty. */
#define	KNOTE(list, hint)	do {					\
	if (!SLIST_EMPTY(list))						\
		knote((list), (hint));					\
} while (0)

/*
 * A kind of event source.  f_attach fails with an errno; f_event answers
 * whether the event is now active, hint 0 when called by the scan.
 */
struct filterops {
	int	f_isfd;			/* ident is a descriptor */
	int	(*f_attach)(struct knote *);
	void	(*f_detach)(struct knote *);
	int	(*f_event)(struct knote *, long);
};

/* One registration of one kqueue. */
struct knote {
	SLIST_ENTRY(knote)	kn_link;	/* on the descriptor or hash */
	SLIST_ENTRY(knote)	kn_selnext;	/* in the object's klist */
	TAILQ_ENTRY(knote)	kn_tqe;		/* in the kqueue's queue */
	struct kqueue		*kn_kq;
	struct kevent		kn_kevent;
	uint32_t		kn_status;	/* KN_*, by the kqueue's lock */
	bool			kn_dying;	/* unlinked, to be freed */
	uint32_t		kn_sfflags;	/* fflags asked for */
	int64_t			kn_sdata;	/* data asked for */
	void			*kn_obj;	/* the file, or the filter's */
	const struct filterops	*kn_fop;
	void			*kn_hook;	/* the filter's own */
#define	KN_ACTIVE	0x01U		/* event has fired */
#define	KN_QUEUED	0x02U		/* is in the queue */
#define	KN_DISABLED	0x04U
#define	KN_BUSY		0x20U		/* its filter is being asked */

#define	kn_id		kn_kevent.ident
#define	kn_filter	kn_kevent.filter
#define	kn_flags	kn_kevent.flags
#define	kn_fflags	kn_kevent.fflags
#define	kn_data		kn_kevent.data
};

/* knote: the object of this list has news; hint goes to the filters. */
void	knote(struct klist *, long);
/* knote_fdclose: drop the knotes of a descriptor that is being closed. */
void	knote_fdclose(int);

/* The filter of objects that are always ready. */
int	filt_seltrue(struct knote *, long);
extern const struct filterops seltrue_filtops;
#endif /* _KERNEL */

#endif /* _SYS_EVENT_H_ */
