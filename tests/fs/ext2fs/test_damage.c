/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_damage.c - damaged images, each mounted and looked through in whole:
 * every command ends within ten seconds with a result or an errno, nothing
 * crashes, and what was not damaged reads as before.
 *
 * usage: test_damage [count [first]]; without, a count that takes seconds.
 * Image number n is the same in every run.  Two processes share the work;
 * one that dies is replaced, and the number it worked on is reported.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>

#include "damage.h"
#include "images.h"
#include "manifest.h"

#ifndef DAMAGE_COUNT
#define	DAMAGE_COUNT	300
#endif
#define	WORKERS		2
#define	PERPROCESS	250	/* images, then a fresh process */
#define	LIMIT		10	/* seconds for one image */
#define	MAXTARGETS	3
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define	SANITIZED	1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define	SANITIZED	1
#endif
#ifndef SANITIZED
#define	SANITIZED	0	/* sanitizers keep what was freed */
#endif
#define	SETTLED		50	/* images, then memory should not grow */
#define	MAXGROWTH	4096	/* KiB */

static const char *const options[] = {
	"-t ext4 -b 1024",
	"-t ext4 -b 1024 -O ^metadata_csum,uninit_bg",
	("-t ext4 -b 1024 -O inline_data,ea_inode,large_dir,"
	    "metadata_csum_seed -I 512"),
	"-t ext4 -b 1024 -O ^metadata_csum,inline_data,ea_inode -I 256",
	"-t ext2 -b 1024 -I 256",
	"-t ext3 -b 2048",
	"-t ext4 -b 4096 -I 256",
	"-t ext4 -b 1024 -N 600",		/* dirty journal */
	"-t ext4 -b 1024 -O ^metadata_csum -N 600",	/* the same */
	"-t ext4 -b 1024 -O fast_commit",	/* cut off by the host */
};
#define	NKINDS	(sizeof(options) / sizeof(options[0]))

static struct {
	const char *options;
	char path[4096];
	struct image im;
	struct manifest sound;
	bool dirty;
} base[NKINDS];
static size_t nbases;

/* What the processes share. */
static struct {
	atomic_long next;
	long end;
	atomic_long current[WORKERS];
	atomic_long mounted;
	atomic_long refused;
	atomic_long damaged[K_COUNT];
} *shared;
static int self;

static void
too_long(int sig)
{
	static const char text[] = "test_damage: an image took too long\n";

	(void)sig;
	(void)!write(2, text, sizeof(text) - 1);
	abort();
}

/* A journal to replay: copies of metadata blocks, revocations, two commits. */
static void
make_dirty(const char *image, const char *csum)
{

	(void)sh("PATH=$PATH:/sbin:/usr/sbin; d='%s'; "
	    "dd if=\"$d\" of=\"$d.b\" bs=1024 skip=2 count=1 2>/dev/null; "
	    "printf 'jo %s\\njw -b 2 %%s\\njw -b 2 %%s -r 5000,5001\\njc\\n' "
	    "\"$d.b\" \"$d.b\" > \"$d.cmd\"; "
	    "debugfs -w -f \"$d.cmd\" \"$d\" >/dev/null 2>&1", image, csum);
}

/* Fast commits to replay, where the host lets us mount. */
static void
make_fast(const char *image)
{
	char dir[4200];

	snprintf(dir, sizeof(dir), "%.4000s/fast", scratch());
	if (!host_mount(image, dir, "noatime"))
		return;
	(void)sh("cd '%s' && echo a > a && sync -f . && echo b > b && "
	    "sync b && mkdir newdir && echo c > newdir/c && mv s1 newdir/s1 && "
	    "sync newdir/c && ln b b2 && rm k1 && ln -s xyz sl && "
	    "dd if=/dev/zero of=b bs=1k count=9 seek=20 2>/dev/null && "
	    "sync b && truncate -s 3 k100 && sync k100 && cp '%s' '%s.cut'",
	    dir, image, image);
	host_umount(dir);
	(void)sh("[ ! -f '%s.cut' ] || mv '%s.cut' '%s'", image, image, image);
}

