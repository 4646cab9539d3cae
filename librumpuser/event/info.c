/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.c - counters, and lines of text about tasks, events and threads.
 *
 * Locking: lines are made under the task's lock, for rumpuser_event_walk() with
 * the registry's above it.  The dump takes locks only if they are free, and
 * all that it calls is async-signal-safe.
 */
#include "event/impl.h"

#include "event/dump.h"

#include <stdlib.h>
#include <string.h>

/* Of a kind of event on a task, a dump shows so many. */
#define DUMP_MAX	64

#define LINE_MAX_LEN	640

/*
 * A line under construction: snprintf() is not for signal handlers.
 */
struct line {
	char *buf;
	size_t size;
	size_t len;
	int cut;
};

static void
put(struct line *l, const char *s)
{

	for (; *s != '\0'; s++) {
		if (l->len + 1 >= l->size) {
			l->cut = 1;
			break;
		}
		l->buf[l->len++] = *s;
	}
	if (l->size != 0)
		l->buf[l->len] = '\0';
}

static void
put_num(struct line *l, const char *key, uint64_t v)
{
	char digits[24], *p = &digits[sizeof(digits) - 1];

	put(l, key);
	*p = '\0';
	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	put(l, p);
}

static void
put_int(struct line *l, const char *key, int64_t v)
{

	if (v >= 0) {
		put_num(l, key, (uint64_t)v);
		return;
	}
	put(l, key);
	put_num(l, "-", -(uint64_t)v);
}

/* Words are separated by blanks: those of a name are not to be. */
static void
put_name(struct line *l, const char *key, const char *name)
{
	char c[2] = "";

	put(l, key);
	for (; *name != '\0'; name++) {
		c[0] = *name <= ' ' ? '_' : *name;
		put(l, c);
	}
}

static uint64_t
get(_Atomic uint64_t *c)
{

	return atomic_load_explicit(c, memory_order_relaxed);
}

static void
put_counters(struct line *l, struct rumpuser_task *task)
{
	struct task_counters *c = &task->t_count;

	put_num(l, " rounds=", get(&c->rounds));
	put_num(l, " sleeps=", get(&c->sleeps));
	put_num(l, " polls=", get(&c->polls));
	put_num(l, " works=", get(&c->works));
	put_num(l, " calls=", get(&c->calls));
	put_num(l, " timers=", get(&c->timers));
	put_num(l, " signals=", get(&c->signals));
	put_num(l, " sources=", get(&c->sources));
	put_num(l, " wakeups=", get(&c->wakeups));
	put_num(l, " stale=", get(&c->stale));
	put_num(l, " cancelled=", get(&c->cancelled));
	put_num(l, " cancelwaits=", get(&c->cancelwaits));
	put_num(l, " duppolls=", get(&c->duppolls));
}

/* What is known without the lock; then, if @locked, the rest. */
static void
line_task(struct line *l, struct rumpuser_task *task, int locked)
{
	int64_t beat = atomic_load_explicit(&task->t_heartbeat,
	    memory_order_relaxed);

	put_name(l, "task name=", task->t_name);
	put(l, " poller=");
	put(l, task->t_ops->po_name);
	put_int(l, " heartbeat=", beat);
	if (atomic_load(&task->t_sleeping) != 0)
		put(l, " sleeping=1");
	if (locked) {
		put(l, task->t_runs ? " state=runs" : " state=idle");
		if (task->t_runs)
			put_int(l, " tid=", atomic_load(&task->t_tid));
		if (task->t_running != NULL)
			put(l, " handler=1");
		put_num(l, " npolls=", get(&task->t_npolls));
		put_num(l, " ntimers=", task->t_wheel.tw_count);
		put_num(l, " nwork=", task->t_nwork);
		put_num(l, " ncalls=", rumpuser__call_count(task));
		put_num(l, " nsources=", get(&task->t_nsources));
	} else
		put(l, " locked=1");
	put_counters(l, task);
}

static void
line_thread(struct line *l, struct rumpuser_evthread *et)
{
	static const char *const states[] = {
		[ETS_NEW] = " state=new", [ETS_STARTING] = " state=starting",
		[ETS_RUNS] = " state=runs", [ETS_DONE] = " state=done",
	};
	struct rumpuser_task *task = atomic_load(&et->et_running);

	put_name(l, "thread name=", et->et_name);
	put(l, states[et->et_state]);
	if (et->et_state >= ETS_RUNS) {
		put_int(l, " tid=", et->et_tid);
		put_int(l, " birth=", et->et_birth);
		put_int(l, " nice=", et->et_niceness);
	}
	if (task != NULL)
		put_name(l, " task=", task->t_name);
}

/*
 * Lines about what is armed on a task, at most @max a kind; its lock is held.
 */
struct emitter {
	void (*emit)(void *, const char *);
	void *arg;
	unsigned int left;
};

