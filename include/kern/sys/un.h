/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of local sockets.
 */
#ifndef _SYS_UN_H_
#define	_SYS_UN_H_

#include <sys/featuretest.h>
#include <sys/types.h>
#include <sys/socket.h>

struct sockaddr_un {
	uint8_t		sun_len;
	sa_family_t	sun_family;
	char		sun_path[104];
};

#define	LOCAL_OCREDS	1
#define	LOCAL_CONNWAIT	2
#define	LOCAL_PEEREID	3
#define	LOCAL_CREDS	4

#endif /* _SYS_UN_H_ */
