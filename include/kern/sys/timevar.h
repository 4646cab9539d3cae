/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's clocks (microtime(9), time_second(9), ratecheck(9)). All
 * functions may be called from any context and take no locks.
 */
#ifndef _SYS_TIMEVAR_H_
#define _SYS_TIMEVAR_H_

#include <sys/types.h>
#include <sys/time.h>

struct lwp;
struct proc;

__BEGIN_DECLS
/*
 * Wall-clock time and time since boot. The get forms read a clock that is
 * exact to one tick, the others one exact to the host's resolution.
 */
void	nanotime(struct timespec *);
void	microtime(struct timeval *);
void	bintime(struct bintime *);
void	getnanotime(struct timespec *);
void	getmicrotime(struct timeval *);
void	getbintime(struct bintime *);
void	nanouptime(struct timespec *);
void	microuptime(struct timeval *);
void	binuptime(struct bintime *);
void	getnanouptime(struct timespec *);
void	getmicrouptime(struct timeval *);
void	getbinuptime(struct bintime *);

/* Time intervals to ticks, rounded up so that no wait is too short. */
int	tvtohz(const struct timeval *);
int	tstohz(const struct timespec *);
int	tshzto(const struct timespec *);
int	tvhzto(const struct timeval *);
int	hzto(const struct timeval *);

/* Normalise a user's interval: EINVAL if malformed, at least one tick. */
int	itimerfix(struct timeval *);
int	itimespecfix(struct timespec *);

/* Absolute or relative sleep time of clock_id to ticks and start stamp. */
int	ts2timo(clockid_t, int, struct timespec *, int *, struct timespec *);

/* True when the event may be reported; see ratecheck(9). */
int	ratecheck(struct timeval *, const struct timeval *);
int	ppsratecheck(struct timeval *, int *, int);

/* The clock system calls' bodies; 0 or an errno. */
int	clock_gettime1(clockid_t, struct timespec *);
int	clock_getres1(clockid_t, struct timespec *);
int	clock_settime1(struct proc *, clockid_t, const struct timespec *,
	    bool);
int	nanosleep1(struct lwp *, clockid_t, int, struct timespec *,
	    struct timespec *);
int	settime(struct proc *, struct timespec *);
int	settimeofday1(const struct timeval *, bool, const void *,
	    struct lwp *, bool);
__END_DECLS

/*
 * Whole seconds of the wall clock and since boot. They are never stale: each
 * use goes through a function that reads the cheap clock into the object.
 */
extern volatile time_t time_second;
extern volatile time_t time_uptime;
volatile time_t *rump_time_second(void);
volatile time_t *rump_time_uptime(void);
#define time_second	(*rump_time_second())
#define time_uptime	(*rump_time_uptime())

static __inline time_t __unused
time_mono_to_wall(time_t t)
{

	return t + (time_second - time_uptime);
}

static __inline time_t __unused
time_wall_to_mono(time_t t)
{

	return t - (time_second - time_uptime);
}

#endif /* _SYS_TIMEVAR_H_ */
