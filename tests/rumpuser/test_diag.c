/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_diag.c - backtraces, symbols, dumps on faults and on request, hang
 * reports, profiles.  What dies does so in children whose output is read.
 */
#include "stub.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_diag.h>
#include <rump/rumpuser_event.h>
#include <rump/rumpuser_fiber.h>
#include <rump/rumpuser_str.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif

/* Copies of files with damage. */
#if ROUNDS > 1000
#define HOSTILE 5000
#elif defined(SANITIZER)
#define HOSTILE 60
#else
#define HOSTILE 300
#endif

#define noinline __attribute__((__noinline__))
#define MSEC INT64_C(1000000)

enum { NB_EPERM = 1, NB_ENOENT = 2, NB_ESRCH = 3, NB_EEXIST = 17,
    NB_EINVAL = 22 };

static char out[1 << 20];

static void
setup(void)
{

	stub_init();
	stub_unschedule();
}

/* Run @fn in a child whose standard error goes to out; its wait status. */
static int
in_child(void (*fn)(void))
{
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		alarm(50);
		fn();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	close(fds[1]);
	while ((n = read(fds[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

#define HAS(text)							\
	ck_assert_msg(strstr(out, text) != NULL, "no '%s' in:\n%.1500s",	\
	    text, out)
#define HASNOT(text)							\
	ck_assert_msg(strstr(out, text) == NULL, "'%s' in:\n%.1500s", text, out)

static void
died_of(int status, int sig)
{

#ifdef SANITIZER
	/* The sanitizer's handler has its turn, and its own exit status. */
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	(void)sig;
#else
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == sig,
	    "status 0x%x:\n%.1500s", status, out);
#endif
}

/*
 * Backtraces and symbols.
 */

static volatile int sink;
static struct rumpuser_backtrace bt;

static noinline void
bt_inner(void (*fn)(void))
{

	fn();
	sink++;
}

static noinline void
bt_outer(void (*fn)(void))
{

	bt_inner(fn);
	sink++;
}

static noinline void
take_bt(void)
{

	rumpuser_backtrace_capture(&bt, 0);
	sink++;
}

START_TEST(backtrace)
{
	char text[8192], small[50];
	size_t len;

	errno = 12345;
	bt_outer(take_bt);
	len = rumpuser_backtrace_format(&bt, text, sizeof(text));
	ck_assert_int_eq(errno, 12345);
	ck_assert_uint_eq(len, strlen(text));
	strcpy(out, text);
	HAS("#0 ");
	HAS(" take_bt+0x");
	HAS(" bt_inner+0x");
	HAS(" bt_outer+0x");
	HAS(" main+0x");
	HAS("test_rumpuser_diag");
	/* Kept, cut off, without a buffer. */
	ck_assert_uint_eq(rumpuser_backtrace_format(&bt, small, sizeof(small)),
	    len);
	ck_assert_uint_eq(strlen(small), sizeof(small) - 1);
	ck_assert_uint_eq(rumpuser_backtrace_format(&bt, NULL, 0), len);
	rumpuser_backtrace_capture(&bt, 100);
	ck_assert_int_eq(bt.bt_count, 0);
}
END_TEST

static void
dump_lines(void)
{

	bt_outer(take_bt);
	rumpuser_backtrace_dump(&bt, STDERR_FILENO, RUMPUSER_BT_LINES);
}

START_TEST(lines)
{

	ck_assert_int_eq(in_child(dump_lines), 0);
	HAS("bt_outer+0x");
	if (access("/usr/bin/addr2line", X_OK) == 0 &&
	    system("addr2line -e /proc/self/exe 0 >/dev/null 2>&1") == 0 &&
	    strstr(out, ".c:") == NULL)
		/* Built without debugging information: no lines, no harm. */
		HASNOT("??");
}
END_TEST

START_TEST(symbols)
{
	struct rumpuser_symbol sym;

	ck_assert_int_eq(rumpuser_symbol_lookup((const void *)bt_inner, &sym),
	    0);
	ck_assert_str_eq(sym.sym_name, "bt_inner");
	ck_assert_uint_eq(sym.sym_offset, 0);
	ck_assert_uint_gt(sym.sym_size, 0);
	ck_assert_int_eq(rumpuser_symbol_lookup((const char *)bt_inner + 3,
	    &sym), 0);
	ck_assert_uint_eq(sym.sym_offset, 3);
	ck_assert_int_eq(rumpuser_symbol_lookup(&bt, &sym), 0);
	ck_assert_str_eq(sym.sym_name, "bt");
	ck_assert_int_eq(rumpuser_symbol_lookup(
	    (const void *)rumpuser_symbol_lookup, &sym), 0);
	ck_assert_str_eq(sym.sym_name, "rumpuser_symbol_lookup");
	ck_assert_int_eq(strncmp(sym.sym_object, "librumpuser.so", 14), 0);
	ck_assert_int_eq(rumpuser_symbol_lookup((const void *)&sink, &sym), 0);
	ck_assert_int_eq(rumpuser_symbol_lookup((const void *)64, &sym),
	    NB_ENOENT);
	ck_assert_int_eq(rumpuser_symbol_lookup(&sym, &sym), NB_ENOENT);
}
END_TEST

/* A kernel symbol is shown without its prefix. */
void rumpns_kernel_function(void);

noinline void
rumpns_kernel_function(void)
{

	sink++;
}

START_TEST(words)
{
	char buf[200];
	uintptr_t w;
	int local;

	ck_assert_int_eq(rumpuser_word_classify((uintptr_t)bt_outer, 0, buf,
	    sizeof(buf)), RUMPUSER_WORD_CODE);
	ck_assert_int_eq(strncmp(buf, "bt_outer+0x0", 12), 0);
	ck_assert_int_eq(rumpuser_word_classify(
	    (uintptr_t)rumpns_kernel_function, 0, buf, sizeof(buf)),
	    RUMPUSER_WORD_CODE);
	ck_assert_int_eq(strncmp(buf, "kernel_function+0x0", 19), 0);
	memcpy(&w, "ABCDEFGH", sizeof(w));
	ck_assert_int_eq(rumpuser_word_classify(w, 0, buf, sizeof(buf)),
	    RUMPUSER_WORD_ASCII);
	ck_assert_str_eq(buf, "\"ABCDEFGH\"");
	ck_assert_int_eq(rumpuser_word_classify((uintptr_t)&bt, 0, buf,
	    sizeof(buf)), RUMPUSER_WORD_DATA);
	w = (uintptr_t)&local;
	ck_assert_int_eq(rumpuser_word_classify(w + 0x40, w, buf, sizeof(buf)),
	    RUMPUSER_WORD_STACK);
	ck_assert_str_eq(buf, "sp+0x40");
	ck_assert_int_eq(rumpuser_word_classify(w - 8, w, buf, sizeof(buf)),
	    RUMPUSER_WORD_STACK);
	ck_assert_str_eq(buf, "sp-0x8");
	ck_assert_int_eq(rumpuser_word_classify(42, 0, buf, sizeof(buf)),
	    RUMPUSER_WORD_SMALL);
	ck_assert_int_eq(rumpuser_word_classify((uintptr_t)-5, 0, buf,
	    sizeof(buf)), RUMPUSER_WORD_SMALL);
	ck_assert_int_eq(rumpuser_word_classify(
	    (uintptr_t)0x8123456789abcdef, 0, buf, sizeof(buf)),
	    RUMPUSER_WORD_PLAIN);
	ck_assert_str_eq(buf, "");
}
END_TEST

/*
 * Hostile object files.
 */

static unsigned rnd_state = 1;

static unsigned
rnd(unsigned n)
{

	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

static char elf_path[] = "/tmp/rumpdiagXXXXXX";

/* Our own file's first part and its section headers are what matters. */
static unsigned char *
own_file(size_t *sizep)
{
	struct stat st;
	unsigned char *p;
	int fd = open("/proc/self/exe", O_RDONLY);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	p = malloc((size_t)st.st_size);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(read(fd, p, (size_t)st.st_size), st.st_size);
	close(fd);
	*sizep = (size_t)st.st_size;
	return p;
}

/* Offset of something to be damaged: headers mostly, symbols too. */
static size_t
victim(const unsigned char *p, size_t size)
{
	uint64_t shoff;

	memcpy(&shoff, p + 40, sizeof(shoff));
	switch (rnd(4)) {
	case 0:
		return rnd(64);
	case 1:
		return rnd((unsigned)size);
	default:
		return shoff < size ? shoff + rnd((unsigned)(size - shoff)) :
		    rnd(64);
	}
}

START_TEST(hostile_elf)
{
	static const unsigned char nasty[] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe };
	struct rumpuser_symbol sym;
	unsigned char *p, *q;
	size_t size, at, i, n;
	int fd, round;

	p = own_file(&size);
	q = malloc(size);
	fd = mkstemp(elf_path);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(rumpuser_symbol_file(elf_path, 0x1000, &sym),
	    NB_EINVAL);
	for (round = 0; round < HOSTILE; round++) {
		memcpy(q, p, size);
		for (i = 0, n = 1 + rnd(6); i < n; i++) {
			at = victim(p, size);
			for (size_t k = 0; k < 1 + rnd(8) && at + k < size; k++)
				q[at + k] = rnd(2) ? (unsigned char)rnd(256) :
				    nasty[rnd(sizeof(nasty))];
		}
		n = rnd(4) == 0 ? rnd((unsigned)size) : size;
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(pwrite(fd, q, n, 0), n);
		for (i = 0; i < 2; i++)
			(void)rumpuser_symbol_file(elf_path,
			    i == 0 ? rnd(0x8000) : (uint64_t)rnd(~0u) << 32,
			    &sym);
		ck_assert_uint_lt(strlen(sym.sym_name), sizeof(sym.sym_name));
	}
	unlink(elf_path);
	close(fd);
	free(q);
	free(p);
	ck_assert_int_eq(rumpuser_symbol_file("/nonexistent", 0, &sym),
	    NB_ENOENT);
	ck_assert_int_eq(rumpuser_symbol_file("/dev/null", 0, &sym),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_symbol_file("/", 0, &sym), NB_EINVAL);
}
END_TEST

/*
 * Memory.
 */

static char page2[8192] __attribute__((__aligned__(16)));

static void
dump_some(void)
{

	memset(page2, 0, sizeof(page2));
	strcpy(page2, "Hello, world");
	page2[15] = (char)0xff;
	memcpy(page2 + 16, "abc", 3);
	rumpuser_dump_memory(STDERR_FILENO, page2, 19, "a reason");
}

START_TEST(memory_golden)
{
	char want[400];

	ck_assert_int_eq(in_child(dump_some), 0);
	snprintf(want, sizeof(want),
	    "a reason: 19 bytes at %p\n"
	    "%016lx  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 00 00 00 ff"
	    "  |Hello, world....|\n"
	    "%016lx  61 62 63                                        "
	    "  |abc|\n", (void *)page2, (unsigned long)page2,
	    (unsigned long)(page2 + 16));
	ck_assert_str_eq(out, want);
}
END_TEST

static void
dump_hole(void)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p + 4096, 4096, PROT_NONE);
	memset(p, 'x', 4096);
	rumpuser_dump_memory(STDERR_FILENO, p + 4096 - 20, 100, "hole");
	rumpuser_dump_memory(STDERR_FILENO, NULL, 16, "null");
}

START_TEST(memory_unreadable)
{

	ck_assert_int_eq(in_child(dump_hole), 0);
	HAS("|xxxxxxxxxxxxxxxx|");
	HAS("|xxxx|");
	HAS("unreadable");
	HAS("null: 16 bytes at 0x0\n0000000000000000  unreadable\n");
}
END_TEST

/*
 * Faults.
 */

static noinline void
write_to_nowhere(void)
{

	*(volatile int *)0x1230 = 1;
}

static void
segv(void)
{

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	bt_outer(write_to_nowhere);
}

START_TEST(fault_segv)
{

	died_of(in_child(segv), SIGSEGV);
	HAS("rump fault dump of process");
	HAS("SIGSEGV");
	HAS("SEGV_MAPERR");
	HAS("fault address 0x1230");
	HAS("write_to_nowhere+0x");
	HAS("bt_inner+0x");
	HAS("bt_outer+0x");
#ifdef __x86_64__
	HAS("  rip ");
	HAS("  rsp ");
#endif
	HAS("stack:\n");
	HAS("sp+0x");
	HAS("locks:\n");
	HAS("=== end");
}
END_TEST

#ifndef SANITIZER
static volatile int zero;

static noinline void
divide(void)
{

	sink = sink / zero;
}

static void
fpe(void)
{

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	bt_outer(divide);
}

START_TEST(fault_fpe)
{

	died_of(in_child(fpe), SIGFPE);
	HAS("FPE_INTDIV");
	HAS("divide+0x");
}
END_TEST
#endif

static void
aborting(void)
{

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	bt_outer(abort);
}

START_TEST(fault_abort)
{

	died_of(in_child(aborting), SIGABRT);
	HAS("SIGABRT");
	HAS("sent by process");
	HAS("bt_outer+0x");
}
END_TEST

static void
killed(void)
{

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	kill(getpid(), SIGSEGV);
	for (;;)
		pause();
}

START_TEST(fault_sent)
{

	died_of(in_child(killed), SIGSEGV);
	HAS("SI_USER");
	HASNOT("fault address");
}
END_TEST

static void (*volatile nowhere)(void) = (void (*)(void))0x1234;

static void
jump(void)
{

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	bt_outer(nowhere);
}

START_TEST(fault_jump)
{

	died_of(in_child(jump), SIGSEGV);
	HAS("bt_inner+0x");
	HAS("bt_outer+0x");
}
END_TEST

#ifndef SANITIZER
static noinline int
recurse(volatile char *p)
{
	volatile char buf[1024];

	buf[0] = p != NULL ? *p : 0;
	if (zero == 1)
		return 0;
	return recurse(buf) + buf[0];
}

static void *
overflow_thread(void *arg)
{

	(void)arg;
	sink = recurse(NULL);
	return NULL;
}

static void
overflow(void)
{
	void *cookie;

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	ck_assert_int_eq(rumpuser_thread_create(overflow_thread, NULL, "deep",
	    1, -1, -1, &cookie), 0);
	rumpuser_thread_join(cookie);
}

/* There is no stack left: the alternate one is used. */
START_TEST(fault_overflow)
{

	died_of(in_child(overflow), SIGSEGV);
	HAS("recurse+0x");
	HAS("thread ");
	HAS(" deep,");
	HAS("=== end");
}
END_TEST
#endif

static void
bad_walker(struct rumpuser_dump *d, void *arg)
{

	rumpuser_dump_printf(d, "  before the fault %s\n", (char *)arg);
	write_to_nowhere();
	rumpuser_dump_printf(d, "  not to be seen\n");
}

static void
good_walker(struct rumpuser_dump *d, void *arg)
{

	rumpuser_dump_printf(d, "  counter=%d\n", *(int *)arg);
}

static int counter = 4711;
static char word[] = "xyz";

static void
walkers(void)
{

	ck_assert_int_eq(rumpuser_dump_register("broken", bad_walker, word),
	    0);
	ck_assert_int_eq(rumpuser_dump_register("counters", good_walker,
	    &counter), 0);
	ck_assert_int_eq(rumpuser_dump_register("counters", good_walker,
	    &counter), NB_EEXIST);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "walkers"), 0);
	rumpuser_dump_unregister(bad_walker, word);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "second"), 0);
	_exit(7);
}

