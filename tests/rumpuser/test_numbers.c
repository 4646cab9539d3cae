/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_numbers.c - every errno and signal number of the host and of NetBSD,
 * both ways, against the client ABI's table and the
 * names that libc gives to its own numbers.
 */
#include "stub.h"

#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumperrno2host.h>
#include <rump/rumpuser_component.h>

#define MAXROWS	160

static struct row {
	char name[32];
	int number;
} errs[MAXROWS], sigs[MAXROWS];
static size_t nerrs, nsigs;

static void
row_add(struct row *rows, size_t *np, const char *name, int number)
{

	ck_assert_uint_lt(*np, MAXROWS);
	snprintf(rows[*np].name, sizeof(rows[*np].name), "%.31s", name);
	rows[(*np)++].number = number;
}

/* The rows RUMP_Exxx of rumpdefs.h and SIGxxx of signal.h. */
static void
load(const char *path)
{
	char line[512], name[64], header[64];
	long number;
	FILE *fp;

	ck_assert_ptr_nonnull(fp = fopen(path, "r"));
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "%63[^\t]\t%ld\t%63[^\t]", name, &number,
		    header) != 3)
			continue;
		if (strncmp(name, "RUMP_E", 6) == 0 && number > 0 &&
		    strcmp(header, "rump/rumpdefs.h") == 0 &&
		    strcmp(name, "RUMP_ELAST") != 0)
			row_add(errs, &nerrs, name + 5, (int)number);
		else if (strncmp(name, "SIG", 3) == 0 && number > 0 &&
		    number <= 32 && strcmp(header, "sys/signal.h") == 0)
			row_add(sigs, &nsigs, name, (int)number);
	}
	fclose(fp);
}

static void
setup(void)
{

	load(CONSTANTS);
	stub_init();
}

static const struct row *
find(const struct row *rows, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* A host error that has a namesake is it; every other one is a native one. */
START_TEST(host_errnos)
{
	const struct row *r;
	const char *name;
	int e, native, same = 0;

	ck_assert_uint_gt(nerrs, 90);
	for (e = 1; e < 4096; e++) {
		native = rumpuser_component_errtrans(e);
		ck_assert_int_gt(native, 0);
		ck_assert_int_lt(native, 256);
		if ((name = strerrorname_np(e)) == NULL) {
			ck_assert_int_eq(native, RUMP_EIO);
			continue;
		}
		/* Restarting is the kernel's own business over there. */
		r = find(errs, nerrs, name);
		if (r == NULL || strcmp(name, "ERESTART") == 0)
			continue;
		ck_assert_msg(native == r->number, "%s: %d for %d", name,
		    native, r->number);
		same++;
	}
	ck_assert_int_gt(same, 75);
	ck_assert_int_eq(rumpuser_component_errtrans(0), 0);
	ck_assert_int_eq(rumpuser_component_errtrans(-EPERM), RUMP_EIO);
}
END_TEST

/* And back: what both have survives the round trip. */
START_TEST(native_errnos)
{
	const char *name;
	int e, native;

	for (e = 1; e < 4096; e++) {
		if ((name = strerrorname_np(e)) == NULL ||
		    find(errs, nerrs, name) == NULL ||
		    strcmp(name, "ERESTART") == 0)
			continue;
		native = rumpuser_component_errtrans(e);
		ck_assert_msg(rump_errno2host(native) == e, "%s", name);
	}
	ck_assert_int_eq(rump_errno2host(0), 0);
	ck_assert_int_eq(rump_errno2host(RUMP_EBADRPC), EINVAL);
}
END_TEST

static const struct row *
native_signal(int hostsig)
{
	const char *abbrev = sigabbrev_np(hostsig);
	char name[32];

	if (abbrev == NULL)
		return NULL;
	snprintf(name, sizeof(name), "SIG%s", abbrev);
	if (strcmp(name, "SIGPOLL") == 0)
		strcpy(name, "SIGIO");		/* one number here */
	return find(sigs, nsigs, name);
}

START_TEST(host_signals)
{
	const struct row *r;
	int sig, want;

	ck_assert_uint_gt(nsigs, 30);
	for (sig = 1; sig < 300; sig++) {
		r = native_signal(sig);
		want = r == NULL ? -1 : r->number;
		ck_assert_msg(rumpuser_component_sigtrans(sig) == want,
		    "signal %d", sig);
	}
	ck_assert_int_eq(rumpuser_component_sigtrans(0), 0);
	ck_assert_int_eq(rumpuser_component_sigtrans(-1), -1);
}
END_TEST

/* Status of a child that sends itself native signal @sig by default action. */
static int
suicide(int sig)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		_exit(rumpuser_kill(RUMPUSER_PID_SELF, sig) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	return status;
}

static volatile sig_atomic_t got;

static void
onsig(int sig)
{

	got = sig;
}

/* Each native signal arrives as the host's of the same name, or is refused. */
START_TEST(native_signals)
{
	struct sigaction sa = { .sa_handler = onsig };
	int hostsig, i;

	for (hostsig = 1; hostsig < 32; hostsig++) {
		if (native_signal(hostsig) == NULL || hostsig == SIGKILL ||
		    hostsig == SIGSTOP)
			continue;
		ck_assert_int_eq(sigaction(hostsig, &sa, NULL), 0);
		ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF,
		    native_signal(hostsig)->number), 0);
		for (i = 0; i < 5000 && got != hostsig; i++)
			usleep(1000);
		ck_assert_msg(got == hostsig, "%s: %d for %d",
		    native_signal(hostsig)->name, (int)got, hostsig);
	}
	ck_assert(WIFSIGNALED(suicide(find(sigs, nsigs, "SIGKILL")->number)));
	ck_assert(WIFSTOPPED(suicide(find(sigs, nsigs, "SIGSTOP")->number)));
	/* The host has none of these. */
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF,
	    find(sigs, nsigs, "SIGEMT")->number), RUMP_EINVAL);
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF,
	    find(sigs, nsigs, "SIGINFO")->number), RUMP_EINVAL);
	/* The null signal asks whether the process is there. */
	ck_assert_int_eq(rumpuser_kill(getpid(), 0), 0);
	ck_assert_int_eq(rumpuser_kill(0x7ffffff, 0), RUMP_ESRCH);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser numbers");
	TCase *tc = tcase_create("numbers");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, host_errnos);
	tcase_add_test(tc, native_errnos);
	tcase_add_test(tc, host_signals);
	tcase_add_test(tc, native_signals);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
