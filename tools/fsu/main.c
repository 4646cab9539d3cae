/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu: list, read and copy what is in a file-system image, without mounting
 * it and without privilege.  This file chooses the command and opens and
 * closes the session with the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fsu.h"
#include "kern.h"

const struct command *fsu_command;
struct image session_image;

static const struct command commands[] = {
	{ "ls", cmd_ls, "[-1aAdFhilnrRStU] IMAGE [PATH...]",
	    "list directories" },
	{ "cat", cmd_cat, "IMAGE PATH...", "write files to standard output" },
	{ "get", cmd_get, "[-fpv] [--devices] IMAGE PATH... DEST",
	    "copy files and trees out of the image" },
	{ "find", cmd_find, "IMAGE [PATH...] [EXPRESSION]",
	    "search a tree for files" },
	{ "stat", cmd_stat, "[-L] [-c FORMAT] IMAGE PATH...",
	    "show what is known about files" },
	{ "df", cmd_df, "[-hiT] IMAGE [PATH...]", "show the size of the file system" },
	{ "du", cmd_du, "[-abchkms] [-d DEPTH] IMAGE [PATH...]",
	    "sum up the space used by trees" },
	{ "tar", cmd_tar, "[-v] [--no-xattrs] IMAGE [PATH...]",
	    "write an archive (pax) to standard output" },
};

#define	NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void
help(FILE *f)
{
	size_t i;

	fprintf(f, "usage: fsu COMMAND [OPTION...] IMAGE [ARG...]\n\n"
	    "Read a file-system image (ext2, ext3, ext4) without mounting "
	    "it.\nIMAGE is FILE, FILE:PARTITION or FILE@OFFSET.\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(f, "  fsu %-5s%s\n           %s\n", commands[i].name,
		    commands[i].usage, commands[i].summary);
	fprintf(f, "\nSee fsu(1).\n");
}

static int
help_end(FILE *f, int status)
{

	help(f);
	if (fflush(f) != 0 || ferror(f))
		return 1;
	return status;
}

/* ls gives 2 for what the user did wrong, the other commands 1. */
static int
usage_status(void)
{

	return fsu_command != NULL && strcmp(fsu_command->name, "ls") == 0 ?
	    2 : 1;
}

static void __attribute__((noreturn))
usage_line(void)
{

	fprintf(stderr, "usage: fsu %s %s\n", fsu_command->name,
	    fsu_command->usage);
	_exit(usage_status());
}

void
usage_error(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", fsu_prog);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	usage_line();
}

/* getopt has met an option it does not know, and said so. */
void
usage_unknown(void)
{

	usage_line();
}

/* --help and --version, wherever they stand before the first operand. */
static void
common_options(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0)
			return;
		if (strcmp(argv[i], "--help") == 0) {
			printf("usage: fsu %s %s\n%s\n", fsu_command->name,
			    fsu_command->usage, fsu_command->summary);
			exit(fflush(stdout) != 0);
		}
		if (strcmp(argv[i], "--version") == 0) {
			printf("fsu %s\n", FSU_VERSION);
			exit(fflush(stdout) != 0);
		}
	}
}

/* Give the kernel the very file we looked at, whatever its name is now. */
static int
attach(struct image *im)
{
	char fdpath[64];

	snprintf(fdpath, sizeof(fdpath), "/proc/self/fd/%d", im->fd);
	return k_attach(access(fdpath, R_OK) == 0 ? fdpath : im->path,
	    im->off, im->size);
}

/*
 * Open the image, boot the kernel, mount, and give up every right that is
 * not needed from here on.  Does not come back on failure.  destfd: the
 * only directory that may be written beneath, or -1.
 */
void
session_open(const char *arg, int destfd)
{
	struct image *im = &session_image;
	int status = usage_status();

	progress_init();
	if (image_open(im, arg) != 0)
		exit(status);
	/* With TZ set the C library reads the zone once, that is now. */
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
	if (k_boot() != 0)
		fsu_die(status, "cannot start the kernel");
	if (confine_files(im->fd, destfd) != 0)
		fsu_die(status, "cannot confine the process");
	if (attach(im) != 0)
		fsu_die(status, "cannot open %s", q(im->path));
	if (k_mount(im->fstype) != 0)
		fsu_die(status, "%s: cannot open the %s file system", arg,
		    im->fsname);
	if (confine_calls(destfd >= 0) != 0)
		fsu_die(status, "cannot confine the process");
}

int
session_close(void)
{

	out_flush();
	progress_end();
	if (k_unmount() != 0)
		fsu_err("cannot unmount %s", q(session_image.arg));
	return fsu_status;
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Descriptors 0 to 2 must be taken: an image must never become one. */
static void
sane_fds(void)
{
	int fd;

	/* Read-only: output that goes nowhere is an error, EBADF. */
	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	const char *base;

	sane_fds();
	out_init(STDOUT_FILENO);
	setlocale(LC_ALL, "");
	base = argc > 0 ? strrchr(argv[0], '/') : NULL;
	base = base != NULL ? base + 1 : argc > 0 ? argv[0] : "fsu";
	if (strncmp(base, "fsu_", 4) == 0) {
		fsu_prog = base;
		if ((fsu_command = find_command(base + 4)) == NULL)
			fsu_diex(1, "no such command");
	} else {
		if (argc < 2)
			return help_end(stderr, 1);
		if (strcmp(argv[1], "--help") == 0 ||
		    strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
			return help_end(stdout, 0);
		if (strcmp(argv[1], "--version") == 0) {
			printf("fsu %s\n", FSU_VERSION);
			return fflush(stdout) != 0;
		}
		if ((fsu_command = find_command(argv[1])) == NULL) {
			fsu_errx("%s: no such command", q(argv[1]));
			fprintf(stderr, "Try 'fsu --help'.\n");
			return 1;
		}
		argv++;
		argc--;
	}
	common_options(argc, argv);
	/* getopt's messages begin like all others. */
	argv[0] = (char *)(uintptr_t)fsu_prog;
	return fsu_command->run(argc, argv);
}
