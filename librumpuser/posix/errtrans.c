/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errtrans.c - errno and signal numbers between the host and NetBSD's
 * numbering: one table each.  Locking: none, the tables are constant.
 */
#include "host.h"

#include <signal.h>

#define NB_EIO	5

/* Indexed by the host's number; first what both systems have. */
static const unsigned char errtab[] = {
	[EPERM] = 1,
	[ENOENT] = 2,
	[ESRCH] = 3,
	[EINTR] = 4,
	[EIO] = 5,
	[ENXIO] = 6,
	[E2BIG] = 7,
	[ENOEXEC] = 8,
	[EBADF] = 9,
	[ECHILD] = 10,
	[ENOMEM] = 12,
	[EACCES] = 13,
	[EFAULT] = 14,
	[ENOTBLK] = 15,
	[EBUSY] = 16,
	[EEXIST] = 17,
	[EXDEV] = 18,
	[ENODEV] = 19,
	[ENOTDIR] = 20,
	[EISDIR] = 21,
	[EINVAL] = 22,
	[ENFILE] = 23,
	[EMFILE] = 24,
	[ENOTTY] = 25,
	[ETXTBSY] = 26,
	[EFBIG] = 27,
	[ENOSPC] = 28,
	[ESPIPE] = 29,
	[EROFS] = 30,
	[EMLINK] = 31,
	[EPIPE] = 32,
	[EDOM] = 33,
	[ERANGE] = 34,
	[EAGAIN] = 35,
	[EINPROGRESS] = 36,
	[EALREADY] = 37,
	[ENOTSOCK] = 38,
	[EDESTADDRREQ] = 39,
	[EMSGSIZE] = 40,
	[EPROTOTYPE] = 41,
	[ENOPROTOOPT] = 42,
	[EPROTONOSUPPORT] = 43,
	[ESOCKTNOSUPPORT] = 44,
	[EPFNOSUPPORT] = 46,
	[EAFNOSUPPORT] = 47,
	[EADDRINUSE] = 48,
	[EADDRNOTAVAIL] = 49,
	[ENETDOWN] = 50,
	[ENETUNREACH] = 51,
	[ENETRESET] = 52,
	[ECONNABORTED] = 53,
	[ECONNRESET] = 54,
	[ENOBUFS] = 55,
	[EISCONN] = 56,
	[ENOTCONN] = 57,
	[ESHUTDOWN] = 58,
	[ETOOMANYREFS] = 59,
	[ETIMEDOUT] = 60,
	[ECONNREFUSED] = 61,
	[ELOOP] = 62,
	[ENAMETOOLONG] = 63,
	[EHOSTDOWN] = 64,
	[EHOSTUNREACH] = 65,
	[ENOTEMPTY] = 66,
	[EUSERS] = 68,
	[EDQUOT] = 69,
	[ESTALE] = 70,
	[EREMOTE] = 71,
	[ENOLCK] = 77,
	[ENOSYS] = 78,
	[EIDRM] = 82,
	[ENOMSG] = 83,
	[EOVERFLOW] = 84,
	[EILSEQ] = 85,
	[EOPNOTSUPP] = 45,
	[ECANCELED] = 87,
	[EBADMSG] = 88,
	[ENODATA] = 89,
	[ENOSR] = 90,
	[ENOSTR] = 91,
	[ETIME] = 92,
	[EMULTIHOP] = 94,
	[ENOLINK] = 95,
	[EPROTO] = 96,

	/* The host's own, by the nearest meaning. */
#ifdef ECHRNG
	[ECHRNG] = 34,	/* ERANGE */
#endif
#ifdef EL2NSYNC
	[EL2NSYNC] = 5,	/* EIO */
#endif
#ifdef EL3HLT
	[EL3HLT] = 5,	/* EIO */
#endif
#ifdef EL3RST
	[EL3RST] = 5,	/* EIO */
#endif
#ifdef ELNRNG
	[ELNRNG] = 34,	/* ERANGE */
#endif
#ifdef EUNATCH
	[EUNATCH] = 5,	/* EIO */
#endif
#ifdef ENOCSI
	[ENOCSI] = 5,	/* EIO */
#endif
#ifdef EL2HLT
	[EL2HLT] = 5,	/* EIO */
#endif
#ifdef EBADE
	[EBADE] = 5,	/* EIO */
#endif
#ifdef EBADR
	[EBADR] = 5,	/* EIO */
#endif
#ifdef EXFULL
	[EXFULL] = 28,	/* ENOSPC */
#endif
#ifdef ENOANO
	[ENOANO] = 5,	/* EIO */
#endif
#ifdef EBADRQC
	[EBADRQC] = 22,	/* EINVAL */
#endif
#ifdef EBADSLT
	[EBADSLT] = 22,	/* EINVAL */
#endif
#ifdef EBFONT
	[EBFONT] = 79,	/* EFTYPE */
#endif
#ifdef ENONET
	[ENONET] = 50,	/* ENETDOWN */
#endif
#ifdef ENOPKG
	[ENOPKG] = 2,	/* ENOENT */
#endif
#ifdef EADV
	[EADV] = 5,	/* EIO */
#endif
#ifdef ESRMNT
	[ESRMNT] = 16,	/* EBUSY */
#endif
#ifdef ECOMM
	[ECOMM] = 5,	/* EIO */
#endif
#ifdef EDOTDOT
	[EDOTDOT] = 5,	/* EIO */
#endif
#ifdef ENOTUNIQ
	[ENOTUNIQ] = 17,	/* EEXIST */
#endif
#ifdef EBADFD
	[EBADFD] = 9,	/* EBADF */
#endif
#ifdef EREMCHG
	[EREMCHG] = 5,	/* EIO */
#endif
#ifdef ELIBACC
	[ELIBACC] = 2,	/* ENOENT */
#endif
#ifdef ELIBBAD
	[ELIBBAD] = 8,	/* ENOEXEC */
#endif
#ifdef ELIBSCN
	[ELIBSCN] = 8,	/* ENOEXEC */
#endif
#ifdef ELIBMAX
	[ELIBMAX] = 12,	/* ENOMEM */
#endif
#ifdef ELIBEXEC
	[ELIBEXEC] = 8,	/* ENOEXEC */
#endif
#ifdef ERESTART
	[ERESTART] = 4,	/* EINTR */
#endif
#ifdef ESTRPIPE
	[ESTRPIPE] = 32,	/* EPIPE */
#endif
#ifdef EUCLEAN
	[EUCLEAN] = 5,	/* EIO */
#endif
#ifdef ENOTNAM
	[ENOTNAM] = 22,	/* EINVAL */
#endif
#ifdef ENAVAIL
	[ENAVAIL] = 22,	/* EINVAL */
#endif
#ifdef EISNAM
	[EISNAM] = 21,	/* EISDIR */
#endif
#ifdef EREMOTEIO
	[EREMOTEIO] = 5,	/* EIO */
#endif
#ifdef ENOMEDIUM
	[ENOMEDIUM] = 6,	/* ENXIO */
#endif
#ifdef EMEDIUMTYPE
	[EMEDIUMTYPE] = 79,	/* EFTYPE */
#endif
#ifdef ENOKEY
	[ENOKEY] = 80,	/* EAUTH */
#endif
#ifdef EKEYEXPIRED
	[EKEYEXPIRED] = 80,	/* EAUTH */
#endif
#ifdef EKEYREVOKED
	[EKEYREVOKED] = 80,	/* EAUTH */
#endif
#ifdef EKEYREJECTED
	[EKEYREJECTED] = 80,	/* EAUTH */
#endif
#ifdef EOWNERDEAD
	[EOWNERDEAD] = 70,	/* ESTALE */
#endif
#ifdef ENOTRECOVERABLE
	[ENOTRECOVERABLE] = 70,	/* ESTALE */
#endif
#ifdef ERFKILL
	[ERFKILL] = 50,	/* ENETDOWN */
#endif
#ifdef EHWPOISON
	[EHWPOISON] = 5,	/* EIO */
#endif
};