static struct line
line_begin(char *buf, const char *kind, const struct rumpuser_event *ev)
{
	struct line l = { .buf = buf, .size = LINE_MAX_LEN };

	put(&l, kind);
	put_name(&l, " name=", ev->ev_name != NULL ? ev->ev_name : "?");
	return l;
}

static void
emit_works(struct emitter *em, struct rumpuser_task *task, unsigned int max)
{
	const struct rumpuser_event *ev;
	char buf[LINE_MAX_LEN];
	struct line l;
	unsigned int prio;

	for (prio = 0; prio < RUMPUSER_NPRIO; prio++)
		for (ev = task->t_queue[prio].wq_head; ev != NULL && max > 0;
		    ev = ev->ev_next, max--) {
			l = line_begin(buf, " work", ev);
			put_num(&l, " prio=", prio);
			em->emit(em->arg, buf);
		}
}

static int
emit_timer(void *arg, struct timerwheel_node *n)
{
	struct emitter *em = arg;
	struct rumpuser_timer *t = (struct rumpuser_timer *)(void *)
	    ((char *)n - offsetof(struct rumpuser_timer, t_node));
	char buf[LINE_MAX_LEN];
	struct line l = line_begin(buf, " timer", &t->t_ev);

	put_int(&l, " when=", n->tn_when);
	em->emit(em->arg, buf);
	return --em->left == 0;
}

static void
emit_polls(struct emitter *em, struct rumpuser_task *task, unsigned int max)
{
	unsigned int i, n = task->t_nchunks * FD_CHUNK;
	char buf[LINE_MAX_LEN];
	struct fd_entry *fe;
	struct line l;

	for (i = 0; i < n && max > 0; i++) {
		fe = rumpuser__fd_entry(task, (int)i);
		if (fe == NULL || fe->fe_poll == NULL)
			continue;
		l = line_begin(buf, " poll", &fe->fe_poll->p_ev);
		put_num(&l, " fd=", i);
		put_num(&l, " mask=", fe->fe_poll->p_mask);
		em->emit(em->arg, buf);
		max--;
	}
}

static void
emit_others(struct emitter *em, struct rumpuser_task *task)
{
	const struct rumpuser_source *s;
	char buf[LINE_MAX_LEN];
	struct line l;
	int i;

	for (i = 0; i < MAXHOSTSIG; i++) {
		if (task->t_signals[i] == NULL)
			continue;
		l = line_begin(buf, " signal", &task->t_signals[i]->s_ev);
		put_int(&l, " signo=", task->t_signals[i]->s_signo);
		em->emit(em->arg, buf);
	}
	for (s = task->t_sources; s != NULL; s = s->so_next) {
		(void)line_begin(buf, " source", &s->so_ev);
		em->emit(em->arg, buf);
	}
}

static void
emit_task(struct emitter *em, struct rumpuser_task *task, int locked,
    unsigned int max)
{
	char buf[LINE_MAX_LEN];
	struct line l = { .buf = buf, .size = sizeof(buf) };

	line_task(&l, task, locked);
	if (locked && task->t_running != NULL)
		put_name(&l, " running=", task->t_running->ev_name);
	em->emit(em->arg, buf);
	if (!locked)
		return;
	emit_works(em, task, max);
	em->left = max;
	timerwheel_foreach(&task->t_wheel, emit_timer, em);
	emit_polls(em, task, max);
	emit_others(em, task);
}

static void
emit_thread(struct emitter *em, struct rumpuser_evthread *et)
{
	char buf[LINE_MAX_LEN];
	struct line l = { .buf = buf, .size = sizeof(buf) };

	line_thread(&l, et);
	em->emit(em->arg, buf);
}

void
rumpuser__event_dump(void (*emit)(void *, const char *), void *arg)
{
	struct emitter em = { .emit = emit, .arg = arg };
	struct rumpuser_task *task;
	struct rumpuser_evthread *et;
	int locked;

	if (pthread_mutex_trylock(&rumpuser__registry.lock) != 0) {
		emit(arg, "task registry locked=1");
		return;
	}
	LIST_FOREACH(task, &rumpuser__registry.tasks, t_entry) {
		locked = pthread_mutex_trylock(&task->t_lock) == 0;
		emit_task(&em, task, locked, DUMP_MAX);
		if (locked)
			task_unlock(task);
	}
	LIST_FOREACH(et, &rumpuser__registry.threads, et_entry)
		if (pthread_mutex_trylock(&et->et_lock) == 0) {
			emit_thread(&em, et);
			pthread_mutex_unlock(&et->et_lock);
		}
	pthread_mutex_unlock(&rumpuser__registry.lock);
}

/*
 * The public ones.  The walk collects its lines first, NUL after NUL.
 */
struct text {
	char *buf;
	size_t len;
	size_t size;
	int failed;
};

