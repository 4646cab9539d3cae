/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exit status of processes, wait(2).
 */
#ifndef _SYS_WAIT_H_
#define	_SYS_WAIT_H_

#include <sys/featuretest.h>

#define	_W_INT(i)	(i)
#define	_WSTATUS(x)	(_W_INT(x) & 0177)
#define	_WSTOPPED	0177
#define	WIFSTOPPED(x)	(_WSTATUS(x) == _WSTOPPED)
#define	WSTOPSIG(x)	((int)((unsigned int)_W_INT(x) >> 8) & 0xff)
#define	WIFSIGNALED(x)	(_WSTATUS(x) != _WSTOPPED && _WSTATUS(x) != 0)
#define	WTERMSIG(x)	(_WSTATUS(x))
#define	WIFEXITED(x)	(_WSTATUS(x) == 0)
#define	WEXITSTATUS(x)	((int)(((unsigned int)_W_INT(x)) >> 8) & 0xff)
#define	WCOREDUMP(x)	(_W_INT(x) & WCOREFLAG)
#define	W_EXITCODE(ret, sig)	((ret) << 8 | (sig))
#define	W_STOPCODE(sig)	((sig) << 8 | _WSTOPPED)

#define	WCOREFLAG	0x80
#define	WNOHANG		1
#define	WUNTRACED	2
#define	WSTOPPED	2
#define	WALTSIG		4
#define	WALLSIG		8
#define	WCONTINUED	0x10
#define	WEXITED		0x20
#define	WTRAPPED	0x40
#define	WNOWAIT		0x10000
#define	WNOZOMBIE	0x20000
#define	WOPTSCHECKED	0x40000
#define	WAIT_ANY	(-1)
#define	WAIT_MYPGRP	0

#endif /* _SYS_WAIT_H_ */