static uint8_t *
load(const char *path, size_t *sizep)
{
	uint8_t *p;
	off_t n;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	n = lseek(fd, 0, SEEK_END);
	p = malloc((size_t)n);
	if (pread(fd, p, (size_t)n, 0) != n)
		abort();
	close(fd);
	*sizep = (size_t)n;
	return p;
}

static void
make_bases(void)
{
	char tree[4200];
	uint8_t *p;
	size_t i, size = 0;

	snprintf(tree, sizeof(tree), "%s/tree", scratch());
	make_tree(tree, true);
	for (i = 0; i < NKINDS; i++) {
		snprintf(base[nbases].path, sizeof(base[0].path),
		    "%.4000s/base%zu", scratch(), i);
		if (!make_image(base[nbases].path, "8M", options[i], tree)) {
			fprintf(stderr, "skipped: mke2fs can not do %s\n",
			    options[i]);
			continue;
		}
		base[nbases].options = options[i];
		/* Indexes the directories. */
		(void)sh("PATH=$PATH:/sbin:/usr/sbin; e2fsck -fyD '%s' "
		    ">/dev/null 2>&1", base[nbases].path);
		if (strstr(options[i], "-N 600") != NULL)
			make_dirty(base[nbases].path, strstr(options[i],
			    "^metadata_csum") == NULL ? "-c" : "");
		if (strstr(options[i], "fast_commit") != NULL)
			make_fast(base[nbases].path);
		p = load(base[nbases].path, &size);
		image_scan(&base[nbases].im, p, size);
		nbases++;
	}
}

/* Does a path lead through an inode that was damaged? */
static bool
affected(const struct manifest *m, const struct item *it, uint32_t owner)
{
	const struct item *up;
	char path[4200], *slash;

	if (owner == 0 || owner == 2)
		return true;
	snprintf(path, sizeof(path), "%s", it->path);
	for (;;) {
		up = manifest_find(m, path);
		if (up != NULL && up->ino == owner)
			return true;
		slash = strrchr(path, '/');
		if (slash == NULL)
			return false;
		*slash = '\0';
	}
}

static int
compare(size_t b, const struct manifest *got, const struct target *const *t,
    size_t nt, long number)
{
	const struct manifest *sound = &base[b].sound;
	const struct item *it;
	const char *what;
	size_t i, k;

	for (k = 0; k < nt; k++)
		if (t[k]->owner == 0)
			return 0;
	for (i = 0; i < sound->n; i++) {
		for (k = 0; k < nt; k++)
			if (affected(sound, &sound->item[i], t[k]->owner))
				break;
		if (k < nt)
			continue;
		it = manifest_find(got, sound->item[i].path);
		what = it == NULL ? "is gone" :
		    item_differs(&sound->item[i], it);
		if (what == NULL)
			continue;
		fprintf(stderr, "image %ld (%s; %s of inode %u): %s: %s "
		    "(error %d)\n", number,
		    base[b].options,
		    kind_name(t[0]->kind), t[0]->owner, sound->item[i].path,
		    what, it != NULL ? it->error : 0);
		return 1;
	}
	return 0;
}

static void
write_piece(int fd, const uint8_t *p, uint64_t off, size_t len)
{

	if (pwrite(fd, p + off, len, (off_t)off) != (ssize_t)len)
		abort();
}

/* Repairing one record of fast commits changes those behind it too. */
static void
write_target(int fd, const struct image *im, const struct target *t)
{
	uint32_t i;

	write_piece(fd, im->p, t->off, t->len);
	for (i = 0; t->kind == K_JLOG && i < im->nfc; i++)
		write_piece(fd, im->p, im->fcblock[i] * im->bsize, im->bsize);
}

static void
restore_target(int fd, struct image *im, const struct target *t,
    const uint8_t *pristine)
{
	uint64_t off;
	uint32_t i;

	memcpy(im->p + t->off, pristine + t->off, t->len);
	for (i = 0; t->kind == K_JLOG && i < im->nfc; i++) {
		off = im->fcblock[i] * im->bsize;
		memcpy(im->p + off, pristine + off, im->bsize);
	}
	write_target(fd, im, t);
}

