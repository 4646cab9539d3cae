/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.h - what the files of the server half of rump_sp(7) share.
 *
 * One service thread owns the listening socket and reads every client's; it
 * never enters the kernel and never waits for a client.  Requests become jobs
 * that worker threads run (work.c, kern.c).  Sending is done by whoever has
 * something to say; what a socket does not take is queued (client.c).
 *
 * Locks: sp_server.mtx (clients, preforks) before a client's mtx; the pool's
 * (work.c) is taken with neither held.  None is held over an upcall, nor by
 * the service thread over anything that waits.
 *
 * A client structure is referenced by the server's list (while it is
 * connected), by each of its jobs, and by its process: that one's private
 * pointer is the structure, so it lives until the process is released.
 */
#ifndef _RUMPUSER_SP_SERVER_H_
#define _RUMPUSER_SP_SERVER_H_

#include "posix/host.h"
#include "sp/proto.h"

/* Register slots of a system call: more than any has, all given to it. */
#define SP_ARGSLOTS	16
/* The longest body of a request, which is a program's name. */
#define SP_MAXBODY	1024
/* Requests of one client that are not answered yet. */
#define SP_MAXJOBS	256
/* Bytes for a client that does not read them before senders wait. */
#define SP_MAXOUT	((size_t)1 << 20)
/* Clients at once, connected or just accepted. */
#define SP_MAXCLIENTS	1024
/* Processes waiting for their fork handshake, in all and of one client. */
#define SP_MAXPREFORKS	256
#define SP_CLIENTFORKS	16
/* Nanoseconds that they wait. */
#define SP_FORKLIFE	(INT64_C(60) * 1000000000)

enum sp_state {
	SP_NEW,			/* accepted, has not said what it is */
	SP_BUSY,		/* a handshake is under way: not read from */
	SP_RUN,			/* is a process */
	SP_DYING		/* gone, or to be */
};

/* Bytes that the socket did not take. */
struct sp_out {
	struct sp_out *next;
	size_t len, off;
	int begun;			/* the frame's beginning is out */
	char data[];
};

/* A thread that waits for the client's answer; on that thread's stack. */
struct sp_wait {
	struct sp_wait *next;
	uint64_t reqno;
	int type;
	char *buf;			/* where the answer's body goes */
	size_t len;			/* its length, or the most of it */
	size_t got;
	int done, error;		/* the host's errno */
	pthread_cond_t cv;
};

enum sp_jobtype {
	SP_JOB_GUEST, SP_JOB_FORK, SP_JOB_EXEC, SP_JOB_PREFORK,
	SP_JOB_SYSCALL, SP_JOB_EXIT
};

struct sp_client;

struct sp_job {
	struct sp_job *next;		/* client's queue, then the running */
	struct sp_client *c;
	enum sp_jobtype type;
	struct rsp_hdr hdr;
	unsigned int image;		/* of the client then */
	int answered;
	pthread_t thread;		/* while it runs */
	size_t len;			/* of the body */
	union {
		uint64_t slot[SP_ARGSLOTS];
		struct handshake_fork fork;
		char name[SP_MAXBODY];
	} body;
};

struct sp_client {
	struct sp_client *next, **prevp;	/* server's list */
	struct sp_client *deadnext;	/* service thread's list */
	unsigned int refs;		/* atomic */
	pthread_mutex_t mtx;

	/* Under mtx. */
	enum sp_state state;
	int fd;				/* open until the last reference goes */
	int polled;			/* in the epoll set */
	int unwatched;			/* could not be put there */
	unsigned int image;		/* programs executed */
	struct sp_out *out, **outtail;
	size_t outbytes;
	pthread_cond_t outcv;		/* room, or none ever again */
	struct sp_wait *waits;
	uint64_t reqno;

	/* The service thread's: the frame that is coming in. */
	struct rsp_hdr hdr;
	size_t hdrgot, bodygot, bodylen;
	char *body;			/* inbuf, or into a waiter's */
	struct sp_wait *inwait;
	int paused;			/* until a handshake is through */
	char inbuf[SP_MAXBODY] __attribute__((__aligned__(8)));

	/* Set before it runs. */
	pid_t pid;
	struct lwp *mainlwp;		/* keeps the process */
	char comm[SP_MAXBODY];

	/* Under the pool's lock. */
	unsigned int jobs, running;	/* all; those on a thread */
	struct sp_job *queue, **queuetail;	/* the others */
	struct sp_client *readynext;
	struct sp_job exitjob;
};

