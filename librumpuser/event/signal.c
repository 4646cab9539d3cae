/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signal.c - signals of the host process, read from a signalfd that the task
 * polls like any descriptor.  Locking: the task's; table_lock, under it, guards
 * who of the whole process watches which signal.
 *
 * The poll on the signalfd calls read_signals() as an ordinary handler; the
 * watches' handlers are called below it, each as the running event while
 * it runs.
 */
#include "event/impl.h"

#include <sys/signalfd.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define BATCH	8

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rumpuser_signal *table[MAXHOSTSIG];

void
rumpuser_signal_init1(struct rumpuser_signal *s, struct rumpuser_task *task,
    int signo, rumpuser_event_fn fn, void *env, const char *name)
{

	rumpuser__event_init(&s->s_ev, EV_SIGNAL, task, fn, env, name);
	s->s_signo = signo;
	s->s_hostsig = signo <= 0 ? -1 : rumpuser__sigtrans(signo);
}

static void
siginfo(const struct rumpuser_signal *s, const struct signalfd_siginfo *from,
    struct rumpuser_siginfo *to)
{

	*to = (struct rumpuser_siginfo){
		.rs_signo = s->s_signo,
		.rs_code = from->ssi_code,
		.rs_errno = ERR(from->ssi_errno),
		.rs_status = from->ssi_status,
		.rs_pid = from->ssi_pid,
		.rs_uid = from->ssi_uid,
		.rs_int = from->ssi_int,
		.rs_ptr = from->ssi_ptr,
	};
}

/* Called within read_signals(), whose poll is the running event again after. */
static void
deliver(struct rumpuser_task *task, const struct signalfd_siginfo *from)
{
	struct rumpuser_siginfo info;
	struct rumpuser_signal *s = NULL;
	rumpuser_event_fn fn;
	void *env;

	task_lock(task);
	if (from->ssi_signo < MAXHOSTSIG)
		s = task->t_signals[from->ssi_signo];
	if (s != NULL) {
		siginfo(s, from, &info);
		fn = s->s_ev.ev_fn;
		env = s->s_ev.ev_env;
		task_begin(task, &s->s_ev);
		task_unlock(task);
		fn(env, (uintptr_t)&info, 0);
		task_lock(task);
		task_finish(task);
		task_begin(task, &task->t_sigpoll.p_ev);
		count(&task->t_count.signals, 1);
	}
	task_unlock(task);
}

static void
read_signals(void *arg, uintptr_t mask, int error)
{
	struct rumpuser_task *task = arg;
	struct signalfd_siginfo infos[BATCH];
	ssize_t n;
	size_t i;

	(void)mask;
	(void)error;
	n = read(task->t_sigpoll.p_fd, infos, sizeof(infos));
	if (n <= 0)
		return;
	for (i = 0; i < (size_t)n / sizeof(infos[0]); i++)
		deliver(task, &infos[i]);
}

void
rumpuser__signal_init(struct rumpuser_task *task)
{

	rumpuser_poll_init1(&task->t_sigpoll, task, -1, read_signals, task,
	    "signals");
}

/* The signalfd follows the task's table; made on first use. */
static int
follow(struct rumpuser_task *task)
{
	struct rumpuser_poll *p = &task->t_sigpoll;
	sigset_t set;
	int i, fd;

	sigemptyset(&set);
	for (i = 1; i < MAXHOSTSIG; i++)
		if (task->t_signals[i] != NULL)
			sigaddset(&set, i);
	fd = signalfd(p->p_fd, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return errno;
	p->p_fd = fd;
	return 0;
}

static void
table_set(struct rumpuser_signal *s, struct rumpuser_signal *to)
{

	pthread_mutex_lock(&table_lock);
	table[s->s_hostsig] = to;
	pthread_mutex_unlock(&table_lock);
}

static int
table_claim(struct rumpuser_signal *s)
{
	int error = 0;

	pthread_mutex_lock(&table_lock);
	if (table[s->s_hostsig] != NULL)
		error = EBUSY;
	else
		table[s->s_hostsig] = s;
	pthread_mutex_unlock(&table_lock);
	return error;
}

static void
block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The poll of the signalfd is there as long as a watch is. */
static int
enter(struct rumpuser_task *task, struct rumpuser_signal *s)
{
	int error;

	task->t_signals[s->s_hostsig] = s;
	error = follow(task);
	if (error == 0 && task->t_nsignals == 0)
		error = rumpuser__poll_enable(task, &task->t_sigpoll,
		    RUMPUSER_POLL_IN);
	if (error != 0) {
		task->t_signals[s->s_hostsig] = NULL;
		return error;
	}
	task->t_nsignals++;
	ev_setstate(&s->s_ev, EVS_ARMED);
	return 0;
}

int
rumpuser_signal_enable(struct rumpuser_signal *s)
{
	struct rumpuser_task *task = s->s_ev.ev_task;
	int serrno = errno, error;

	if (s->s_hostsig <= 0 || s->s_hostsig >= MAXHOSTSIG ||
	    s->s_hostsig == SIGKILL || s->s_hostsig == SIGSTOP)
		return ERR(EINVAL);
	task_lock(task);
	if ((error = table_claim(s)) == 0) {
		block(s->s_hostsig);
		if ((error = enter(task, s)) != 0)
			table_set(s, NULL);
	}
	task_unlock(task);
	errno = serrno;
	return ERR(error);
}

int
rumpuser__signal_disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct rumpuser_signal *s = (struct rumpuser_signal *)(void *)ev;
	int serrno = errno;

	if (s->s_hostsig <= 0 || s->s_hostsig >= MAXHOSTSIG ||
	    task->t_signals[s->s_hostsig] != s)
		return 0;
	task->t_signals[s->s_hostsig] = NULL;
	task->t_nsignals--;
	table_set(s, NULL);
	ev_setstate(ev, EVS_IDLE);
	/* One too many in the set would only be read and dropped. */
	(void)follow(task);
	if (task->t_nsignals == 0)
		(void)rumpuser__poll_disarm(task, &task->t_sigpoll.p_ev);
	errno = serrno;
	return 1;
}

void
rumpuser__signal_fini(struct rumpuser_task *task)
{

	if (task->t_sigpoll.p_fd != -1)
		close(task->t_sigpoll.p_fd);
}

/* A child process: a descriptor of its own, under the same number. */
int
rumpuser__signal_reset(struct rumpuser_task *task)
{
	int old = task->t_sigpoll.p_fd, error;

	if (old == -1)
		return 0;
	task->t_sigpoll.p_fd = -1;
	error = follow(task);
	if (error == 0 && dup3(task->t_sigpoll.p_fd, old, O_CLOEXEC) == -1)
		error = errno;
	if (task->t_sigpoll.p_fd != -1)
		close(task->t_sigpoll.p_fd);
	task->t_sigpoll.p_fd = old;
	return error;
}

void
rumpuser__signal_lock(void)
{

	pthread_mutex_lock(&table_lock);
}

void
rumpuser__signal_unlock(void)
{

	pthread_mutex_unlock(&table_lock);
}
