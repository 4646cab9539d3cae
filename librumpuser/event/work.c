/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work.c - queued work.  Locking: posting takes none; queues are under the
 * task's lock.
 *
 * A post claims the work (EVS_IDLE to EVS_POSTED) and pushes it on the task's
 * inbox, a list with the newest in front, by compare-and-swap.  There is no
 * pop: whoever holds the task's lock exchanges the whole list for an empty one
 * (so that no ABA can happen) and moves it to the queues.
 *
 * No wake-up is lost: the consumer stores t_sleeping = 1, then looks at the
 * inbox under the lock and sleeps only if it is empty.  The first push
 * after that look finds an empty inbox, so that it looks at t_sleeping; all
 * these accesses are sequentially consistent, hence it finds the 1.  A push on
 * an inbox that is not empty need not look: the one that made it so
 * does, or did before the consumer's look, which then found it.  A third
 * thread that drains the inbox to cancel something does so under the lock,
 * either before that look, which then sees the queues, or after it, when the
 * first push sees t_sleeping.
 */
#include "event/impl.h"

void
rumpuser_work_init1(struct rumpuser_work *w, struct rumpuser_task *task,
    int prio, rumpuser_event_fn fn, void *env, const char *name)
{

	rumpuser__event_init(&w->w_ev, EV_WORK, task, fn, env, name);
	if (prio < 0)
		prio = 0;
	if (prio >= RUMPUSER_NPRIO)
		prio = RUMPUSER_NPRIO - 1;
	w->w_ev.ev_prio = (uint8_t)prio;
}

