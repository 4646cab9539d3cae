/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_crew.c - groups of events over few threads: fair to many beside one
 * hog, in order and one at a time within a group, moved where there is room.
 */
#include <rump/rumpuser_crew.h>

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { NB_EBUSY = 16, NB_EINVAL = 22 };

static struct rumpuser_crew *crew;

static void
crew_start(unsigned int n, int64_t slice)
{
	const struct rumpuser_crew_attr ca = { .ca_nthreads = n,
	    .ca_slice_ns = slice };

	ck_assert_int_eq(rumpuser_crew_create(&crew, &ca), 0);
}

static void
crew_end(void)
{

	ck_assert_int_eq(rumpuser_crew_destroy(crew), 0);
}

/* Use CPU time: about this many nanoseconds of a quiet machine. */
static void
burn(int64_t ns)
{
	int64_t end = rumpuser_event_now() + ns;

	while (rumpuser_event_now() < end)
		continue;
}

struct client {
	struct rumpuser_group *g;
	struct rumpuser_gwork w;
	int rounds, inside, others;
};

static int running, done_clients;

static void
client_one(void *env, uintptr_t arg, int error)
{
	struct client *c = env;

	(void)arg;
	(void)error;
	/* Never two of one group at a time. */
	ck_assert_int_eq(__atomic_exchange_n(&c->inside, 1, __ATOMIC_ACQUIRE),
	    0);
	__atomic_store_n(&c->inside, 0, __ATOMIC_RELEASE);
	if (--c->rounds > 0)
		ck_assert_int_eq(rumpuser_gwork_post(&c->w, 0, 0), 0);
	else
		__atomic_add_fetch(&done_clients, 1, __ATOMIC_RELEASE);
}

static void
hog_one(void *env, uintptr_t arg, int error)
{
	struct client *c = env;

	(void)arg;
	(void)error;
	while (!rumpuser_task_shouldyield())
		burn(10000);
	__atomic_add_fetch(&c->rounds, 1, __ATOMIC_RELEASE);
	if (__atomic_load_n(&running, __ATOMIC_RELAXED))
		(void)rumpuser_gwork_post(&c->w, 0, 0);
}

static void
await(const int *what, int n)
{
	int i;

	for (i = 0; __atomic_load_n(what, __ATOMIC_ACQUIRE) < n && i < 50000;
	    i++)
		usleep(1000);
	ck_assert_int_ge(__atomic_load_n(what, __ATOMIC_ACQUIRE), n);
}

static void
group_end(struct rumpuser_group *g)
{
	int i, error;

	/* Its thread may be on the way out of the last handler. */
	for (i = 0; (error = rumpuser_group_destroy(g)) == NB_EBUSY &&
	    i < 10000; i++)
		usleep(1000);
	ck_assert_int_eq(error, 0);
}

#define CLIENTS	2000
#define ROUNDS	5

/*
 * One hog that would use any amount of CPU, beside many that want little: a
 * turn of the hog is a slice, so that in the time the others take their turns
 * it gets about as many as they have each.
 */
START_TEST(hog)
{
	struct client *cl = calloc(CLIENTS, sizeof(*cl)), hogc = { 0 };
	struct rumpuser_group_stats gs;
	int i;

	crew_start(1, 1000000);
	running = 1;
	ck_assert_int_eq(rumpuser_group_create(&hogc.g, crew, 0), 0);
	rumpuser_gwork_init(&hogc.w, hogc.g, hog_one, &hogc);
	for (i = 0; i < CLIENTS; i++) {
		cl[i].rounds = ROUNDS;
		ck_assert_int_eq(rumpuser_group_create(&cl[i].g, crew, 0), 0);
		rumpuser_gwork_init(&cl[i].w, cl[i].g, client_one, &cl[i]);
	}
	ck_assert_int_eq(rumpuser_gwork_post(&hogc.w, 0, 0), 0);
	for (i = 0; i < CLIENTS; i++)
		rumpuser_gwork_post(&cl[i].w, 0, 0);
	await(&done_clients, CLIENTS);
	rumpuser_group_stats(hogc.g, &gs);
	/* Turns are round robin, however long they are. */
	ck_assert_uint_le(gs.gs_turns, CLIENTS);
	__atomic_store_n(&running, 0, __ATOMIC_RELAXED);
	for (i = 0; i < CLIENTS; i++) {
		rumpuser_group_stats(cl[i].g, &gs);
		ck_assert_uint_eq(gs.gs_done, ROUNDS);
		group_end(cl[i].g);
	}
	group_end(hogc.g);
	crew_end();
	free(cl);
}
END_TEST