/* A process that waits for the connection of the host's new process. */
struct sp_prefork {
	struct sp_prefork *next;
	uint32_t auth[AUTHLEN];
	struct sp_client *child, *parent;	/* parent: compared only */
	int64_t expires;
};

struct sp_server {
	pthread_mutex_t mtx;
	struct sp_client *clients;	/* oldest first */
	struct sp_client **tailp;
	unsigned int nclients;
	struct sp_prefork *preforks;
	unsigned int npreforks;
	enum { SP_STOPPED, SP_SERVING, SP_ENDING } state;
	int stopping;			/* atomic: no more upcalls */
	int epfd, wakefd;
};

extern struct sp_server rumpuser__sp;

/* server.c */
/** Have the service thread look around. */
void rumpuser__sp_wake(void);

/* client.c */
/** A client for @fd (-1: none yet), with one reference; NULL: no memory. */
struct sp_client *rumpuser__sp_client(int fd, enum sp_state state);
void rumpuser__sp_ref(struct sp_client *c);
void rumpuser__sp_unref(struct sp_client *c);
/** Put it on the server's list; srv.mtx is held. */
void rumpuser__sp_link(struct sp_client *c);
void rumpuser__sp_unlink(struct sp_client *c);
/**
 * Send a frame whose body is @b1 then @b2.  @how: SP_NOWAIT fails when too
 * much is queued (EAGAIN); SP_WAIT waits for room, but for a busy client it
 * fails as well; SP_COPY waits, and fails for a client that is not running;
 * SP_ALWAYS, for the answer to a handshake, needs no room.  The host's errno.
 */
enum sp_how { SP_NOWAIT, SP_WAIT, SP_COPY, SP_ALWAYS };
int rumpuser__sp_send(struct sp_client *c, struct rsp_hdr *hdr, const void *b1,
    size_t l1, const void *b2, size_t l2, enum sp_how how);
/** Bytes without a header; for the banner. */
int rumpuser__sp_sendraw(struct sp_client *c, const void *buf, size_t len);
/** Drop the frames that are queued; the client's lock is held. */
void rumpuser__sp_discard(struct sp_client *c);
/** The socket takes bytes again: the host's errno when it is dead. */
int rumpuser__sp_flush(struct sp_client *c);
/** Watch the socket (again) or not; the client's lock is held. */
void rumpuser__sp_poll(struct sp_client *c, int on);
/** A handshake is over: read on.  False when the client has died meanwhile. */
int rumpuser__sp_resume(struct sp_client *c, enum sp_state state);
/** Answer a request: a body, or an error of RUMPSP_ERR_*. */
int rumpuser__sp_reply(struct sp_client *c, const struct rsp_hdr *req,
    const void *body, size_t len, enum sp_how how);
int rumpuser__sp_replyerr(struct sp_client *c, const struct rsp_hdr *req,
    uint32_t error, enum sp_how how);
/** End all waits for the client with EFAULT; its lock is held. */
void rumpuser__sp_abort(struct sp_client *c);

/* input.c */
/** Read what has come; nonzero: the client is to be dropped. */
int rumpuser__sp_input(struct sp_client *c);

/* work.c */
/** Hand a job to the workers; takes it over.  The client's lock is not held. */
void rumpuser__sp_submit(struct sp_job *job);
/** Is there room for one more job of @c? */
int rumpuser__sp_mayqueue(struct sp_client *c);
/** Drop jobs of @c that nobody has begun; none of them is an exit. */
void rumpuser__sp_drop(struct sp_client *c);
/** Wait until the calling job is the only one of @c on a thread. */
void rumpuser__sp_drain(struct sp_client *c);
/** The job that the calling thread runs, of @c; NULL. */
struct sp_job *rumpuser__sp_curjob(struct sp_client *c);
/** Start the pool's first thread; the host's errno. */
int rumpuser__sp_startpool(void);

/** Around a fork of the process; in the child there are no threads. */
void rumpuser__sp_lockpool(int lock);
void rumpuser__sp_forgetpool(void);

/* kern.c */
/** Run a job on a worker, with no virtual CPU held. */
void rumpuser__sp_run(struct sp_job *job);
/** Are the upcalls that are needed there? */
int rumpuser__sp_canserve(void);
/** Release the processes of forks that nobody came for. */
void rumpuser__sp_expire(void);

int64_t rumpuser__sp_now(void);

#endif /* _RUMPUSER_SP_SERVER_H_ */
