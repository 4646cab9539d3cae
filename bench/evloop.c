/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evloop.c - event loops: LIBRARY pingpong | timers, where LIBRARY is rump
 * (channels on io_uring for pingpong), rumpchan (channels on epoll), rumppoll
 * (its polls), libevent, libuv (streams for pingpong) or libuvpoll (its
 * polls), and rump post (calls) | rumpwork post (work objects) | eventfd post
 * for work from another thread.
 *
 * pingpong: a byte goes to and fro in each of 1000 socket pairs, both ends in
 * one loop; EVENTS deliveries.  timers: of 100 000 pending timers a random
 * one is cancelled and set to another time, over and over.  post: items go to
 * a thread that is busy all the time; the reference writes to an eventfd
 * that nobody waits for.
 */
#include "work.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <rump/rumpuser_chan.h>

#define PAIRS	1000
#define EVENTS	500000
#define TIMERS	100000
#define OPS	1000000
#define POSTS	2000000
#define WORKS	65536

#define WANT(x) do {							\
	if (!(x))							\
		errx(1, "line %d: %s", __LINE__, #x);			\
} while (0)

static int sv[PAIRS][2];
static unsigned int seen[PAIRS];	/* deliveries, per pair */
static unsigned int events;

/*
 * Ping-pong.
 */
static void
pairs_open(void)
{
	int i;

	for (i = 0; i < PAIRS; i++)
		WANT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
		    sv[i]) == 0);
}

static void
pairs_kick(void)
{
	int i;

	for (i = 0; i < PAIRS; i++)
		WANT(write(sv[i][0], "x", 1) == 1);
}

/* All pairs have been active, each as often as the others. */
static void
pairs_check(double seconds)
{
	unsigned int i, min = EVENTS, max = 0, sum = 0;

	for (i = 0; i < PAIRS; i++) {
		sum += seen[i];
		min = seen[i] < min ? seen[i] : min;
		max = seen[i] > max ? seen[i] : max;
	}
	WANT(sum == events && events >= EVENTS);
	WANT(min > EVENTS / PAIRS * 9 / 10 && max < EVENTS / PAIRS * 11 / 10);
	bench_report(seconds / events * EVENTS, events);
}

static inline void
bounce(unsigned int i)
{
	char c;

	WANT(read(sv[i / 2][i % 2], &c, 1) == 1 && c == 'x');
	WANT(write(sv[i / 2][i % 2], &c, 1) == 1);
	seen[i / 2]++;
	events++;
}

static struct rumpuser_task *task;

static void
rump_bounce(void *env, uintptr_t arg, int error)
{

	(void)arg;
	(void)error;
	bounce((unsigned int)(uintptr_t)env);
	if (events == EVENTS)
		rumpuser_task_stop(task);
}

static void
rumppoll_pingpong(void)
{
	static struct rumpuser_poll polls[PAIRS * 2];
	unsigned int i;
	double start;

	WANT(rumpuser_task_create(&task, NULL) == 0);
	for (i = 0; i < PAIRS * 2; i++) {
		rumpuser_poll_init(&polls[i], task, sv[i / 2][i % 2],
		    rump_bounce, (void *)(uintptr_t)i);
		WANT(rumpuser_poll_enable(&polls[i], RUMPUSER_POLL_RECV) == 0);
	}
	start = bench_now();
	pairs_kick();
	WANT(rumpuser_task_run(task) == 0);
	pairs_check(bench_now() - start);
}

/* The same by channels: what comes is sent back, then the next is read. */
struct end {
	struct rumpuser_chan chan;
	char c[64];
};
static struct end ends[PAIRS * 2];

static void
chan_sent(void *env, uintptr_t n, int error)
{

	(void)env;
	WANT(n == 1 && error == 0);
}

