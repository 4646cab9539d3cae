/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings of bytes between readers and writers, as pipe(2) and named pipes use
 * them.  fflag is FREAD, FWRITE, FNONBLOCK as in f_flag; all may sleep but
 * rump_pipe_poll(), and lock for themselves.
 */
#ifndef _RUMP_PRIV_PIPE_H_
#define	_RUMP_PRIV_PIPE_H_

#include <sys/types.h>

struct knote;
struct pipe;
struct uio;

/* A new one, nobody at either end; destroyed when it is so again. */
struct pipe *rump_pipe_create(void);
void	rump_pipe_destroy(struct pipe *);

/*
 * Somebody is at the ends that fflag says, and not any more: true if there
 * is nobody left.
 */
void	rump_pipe_enter(struct pipe *, int);
bool	rump_pipe_leave(struct pipe *, int);

/* Wait, having entered, for somebody at the other end.  EINTR. */
int	rump_pipe_waitopen(struct pipe *, int);
bool	rump_pipe_hasreaders(struct pipe *);

/* Move bytes: EAGAIN, EINTR, EPIPE.  What poll(2), ioctl(2), kevent(2) say. */
int	rump_pipe_read(struct pipe *, struct uio *, int);
int	rump_pipe_write(struct pipe *, struct uio *, int);
int	rump_pipe_poll(struct pipe *, int, int);
int	rump_pipe_ioctl(struct pipe *, u_long, void *);
int	rump_pipe_kqfilter(struct pipe *, struct knote *);

/* A descriptor with transfers under way is closed: they end (ERESTART). */
void	rump_pipe_restart(struct pipe *, int);

#endif /* _RUMP_PRIV_PIPE_H_ */
