/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proto.h - what goes over the wire between a server and its remote clients,
 * rump_sp(7): frames in the host's byte order and word size, each a header
 * and a body.  Both sides number their own requests; an answer repeats number
 * and type.  Names and layouts are the client ABI's (sp-* of its table, which
 * tests/kpi checks).  Locking: none, this is layout only.
 */
#ifndef _RUMPUSER_SP_PROTO_H_
#define _RUMPUSER_SP_PROTO_H_

#include <stddef.h>
#include <stdint.h>

#define PROTOMAJOR	0
#define PROTOMINOR	4
/* The first line a server says, with its NUL. */
#define MAXBANNER	96

struct rsp_hdr {
	uint64_t rsp_len;		/* header and body */
	uint64_t rsp_reqno;
	uint16_t rsp_class;
	uint16_t rsp_type;
	union {
		uint32_t sysnum;	/* REQ SYSCALL */
		uint32_t error;		/* ERROR: RUMPSP_ERR_* */
		uint32_t handshake;	/* REQ HANDSHAKE: HANDSHAKE_* */
		uint32_t signo;		/* REQ RAISE: NetBSD's number */
	} u;
};

enum { RUMPSP_REQ, RUMPSP_RESP, RUMPSP_ERROR };

/* Beside each: the body of the request; the body of the answer. */
enum {
	RUMPSP_HANDSHAKE,	/* name or handshake_fork; int32_t error */
	RUMPSP_SYSCALL,		/* register slots; rsp_sysresp */
	RUMPSP_COPYIN,		/* rsp_copydata; the bytes */
	RUMPSP_COPYINSTR,	/* rsp_copydata; the string with its NUL */
	RUMPSP_COPYOUT,		/* rsp_copydata with the bytes; no answer */
	RUMPSP_COPYOUTSTR,	/* the same */
	RUMPSP_ANONMMAP,	/* size_t; pointer */
	RUMPSP_PREFORK,		/* none; AUTHLEN words */
	RUMPSP_RAISE		/* none; no answer */
};

enum { HANDSHAKE_GUEST, HANDSHAKE_AUTH, HANDSHAKE_FORK, HANDSHAKE_EXEC };

enum {
	RUMPSP_ERR_NONE, RUMPSP_ERR_TRYAGAIN, RUMPSP_ERR_AUTH,
	RUMPSP_ERR_INVALID_PREFORK, RUMPSP_ERR_RFORK_FAILED,
	RUMPSP_ERR_INEXEC, RUMPSP_ERR_NOMEM, RUMPSP_ERR_MALFORMED_REQUEST
};

#define AUTHLEN	4

struct rsp_copydata {
	size_t rcp_len;
	void *rcp_addr;
	uint8_t rcp_data[0];
};

struct rsp_sysresp {
	int rsys_error;			/* NetBSD's errno */
	long rsys_retval[2];
};

struct handshake_fork {
	uint32_t rf_auth[AUTHLEN];
	int rf_cancel;
};

#endif /* _RUMPUSER_SP_PROTO_H_ */