/* What a manifest does not do: odd names, handles, positions and sizes. */
static void
prod(const struct manifest *m, uint64_t *rnd)
{
	static const char *const odd[] = { "no such name", "..", "../..",
	    "a/b", "\xff\xfe not UTF-8 \x80" };
	char path[5000], buf[4096], fh[64];
	struct rump_stat sb;
	size_t i, k, size;
	int fd;

	for (i = 0; i < m->n; i++) {
		for (k = 0; k < sizeof(odd) / sizeof(odd[0]); k++) {
			snprintf(path, sizeof(path), MNT "/%.800s/%s",
			    m->item[i].path, odd[k]);
			(void)rump_sys_stat(path, (struct stat *)(void *)&sb);
		}
		snprintf(path, sizeof(path), MNT "/%.800s", m->item[i].path);
		fd = rump_sys_open(path, RUMP_O_RDONLY | RUMP_O_NONBLOCK);
		if (fd < 0)
			continue;
		for (k = 0; k < 3; k++) {
			(void)rump_sys_pread(fd, buf, sizeof(buf),
			    (off_t)chance(rnd, (uint32_t)m->item[i].size + 2));
			(void)rump_sys_lseek(fd, (off_t)chance(rnd, 9000),
			    SEEK_SET);
			(void)rump_sys_getdents(fd, buf, 700);
		}
		rump_sys_close(fd);
		size = sizeof(fh);
		if (rump_sys_getfh(path, fh, &size) != 0)
			continue;
		fh[8 + chance(rnd, (uint32_t)size - 8)] ^= 4;
		fd = rump_sys_fhopen(fh, size, RUMP_O_RDONLY |
		    RUMP_O_NONBLOCK);
		if (fd >= 0)
			rump_sys_close(fd);
	}
}

/* Kibibytes of this process in memory. */
static long
resident(void)
{
	long total, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f != NULL) {
		if (fscanf(f, "%ld %ld", &total, &pages) != 2)
			pages = 0;
		fclose(f);
	}
	return pages * 4;
}

/* Makes image number n, looks through it, and takes the damage back. */
static int
one_image(long number, const int *fds, uint8_t *const *pristine)
{
	uint64_t rnd = 0x9e3779b97f4a7c15ULL * (uint64_t)(number + 1);
	const struct target *t[MAXTARGETS];
	struct manifest got;
	size_t b, k, nt;
	bool repair;
	int error, bad = 0;

	b = (size_t)number % nbases;
	(void)chance(&rnd, 0);
	nt = 1 + (chance(&rnd, 4) == 0 ? chance(&rnd, MAXTARGETS) : 0);
	repair = chance(&rnd, 4) != 0;
	for (k = 0; k < nt; k++) {
		/* Each kind gets its share. */
		enum kind kind = (enum kind)chance(&rnd, K_COUNT);
		size_t tries = 0;

		do
			t[k] = &base[b].im.t[chance(&rnd,
			    (uint32_t)base[b].im.nt)];
		while (t[k]->kind != kind && tries++ < 400);
		shared->damaged[t[k]->kind]++;
		target_damage(&base[b].im, t[k], &rnd);
		if (repair)
			target_repair(&base[b].im, t[k]);
		write_target(fds[b], &base[b].im, t[k]);
	}
	alarm(LIMIT);
	error = kernel_mount(base[b].path);
	if (error == 0) {
		shared->mounted++;
		manifest_rump(&got, MNT, M_LIMIT);
		prod(&got, &rnd);
		kernel_umount();
		bad = compare(b, &got, t, nt, number);
		manifest_free(&got);
	} else
		shared->refused++;
	alarm(0);
	for (k = 0; k < nt; k++)
		restore_target(fds[b], &base[b].im, t[k], pristine[b]);
	return bad;
}