/* A fault in a section is the end of it, not of the dump or the process. */
START_TEST(sections)
{
	const char *second;

	ck_assert_int_eq(WEXITSTATUS(in_child(walkers)), 7);
	HAS(": walkers\n");
	HAS("broken:\n  before the fault xyz\n");
	HAS("a fault; the rest is lost");
	HASNOT("not to be seen");
	HAS("counters:\n  counter=4711\n");
	second = strstr(out, ": second\n");
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(strstr(second, "broken"));
	ck_assert_ptr_nonnull(strstr(second, "counter=4711"));
}
END_TEST

/*
 * Threads.
 */

static struct rumpuser_mtx *mtx;
static struct rumpuser_cv *cv;
static int stop, ready, tids[4];

static int
gettid_(void)
{

	return (int)syscall(SYS_gettid);
}

static void
nap_until(int *what, int value)
{

	while (__atomic_load_n(what, __ATOMIC_SEQ_CST) < value)
		usleep(1000);
}

static noinline void
wait_here(void)
{

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		usleep(500);
	sink++;
}

static void *
waiting_thread(void *arg)
{

	(void)arg;
	tids[0] = gettid_();
	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	bt_outer(wait_here);
	return NULL;
}

static void *
start(void *(*fn)(void *), const char *name)
{
	void *cookie;

	ck_assert_int_eq(rumpuser_thread_create(fn, NULL, name, 1, -1, -1,
	    &cookie), 0);
	return cookie;
}