static void
chan_got(void *env, uintptr_t n, int error)
{
	struct end *e = env;

	WANT(n == 1 && error == 0 && e->c[0] == 'x');
	seen[(e - ends) / 2]++;
	if (++events == EVENTS)
		rumpuser_task_stop(task);
	WANT(rumpuser_chan_write(&e->chan, e->c, 1, chan_sent, e) == 0);
	WANT(rumpuser_chan_read(&e->chan, e->c, sizeof(e->c),
	    chan_got, e) == 0);
}

static void
chan_pingpong(int poller)
{
	const struct rumpuser_task_attr ta = { .ta_poller = poller };
	unsigned int i;
	double start;

	WANT(rumpuser_task_create(&task, &ta) == 0);
	for (i = 0; i < PAIRS * 2; i++) {
		WANT(rumpuser_chan_init(&ends[i].chan, task,
		    sv[i / 2][i % 2]) == 0);
		WANT(rumpuser_chan_read(&ends[i].chan, ends[i].c,
		    sizeof(ends[i].c), chan_got, &ends[i]) == 0);
	}
	start = bench_now();
	pairs_kick();
	WANT(rumpuser_task_run(task) == 0);
	pairs_check(bench_now() - start);
}

static void
rump_pingpong(void)
{

	chan_pingpong(RUMPUSER_POLLER_IOURING);
}

static void
rumpchan_pingpong(void)
{

	chan_pingpong(RUMPUSER_POLLER_EPOLL);
}

static struct event_base *base;

static void
le_bounce(evutil_socket_t fd, short what, void *arg)
{

	(void)fd;
	(void)what;
	bounce((unsigned int)(uintptr_t)arg);
	if (events == EVENTS)
		event_base_loopbreak(base);
}

static void
libevent_pingpong(void)
{
	struct event *ev;
	unsigned int i;
	double start;

	WANT((base = event_base_new()) != NULL);
	for (i = 0; i < PAIRS * 2; i++) {
		ev = event_new(base, sv[i / 2][i % 2], EV_READ | EV_PERSIST,
		    le_bounce, (void *)(uintptr_t)i);
		WANT(ev != NULL && event_add(ev, NULL) == 0);
	}
	start = bench_now();
	pairs_kick();
	WANT(event_base_dispatch(base) == 0);
	pairs_check(bench_now() - start);
}

static uv_loop_t loop;
static uv_pipe_t pipes[PAIRS * 2];
static uv_poll_t uvpolls[PAIRS * 2];

static void
uv_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
	static char room[64];

	(void)h;
	(void)size;
	*buf = uv_buf_init(room, sizeof(room));
}

static void
uv_got(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	unsigned int i = (unsigned int)((uv_pipe_t *)s - pipes);
	uv_buf_t out;

	if (n == 0)
		return;
	WANT(n == 1 && buf->base[0] == 'x');
	out = uv_buf_init(buf->base, 1);
	WANT(uv_try_write(s, &out, 1) == 1);
	seen[i / 2]++;
	if (++events == EVENTS)
		uv_stop(&loop);
}

static void
libuv_pingpong(void)
{
	unsigned int i;
	double start;

	WANT(uv_loop_init(&loop) == 0);
	for (i = 0; i < PAIRS * 2; i++) {
		WANT(uv_pipe_init(&loop, &pipes[i], 0) == 0);
		WANT(uv_pipe_open(&pipes[i], sv[i / 2][i % 2]) == 0);
		WANT(uv_read_start((uv_stream_t *)&pipes[i], uv_alloc,
		    uv_got) == 0);
	}
	start = bench_now();
	pairs_kick();
	uv_run(&loop, UV_RUN_DEFAULT);
	pairs_check(bench_now() - start);
}

static void
uv_bounce(uv_poll_t *p, int status, int what)
{

	WANT(status == 0 && (what & UV_READABLE));
	bounce((unsigned int)(p - uvpolls));
	if (events == EVENTS)
		uv_stop(&loop);
}