/* Indexed by NetBSD's number. */
static const unsigned char sigtab[] = {
	[1] = SIGHUP,
	[2] = SIGINT,
	[3] = SIGQUIT,
	[4] = SIGILL,
	[5] = SIGTRAP,
	[6] = SIGABRT,
	[8] = SIGFPE,
	[9] = SIGKILL,
	[10] = SIGBUS,
	[11] = SIGSEGV,
	[12] = SIGSYS,
	[13] = SIGPIPE,
	[14] = SIGALRM,
	[15] = SIGTERM,
	[16] = SIGURG,
	[17] = SIGSTOP,
	[18] = SIGTSTP,
	[19] = SIGCONT,
	[20] = SIGCHLD,
	[21] = SIGTTIN,
	[22] = SIGTTOU,
	[23] = SIGIO,
	[24] = SIGXCPU,
	[25] = SIGXFSZ,
	[26] = SIGVTALRM,
	[27] = SIGPROF,
	[28] = SIGWINCH,
	[30] = SIGUSR1,
	[31] = SIGUSR2,
	[32] = SIGPWR,
};

int
rumpuser__errtrans(int hosterr)
{

	if (hosterr == 0)
		return 0;
	if (hosterr < 0 || (size_t)hosterr >= __arraycount(errtab) ||
	    errtab[hosterr] == 0)
		return NB_EIO;
	return errtab[hosterr];
}

int
rumpuser__sigtrans(int sig)
{

	if (sig == 0)
		return 0;
	if (sig < 0 || (size_t)sig >= __arraycount(sigtab) ||
	    sigtab[sig] == 0)
		return -1;
	return sigtab[sig];
}
