/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket addresses, types, options and messages: the client ABI's layouts and values.
 */
#ifndef _SYS_SOCKET_H_
#define	_SYS_SOCKET_H_

#include <sys/cdefs.h>
#include <sys/featuretest.h>
#include <sys/ansi.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef sa_family_t
#define	sa_family_t	__sa_family_t
#endif
#ifndef socklen_t
#define	socklen_t	__socklen_t
#endif

#define	SOCK_STREAM	1
#define	SOCK_DGRAM	2
#define	SOCK_RAW	3
#define	SOCK_RDM	4
#define	SOCK_SEQPACKET	5
#define	SOCK_CONN_DGRAM	6
#define	SOCK_DCCP	6
#define	SOCK_CLOEXEC	0x10000000
#define	SOCK_NONBLOCK	0x20000000
#define	SOCK_NOSIGPIPE	0x40000000
#define	SOCK_FLAGS_MASK	0xf0000000U
#define	SO_DEBUG	1
#define	SO_ACCEPTCONN	2
#define	SO_REUSEADDR	4
#define	SO_KEEPALIVE	8
#define	SO_DONTROUTE	0x10
#define	SO_BROADCAST	0x20
#define	SO_USELOOPBACK	0x40
#define	SO_LINGER	0x80
#define	SO_OOBINLINE	0x100
#define	SO_REUSEPORT	0x200
#define	SO_NOSIGPIPE	0x800
#define	SO_ACCEPTFILTER	0x1000
#define	SO_TIMESTAMP	0x2000
#define	SO_SNDBUF	0x1001
#define	SO_RCVBUF	0x1002
#define	SO_SNDLOWAT	0x1003
#define	SO_RCVLOWAT	0x1004
#define	SO_ERROR	0x1007
#define	SO_TYPE		0x1008
#define	SO_OVERFLOWED	0x1009
#define	SO_NOHEADER	0x100a
#define	SO_SNDTIMEO	0x100b
#define	SO_RCVTIMEO	0x100c
#define	SOL_SOCKET	0xffff
#define	AF_UNSPEC	0
#define	AF_LOCAL	1
#define	AF_UNIX		1
#define	AF_INET		2
#define	AF_IMPLINK	3
#define	AF_PUP		4
#define	AF_CHAOS	5
#define	AF_NS		6
#define	AF_ISO		7
#define	AF_OSI		7
#define	AF_ECMA		8
#define	AF_DATAKIT	9
#define	AF_CCITT	0xa
#define	AF_SNA		0xb
#define	AF_DECnet	0xc
#define	AF_DLI		0xd
#define	AF_LAT		0xe
#define	AF_HYLINK	0xf
#define	AF_APPLETALK	0x10
#define	AF_OROUTE	0x11
#define	AF_LINK		0x12
#define	pseudo_AF_XTP	0x13
#define	AF_COIP		0x14
#define	AF_CNT		0x15
#define	pseudo_AF_RTIP	0x16
#define	AF_IPX		0x17
#define	AF_INET6	0x18
#define	pseudo_AF_PIP	0x19
#define	AF_ISDN		0x1a
#define	AF_E164		0x1a
#define	AF_NATM		0x1b
#define	AF_ARP		0x1c
#define	pseudo_AF_KEY	0x1d
#define	pseudo_AF_HDRCMPLT	0x1e
#define	AF_BLUETOOTH	0x1f
#define	AF_IEEE80211	0x20
#define	AF_MPLS		0x21
#define	AF_ROUTE	0x22
#define	AF_MAX		0x23
#define	PF_UNSPEC	0
#define	PF_LOCAL	1
#define	PF_UNIX		1
#define	PF_INET		2
#define	PF_IMPLINK	3
#define	PF_PUP		4
#define	PF_CHAOS	5
#define	PF_NS		6
#define	PF_ISO		7
#define	PF_OSI		7
#define	PF_ECMA		8
#define	PF_DATAKIT	9
#define	PF_CCITT	0xa
#define	PF_SNA		0xb
#define	PF_DECnet	0xc
#define	PF_DLI		0xd
#define	PF_LAT		0xe
#define	PF_HYLINK	0xf
#define	PF_APPLETALK	0x10
#define	PF_OROUTE	0x11
#define	PF_LINK		0x12
#define	PF_XTP		0x13
#define	PF_COIP		0x14
#define	PF_CNT		0x15
#define	PF_INET6	0x18
#define	PF_IPX		0x17
#define	PF_RTIP		0x16
#define	PF_PIP		0x19
#define	PF_ISDN		0x1a
#define	PF_E164		0x1a
#define	PF_NATM		0x1b
#define	PF_ARP		0x1c
#define	PF_KEY		0x1d
#define	PF_BLUETOOTH	0x1f
#define	PF_MPLS		0x21
#define	PF_ROUTE	0x22
#define	PF_MAX		0x23
#define	SOMAXCONN	0x80
#define	MSG_OOB		1
#define	MSG_PEEK	2
#define	MSG_DONTROUTE	4
#define	MSG_EOR		8
#define	MSG_TRUNC	0x10
#define	MSG_CTRUNC	0x20
#define	MSG_WAITALL	0x40
#define	MSG_DONTWAIT	0x80
#define	MSG_BCAST	0x100
#define	MSG_MCAST	0x200
#define	MSG_NOSIGNAL	0x400
#define	MSG_CMSG_CLOEXEC	0x800
#define	MSG_NBIO	0x1000
#define	MSG_WAITFORONE	0x2000
#define	MSG_NOTIFICATION	0x4000
#define	MSG_USERFLAGS	0xffffff
#define	MSG_NAMEMBUF	0x1000000
#define	MSG_CONTROLMBUF	0x2000000
#define	MSG_IOVUSRSPACE	0x4000000
#define	MSG_LENUSRSPACE	0x8000000
#define	SCM_RIGHTS	1
#define	SCM_TIMESTAMP	8
#define	SCM_CREDS	0x10
#define	SHUT_RD		0
#define	SHUT_WR		1
#define	SHUT_RDWR	2

