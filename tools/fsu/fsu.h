/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declarations shared by the files of fsu: messages, output, quoting, the
 * image argument and the command table.  The program is single-threaded on
 * its own side; nothing here is locked.
 */
#ifndef FSU_FSU_H
#define FSU_FSU_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define	FSU_VERSION	"0.1"
#define	FSU_IOSIZE	(256 * 1024)	/* data is moved in pieces this big */

/* ---- msg.c: messages, exit status, progress, memory ---- */

extern const char *fsu_prog;	/* name in messages: "fsu" or "fsu_ls" ... */
extern int fsu_status;		/* exit status so far; only ever grows */

void fsu_fail(int status);
void fsu_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fsu_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fsu_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fsu_errx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fsu_die(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));
void fsu_diex(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));
void *xmalloc(size_t);
void *xcalloc(size_t, size_t);
void *xrealloc(void *, size_t);
void *xgrow(void *, size_t *, size_t, size_t);
char *xstrdup(const char *);

void progress_init(void);
void progress_add(uint64_t files, uint64_t bytes);
void progress_end(void);

/* ---- out.c: the one buffered output stream (standard output) ---- */

void out_init(int fd);
void out_write(const void *, size_t);
void out_zero(uint64_t);
void out_str(const char *);
void out_chr(char);
void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_flush(void);
bool out_istty(void);
unsigned out_columns(void);

/* ---- quote.c: names made safe to show ---- */

enum quote {
	QUOTE_NONE,		/* the bytes as they are */
	QUOTE_SHELL,		/* shell-escape, only where needed */
	QUOTE_ALWAYS,		/* shell-escape, always in quotes */
};

char *quote_name(const char *, size_t, enum quote);	/* caller frees */
size_t quote_width(const char *);
const char *q(const char *);		/* for messages; rotating buffers */
const char *qf(const char *);		/* the same, quoted only if needed */
void out_name(const char *, enum quote);
enum quote out_quoting(void);

/* ---- image.c: the IMAGE argument ---- */

struct image {
	const char *arg;	/* as given */
	char *path;		/* host path without the :N or @OFFSET */
	int fd;			/* open read-only */
	uint64_t imgsize;	/* bytes of the whole image */
	uint64_t off, size;	/* the window that holds the file system */
	unsigned part;		/* partition number, 0 = none */
	const char *fstype;	/* name for mount: "ext2fs" */
	const char *fsname;	/* name for people: "ext4" */
};

int image_open(struct image *, const char *arg);

/* ---- kern.c is declared in kern.h ---- */

/* ---- confine.c ---- */

int confine_files(int imgfd, int destfd);
int confine_calls(bool writes);

/* ---- human.c: numbers, modes, times, option words ---- */

char *human_size(uint64_t, char *, size_t);
char *human_blocks(uint64_t bytes, uint64_t unit, bool human, char *, size_t);
char *mode_string(uint32_t mode, char buf[12]);
const char *mode_typename(uint32_t mode, uint64_t size);

/* ---- owners.c: owner names as the image's own files give them ---- */

bool owner_id(bool group, const char *name, uint32_t *id);
const char *owner_user(uint32_t);	/* NULL: no name */
const char *owner_group(uint32_t);

/* ---- commands ---- */

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *summary;
};

extern const struct command *fsu_command;	/* the one being run */

void usage_error(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
void usage_unknown(void) __attribute__((noreturn));
void session_open(const char *imagearg, int destfd);
int session_close(void);
extern struct image session_image;

int cmd_ls(int, char **);
int cmd_cat(int, char **);
int cmd_get(int, char **);
int cmd_find(int, char **);
int cmd_stat(int, char **);
int cmd_df(int, char **);
int cmd_du(int, char **);
int cmd_tar(int, char **);

#endif /* FSU_FSU_H */