START_TEST(other_thread)
{
	void *cookie = start(waiting_thread, "waiter");
	int64_t i;

	nap_until(&ready, 1);
	for (i = 0; i < 50; i++)
		ck_assert_int_eq(rumpuser_backtrace_thread(tids[0],
		    5000 * MSEC, &bt), 0);
	rumpuser_backtrace_format(&bt, out, sizeof(out));
	HAS("wait_here+0x");
	HAS("bt_outer+0x");
	ck_assert_int_eq(rumpuser_backtrace_thread(gettid_(), MSEC, &bt), 0);
	ck_assert_int_gt(bt.bt_count, 1);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	rumpuser_thread_join(cookie);
	ck_assert_int_eq(rumpuser_backtrace_thread(tids[0], MSEC, &bt),
	    NB_ESRCH);
}
END_TEST

static void *
blocking_thread(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	return waiting_thread(arg);
}

START_TEST(blocking)
{
	void *cookie = start(blocking_thread, "blocker");

	nap_until(&ready, 1);
	ck_assert_int_eq(rumpuser_backtrace_thread(tids[0], 100 * MSEC, &bt),
	    NB_EPERM);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	rumpuser_thread_join(cookie);
}
END_TEST

static void
stkflt(void)
{
	void *cookie;

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	cookie = start(waiting_thread, "waiter");
	nap_until(&ready, 1);
	usleep(10000);
	ck_assert_int_eq(syscall(SYS_tgkill, getpid(), tids[0], SIGSTKFLT),
	    0);
	usleep(300000);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	rumpuser_thread_join(cookie);
	_exit(9);
}

