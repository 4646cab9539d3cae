/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spclient.h - a small client of rump_sp(7), written from the description of
 * the wire and not with the server's header.
 */
#ifndef TESTS_RUMPUSER_SPCLIENT_H_
#define TESTS_RUMPUSER_SPCLIENT_H_

#include <stddef.h>
#include <stdint.h>

struct frame {
	uint64_t len, reqno;
	uint16_t class, type;
	uint32_t u;
};

enum { REQ, RESP, ERROR };
enum { T_HANDSHAKE, T_SYSCALL, T_COPYIN, T_COPYINSTR, T_COPYOUT,
    T_COPYOUTSTR, T_ANONMMAP, T_PREFORK, T_RAISE };
enum { H_GUEST, H_AUTH, H_FORK, H_EXEC };
enum { E_TRYAGAIN = 1, E_AUTH, E_PREFORK, E_RFORK, E_INEXEC, E_NOMEM,
    E_MALFORMED };

struct cl {
	int fd;
	uint64_t reqno;
	int raised;		/* the last signal that the server sent */
	int refuse;		/* answer its questions with an error */
	unsigned int chunk;	/* write so many bytes at a time; 0: all */
};

/* URL of the server that clients go to. */
extern char cl_url[256];

/** Connect, and check the banner; the process @name unless NULL. */
void cl_open(struct cl *cl, const char *name);
void cl_close(struct cl *cl);
/** Send a frame with a body; read a header, and a body of that length. */
void cl_send(struct cl *cl, int class, int type, uint64_t reqno, uint32_t u,
    const void *body, size_t len);
/** Nonzero: there is no more, the server has hung up. */
int cl_header(struct cl *cl, struct frame *f);
void cl_body(struct cl *cl, void *buf, size_t len);
/**
 * Ask for something, serve the server meanwhile, and get the answer's body
 * of @rlen bytes.  0, or minus the error of the ERROR frame.
 */
int cl_ask(struct cl *cl, int type, uint32_t u, const void *body, size_t len,
    void *rbody, size_t rlen);
/** A handshake; @name NULL: none.  0, or minus the error. */
int cl_handshake(struct cl *cl, int how, const void *body, size_t len);
/** A system call: its errno, or minus an error of the server's. */
int cl_call(struct cl *cl, int num, const uint64_t *args, int nargs,
    long *retval);
/** Send the request only. */
void cl_start(struct cl *cl, int num, const uint64_t *args, int nargs);

#endif