struct linger {
	int	l_onoff;
	int	l_linger;	/* seconds */
};

struct accept_filter_arg {
	char	af_name[16];
	char	af_arg[240];
};

struct sockaddr {
	uint8_t		sa_len;
	sa_family_t	sa_family;
	char		sa_data[14];
};

struct sockaddr_storage {
	uint8_t		ss_len;
	sa_family_t	ss_family;
	char		__ss_pad1[6];
	__int64_t	__ss_align;
	char		__ss_pad2[112];
};

struct msghdr {
	void		*msg_name;
	socklen_t	msg_namelen;
	struct iovec	*msg_iov;
	int		msg_iovlen;
	void		*msg_control;
	socklen_t	msg_controllen;
	int		msg_flags;
};

struct mmsghdr {
	struct msghdr	msg_hdr;
	unsigned int	msg_len;
};

struct cmsghdr {
	socklen_t	cmsg_len;
	int		cmsg_level;
	int		cmsg_type;
};

struct sockcred {
	pid_t	sc_pid;
	uid_t	sc_uid;
	uid_t	sc_euid;
	gid_t	sc_gid;
	gid_t	sc_egid;
	int	sc_ngroups;
	gid_t	sc_groups[1];
};

#define	__CMSG_ALIGN(n)	(((n) + 7UL) & ~7UL)
#define	CMSG_ALIGN(n)	__CMSG_ALIGN(n)
#define	CMSG_DATA(c)	\
	((unsigned char *)(void *)(c) + __CMSG_ALIGN(sizeof(struct cmsghdr)))
#define	CMSG_SPACE(l)	(__CMSG_ALIGN(sizeof(struct cmsghdr)) + __CMSG_ALIGN(l))
#define	CMSG_LEN(l)	(__CMSG_ALIGN(sizeof(struct cmsghdr)) + (l))

#endif /* _SYS_SOCKET_H_ */