START_TEST(thread_signal)
{

	ck_assert_int_eq(WEXITSTATUS(in_child(stkflt)), 9);
	HAS("backtrace of a thread");
	HAS(" waiter, ");
	HAS("wait_here+0x");
	HAS("=== end");
}
END_TEST

/*
 * Locks.
 */

static void *
mutex_waiter(void *arg)
{

	(void)arg;
	tids[1] = gettid_();
	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	rumpuser_mutex_enter(mtx);
	rumpuser_mutex_exit(mtx);
	return NULL;
}

static void *
cv_waiter(void *arg)
{

	(void)arg;
	rumpuser_mutex_enter(mtx);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!stop)
		rumpuser_cv_wait(cv, mtx);
	rumpuser_mutex_exit(mtx);
	return NULL;
}

static void *
mutex_holder(void *arg)
{

	(void)arg;
	tids[0] = gettid_();
	rumpuser_mutex_enter(mtx);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	wait_here();
	rumpuser_mutex_exit(mtx);
	return NULL;
}

static void
contended(void)
{
	void *cookies[3];

	rumpuser_mutex_init(&mtx, 0);
	rumpuser_cv_init(&cv);
	cookies[0] = start(cv_waiter, "sleeper");
	nap_until(&ready, 1);
	cookies[1] = start(mutex_holder, "holder");
	nap_until(&ready, 2);
	ready = 0;
	cookies[2] = start(mutex_waiter, "waiter");
	nap_until(&ready, 1);
	usleep(50000);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "locks"), 0);
	fprintf(stderr, "holder=%d waiter=%d\n", tids[0], tids[1]);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	rumpuser_thread_join(cookies[1]);
	rumpuser_thread_join(cookies[2]);
	rumpuser_mutex_enter(mtx);
	rumpuser_cv_broadcast(cv);
	rumpuser_mutex_exit(mtx);
	rumpuser_thread_join(cookies[0]);
}

