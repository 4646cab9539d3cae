/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal numbers, actions and sets, with the values of the client ABI. */
#ifndef _SYS_SIGNAL_H_
#define _SYS_SIGNAL_H_

#include <sys/featuretest.h>
#include <sys/sigtypes.h>
#include <sys/siginfo.h>

#define _NSIG		64
#define NSIG		64
#define SIGHUP		1
#define SIGINT		2
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGIOT		6
#define SIGEMT		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGBUS		10
#define SIGSEGV		11
#define SIGSYS		12
#define SIGPIPE		13
#define SIGALRM		14
#define SIGTERM		15
#define SIGURG		16
#define SIGSTOP		17
#define SIGTSTP		18
#define SIGCONT		19
#define SIGCHLD		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SIGIO		23
#define SIGXCPU		24
#define SIGXFSZ		25
#define SIGVTALRM	26
#define SIGPROF		27
#define SIGWINCH	28
#define SIGINFO		29
#define SIGUSR1		30
#define SIGUSR2		31
#define SIGPWR		32

#define SIG_DFL		((void (*)(int))0)
#define SIG_IGN		((void (*)(int))1)
#define SIG_ERR		((void (*)(int))-1)
#define SIG_HOLD	((void (*)(int))3)
#define BADSIG		SIG_ERR

struct sigaction {
	union {
		void	(*_sa_handler)(int);
		void	(*_sa_sigaction)(int, siginfo_t *, void *);
	} _sa_u;
	sigset_t	sa_mask;	/* also blocked in the handler */
	int		sa_flags;	/* SA_* */
};
#define sa_handler	_sa_u._sa_handler
#define sa_sigaction	_sa_u._sa_sigaction

struct sigevent {
	int		 sigev_notify;
	int		 sigev_signo;
	union sigval	 sigev_value;
	void		(*sigev_notify_function)(union sigval);
	void		*sigev_notify_attributes;
};

#define SA_ONSTACK	1
#define SA_RESTART	2
#define SA_RESETHAND	4
#define SA_NODEFER	16
#define SA_NOCLDSTOP	8
#define SA_NOCLDWAIT	32
#define SA_SIGINFO	64
#define SA_NOKERNINFO	128
#define SIG_BLOCK	1
#define SIG_UNBLOCK	2
#define SIG_SETMASK	3
#define SS_ONSTACK	1
#define SS_DISABLE	4
#define MINSIGSTKSZ	8192
#define SIGSTKSZ	40960
#define SIGEV_NONE	0
#define SIGEV_SIGNAL	1
#define SIGEV_THREAD	2
#define SIGEV_SA	3
#define SA_ALLBITS	0x00ff
#define SS_ALLBITS	0x0005

#define sigmask(n)		__sigmask(n)
#define sigaddset(s, n)		__sigaddset((s), (n))
#define sigdelset(s, n)		__sigdelset((s), (n))
#define sigismember(s, n)	__sigismember((s), (n))
#define sigemptyset(s)		__sigemptyset(s)
#define sigfillset(s)		__sigfillset(s)
#define sigplusset(s, t)	__sigplusset((s), (t))
#define sigminusset(s, t)	__sigminusset((s), (t))

#endif /* _SYS_SIGNAL_H_ */
