/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu stat: what is known about files of the image, as stat(1) prints it.
 * One thread.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fsu.h"
#include "kern.h"

#define	DEFAULT_FORMAT \
	"  File: %N\n" \
	"  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n" \
	"Device: %-11d Inode: %-11i Links: %h%?\n" \
	"Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n" \
	"Access: %x\nModify: %y\nChange: %z\n Birth: %w\n"

struct subject {
	const char *path;
	struct kstat st;
};

static void
time_long(const struct timespec *t, char *buf, size_t len)
{
	time_t sec = t->tv_sec;
	struct tm tm;
	size_t n;

	if (localtime_r(&sec, &tm) == NULL) {
		snprintf(buf, len, "%" PRId64 ".%09ld", (int64_t)sec,
		    t->tv_nsec);
		return;
	}
	n = strftime(buf, len, "%Y-%m-%d %H:%M:%S", &tm);
	n += (size_t)snprintf(buf + n, len - n, ".%09ld ", t->tv_nsec);
	strftime(buf + n, len - n, "%z", &tm);
}

/* %N: the name, and where it points to. */
static void
full_name(const struct subject *s, char **text)
{
	char buf[4097], *name, *target;
	ssize_t n;

	name = quote_name(s->path, strlen(s->path), QUOTE_SHELL);
	*text = name;
	if (!S_ISLNK(s->st.mode))
		return;
	n = k_readlink(K_ROOT, s->path, buf, sizeof(buf) - 1);
	if (n < 0) {
		fsu_err("cannot read symbolic link %s", q(s->path));
		return;
	}
	target = quote_name(buf, (size_t)n, QUOTE_SHELL);
	*text = xmalloc(strlen(name) + strlen(target) + 5);
	sprintf(*text, "%s -> %s", name, target);
	free(name);
	free(target);
}

/* The device's number, as ls shows it, for device nodes; else nothing. */
static void
device_type(const struct kstat *st, char *buf, size_t len)
{

	buf[0] = '\0';
	if (S_ISCHR(st->mode) || S_ISBLK(st->mode))
		snprintf(buf, len, " Device type: %" PRIu32 ",%" PRIu32,
		    st->rmajor, st->rminor);
}

static const char *
owner(uint32_t id, bool group)
{
	const char *name = group ? owner_group(id) : owner_user(id);

	return name != NULL ? name : "UNKNOWN";
}

/* Conversions that are numbers: the value and its base. */
static bool
number(char c, const struct kstat *st, uint64_t *num, int *base)
{

	*base = 10;
	switch (c) {
	case 'a':
		*base = 8;
		*num = st->mode & 07777;
		return true;
	case 'f':
		*base = 16;
		*num = st->mode;
		return true;
	case 't':
		*base = 16;
		*num = st->rmajor;
		return true;
	case 'T':
		*base = 16;
		*num = st->rminor;
		return true;
	case 'b':
		*num = st->blocks;
		return true;
	case 'B':
		*num = 512;
		return true;
	case 'd':
		*num = 0;
		return true;
	case 'g':
		*num = st->gid;
		return true;
	case 'h':
		*num = st->nlink;
		return true;
	case 'i':
		*num = st->ino;
		return true;
	case 'o':
		*num = st->blksize;
		return true;
	case 's':
		*num = st->size;
		return true;
	case 'u':
		*num = st->uid;
		return true;
	}
	return false;
}

/* Conversions that are text. */
static bool
text(char c, const struct kstat *st, char *buf, size_t len)
{
	const struct timespec *t[] = { &st->atim, &st->mtim, &st->ctim,
	    &st->btim };
	static const char small[] = "xyzw", big[] = "XYZW";

	switch (c) {
	case 'A':
		mode_string(st->mode, buf);
		return true;
	case 'F':
		snprintf(buf, len, "%s", mode_typename(st->mode, st->size));
		return true;
	case 'G':
		snprintf(buf, len, "%s", owner(st->gid, true));
		return true;
	case 'U':
		snprintf(buf, len, "%s", owner(st->uid, false));
		return true;
	case '?':
		device_type(st, buf, len);
		return true;
	case 'w':
		if (st->btim.tv_sec <= 0) {
			snprintf(buf, len, "-");
			return true;
		}
		/* FALLTHROUGH */
	case 'x':
	case 'y':
	case 'z':
		time_long(t[strchr(small, c) - small], buf, len);
		return true;
	case 'X':
	case 'Y':
	case 'Z':
	case 'W':
		snprintf(buf, len, "%" PRId64,
		    (int64_t)t[strchr(big, c) - big]->tv_sec);
		return true;
	}
	return false;
}

/* The two places where a format is built at run time: flags and width. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
put_number(const char *spec, uint64_t n)
{

	out_printf(spec, n);
}

static void
put_text(const char *spec, const char *s)
{

	out_printf(spec, s);
}
#pragma GCC diagnostic pop

/* One conversion: flags, width and precision, then the letter. */
static const char *
convert(const char *f, const struct subject *s)
{
	char spec[32], buf[128], *name = NULL;
	uint64_t num = 0;
	size_t n;
	int base;

	if (f[1] == '%') {
		out_chr('%');
		return f + 2;
	}
	n = 1 + strspn(f + 1, "-+ #0123456789.");
	if (n > 16 || f[n] == '\0') {
		out_chr('%');
		return f + 1;
	}
	memcpy(spec, f, n);
	spec[n] = '\0';
	if (f[n] == 'n' || f[n] == 'N') {
		if (f[n] == 'N')
			full_name(s, &name);
		out_str(name != NULL ? name : s->path);
		free(name);
	} else if (number(f[n], &s->st, &num, &base)) {
		strcat(spec, base == 10 ? PRIu64 : base == 8 ? PRIo64 :
		    PRIx64);
		put_number(spec, num);
	} else if (text(f[n], &s->st, buf, sizeof(buf))) {
		strcat(spec, "s");
		put_text(spec, buf);
	} else {
		out_str("?");
	}
	return f + n + 1;
}

static void
print(const char *format, const struct subject *s)
{
	const char *f = format;

	while (*f != '\0') {
		if (*f == '%')
			f = convert(f, s);
		else
			out_chr(*f++);
	}
}

int
cmd_stat(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "dereference", no_argument, NULL, 'L' },
		{ "format", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	const char *format = NULL;
	struct subject s;
	bool follow = false;
	int c, i;

	while ((c = getopt_long(argc, argv, "Lc:", longopts, NULL)) != -1) {
		switch (c) {
		case 'L':
			follow = true;
			break;
		case 'c':
			format = optarg;
			break;
		default:
			usage_unknown();
		}
	}
	if (optind == argc)
		usage_error("missing image operand");
	if (optind + 1 == argc)
		usage_error("missing file operand after %s", q(argv[optind]));
	session_open(argv[optind], -1);
	for (i = optind + 1; i < argc; i++) {
		s.path = argv[i];
		if (k_stat(K_ROOT, s.path, follow, &s.st) != 0) {
			fsu_err("cannot stat %s", q(s.path));
			continue;
		}
		print(format != NULL ? format : DEFAULT_FORMAT, &s);
		if (format != NULL)
			out_chr('\n');
	}
	return session_close();
}