START_TEST(lock_dump)
{
	char want[200];
	int holder, waiter;

	ck_assert_int_eq(in_child(contended), 0);
	HAS("locks:\n");
	ck_assert_int_eq(sscanf(strstr(out, "holder="),
	    "holder=%d waiter=%d", &holder, &waiter), 2);
	snprintf(want, sizeof(want), ": thread %d waits for ", waiter);
	HAS(want);
	snprintf(want, sizeof(want), ", held by thread %d\n", holder);
	HAS(want);
	HAS("condvar");
	HAS("mutex_holder+0x");
	HAS("waits for mutex");
}
END_TEST

static void
tracked(void)
{
	struct rumpuser_mtx *m[3];
	struct rumpuser_rw *rw;
	int i;

	rumpuser_dump_locks(1);
	for (i = 0; i < 3; i++)
		rumpuser_mutex_init(&m[i], 0);
	rumpuser_rw_init(&rw);
	rumpuser_mutex_enter(m[1]);
	rumpuser_rw_enter(RUMPUSER_RW_WRITER, rw);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "held"), 0);
	rumpuser_mutex_exit(m[1]);
	rumpuser_rw_exit(rw);
	rumpuser_rw_destroy(rw);
	for (i = 0; i < 3; i++)
		rumpuser_mutex_destroy(m[i]);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "none"), 0);
}

START_TEST(lock_tracking)
{

	ck_assert_int_eq(in_child(tracked), 0);
	HAS("  mutex 0x");
	HAS("  rwlock 0x");
	HAS("  4 tracked, 2 of them held\n");
	ck_assert_ptr_null(strstr(strstr(out, ": none\n"), " tracked, "));
}
END_TEST

/*
 * Dumps while everything is in use: a process that allocates, locks and
 * makes threads is sent the signal again and again.
 */

static int rounds;

static void *
churn_leaf(void *arg)
{

	return arg;
}

static void *
churn(void *arg)
{
	struct rumpuser_mtx *m;
	void *p, *cookie;
	unsigned i;

	(void)arg;
	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		p = malloc(1 + i * 37 % 5000);
		*(volatile char *)p = 1;
		free(p);
		rumpuser_mutex_enter(mtx);
		rumpuser_mutex_exit(mtx);
		rumpuser_mutex_init(&m, 0);
		rumpuser_mutex_enter(m);
		rumpuser_mutex_exit(m);
		rumpuser_mutex_destroy(m);
		if (i % 64 == 0 && rumpuser_thread_create(churn_leaf, NULL,
		    "leaf", 1, -1, -1, &cookie) == 0)
			rumpuser_thread_join(cookie);
	}
	return NULL;
}

static void
torture(void)
{
	void *cookies[3];
	pid_t self = getpid(), pid;
	int i, status;

	rumpuser_dump_locks(1);
	rumpuser_mutex_init(&mtx, 0);
	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	ck_assert_int_eq(rumpuser_dump_onsignal(SIGUSR2), 0);
	rumpuser_dump_setfd(open("/dev/null", O_WRONLY));
	for (i = 0; i < 3; i++)
		cookies[i] = start(churn, "churn");
	if ((pid = fork()) == 0) {
		for (i = 0; i < rounds; i++) {
			kill(self, SIGUSR2);
			usleep(1000 + rnd(2000));
		}
		_exit(0);
	}
	/* This thread is the one that gets the signals; it is busy, too. */
	while (waitpid(pid, &status, WNOHANG) == 0) {
		free(malloc(100 + rnd(10000)));
		rumpuser_mutex_enter(mtx);
		rumpuser_mutex_exit(mtx);
	}
	rumpuser_dump_setfd(STDERR_FILENO);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "last"), 0);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 3; i++)
		rumpuser_thread_join(cookies[i]);
	_exit(5);
}

START_TEST(signal_torture)
{
	int status;

	rounds = ROUNDS;
	status = in_child(torture);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 5,
	    "status 0x%x:\n%.1500s", status, out);
	HAS(": last\n");
	HAS("churn+0x");
}
END_TEST

/*
 * Hang reports.
 */

static int hangs[4], hang_tid[4];

static void
on_hang(int kind, int tid, int64_t ns, void *arg)
{

	ck_assert_ptr_eq(arg, &counter);
	ck_assert_int_gt(ns, 0);
	hang_tid[kind] = tid;
	__atomic_add_fetch(&hangs[kind], 1, __ATOMIC_SEQ_CST);
}

