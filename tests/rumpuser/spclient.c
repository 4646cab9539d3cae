/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spclient.c - see spclient.h.  Locking: a client is one thread's.
 */
#include "spclient.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char cl_url[256];

#define WANT(cond) do {							\
	if (!(cond))							\
		ck_abort_msg("%s (errno %d)", #cond, errno);		\
} while (0)

static int
dial(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd;

	if (strncmp(cl_url, "unix://", 7) == 0) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%.100s",
		    cl_url + 7);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		WANT(connect(fd, (void *)&un, sizeof(un)) == 0);
	} else {
		in.sin_port = htons((uint16_t)atoi(strrchr(cl_url, ':') + 1));
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		WANT(connect(fd, (void *)&in, sizeof(in)) == 0);
	}
	return fd;
}

/* All of it; 0: the server has hung up before the first byte. */
static int
readall(int fd, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		WANT(poll(&pfd, 1, 30000) == 1);
		n = read(fd, (char *)buf + got, len - got);
		if (n == 0 || (n == -1 && errno == ECONNRESET)) {
			WANT(got == 0);
			return 0;
		}
		WANT(n > 0);
		got += (size_t)n;
	}
	return 1;
}

/* The server may hang up on us: that is seen when reading. */
static void
writeall(const struct cl *cl, const void *buf, size_t len)
{
	size_t put = 0, want;
	ssize_t n;

	while (put < len) {
		want = len - put;
		if (cl->chunk != 0 && want > cl->chunk)
			want = cl->chunk;
		n = send(cl->fd, (const char *)buf + put, want, MSG_NOSIGNAL);
		if (n == -1 && (errno == EPIPE || errno == ECONNRESET))
			return;
		WANT(n > 0);
		put += (size_t)n;
	}
}

void
cl_open(struct cl *cl, const char *name)
{
	char banner[97];
	size_t n = 0;

	memset(cl, 0, sizeof(*cl));
	cl->fd = dial();
	do {
		WANT(n < 96);
		WANT(readall(cl->fd, &banner[n], 1));
	} while (banner[n++] != '\n');
	banner[n] = '\0';
	ck_assert_str_eq(banner, "RUMPSP-0.4-NetBSD-7.99.34/amd64\n");
	if (name != NULL)
		WANT(cl_handshake(cl, H_GUEST, name, strlen(name) + 1) == 0);
}

void
cl_close(struct cl *cl)
{

	close(cl->fd);
	cl->fd = -1;
}

void
cl_send(struct cl *cl, int class, int type, uint64_t reqno, uint32_t u,
    const void *body, size_t len)
{
	const struct frame f = {
		sizeof(f) + len, reqno, (uint16_t)class, (uint16_t)type, u
	};
	char *buf = malloc(sizeof(f) + len);

	WANT(buf != NULL);
	memcpy(buf, &f, sizeof(f));
	if (len > 0)
		memcpy(buf + sizeof(f), body, len);
	writeall(cl, buf, sizeof(f) + len);
	free(buf);
}

int
cl_header(struct cl *cl, struct frame *f)
{

	if (!readall(cl->fd, f, sizeof(*f)))
		return -1;
	WANT(f->len >= sizeof(*f));
	return 0;
}

void
cl_body(struct cl *cl, void *buf, size_t len)
{

	if (len > 0)
		WANT(readall(cl->fd, buf, len));
}

/* The server wants something of us. */
static void
serve(struct cl *cl, const struct frame *f)
{
	struct { size_t len; void *addr; } copy;
	size_t size;
	void *p;

	switch (f->type) {
	case T_COPYIN:
	case T_COPYINSTR:
		cl_body(cl, &copy, sizeof(copy));
		if (f->type == T_COPYINSTR && !cl->refuse &&
		    strnlen(copy.addr, copy.len) < copy.len)
			copy.len = strlen(copy.addr) + 1;
		cl_send(cl, cl->refuse ? ERROR : RESP, f->type, f->reqno, 0,
		    copy.addr, cl->refuse ? 0 : copy.len);
		break;
	case T_COPYOUT:
	case T_COPYOUTSTR:
		cl_body(cl, &copy, sizeof(copy));
		WANT(copy.len == f->len - sizeof(*f) - sizeof(copy));
		cl_body(cl, copy.addr, copy.len);
		break;
	case T_ANONMMAP:
		cl_body(cl, &size, sizeof(size));
		p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		cl_send(cl, RESP, f->type, f->reqno, 0, &p, sizeof(p));
		break;
	case T_RAISE:
		cl->raised = (int)f->u;
		break;
	default:
		ck_abort_msg("request of type %d", f->type);
	}
}

int
cl_ask(struct cl *cl, int type, uint32_t u, const void *body, size_t len,
    void *rbody, size_t rlen)
{
	const uint64_t reqno = cl->reqno++;
	struct frame f;

	cl_send(cl, REQ, type, reqno, u, body, len);
	for (;;) {
		if (cl_header(cl, &f) != 0)
			return -1000;
		if (f.class == REQ) {
			serve(cl, &f);
			continue;
		}
		ck_assert_int_eq(f.type, type);
		ck_assert_uint_eq(f.reqno, reqno);
		if (f.class == ERROR) {
			ck_assert_uint_eq(f.len, sizeof(f));
			return -(int)f.u;
		}
		ck_assert_uint_eq(f.len, sizeof(f) + rlen);
		cl_body(cl, rbody, rlen);
		return 0;
	}
}

int
cl_handshake(struct cl *cl, int how, const void *body, size_t len)
{
	int32_t error = -1;
	int rv;

	rv = cl_ask(cl, T_HANDSHAKE, (uint32_t)how, body, len, &error,
	    sizeof(error));
	if (rv == 0)
		ck_assert_int_eq(error, 0);
	return rv;
}

void
cl_start(struct cl *cl, int num, const uint64_t *args, int nargs)
{

	cl_send(cl, REQ, T_SYSCALL, cl->reqno++, (uint32_t)num, args,
	    (size_t)nargs * sizeof(*args));
}

int
cl_call(struct cl *cl, int num, const uint64_t *args, int nargs,
    long *retval)
{
	struct { int error; long retval[2]; } resp;
	int rv;

	rv = cl_ask(cl, T_SYSCALL, (uint32_t)num, args,
	    (size_t)nargs * sizeof(*args), &resp, sizeof(resp));
	if (rv != 0)
		return rv;
	if (retval != NULL)
		memcpy(retval, resp.retval, sizeof(resp.retval));
	return resp.error;
}