static void
collect(void *arg, const char *line)
{
	struct text *t = arg;
	size_t len = strlen(line) + 1, size = t->size;
	char *buf;

	if (t->failed)
		return;
	while (size < t->len + len)
		size = size == 0 ? 4096 : size * 2;
	if (size != t->size) {
		if ((buf = realloc(t->buf, size)) == NULL) {
			t->failed = 1;
			return;
		}
		t->buf = buf;
		t->size = size;
	}
	memcpy(t->buf + t->len, line, len);
	t->len += len;
}

int
rumpuser_event_walk(void (*fn)(void *, const char *), void *arg)
{
	struct text text = { NULL, 0, 0, 0 };
	struct emitter em = { .emit = collect, .arg = &text };
	struct rumpuser_task *task;
	struct rumpuser_evthread *et;
	size_t off;
	int serrno = errno;

	pthread_mutex_lock(&rumpuser__registry.lock);
	LIST_FOREACH(task, &rumpuser__registry.tasks, t_entry) {
		task_lock(task);
		rumpuser__work_drain(task);
		emit_task(&em, task, 1, UINT32_MAX);
		task_unlock(task);
	}
	LIST_FOREACH(et, &rumpuser__registry.threads, et_entry) {
		pthread_mutex_lock(&et->et_lock);
		emit_thread(&em, et);
		pthread_mutex_unlock(&et->et_lock);
	}
	pthread_mutex_unlock(&rumpuser__registry.lock);
	if (!text.failed)
		for (off = 0; off < text.len; off += strlen(text.buf + off) + 1)
			fn(arg, text.buf + off);
	free(text.buf);
	errno = serrno;
	return text.failed ? ERR(ENOMEM) : 0;
}

int
rumpuser_task_fmt(struct rumpuser_task *task, char *buf, size_t len)
{
	struct line l = { .buf = buf, .size = len };

	task_lock(task);
	rumpuser__work_drain(task);
	line_task(&l, task, 1);
	task_unlock(task);
	return l.cut ? ERR(E2BIG) : 0;
}

int
rumpuser_evthread_fmt(struct rumpuser_evthread *et, char *buf, size_t len)
{
	struct line l = { .buf = buf, .size = len };

	pthread_mutex_lock(&rumpuser__registry.lock);
	pthread_mutex_lock(&et->et_lock);
	line_thread(&l, et);
	pthread_mutex_unlock(&et->et_lock);
	pthread_mutex_unlock(&rumpuser__registry.lock);
	return l.cut ? ERR(E2BIG) : 0;
}

int
rumpuser_task_stats(struct rumpuser_task *task,
    struct rumpuser_task_stats *ts)
{
	struct task_counters *c = &task->t_count;

	memset(ts, 0, sizeof(*ts));
	ts->ts_rounds = get(&c->rounds);
	ts->ts_sleeps = get(&c->sleeps);
	ts->ts_polls = get(&c->polls);
	ts->ts_works = get(&c->works);
	ts->ts_calls = get(&c->calls);
	ts->ts_timers = get(&c->timers);
	ts->ts_signals = get(&c->signals);
	ts->ts_sources = get(&c->sources);
	ts->ts_wakeups = get(&c->wakeups);
	ts->ts_stale = get(&c->stale);
	ts->ts_cancelled = get(&c->cancelled);
	ts->ts_cancelwaits = get(&c->cancelwaits);
	ts->ts_duppolls = get(&c->duppolls);
	ts->ts_heartbeat = atomic_load(&task->t_heartbeat);
	task_lock(task);
	rumpuser__work_drain(task);
	ts->ts_npolls = get(&task->t_npolls);
	ts->ts_ntimers = task->t_wheel.tw_count;
	ts->ts_nwork = task->t_nwork;
	ts->ts_ncalls = rumpuser__call_count(task);
	ts->ts_nsources = get(&task->t_nsources);
	task_unlock(task);
	return 0;
}

void
rumpuser__task_watch(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	static const uint8_t types[] = { [EV_WORK] = RUMPUSER_PROF_CALL,
	    [EV_TIMER] = RUMPUSER_PROF_ALARM, [EV_POLL] = RUMPUSER_PROF_FD,
	    [EV_SIGNAL] = RUMPUSER_PROF_EVENT,
	    [EV_SOURCE] = RUMPUSER_PROF_EVENT,
	    [EV_CHAN] = RUMPUSER_PROF_SOCKET };
	int64_t trigger = 0;

	/* A handler that calls handlers: it goes on afterwards. */
	rumpuser__run_end(&task->t_run);
	if (ev->ev_kind == EV_TIMER)
		trigger = ((const struct timerwheel_node *)(void *)
		    ((struct rumpuser_timer *)(void *)ev)->t_node)->tn_when;
	else if (ev->ev_kind != EV_WORK)
		trigger = task->t_came;
	rumpuser__run_begin(&task->t_run, ev, ev->ev_kind != EV_WORK &&
	    ev->ev_kind != EV_TIMER, trigger, types[ev->ev_kind],
	    (const void *)ev->ev_fn, ev->ev_name);
}
