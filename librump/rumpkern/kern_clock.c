/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time. The kernel is tickless: ticks are the host's monotonic clock divided
 * by the tick, and every clock is read when it is asked for. The cheap reads
 * (getnanotime() and its like, time_second, hardclock_ticks) reuse the last
 * reading for a fraction of a millisecond, told by the cycle counter.
 *
 * The saved readings belong to the CPU.  What the wall clock is off the host's
 * (by clock_settime(2), and by adjtime(2), bit by bit) is written under
 * offset_lock with wall_gen odd, and read again if that was so or changed.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/kernel.h>
#include <sys/mutex.h>
#include <sys/time.h>
#include <sys/timetc.h>
#include <machine/cpu_counter.h>

#include <rump/rumpuser.h>
#include <rump-priv/kern.h>
#include <rump-priv/clock.h>

#undef time_second
#undef time_uptime
#undef hardclock_ticks

#define NSEC_PER_SEC	1000000000LL

int hz = 100;
int tick = 10000;
int tickadj = 1;
int stathz = 0;
int profhz = 100;
int schedhz = 0;
int rtc_offset;

volatile time_t time_second;
volatile time_t time_uptime;
int hardclock_ticks;
struct timespec boottime;

static int64_t boot_mono;		/* host's monotonic clock at boot */
static int64_t wall_offset;		/* what clock_settime added */
static int64_t slew_total;		/* what adjtime added on top ... */
static int64_t slew_start;		/* ... from this time of the host's on */
static unsigned int wall_gen;		/* changes with them */
static kmutex_t offset_lock;

static int64_t
host_clock(int which)
{
	int64_t sec;
	long nsec;

	if (rumpuser_clock_gettime(which, &sec, &nsec) != 0)
		return 0;
	return sec * NSEC_PER_SEC + nsec;
}

int64_t
rump_clock_uptime_ns(void)
{

	return host_clock(RUMPUSER_CLOCK_ABSMONO) - boot_mono;
}

/*
 * Four milliseconds a second: how much of a change is in by a time of the
 * host's wall clock.  That one reading decides, so that the sum never goes back.
 */
static int64_t
slewed(int64_t total, int64_t start, int64_t host)
{
	int64_t in = MAX(host - start, 0) / 250;

	if (total >= 0)
		return MIN(in, total);
	return MAX(-in, total);
}

