/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_timerwheel.c - the timing wheel against a model: a plain array that is
 * searched for the earliest timer.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <rump-free/timerwheel.h>

#define N	400

struct timer {
	struct timerwheel_node node;
	int pending;
	int64_t when;
	uint64_t seq;
};

static struct timerwheel wheel;
static struct timer timers[N];
static uint64_t seq, rnd = 1;
static int64_t now;

static uint64_t
rand64(void)
{

	rnd ^= rnd << 13;
	rnd ^= rnd >> 7;
	rnd ^= rnd << 17;
	return rnd;
}

static int64_t
later(uint64_t by)
{

	return by > (uint64_t)(INT64_MAX - now) ? INT64_MAX :
	    now + (int64_t)by;
}

/* Times of all sizes: ties, the same slot, days, the end of time. */
static int64_t
some_time(void)
{
	unsigned int bits = (unsigned int)(rand64() % 63);
	uint64_t d = rand64() & (((uint64_t)1 << bits) - 1);

	switch (rand64() % 8) {
	case 0:
		return now;
	case 1:
		return now - (int64_t)(d % ((uint64_t)now + 1));
	case 2:
		return INT64_MAX - (int64_t)(d & 3);
	case 3:
		return later(rand64() % 8 * 16384);
	default:
		return later(d);
	}
}

static struct timer *
model_first(void)
{
	struct timer *t, *first = NULL;

	for (t = timers; t < &timers[N]; t++)
		if (t->pending && (first == NULL || t->when < first->when ||
		    (t->when == first->when && t->seq < first->seq)))
			first = t;
	return first;
}

static void
set(struct timer *t, int64_t when)
{

	if (t->pending)
		timerwheel_cancel(&wheel, &t->node);
	t->pending = 1;
	t->when = when;
	t->seq = seq++;
	timerwheel_set(&wheel, &t->node, when);
}

static void
cancel(struct timer *t)
{

	ck_assert_int_eq(timerwheel_pending(&t->node), t->pending);
	if (t->pending)
		timerwheel_cancel(&wheel, &t->node);
	t->pending = 0;
}

/* All that the model says is due comes, in its order, and nothing else. */
static void
expire(void)
{
	struct timerwheel_node *n;
	struct timer *first;

	for (;;) {
		first = model_first();
		n = timerwheel_expire(&wheel, now);
		if (first == NULL || first->when > now) {
			ck_assert_ptr_null(n);
			return;
		}
		ck_assert_ptr_eq(n, &first->node);
		first->pending = 0;
	}
}

/* Never later than the earliest; with few timers exactly then. */
static void
next(int exact)
{
	struct timer *first = model_first();
	int64_t when = timerwheel_next(&wheel);

	if (first == NULL)
		ck_assert_int_eq(when, TIMERWHEEL_NEVER);
	else if (exact)
		ck_assert_int_eq(when, first->when);
	else
		ck_assert_int_le(when, first->when);
}

static void
run(int64_t start, int live, int rounds)
{
	struct timer *first;
	size_t pending;
	int i, j;

	memset(timers, 0, sizeof(timers));
	now = start;
	timerwheel_init(&wheel, now);
	for (i = 0; i < rounds; i++) {
		for (j = rand64() % 8; j > 0; j--)
			set(&timers[rand64() % (unsigned)live], some_time());
		for (j = rand64() % 4; j > 0; j--)
			cancel(&timers[rand64() % (unsigned)live]);
		next(live <= 16);
		first = model_first();
		if (rand64() % 2 && first != NULL && first->when > now)
			now = first->when - (int64_t)(rand64() % 2);
		else
			now = later(rand64() &
			    (((uint64_t)1 << rand64() % 48) - 1));
		expire();
	}
	for (i = 0, pending = 0; i < N; i++)
		pending += (unsigned)timers[i].pending;
	ck_assert_uint_eq(wheel.tw_count, pending);
}

START_TEST(model)
{
	int i;

	for (i = 0; i < 40; i++) {
		run(0, 8, 200);
		run((int64_t)(rand64() >> 1), 16, 100);
		run(INT64_MAX - 100000, 30, 50);
		run((int64_t)(rand64() >> 20), N, 200);
	}
}
END_TEST

/*
 * Who sleeps until timerwheel_next() finds what is due within a few wake-ups,
 * however many timers share a slot.
 */
START_TEST(sleeper)
{
	static struct timer many[5000];
	struct timerwheel_node *n;
	unsigned int i, wakes = 0, fired = 0;
	int64_t last = 0;

	now = 12345;
	timerwheel_init(&wheel, now);
	memset(many, 0, sizeof(many));
	for (i = 0; i < 5000; i++)
		timerwheel_set(&wheel, &many[i].node, now +
		    INT64_C(3600000000000) + (int64_t)(rand64() % 1000000000));
	while (wheel.tw_count != 0) {
		ck_assert_int_gt(timerwheel_next(&wheel), now);
		now = timerwheel_next(&wheel);
		wakes++;
		while ((n = timerwheel_expire(&wheel, now)) != NULL) {
			ck_assert_int_ge(n->tn_when, last);
			ck_assert_int_le(n->tn_when, now);
			last = n->tn_when;
			fired++;
		}
	}
	ck_assert_uint_eq(fired, 5000);
	ck_assert_uint_le(wakes, 5000 + TIMERWHEEL_LEVELS * 64);
}
END_TEST

static int
counts(void *arg, struct timerwheel_node *n)
{

	ck_assert(timerwheel_pending(n));
	return ++*(unsigned int *)arg == 100;
}

START_TEST(foreach)
{
	unsigned int n = 0;
	int i;

	now = 1;
	memset(timers, 0, sizeof(timers));
	timerwheel_init(&wheel, now);
	timerwheel_foreach(&wheel, counts, &n);
	ck_assert_uint_eq(n, 0);
	for (i = 0; i < 60; i++)
		set(&timers[i], some_time());
	timerwheel_foreach(&wheel, counts, &n);
	ck_assert_uint_eq(n, 60);
	timerwheel_foreach(&wheel, counts, &n);
	ck_assert_uint_eq(n, 100);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("timerwheel");
	TCase *tc = tcase_create("wheel");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 50);
	tcase_add_test(tc, model);
	tcase_add_test(tc, sleeper);
	tcase_add_test(tc, foreach);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
