/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdpass.c - segments over unix(7) sockets.  Locking: none.
 */
#include "shm/shm.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <string.h>
#include <unistd.h>

#define PASS_MAGIC	UINT64_C(0x313044464d48534d)

/* Received may be credentials as well, if the socket is set to that. */
union control {
	char buf[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr align;
};

int
rumpuser__shm_sendfd(int sock, const void *buf, size_t len, int fd)
{
	struct iovec iov = { __UNCONST(buf), len };
	union control c;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;
	ssize_t n;

	memset(&c, 0, sizeof(c));
	m.msg_control = &c;
	m.msg_controllen = CMSG_SPACE(sizeof(int));
	cm = CMSG_FIRSTHDR(&m);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(int));
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno;
	return (size_t)n == len ? 0 : EMSGSIZE;
}

/* The first descriptor of a control message; others are not wanted. */
static void
take_fds(struct cmsghdr *cm, int *fdp)
{
	size_t i, n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd;

	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int), sizeof(int));
		if (*fdp == -1)
			*fdp = fd;
		else
			close(fd);
	}
}

/* The kernel drops descriptors for which there is no room. */
int
rumpuser__shm_recvfd(int sock, void *buf, size_t *lenp, int *fdp)
{
	struct iovec iov = { buf, *lenp };
	union control c;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;
	ssize_t n;

	*fdp = -1;
	m.msg_control = &c;
	m.msg_controllen = sizeof(c.buf);
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno;
	*lenp = (size_t)n;
	for (cm = CMSG_FIRSTHDR(&m); cm != NULL; cm = CMSG_NXTHDR(&m, cm))
		if (cm->cmsg_level == SOL_SOCKET &&
		    cm->cmsg_type == SCM_RIGHTS)
			take_fds(cm, fdp);
	return 0;
}

HOSTCALL int
send_seg(int sock, int fd)
{
	uint64_t magic = PASS_MAGIC;
	int error, serrno = errno;

	error = rumpuser__shm_sendfd(sock, &magic, sizeof(magic), fd);
	errno = serrno;
	return rumpuser__errtrans(error);
}

HOSTCALL int
recv_seg(int sock, int *fdp)
{
	uint64_t magic = 0;
	size_t len = sizeof(magic);
	int error, serrno = errno;

	error = rumpuser__shm_recvfd(sock, &magic, &len, fdp);
	if (error == 0 && len == 0)
		error = ENOTCONN;
	else if (error == 0 && (len != sizeof(magic) || magic != PASS_MAGIC ||
	    *fdp == -1))
		error = EPROTO;
	if (error != 0 && *fdp != -1)
		close(*fdp);
	errno = serrno;
	return rumpuser__errtrans(error);
}

int
rumpuser_shmseg_send(int sock, struct rumpuser_shmseg *seg)
{
	int cookie, error;

	if (rumpuser__shm_forked(seg))
		return SHM_EPERM;
	cookie = rumpuser__unschedule(NULL);
	error = send_seg(sock, seg->sg_fd);
	rumpuser__schedule(cookie, NULL);
	return error;
}

HOSTCALL void
close_fd(int fd)
{
	int serrno = errno;

	close(fd);
	errno = serrno;
}

int
rumpuser_shmseg_recv(int sock, struct rumpuser_shmseg **segp)
{
	int cookie, error, fd = -1;

	cookie = rumpuser__unschedule(NULL);
	error = recv_seg(sock, &fd);
	rumpuser__schedule(cookie, NULL);
	if (error != 0)
		return error;
	error = rumpuser_shmseg_attach(fd, segp);
	close_fd(fd);
	return error;
}