static void
quiet_work(void)
{
	const struct rumpuser_watch_limits wl = { 5000 * MSEC, 5000 * MSEC,
	    5000 * MSEC, 0 };
	struct rumpuser_watched wd;
	int i;

	ck_assert_int_eq(rumpuser_watch(&wl, on_hang, &counter), 0);
	rumpuser_mutex_init(&mtx, 0);
	for (i = 0; i < 200; i++) {
		rumpuser_watch_enter(&wd, "work");
		rumpuser_mutex_enter(mtx);
		usleep(100);
		rumpuser_mutex_exit(mtx);
		rumpuser_watch_leave(&wd);
	}
	ck_assert_int_eq(rumpuser_watch(NULL, NULL, NULL), 0);
	rumpuser_mutex_destroy(mtx);
	_exit(hangs[1] + hangs[2] + hangs[3]);
}

START_TEST(no_hang)
{

	ck_assert_int_eq(in_child(quiet_work), 0);
	ck_assert_str_eq(out, "");
}
END_TEST

static void
hanging(void)
{
	const struct rumpuser_watch_limits wl = { 20 * MSEC, 20 * MSEC,
	    20 * MSEC, 0 };
	struct rumpuser_watched outer, inner;
	void *cookies[2];

	ck_assert_int_eq(rumpuser_watch(&wl, on_hang, &counter), 0);
	rumpuser_mutex_init(&mtx, 0);
	cookies[0] = start(mutex_holder, "holder");
	nap_until(&ready, 1);
	ready = 0;
	cookies[1] = start(mutex_waiter, "waiter");
	rumpuser_watch_enter(&outer, "outer work");
	rumpuser_watch_enter(&inner, "inner work");
	nap_until(&hangs[RUMPUSER_HANG_HANDLER], 1);
	rumpuser_watch_leave(&inner);
	nap_until(&hangs[RUMPUSER_HANG_HANDLER], 2);
	rumpuser_watch_leave(&outer);
	nap_until(&hangs[RUMPUSER_HANG_WAIT], 1);
	nap_until(&hangs[RUMPUSER_HANG_HOLD], 1);
	/* Each is told once. */
	usleep(60000);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	rumpuser_thread_join(cookies[0]);
	rumpuser_thread_join(cookies[1]);
	ck_assert_int_eq(rumpuser_watch(NULL, NULL, NULL), 0);
	if (hang_tid[RUMPUSER_HANG_HOLD] != tids[0] ||
	    hang_tid[RUMPUSER_HANG_WAIT] != tids[1] ||
	    hang_tid[RUMPUSER_HANG_HANDLER] != gettid_())
		_exit(99);
	_exit(hangs[1] * 16 + hangs[2] * 4 + hangs[3]);
}

START_TEST(hang)
{

	ck_assert_int_eq(WEXITSTATUS(in_child(hanging)), 2 * 16 + 4 + 1);
	HAS("rump hang: thread ");
	HAS(" runs inner work for ");
	HAS(" runs outer work for ");
	HAS(" holds mutex 0x");
	HAS(" waits for mutex 0x");
	HAS("  held by\n");
	HAS("mutex_holder+0x");
#ifndef TSAN
	/* There a thread in pthread_mutex_lock() gets no signals. */
	HAS("mutex_waiter+0x");
#endif
}
END_TEST

/*
 * Profile.
 */

static noinline void
prof_target(void)
{

	usleep(20000);
}

static noinline void
prof_other(void)
{

	sink++;
}

static void
prof_work(void)
{
	struct rumpuser_prof_mark m1 = { 0 }, m2 = { 0 };
	struct rumpuser_prof_run r1, r2;

	rumpuser_curlwpop(RUMPUSER_LWP_SET, (struct lwp *)&counter);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, (struct lwp *)&counter);
	/* Off: nothing is counted. */
	rumpuser_prof_request(&m1);
	rumpuser_prof_start(&r1, &m1, RUMPUSER_PROF_CALL,
	    (const void *)prof_other);
	rumpuser_prof_finish(&r1);
	rumpuser_prof_enable(1);
	rumpuser_prof_request(&m1);
	usleep(10000);
	rumpuser_prof_trigger(&m1);
	usleep(5000);
	rumpuser_prof_start(&r1, &m1, RUMPUSER_PROF_ALARM,
	    (const void *)prof_target);
	rumpuser_prof_request(&m2);
	rumpuser_prof_trigger(&m2);
	prof_target();
	rumpuser_prof_finish(&r1);
	rumpuser_prof_start(&r2, &m2, RUMPUSER_PROF_CALL,
	    (const void *)prof_other);
	prof_other();
	rumpuser_prof_finish(&r2);
	rumpuser_prof_enable(0);
}

START_TEST(profile)
{
	struct rumpuser_prof_stat ps[8], *a, *b;
	uint64_t lost;

	prof_work();
	ck_assert_uint_eq(rumpuser_prof_get(ps, 8, &lost), 2);
	ck_assert_uint_eq(lost, 0);
	a = ps[0].ps_type == RUMPUSER_PROF_ALARM ? &ps[0] : &ps[1];
	b = a == &ps[0] ? &ps[1] : &ps[0];
	ck_assert_ptr_eq(a->ps_target, (const void *)prof_target);
	ck_assert_ptr_null(a->ps_from);
	ck_assert_uint_eq(a->ps_count, 1);
	ck_assert_int_ge(a->ps_pending, 10 * MSEC);
	ck_assert_int_ge(a->ps_queued, 5 * MSEC);
	ck_assert_int_ge(a->ps_running, 20 * MSEC);
	ck_assert_int_eq(a->ps_running, a->ps_running_max);
	ck_assert_ptr_eq(b->ps_target, (const void *)prof_other);
	ck_assert_ptr_eq(b->ps_from, (const void *)prof_target);
	/* It waited while its requester ran. */
	ck_assert_int_ge(b->ps_queued, 20 * MSEC);
	ck_assert_int_lt(b->ps_running, b->ps_queued);
	rumpuser_prof_reset();
	ck_assert_uint_eq(rumpuser_prof_get(NULL, 0, NULL), 0);
	ck_assert_int_eq(rumpuser_prof_report(1, 77), NB_EINVAL);
}
END_TEST