/* Begin and end a change of the offsets. */
static void
offsets_enter(void)
{

	mutex_enter(&offset_lock);
	__atomic_store_n(&wall_gen, wall_gen + 1, __ATOMIC_RELAXED);
	/* Who reads a new offset finds the generation odd, or newer. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void
offsets_exit(void)
{

	__atomic_store_n(&wall_gen, wall_gen + 1, __ATOMIC_RELEASE);
	mutex_exit(&offset_lock);
}

/* The wall clock's distance from the host's, at a time of that one. */
static int64_t
wall_distance(int64_t host)
{
	int64_t offset, total, start;
	unsigned int gen;

	do {
		gen = __atomic_load_n(&wall_gen, __ATOMIC_ACQUIRE);
		offset = __atomic_load_n(&wall_offset, __ATOMIC_RELAXED);
		total = __atomic_load_n(&slew_total, __ATOMIC_RELAXED);
		start = __atomic_load_n(&slew_start, __ATOMIC_RELAXED);
		/* The offsets are read before the generation is again. */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (__predict_false((gen & 1) != 0 ||
	    gen != __atomic_load_n(&wall_gen, __ATOMIC_RELAXED)));
	return total == 0 ? offset : offset + slewed(total, start, host);
}

int64_t
rump_clock_host_ns(int64_t uptime)
{

	return uptime + boot_mono;
}

int64_t
rump_clock_wall_ns(void)
{

	int64_t host = host_clock(RUMPUSER_CLOCK_RELWALL);

	return host + wall_distance(host);
}

/*
 * Cheap readings.
 */

/* About half a millisecond on today's processors; a tick is ten. */
#define FRESH_CYCLES	(1U << 20)

struct reading {
	uint64_t	r_cycles;
	int64_t		r_wall;
	int64_t		r_uptime;
	volatile time_t	r_second;	/* what the pointers below lead to */
	volatile time_t	r_upsecond;
	int		r_ticks;
	unsigned int	r_gen;
} __aligned(COHERENCY_UNIT);

#ifdef RUMP_UP
static struct reading readings[1];
#define cur_reading()	(&readings[0])
#else
static struct reading readings[MAXCPUS_RUMP];
#define cur_reading()	(&readings[cpu_index(curcpu()) % MAXCPUS_RUMP])
#endif

static inline uint64_t
cycles(void)
{

#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t v;

	/* Runs at tens of MHz: scaled to something like cycles. */
	__asm __volatile("mrs %0, cntvct_el0" : "=r" (v));
	return v << 6;
#else
	return 0;
#endif
}

static inline struct reading *
fresh_reading(void)
{
	struct reading *r = cur_reading();
	unsigned int gen = __atomic_load_n(&wall_gen, __ATOMIC_RELAXED);
	uint64_t now = cycles();

	if (__predict_false(now - r->r_cycles > FRESH_CYCLES || now == 0 ||
	    r->r_gen != gen)) {
		r->r_gen = gen;
		r->r_wall = rump_clock_wall_ns();
		r->r_uptime = rump_clock_uptime_ns();
		r->r_cycles = now;
	}
	return r;
}

int
cpu_hascounter(void)
{

#if defined(__x86_64__)
	return 1;
#else
	return 0;
#endif
}

uint64_t
cpu_counter(void)
{

#if defined(__x86_64__)
	return cycles();
#else
	return (uint64_t)rump_clock_uptime_ns();
#endif
}

uint32_t
cpu_counter32(void)
{

	return (uint32_t)cpu_counter();
}

static inline int64_t
tick_ns(void)
{

	return NSEC_PER_SEC / hz;
}

/*
 * What the names in the headers stand for: in `up' the objects themselves, in
 * `smp' those of the CPU, so that no two CPUs write one word.
 */
#ifdef RUMP_UP
#define SECOND(r)	(&time_second)
#define UPSECOND(r)	(&time_uptime)
#define TICKS(r)	(&hardclock_ticks)
#else
#define SECOND(r)	(&(r)->r_second)
#define UPSECOND(r)	(&(r)->r_upsecond)
#define TICKS(r)	(&(r)->r_ticks)
#endif

volatile time_t *
rump_time_second(void)
{
	struct reading *r = fresh_reading();

	*SECOND(r) = r->r_wall / NSEC_PER_SEC;
	return SECOND(r);
}

volatile time_t *
rump_time_uptime(void)
{
	struct reading *r = fresh_reading();

	*UPSECOND(r) = r->r_uptime / NSEC_PER_SEC;
	return UPSECOND(r);
}

int *
rump_hardclock_ticks(void)
{
	struct reading *r = fresh_reading();

	*TICKS(r) = (int)(r->r_uptime / tick_ns());
	return TICKS(r);
}

/*
 * The clocks' public forms.
 */

static inline void
tots(int64_t ns, struct timespec *ts)
{

	ts->tv_sec = ns / NSEC_PER_SEC;
	ts->tv_nsec = (long)(ns % NSEC_PER_SEC);
}

static inline void
totv(int64_t ns, struct timeval *tv)
{

	tv->tv_sec = ns / NSEC_PER_SEC;
	tv->tv_usec = (suseconds_t)(ns % NSEC_PER_SEC / 1000);
}

static inline void
tobt(int64_t ns, struct bintime *bt)
{

	*bt = ns2bintime((uint64_t)ns);
}

void nanotime(struct timespec *ts) { tots(rump_clock_wall_ns(), ts); }
void microtime(struct timeval *tv) { totv(rump_clock_wall_ns(), tv); }
void bintime(struct bintime *bt) { tobt(rump_clock_wall_ns(), bt); }
void getnanotime(struct timespec *ts) { tots(fresh_reading()->r_wall, ts); }
void getmicrotime(struct timeval *tv) { totv(fresh_reading()->r_wall, tv); }
void getbintime(struct bintime *bt) { tobt(fresh_reading()->r_wall, bt); }
void nanouptime(struct timespec *ts) { tots(rump_clock_uptime_ns(), ts); }
void microuptime(struct timeval *tv) { totv(rump_clock_uptime_ns(), tv); }
void binuptime(struct bintime *bt) { tobt(rump_clock_uptime_ns(), bt); }

void
getnanouptime(struct timespec *ts)
{

	tots(fresh_reading()->r_uptime, ts);
}

void
getmicrouptime(struct timeval *tv)
{

	totv(fresh_reading()->r_uptime, tv);
}

void
getbinuptime(struct bintime *bt)
{

	tobt(fresh_reading()->r_uptime, bt);
}

void
tc_setclock(const struct timespec *ts)
{
	int64_t offset, step;

	offsets_enter();
	offset = ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec -
	    host_clock(RUMPUSER_CLOCK_RELWALL);
	step = offset - wall_offset;
	__atomic_store_n(&wall_offset, offset, __ATOMIC_RELAXED);
	boottime.tv_sec += step / NSEC_PER_SEC;
	__atomic_store_n(&slew_total, 0, __ATOMIC_RELAXED);
	offsets_exit();
	rump_timers_clockset();
}

int64_t
rump_clock_adjust(const int64_t *delta)
{
	int64_t host, in, left;

	if (delta == NULL) {
		mutex_enter(&offset_lock);
		left = slew_total - slewed(slew_total, slew_start,
		    host_clock(RUMPUSER_CLOCK_RELWALL));
		mutex_exit(&offset_lock);
		return left;
	}
	offsets_enter();
	host = host_clock(RUMPUSER_CLOCK_RELWALL);
	in = slewed(slew_total, slew_start, host);
	left = slew_total - in;
	__atomic_store_n(&wall_offset, wall_offset + in, __ATOMIC_RELAXED);
	__atomic_store_n(&slew_start, host, __ATOMIC_RELAXED);
	__atomic_store_n(&slew_total, *delta, __ATOMIC_RELAXED);
	offsets_exit();
	return left;
}

void
rump_clock_init(void)
{

	if (boot_mono != 0)
		return;
	mutex_init(&offset_lock, MUTEX_DEFAULT, IPL_NONE);
	boot_mono = host_clock(RUMPUSER_CLOCK_ABSMONO);
	/* Uptime starts at one second: 0 means "never" to many drivers. */
	boot_mono -= NSEC_PER_SEC;
	tots(rump_clock_wall_ns() - NSEC_PER_SEC, &boottime);
	rump_callout_init();
	rump_timers_init();
	rump_hook_init();
}