/* Groups that are busy all get their turns, whichever thread has room. */
START_TEST(spread)
{
	struct client cl[8] = { { 0 } };
	struct rumpuser_group_stats gs;
	int i;

	crew_start(3, 200000);
	running = 1;
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(rumpuser_group_create(&cl[i].g, crew, 0), 0);
		rumpuser_gwork_init(&cl[i].w, cl[i].g, hog_one, &cl[i]);
		rumpuser_gwork_post(&cl[i].w, 0, 0);
	}
	for (i = 0; i < 8; i++)
		await(&cl[i].rounds, 5);
	__atomic_store_n(&running, 0, __ATOMIC_RELAXED);
	for (i = 0; i < 8; i++) {
		rumpuser_group_stats(cl[i].g, &gs);
		ck_assert_uint_ge(gs.gs_turns, 5);
		ck_assert_int_gt(gs.gs_cputime, 0);
		group_end(cl[i].g);
	}
	crew_end();
}
END_TEST

#define PIECES	5000

static int order[PIECES], norder;

static void
ordered(void *env, uintptr_t arg, int error)
{

	(void)env;
	order[norder++] = (int)arg + error;
}

START_TEST(in_order)
{
	struct rumpuser_gwork *w = calloc(PIECES, sizeof(*w));
	struct rumpuser_group_stats gs;
	struct rumpuser_group *g;
	int i;

	crew_start(3, 0);
	ck_assert_int_eq(rumpuser_group_create(&g, crew, 0), 0);
	for (i = 0; i < PIECES; i++) {
		rumpuser_gwork_init(&w[i], g, ordered, NULL);
		ck_assert_int_eq(rumpuser_gwork_post(&w[i], i, 7), 0);
	}
	do {
		usleep(1000);
		rumpuser_group_stats(g, &gs);
	} while (gs.gs_done < PIECES);
	for (i = 0; i < PIECES; i++)
		ck_assert_int_eq(order[i], i + 7);
	ck_assert_int_eq(rumpuser_crew_destroy(crew), NB_EBUSY);
	group_end(g);
	crew_end();
	free(w);
}
END_TEST

static int fired;

static void
fire(void *env, uintptr_t arg, int error)
{

	(void)arg;
	(void)error;
	__atomic_add_fetch(&fired, 1, __ATOMIC_RELAXED);
	/* It is the canceller's after this: ASan sees who comes too late. */
	*(volatile char *)env = 1;
}

/* Each piece is either done or cancelled, and then its memory is free. */
START_TEST(cancel)
{
	struct rumpuser_gwork *w;
	struct rumpuser_group *g;
	int i, error, cancelled = 0;
	char *mem;

	crew_start(2, 0);
	ck_assert_int_eq(rumpuser_group_create(&g, crew, 3), 0);
	for (i = 0; i < 20000; i++) {
		w = malloc(sizeof(*w));
		mem = malloc(1);
		rumpuser_gwork_init(w, g, fire, mem);
		ck_assert_int_eq(rumpuser_gwork_post(w, 0, 0), 0);
		if (i % 3 == 0)
			burn(i % 20 * 1000);
		error = rumpuser_gwork_cancel(w);
		if (error == 0)
			cancelled++;
		else
			ck_assert_int_eq(error, NB_EINVAL);
		free(mem);
		free(w);
	}
	group_end(g);
	crew_end();
	ck_assert_int_eq(fired + cancelled, 20000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crew");
	TCase *tc = tcase_create("crew");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, hog);
	tcase_add_test(tc, spread);
	tcase_add_test(tc, in_order);
	tcase_add_test(tc, cancel);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
