/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork.h - the parts of the host layer that fork.c stops and lets go: each
 * holds its locks over the fork, so that the child finds it whole.  A child
 * function returns 0 or the host's errno, and has let go in any case.
 * Private to librumpuser.
 */
#ifndef _RUMPUSER_POSIX_FORK_H_
#define _RUMPUSER_POSIX_FORK_H_

void rumpuser__handlers_fork_prepare(void);	/* of tasks are waited for */
void rumpuser__handlers_fork_parent(void);
int rumpuser__handlers_fork_child(void);

void rumpuser__aio_fork_prepare(void);	/* waits for what is in flight */
void rumpuser__aio_fork_parent(void);
int rumpuser__aio_fork_child(void);

void rumpuser__event_fork_prepare(void);
void rumpuser__event_fork_parent(void);
int rumpuser__event_fork_child(void);

void rumpuser__fault_fork_prepare(void);
void rumpuser__fault_fork_parent(void);
int rumpuser__fault_fork_child(void);

void rumpuser__console_fork_prepare(void);
void rumpuser__console_fork_parent(void);
int rumpuser__console_fork_child(void);

#endif /* _RUMPUSER_POSIX_FORK_H_ */