/* Copies of the images for this process, and what they hold when sound. */
static void
prepare(int *fds, uint8_t **pristine)
{
	char copy[4200];
	size_t i;

	kernel_boot();
	for (i = 0; i < nbases; i++) {
		snprintf(copy, sizeof(copy), "%.4000s.%d", base[i].path,
		    self);
		(void)sh("cp '%s' '%s'", base[i].path, copy);
		strcpy(base[i].path, copy);
		fds[i] = open(copy, O_RDWR);
		pristine[i] = malloc(base[i].im.size);
		memcpy(pristine[i], base[i].im.p, base[i].im.size);
		if (kernel_mount(copy) != 0) {
			fprintf(stderr, "sound image refused: %s\n",
			    base[i].options);
			exit(3);
		}
		manifest_rump(&base[i].sound, MNT, M_LIMIT);
		need(base[i].sound.n > 60);
		kernel_umount();
	}
}

static void
worker(void)
{
	uint8_t *pristine[NKINDS];
	int fds[NKINDS], bad = 0, done;
	long n, before = 0;
	size_t i;

	signal(SIGALRM, too_long);
	prepare(fds, pristine);
	for (done = 0; done < PERPROCESS; done++) {
		n = shared->next++;
		if (n >= shared->end)
			break;
		shared->current[self] = n;
		bad += one_image(n, fds, pristine);
		if (done == SETTLED)
			before = resident();
	}
	if (!SANITIZED && done > SETTLED + 50 &&
	    resident() - before > MAXGROWTH) {
		fprintf(stderr, "%d images took %ld KiB for good\n",
		    done - SETTLED, resident() - before);
		bad++;
	}
	shared->current[self] = -1;
	for (i = 0; i < nbases; i++) {
		close(fds[i]);
		free(pristine[i]);
		manifest_free(&base[i].sound);
		image_free(&base[i].im);
	}
	exit(bad != 0);
}

static pid_t
start(int w)
{
	pid_t pid;

	shared->current[w] = -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		self = w;
		/* Refusals and damage are reported on the console. */
		if (getenv("DAMAGE_VERBOSE") == NULL)
			(void)!freopen("/dev/null", "w", stdout);
		worker();
	}
	return pid;
}

/* Reports how a worker ended; true if something was wrong. */
static bool
ended(int w, int status)
{

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return false;
	fprintf(stderr, "worker %d: %s %d at image %ld\n", w,
	    WIFEXITED(status) ? "exit" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
	    (long)shared->current[w]);
	return true;
}

static int
run(void)
{
	pid_t pid[WORKERS], p;
	int status, w, failures = 0, running = 0;

	for (w = 0; w < WORKERS; w++, running++)
		pid[w] = start(w);
	while (running > 0) {
		p = wait(&status);
		for (w = 0; w < WORKERS && pid[w] != p; w++)
			;
		if (w == WORKERS)
			continue;
		failures += ended(w, status);
		if (shared->next < shared->end && failures < 25)
			pid[w] = start(w);
		else
			running--;
	}
	return failures;
}

int
main(int argc, char **argv)
{
	struct timespec t0, t1;
	long first = 0;
	int failures, k;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	if (argc > 2)
		first = strtol(argv[2], NULL, 0);
	shared->next = first;
	shared->end = first + (argc > 1 ? strtol(argv[1], NULL, 0) :
	    DAMAGE_COUNT);
	make_bases();
	if (nbases == 0)
		return 77;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	failures = run();
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("%ld images in %.1f s: %ld mounted, %ld refused, %d failures\n",
	    shared->end - first, (double)(t1.tv_sec - t0.tv_sec) +
	    (double)(t1.tv_nsec - t0.tv_nsec) / 1e9, (long)shared->mounted,
	    (long)shared->refused, failures);
	for (k = 0; k < K_COUNT; k++)
		printf("%s %ld%s", kind_name((enum kind)k),
		    (long)shared->damaged[k], k + 1 < K_COUNT ? ", " : "\n");
	for (k = 0; k < (int)nbases; k++)
		image_free(&base[k].im);
	scratch_remove();
	return failures != 0;
}