static void
libuvpoll_pingpong(void)
{
	unsigned int i;
	double start;

	WANT(uv_loop_init(&loop) == 0);
	for (i = 0; i < PAIRS * 2; i++) {
		WANT(uv_poll_init(&loop, &uvpolls[i], sv[i / 2][i % 2]) == 0);
		WANT(uv_poll_start(&uvpolls[i], UV_READABLE, uv_bounce) == 0);
	}
	start = bench_now();
	pairs_kick();
	uv_run(&loop, UV_RUN_DEFAULT);
	pairs_check(bench_now() - start);
}

/* The work alone, without any loop: what all of them have in common. */
static void
none_pingpong(void)
{
	unsigned int i;
	double start = bench_now();

	pairs_kick();
	for (i = 0; events < EVENTS; i = (i + 1) % PAIRS)
		bounce(i * 2 + (seen[i] % 2 == 0));
	pairs_check(bench_now() - start);
}

/*
 * Timers: from 1 to 10 min from now, none of which comes.
 */
static uint64_t rnd = 88172645463325252ULL;

static inline uint32_t
rand32(void)
{

	rnd ^= rnd << 13;
	rnd ^= rnd >> 7;
	rnd ^= rnd << 17;
	return (uint32_t)(rnd >> 32);
}

static inline uint32_t
delay_ms(void)
{

	return 60000 + rand32() % 540000;
}

static void
never(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	errx(1, "a timer came");
}

static void
rump_timers(void)
{
	struct rumpuser_timer *t = calloc(TIMERS, sizeof(*t)), *one;
	struct rumpuser_task_stats ts;
	int64_t now = rumpuser_event_now();
	unsigned int i;
	double start;

	WANT(t != NULL && rumpuser_task_create(&task, NULL) == 0);
	for (i = 0; i < TIMERS; i++) {
		rumpuser_timer_init(&t[i], task, never, NULL);
		WANT(rumpuser_timer_set(&t[i], now +
		    delay_ms() * INT64_C(1000000)) == 0);
	}
	start = bench_now();
	for (i = 0; i < OPS; i++) {
		one = &t[rand32() % TIMERS];
		WANT(rumpuser_event_cancel(&one->t_ev) == 0);
		WANT(rumpuser_timer_set(one, now +
		    delay_ms() * INT64_C(1000000)) == 0);
	}
	start = bench_now() - start;
	WANT(rumpuser_task_stats(task, &ts) == 0 && ts.ts_ntimers == TIMERS);
	bench_report(start, OPS);
}

static void
le_never(evutil_socket_t fd, short what, void *arg)
{

	(void)fd;
	(void)what;
	(void)arg;
	errx(1, "a timer came");
}

static void
le_set(struct event *ev)
{
	uint32_t ms = delay_ms();
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	WANT(event_add(ev, &tv) == 0);
}

static void
libevent_timers(void)
{
	struct event **t = calloc(TIMERS, sizeof(*t)), *one;
	unsigned int i;
	double start;

	WANT(t != NULL && (base = event_base_new()) != NULL);
	for (i = 0; i < TIMERS; i++) {
		WANT((t[i] = evtimer_new(base, le_never, NULL)) != NULL);
		le_set(t[i]);
	}
	start = bench_now();
	for (i = 0; i < OPS; i++) {
		one = t[rand32() % TIMERS];
		WANT(event_del(one) == 0);
		le_set(one);
	}
	start = bench_now() - start;
	WANT(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) ==
	    TIMERS);
	bench_report(start, OPS);
}

static void
uv_never(uv_timer_t *t)
{

	(void)t;
	errx(1, "a timer came");
}

static void
libuv_timers(void)
{
	uv_timer_t *t = calloc(TIMERS, sizeof(*t)), *one;
	unsigned int i, n = 0;
	double start;

	WANT(t != NULL && uv_loop_init(&loop) == 0);
	for (i = 0; i < TIMERS; i++) {
		WANT(uv_timer_init(&loop, &t[i]) == 0);
		WANT(uv_timer_start(&t[i], uv_never, delay_ms(), 0) == 0);
	}
	start = bench_now();
	for (i = 0; i < OPS; i++) {
		one = &t[rand32() % TIMERS];
		WANT(uv_timer_stop(one) == 0);
		WANT(uv_timer_start(one, uv_never, delay_ms(), 0) == 0);
	}
	start = bench_now() - start;
	for (i = 0; i < TIMERS; i++)
		n += uv_is_active((uv_handle_t *)&t[i]) != 0;
	WANT(n == TIMERS);
	bench_report(start, OPS);
}