/*
 * The same by the event engine: a timer's handler posts work, which sleeps.
 */

static struct rumpuser_task *task;
static struct rumpuser_work sleeper;

static void
on_timer(void *env, uintptr_t arg, int error)
{

	ck_assert_int_eq(rumpuser_work_post(&sleeper, 0, 0), 0);
	usleep(10000);
}

static void
on_work(void *env, uintptr_t arg, int error)
{

	usleep(20000);
	rumpuser_task_stop(task);
}

START_TEST(profile_events)
{
	struct rumpuser_prof_stat ps[16], *timer = NULL, *work = NULL;
	struct rumpuser_timer t;
	int64_t when, set;
	size_t i, n;

	rumpuser_curlwpop(RUMPUSER_LWP_SET, (struct lwp *)&counter);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, (struct lwp *)&counter);
	ck_assert_int_eq(rumpuser_task_create(&task, NULL), 0);
	rumpuser_work_init(&sleeper, task, 0, on_work, NULL);
	rumpuser_timer_init(&t, task, on_timer, NULL);
	rumpuser_prof_enable(1);
	when = rumpuser_event_now() + 30 * MSEC;
	ck_assert_int_eq(rumpuser_timer_set(&t, when), 0);
	set = rumpuser_event_now();
	ck_assert_int_eq(rumpuser_task_run(task), 0);
	rumpuser_prof_enable(0);
	n = rumpuser_prof_get(ps, 16, NULL);
	ck_assert_uint_le(n, 16);
	for (i = 0; i < n; i++) {
		if (ps[i].ps_target == (const void *)on_timer)
			timer = &ps[i];
		if (ps[i].ps_target == (const void *)on_work)
			work = &ps[i];
	}
	ck_assert(timer != NULL && work != NULL);
	ck_assert_int_eq(timer->ps_type, RUMPUSER_PROF_ALARM);
	ck_assert_uint_eq(timer->ps_count, 1);
	ck_assert_ptr_null(timer->ps_from);
	/* It was asked for before the clock was read again. */
	ck_assert_int_ge(timer->ps_pending, when - set);
	ck_assert_int_ge(timer->ps_running, 10 * MSEC);
	ck_assert_int_eq(work->ps_type, RUMPUSER_PROF_CALL);
	ck_assert_ptr_eq(work->ps_from, (const void *)on_timer);
	ck_assert_int_eq(work->ps_pending, 0);
	ck_assert_int_ge(work->ps_queued, 10 * MSEC);
	ck_assert_int_ge(work->ps_running, 20 * MSEC);
	ck_assert_int_eq(rumpuser_task_destroy(task), 0);
}
END_TEST

static void
on_slow(void *env, uintptr_t arg, int error)
{

	nap_until(&hangs[RUMPUSER_HANG_HANDLER], 1);
	rumpuser_task_stop(task);
}

static void
slow_handler(void)
{
	const struct rumpuser_watch_limits wl = { 20 * MSEC, 0, 0, 0 };

	ck_assert_int_eq(rumpuser_task_create(&task, NULL), 0);
	rumpuser_work_init(&sleeper, task, 0, on_slow, NULL);
	rumpuser_event_setname(&sleeper.w_ev, "slow one");
	ck_assert_int_eq(rumpuser_watch(&wl, on_hang, &counter), 0);
	ck_assert_int_eq(rumpuser_work_post(&sleeper, 0, 0), 0);
	ck_assert_int_eq(rumpuser_task_run(task), 0);
	ck_assert_int_eq(rumpuser_watch(NULL, NULL, NULL), 0);
	_exit(6);
}

START_TEST(hang_handler)
{

	ck_assert_int_eq(WEXITSTATUS(in_child(slow_handler)), 6);
	HAS(" runs slow one for ");
	HAS("on_slow+0x");
}
END_TEST

static struct rumpuser_fiber *fiber;

static noinline void
fiber_rest(void)
{

	(void)rumpuser_fiber_switch(NULL, NULL, NULL);
	sink++;
}

static void
fiber_main(void *arg)
{

	bt_outer(fiber_rest);
}

