/* SPDX-License-Identifier: BSD-2-Clause */
/* Named event counters; evcnt(9). Counting takes no lock. */
#ifndef _SYS_EVCNT_H_
#define _SYS_EVCNT_H_

#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/queue.h>

struct evcnt {
	uint64_t	ev_count;
	TAILQ_ENTRY(evcnt) ev_list;
	unsigned char	ev_type;	/* EVCNT_TYPE_* */
	unsigned char	ev_grouplen;
	unsigned char	ev_namelen;
	char		ev_pad1;
	const struct evcnt *ev_parent;
	const char	*ev_group;
	const char	*ev_name;
};
TAILQ_HEAD(evcntlist, evcnt);

#define EVCNT_STRING_MAX	255

#define EVCNT_TYPE_ANY		(-1)
#define EVCNT_TYPE_MISC		0
#define EVCNT_TYPE_INTR		1
#define EVCNT_TYPE_TRAP		2

#define EVCNT_INITIALIZER(type, parent, group, name) {			\
	0, { NULL, NULL }, (type), sizeof(group) - 1, sizeof(name) - 1,	\
	0, (parent), (group), (name)					\
}
/* Attach the static counter ev when the system starts. */
#define EVCNT_ATTACH_STATIC(ev)	__link_set_add_data(evcnts, ev)
#define EVCNT_ATTACH_STATIC2(ev, n) __link_set_add_data2(evcnts, ev, n)

__BEGIN_DECLS
void	evcnt_attach_static(struct evcnt *);
/* ev, group and name must stay valid until evcnt_detach. */
void	evcnt_attach_dynamic(struct evcnt *, int, const struct evcnt *,
	    const char *, const char *);
void	evcnt_attach_dynamic_nozero(struct evcnt *, int,
	    const struct evcnt *, const char *, const char *);
void	evcnt_detach(struct evcnt *);
__END_DECLS

#endif /* _SYS_EVCNT_H_ */