/*
 * Posts.
 */
static unsigned int handled;
static struct rumpuser_work busy;

static void
handle(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	if (++handled == POSTS)
		rumpuser_task_stop(task);
}

/* The target always has something to do. */
static void
be_busy(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	if (handled < POSTS)
		rumpuser_work_post(&busy, 0, 0);
}

static void
post_to(int (*post)(unsigned int))
{
	struct rumpuser_evthread_attr attr = { .et_name = "target" };
	struct rumpuser_task_stats ts;
	struct rumpuser_evthread *et;
	unsigned int i;
	double start;

	rumpuser_work_init(&busy, task, RUMPUSER_PRIO_LOW, be_busy, NULL);
	rumpuser_work_post(&busy, 0, 0);
	attr.et_task = task;
	WANT(rumpuser_evthread_create(&et, &attr) == 0);
	WANT(rumpuser_evthread_start(et) == 0);
	start = bench_now();
	for (i = 0; i < POSTS; i++)
		while (post(i) != 0)
			sched_yield();
	WANT(rumpuser_evthread_free(et) == 0);
	start = bench_now() - start;
	WANT(handled == POSTS);
	WANT(rumpuser_task_stats(task, &ts) == 0);
	bench_report(start, (double)ts.ts_wakeups);
}

static int
post_call(unsigned int i)
{

	return rumpuser_task_post(task, handle, NULL, i, 0);
}

static void
rump_post(void)
{

	WANT(rumpuser_task_create(&task, NULL) == 0);
	post_to(post_call);
}

static struct rumpuser_work *works;

static int
post_work(unsigned int i)
{

	return rumpuser_work_post(&works[i % WORKS], i, 0);
}

static void
rumpwork_post(void)
{
	unsigned int i;

	works = calloc(WORKS, sizeof(*works));
	WANT(works != NULL && rumpuser_task_create(&task, NULL) == 0);
	for (i = 0; i < WORKS; i++)
		rumpuser_work_init(&works[i], task, RUMPUSER_PRIO_NORMAL,
		    handle, NULL);
	post_to(post_work);
}

static void
eventfd_post(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	uint64_t one = 1, sum;
	unsigned int i;
	double start;

	WANT(fd != -1);
	start = bench_now();
	for (i = 0; i < POSTS; i++)
		WANT(write(fd, &one, sizeof(one)) == sizeof(one));
	start = bench_now() - start;
	WANT(read(fd, &sum, sizeof(sum)) == sizeof(sum) && sum == POSTS);
	bench_report(start, POSTS);
}

static const struct {
	const char *library, *what;
	void (*run)(void);
} modes[] = {
	{ "rump", "pingpong", rump_pingpong },
	{ "rumpchan", "pingpong", rumpchan_pingpong },
	{ "rumppoll", "pingpong", rumppoll_pingpong },
	{ "libevent", "pingpong", libevent_pingpong },
	{ "libuv", "pingpong", libuv_pingpong },
	{ "libuvpoll", "pingpong", libuvpoll_pingpong },
	{ "none", "pingpong", none_pingpong },
	{ "rump", "timers", rump_timers },
	{ "libevent", "timers", libevent_timers },
	{ "libuv", "timers", libuv_timers },
	{ "rump", "post", rump_post },
	{ "rumpwork", "post", rumpwork_post },
	{ "eventfd", "post", eventfd_post },
};

int
main(int argc, char *argv[])
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].library) != 0 ||
		    strcmp(argv[2], modes[i].what) != 0)
			continue;
		if (strcmp(argv[2], "pingpong") == 0)
			pairs_open();
		modes[i].run();
		return 0;
	}
	errx(2, "usage: evloop LIBRARY pingpong|timers|post");
}
