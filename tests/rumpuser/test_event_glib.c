/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_event_glib.c - a foreign loop, glib's, drives a task by its descriptor,
 * for SECONDS, while threads post to it and another task runs on a thread.
 */
#include "event.h"

#include <glib-unix.h>
#include <glib.h>

#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#ifndef SECONDS
#define SECONDS	1
#endif

struct log the_log;

static GMainLoop *loop;
static GThread *glib_thread;
static struct rumpuser_task *task, *other;
static unsigned int glib_ticks, ticks, works, reads;
static _Atomic unsigned int other_ticks;
static _Atomic int over;
static int fds[2];

/* glib finds the descriptor readable. */
static gboolean
task_ready(gint fd, GIOCondition cond, gpointer arg)
{

	(void)fd;
	ck_assert_int_eq(cond, G_IO_IN);
	OK(rumpuser_task_step(arg, 0, NULL));
	return G_SOURCE_CONTINUE;
}

static gboolean
glib_tick(gpointer arg)
{

	(void)arg;
	glib_ticks++;
	return G_SOURCE_CONTINUE;
}

static gboolean
glib_end(gpointer arg)
{

	(void)arg;
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

/* Handlers are called by the thread that glib's loop runs on. */
static void
tick(void *env, uintptr_t now, int error)
{

	(void)error;
	ck_assert_ptr_eq(g_thread_self(), glib_thread);
	ticks++;
	OK(rumpuser_timer_set(env, (int64_t)now + 10 * MS));
}

static void
other_tick(void *env, uintptr_t now, int error)
{

	(void)error;
	atomic_fetch_add(&other_ticks, 1);
	OK(rumpuser_timer_set(env, (int64_t)now + 10 * MS));
}

static void
work(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	ck_assert_ptr_eq(g_thread_self(), glib_thread);
	works++;
}

static void
got(void *env, uintptr_t arg, int error)
{
	char c;

	(void)env;
	(void)arg;
	(void)error;
	while (read(fds[0], &c, 1) == 1)
		reads++;
}

static unsigned int posted, written;

static void
poster(void *arg)
{
	const struct timespec ts = { 0, 2 * MS };
	struct rumpuser_work *w = arg;

	while (!atomic_load(&over)) {
		if (rumpuser_work_post(w, 0, 0) == 0)
			posted++;
		if (write(fds[1], "x", 1) == 1)
			written++;
		nanosleep(&ts, NULL);
	}
}

START_TEST(coexist)
{
	struct rumpuser_evthread *et, *runner;
	struct rumpuser_evthread_attr attr = {
		.et_name = "poster", .et_fn = poster,
	};
	struct rumpuser_timer t, t2;
	struct rumpuser_work w;
	struct rumpuser_poll p;
	int fd;

	task = task_new(0, 0, _i);
	other = task_new(0, 0, _i);
	loop = g_main_loop_new(NULL, FALSE);
	glib_thread = g_thread_self();
	OK(pipe2(fds, O_NONBLOCK));
	OK(rumpuser_task_fd(task, &fd));
	g_unix_fd_add(fd, G_IO_IN, task_ready, task);
	g_timeout_add(10, glib_tick, NULL);
	g_timeout_add(SECONDS * 1000, glib_end, NULL);

	rumpuser_timer_init(&t, task, tick, &t);
	OK(rumpuser_timer_set(&t, 0));
	rumpuser_timer_init(&t2, other, other_tick, &t2);
	OK(rumpuser_timer_set(&t2, 0));
	rumpuser_poll_init(&p, task, fds[0], got, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	rumpuser_work_init(&w, task, RUMPUSER_PRIO_NORMAL, work, NULL);
	attr.et_arg = &w;
	OK(rumpuser_evthread_create(&et, &attr));
	OK(rumpuser_evthread_start(et));
	runner = thread_new("other", other);

	g_main_loop_run(loop);

	atomic_store(&over, 1);
	OK(rumpuser_evthread_free(et));
	while (rumpuser_event_pending(&w.w_ev) || reads < written)
		step(task);
	ck_assert_uint_eq(works, posted);
	ck_assert_uint_eq(reads, written);
	ck_assert_uint_ge(glib_ticks, 3);
	ck_assert_uint_ge(ticks, 3);
	ck_assert_uint_ge(atomic_load(&other_ticks), 3);
	rumpuser_task_stop(other);
	OK(rumpuser_evthread_free(runner));
	OK(rumpuser_event_cancel(&t.t_ev));
	OK(rumpuser_event_cancel(&t2.t_ev));
	OK(rumpuser_event_cancel(&p.p_ev));
	OK(rumpuser_task_destroy(task));
	OK(rumpuser_task_destroy(other));
	g_main_loop_unref(loop);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("event_glib");
	TCase *tc = tcase_create("glib");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, SECONDS + 50);
	tcase_add_loop_test(tc, coexist, RUMPUSER_POLLER_EPOLL,
	    RUMPUSER_POLLER_TIMERFD + 1);
	return run_suite(s);
}