static void
parts(void)
{
	struct rumpuser_timer t;

	ck_assert_int_eq(rumpuser_task_create1(&task, NULL, "mytask"), 0);
	rumpuser_timer_init1(&t, task, on_timer, NULL, "mytimer");
	ck_assert_int_eq(rumpuser_timer_set(&t, rumpuser_event_now() +
	    1000000 * MSEC), 0);
	ck_assert_int_eq(rumpuser_fiber_create(fiber_main, NULL, "myfiber", 0,
	    &fiber), 0);
	rumpuser_fiber_switch(fiber, NULL, NULL);
	ck_assert_int_eq(rumpuser_dump_state(STDERR_FILENO, "parts"), 0);
	_exit(4);
}

/* Tasks, what is armed, and the backtrace of a suspended fiber. */
START_TEST(state_parts)
{

	ck_assert_int_eq(WEXITSTATUS(in_child(parts)), 4);
	HAS("events:\n");
	HAS("mytask");
	HAS("mytimer");
	HAS("fibers:\n");
	HAS(" myfiber, suspended");
#ifdef __x86_64__
	HAS("fiber_rest+0x");
	HAS("bt_outer+0x");
#endif
}
END_TEST

static void
prof_reports(void)
{

	prof_work();
	rumpuser_prof_report(STDERR_FILENO, RUMPUSER_PROF_TABLE);
	rumpuser_prof_report(STDERR_FILENO, RUMPUSER_PROF_TREE);
	rumpuser_prof_report(STDERR_FILENO, RUMPUSER_PROF_DOT);
}

START_TEST(profile_reports)
{

	ck_assert_int_eq(in_child(prof_reports), 0);
	HAS("alarm  outside                  prof_target ");
	HAS("\nprof_target alarm 1, running ");
	HAS("\n  prof_other call 1, running ");
	HAS("digraph dispatch {\n");
	HAS("\"outside\" -> \"prof_target\" [label=\"alarm 1\\npending ");
	HAS("\"prof_target\" -> \"prof_other\" [label=\"call 1\\n");
	HAS("\n}\n");
}
END_TEST

/*
 * Panic, and the environment.
 */

static void
panicking(void)
{

	rumpuser_exit(RUMPUSER_PANIC);
}

static void
panicking_dumping(void)
{

	ck_assert_int_eq(rumpuser_sigdump_install(), 0);
	rumpuser_exit(RUMPUSER_PANIC);
}

static void
panicking_quietly(void)
{

	rumpuser_dump_onpanic(0);
	rumpuser_exit(RUMPUSER_PANIC);
}

START_TEST(panic)
{

	died_of(in_child(panicking), SIGABRT);
	HAS("rump state dump");
	HAS(": panic\n");
	HAS("rumpuser_exit+0x");
	died_of(in_child(panicking_dumping), SIGABRT);
	HAS(": panic\n");
	HASNOT("rump fault dump");
	died_of(in_child(panicking_quietly), SIGABRT);
	HASNOT("rump state dump");
}
END_TEST

static char exe[4096];
static const char *exec_env;

static void
exec_crash(void)
{
	char *argv[] = { exe, (char *)(uintptr_t)"crash", NULL };

	setenv("RUMP_DUMP", exec_env, 1);
	execv(exe, argv);
	_exit(77);
}

START_TEST(environment)
{
	int status;

	exec_env = "fault,locks,signal=USR2";
	died_of(in_child(exec_crash), SIGSEGV);
	HAS(": signal 12\n");
	HAS("rump fault dump");
	HAS("write_to_nowhere+0x");
	exec_env = "nonsense";
	status = in_child(exec_crash);
	died_of(status, SIGUSR2);
	HAS("RUMP_DUMP: nonsense: not understood");
}
END_TEST

/* A case each, so that CK_RUN_CASE picks one. */
#define ADD(s, test)	add(s, #test, test)

static void
add(Suite *s, const char *name, const TTest *test)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, ROUNDS > 1000 ? 600 : 60);
	tcase_add_test(tc, test);
	suite_add_tcase(s, tc);
}

int
main(int argc, char *argv[])
{
	Suite *s = suite_create("rumpuser diagnostics");
	SRunner *sr;
	int failed;

	(void)!readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (argc > 1 && strcmp(argv[1], "crash") == 0) {
		raise(SIGUSR2);
		bt_outer(write_to_nowhere);
	}
	ADD(s, signal_torture);
	ADD(s, hostile_elf);
	if (ROUNDS <= 1000) {
		ADD(s, backtrace);
		ADD(s, lines);
		ADD(s, symbols);
		ADD(s, words);
		ADD(s, memory_golden);
		ADD(s, memory_unreadable);
		ADD(s, fault_segv);
#ifndef SANITIZER
		ADD(s, fault_fpe);
		ADD(s, fault_overflow);
#endif
		ADD(s, fault_abort);
		ADD(s, fault_sent);
		ADD(s, fault_jump);
		ADD(s, sections);
		ADD(s, other_thread);
		ADD(s, blocking);
		ADD(s, thread_signal);
		ADD(s, lock_dump);
		ADD(s, lock_tracking);
		ADD(s, no_hang);
		ADD(s, hang);
		ADD(s, profile);
		ADD(s, profile_reports);
		ADD(s, profile_events);
		ADD(s, hang_handler);
		ADD(s, state_parts);
		ADD(s, panic);
		ADD(s, environment);
	}
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