/* Acquire: the delivery before has copied what it needs. */
static int
claim(struct rumpuser_event *ev, uintptr_t arg, int error)
{
	uint32_t idle = EVS_IDLE;

	if (!__atomic_compare_exchange_n(&ev->ev_state, &idle, EVS_POSTED, 0,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return 0;
	ev->ev_arg = arg;
	ev->ev_error = error;
	rumpuser__prof_asked(ev);
	return 1;
}

/*
 * Push a chain.  From the exchange on it is the consumer's, and so is the
 * task unless it is held: those are who may have to wake it, since the
 * inbox was empty.
 */
static void
push(struct rumpuser_task *task, struct rumpuser_event *newest,
    struct rumpuser_event *oldest)
{
	struct rumpuser_event *head;
	int held = 0;

	head = atomic_load_explicit(&task->t_inbox, memory_order_relaxed);
	do {
		if (head == NULL && !held) {
			task_hold(task);
			held = 1;
		}
		oldest->ev_next = head;
	} while (!atomic_compare_exchange_weak(&task->t_inbox, &head,
	    newest));
	if (head == NULL)
		task_rouse(task);
	if (held)
		task_drop(task);
}

int
rumpuser_work_post(struct rumpuser_work *w, uintptr_t arg, int error)
{

	if (!claim(&w->w_ev, arg, error))
		return ERR(EBUSY);
	push(w->w_ev.ev_task, &w->w_ev, &w->w_ev);
	return 0;
}

int
rumpuser_work_postv(struct rumpuser_work *const *ws, size_t n, uintptr_t arg,
    int error, size_t *postedp)
{
	struct rumpuser_event *newest = NULL, *oldest = NULL, *ev;
	size_t i, posted = 0;

	for (i = 0; i < n; i++) {
		ev = &ws[i]->w_ev;
		if (!claim(ev, arg, error))
			continue;
		ev->ev_next = newest;
		newest = ev;
		if (oldest == NULL)
			oldest = ev;
		posted++;
	}
	if (newest != NULL)
		push(newest->ev_task, newest, oldest);
	if (postedp != NULL)
		*postedp = posted;
	return posted == n ? 0 : ERR(EBUSY);
}

static void
enqueue(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct work_queue *wq = &task->t_queue[ev->ev_prio];

	ev->ev_next = NULL;
	ev->ev_prev = wq->wq_tail;
	if (wq->wq_tail != NULL)
		wq->wq_tail->ev_next = ev;
	else
		wq->wq_head = ev;
	wq->wq_tail = ev;
	task->t_queued |= 1U << ev->ev_prio;
	task->t_nwork++;
	if (ev == &task->t_stopwork.w_ev) {
		task->t_stopping = 1;
		task->t_stopcalls = rumpuser__call_posted(task);
	}
	ev->ev_late = (uint8_t)task->t_stopping;
	ev_setstate(ev, EVS_ARMED);
}

/* The stop is no more: what was queued after it is like all else. */
static void
stop_gone(struct rumpuser_task *task)
{
	struct rumpuser_event *ev;
	int prio;

	for (prio = 0; prio < RUMPUSER_NPRIO; prio++)
		for (ev = task->t_queue[prio].wq_head; ev != NULL;
		    ev = ev->ev_next)
			ev->ev_late = 0;
	task->t_stopping = 0;
}

static void
dequeue(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct work_queue *wq = &task->t_queue[ev->ev_prio];

	if (ev->ev_prev != NULL)
		ev->ev_prev->ev_next = ev->ev_next;
	else
		wq->wq_head = ev->ev_next;
	if (ev->ev_next != NULL)
		ev->ev_next->ev_prev = ev->ev_prev;
	else
		wq->wq_tail = ev->ev_prev;
	if (wq->wq_head == NULL)
		task->t_queued &= ~(1U << ev->ev_prio);
	task->t_nwork--;
	if (ev == &task->t_stopwork.w_ev)
		stop_gone(task);
}

/*
 * With a stop in the queue: what was there before it, then the stop.  In each
 * queue that is in front.
 */
static struct rumpuser_event *
next_early(struct rumpuser_task *task)
{
	struct rumpuser_event *ev;
	int prio;

	for (prio = 0; prio < RUMPUSER_NPRIO; prio++) {
		ev = task->t_queue[prio].wq_head;
		if (ev != NULL && !ev->ev_late)
			return ev;
	}
	return rumpuser__call_made(task, task->t_stopcalls) ?
	    &task->t_stopwork.w_ev : NULL;
}

void
rumpuser__work_drain(struct rumpuser_task *task)
{
	struct rumpuser_event *ev, *next, *oldest = NULL;

	/* The look is cheaper than the exchange, and this is called often. */
	if (atomic_load(&task->t_inbox) == NULL)
		return;
	ev = atomic_exchange(&task->t_inbox, NULL);
	for (; ev != NULL; ev = next) {
		next = ev->ev_next;
		ev->ev_next = oldest;
		oldest = ev;
	}
	for (ev = oldest; ev != NULL; ev = next) {
		next = ev->ev_next;
		enqueue(task, ev);
	}
}

struct rumpuser_event *
rumpuser__work_next(struct rumpuser_task *task)
{
	struct rumpuser_event *ev;
	int prio;

	rumpuser__work_drain(task);
	if (task->t_queued == 0)
		return NULL;
	prio = __builtin_ctz(task->t_queued);
	/* Calls come before work of low priority. */
	if (task->t_stopping)
		ev = next_early(task);
	else if (prio > RUMPUSER_PRIO_NORMAL && rumpuser__call_due(task))
		ev = NULL;
	else
		ev = task->t_queue[prio].wq_head;
	if (ev == NULL)
		return NULL;
	dequeue(task, ev);
	return ev;
}

int
rumpuser__work_disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	uint32_t state;

	while ((state = ev_state(ev)) == EVS_POSTED) {
		rumpuser__work_drain(task);
		if (ev_state(ev) != EVS_POSTED)
			continue;
		/* Its poster is between the claim and the push. */
		task_unlock(task);
		rumpuser__evhost->eh_relax();
		task_lock(task);
	}
	if (state != EVS_ARMED)
		return 0;
	dequeue(task, ev);
	ev_setstate(ev, EVS_IDLE);
	return 1;
}

unsigned int
rumpuser__work_run(struct rumpuser_task *task, unsigned int max)
{
	struct rumpuser_event *ev;
	rumpuser_event_fn fn;
	uintptr_t arg;
	void *env;
	unsigned int n;
	int error;

	task_lock(task);
	for (n = 0; n < max && !task->t_stopped; n++) {
		if ((ev = rumpuser__work_next(task)) == NULL)
			break;
		fn = ev->ev_fn;
		env = ev->ev_env;
		arg = ev->ev_arg;
		error = ev->ev_error;
		task_begin(task, ev);
		ev_setstate(ev, EVS_IDLE);
		task_unlock(task);
		fn(env, arg, error);
		task_lock(task);
		task_finish(task);
	}
	task_unlock(task);
	count(&task->t_count.works, n);
	return n;
}
