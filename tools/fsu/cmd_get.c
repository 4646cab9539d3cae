/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsu get: copy files and trees out of the image, like `cp -a', with holes,
 * hard links and times.  Whatever the image says, nothing is written
 * outside the destination (dest.c).  Owners, set-id bits and attributes
 * that grant rights are restored only when asked.  One thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "data.h"
#include "dest.h"
#include "fsu.h"
#include "kern.h"
#include "walk.h"
#include "xattr.h"

static struct {
	struct walk w;
	struct dest *d;
	bool force, preserve, devices, verbose, root;
	bool noxattr;		/* the host cannot store them: said once */
	char *first;		/* path of the first link */
	size_t firstcap;
	const char *rootname;	/* name of depth 0, "." = into the root */
	bool into;		/* depth 0 is the destination itself */
} get;

static const char *
entry_name(const struct walk_ent *e)
{

	return e->depth == 0 ? get.rootname : e->name;
}

static int
level(const struct walk_ent *e)
{

	return dest_dir(get.d, e->depth);
}

/* May this attribute be restored? */
static bool
xattr_wanted(const char *name)
{

	return strncmp(name, "user.", 5) == 0 || get.preserve;
}

static void
xattr_failed(const struct walk_ent *e, const char *name)
{

	if (errno == EOPNOTSUPP && strncmp(name, "user.", 5) == 0) {
		fsu_warn("extended attributes are not restored");
		get.noxattr = true;
	} else if (errno != EPERM || get.root) {
		fsu_err("%s: cannot set attribute %s", q(e->path), q(name));
	}
}

/* On an open file, or (fd -1) on `name' in dirfd, links not followed. */
static void
set_xattrs(int fd, int dirfd, const char *name, const struct walk_ent *e)
{
	struct xattrs xs = { 0 };
	char path[320];
	size_t i;
	int r;

	xattrs_read(&xs, e->dfd, e->name, e->path);
	/* There is no call with a directory descriptor on most kernels. */
	if (fd < 0)
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd,
		    name);
	for (i = 0; i < xs.n && !get.noxattr; i++) {
		if (!xattr_wanted(xs.x[i].name))
			continue;
		if (fd >= 0)
			r = fsetxattr(fd, xs.x[i].name, xs.x[i].value,
			    xs.x[i].len, 0);
		else
			r = lsetxattr(path, xs.x[i].name, xs.x[i].value,
			    xs.x[i].len, 0);
		if (r != 0)
			xattr_failed(e, xs.x[i].name);
	}
	xattrs_free(&xs);
}

/*
 * Owner first, for a change of owner clears set-id bits and capabilities;
 * the bits come only with an owner that is the right one.
 */
static void
set_owner(int fd, const struct walk_ent *e, uint32_t *mode)
{

	*mode &= get.preserve ? 07777 : 01777;
	if (!get.preserve)
		return;
	if (fchown(fd, e->st.uid, e->st.gid) == 0)
		return;
	*mode &= 01777;
	if (errno != EPERM || get.root)
		fsu_err("cannot set the owner of %s", q(e->path));
}

static void
set_times(int fd, const struct walk_ent *e)
{
	struct timespec t[2] = { e->st.atim, e->st.mtim };

	if (futimens(fd, t) != 0)
		fsu_err("cannot set the times of %s", q(e->path));
}

static void
set_all(int fd, const struct walk_ent *e)
{
	uint32_t mode = e->st.mode;

	set_owner(fd, e, &mode);
	set_xattrs(fd, -1, NULL, e);
	if (fchmod(fd, mode) != 0)
		fsu_err("cannot set the mode of %s", q(e->path));
	set_times(fd, e);
}

/* For what cannot be opened: links and nodes. */
static void
set_by_name(int dirfd, const char *name, const struct walk_ent *e)
{
	struct timespec t[2] = { e->st.atim, e->st.mtim };

	if (get.preserve && fchownat(dirfd, name, e->st.uid, e->st.gid,
	    AT_SYMLINK_NOFOLLOW) != 0 && (errno != EPERM || get.root))
		fsu_err("cannot set the owner of %s", q(e->path));
	if (get.preserve)
		set_xattrs(-1, dirfd, name, e);
	if (utimensat(dirfd, name, t, AT_SYMLINK_NOFOLLOW) != 0)
		fsu_err("cannot set the times of %s", q(e->path));
}

static int
to_file(void *ctx, const void *buf, size_t n, uint64_t off)
{
	int fd = *(int *)ctx;
	const char *p = buf;
	ssize_t k;

	while (n != 0) {
		k = pwrite(fd, p, n, (off_t)off);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		p += k;
		n -= (size_t)k;
		off += (uint64_t)k;
	}
	return 0;
}

static int
copy_data(int in, int fd, const struct walk_ent *e)
{
	struct data d;
	uint64_t s, end;

	data_init(&d, in, e->st.size, e->path);
	/* The size first: holes are then holes without more ado. */
	if (ftruncate(fd, (off_t)e->st.size) != 0)
		return -1;
	while (data_next(&d, &s, &end))
		if (data_copy(&d, s, end, to_file, &fd) != 0)
			return -1;
	return 0;
}

/* Make way with --force; true when the caller may try once more. */
static bool
make_way(int dirfd, const char *name)
{

	return errno == EEXIST && get.force && unlinkat(dirfd, name, 0) == 0;
}

static int
make_file(int dirfd, const char *name, const struct walk_ent *e)
{
	int in, fd;

	if ((in = k_open(e->dfd, e->name, KO_FILE)) < 0) {
		fsu_err("cannot open %s", q(e->path));
		return -1;
	}
	fd = dest_create(dirfd, name);
	if (fd < 0 && make_way(dirfd, name))
		fd = dest_create(dirfd, name);
	if (fd < 0) {
		fsu_err("cannot create %s", q(e->path));
		k_close(in);
		return -1;
	}
	if (copy_data(in, fd, e) != 0)
		fsu_err("error writing %s", q(e->path));
	set_all(fd, e);
	k_close(in);
	if (close(fd) != 0)
		fsu_err("error writing %s", q(e->path));
	return 0;
}

static int
make_symlink(int dirfd, const char *name, const struct walk_ent *e)
{
	char target[4097];
	ssize_t n;
	int r;

	n = k_readlink(e->dfd, e->name, target, sizeof(target) - 1);
	if (n < 0) {
		fsu_err("cannot read symbolic link %s", q(e->path));
		return -1;
	}
	target[n] = '\0';
	r = symlinkat(target, dirfd, name);
	if (r != 0 && make_way(dirfd, name))
		r = symlinkat(target, dirfd, name);
	if (r != 0) {
		fsu_err("cannot create symbolic link %s", q(e->path));
		return -1;
	}
	set_by_name(dirfd, name, e);
	return 0;
}

static int
make_node(int dirfd, const char *name, const struct walk_ent *e)
{
	mode_t mode = e->st.mode & (S_IFMT | 0777);
	dev_t dev = makedev(e->st.rmajor, e->st.rminor);
	int r;

	if (!S_ISFIFO(mode) && !get.devices) {
		fsu_warnx("%s: device node skipped (see --devices)",
		    q(e->path));
		return -1;
	}
	r = mknodat(dirfd, name, mode, dev);
	if (r != 0 && make_way(dirfd, name))
		r = mknodat(dirfd, name, mode, dev);
	if (r != 0) {
		fsu_err("cannot create special file %s", q(e->path));
		return -1;
	}
	set_by_name(dirfd, name, e);
	return 0;
}

/* A further name of a file that has been made: 1 done, 0 not one. */
static int
make_link(int dirfd, const char *name, const struct walk_ent *e)
{
	int r;

	if (e->st.nlink < 2 || !links_seen(get.w.links, e->st.ino,
	    e->st.nlink, walk_linkdir(&get.w), name, strlen(name),
	    &get.first, &get.firstcap))
		return 0;
	r = dest_link(get.d, get.first, dirfd, name);
	if (r != 0 && make_way(dirfd, name))
		r = dest_link(get.d, get.first, dirfd, name);
	if (r != 0)
		fsu_err("cannot create hard link %s", q(e->path));
	return 1;
}

static int
make_dir(const struct walk_ent *e, const char *name)
{
	bool fresh;

	if (e->depth == 0 && get.into) {
		dest_enter_root(get.d);
		return 0;
	}
	if (dest_enter(get.d, e->depth, name, &fresh) < 0) {
		fsu_err("cannot create directory %s", q(e->path));
		return -1;
	}
	return 0;
}

static void
leave_dir(const struct walk_ent *e)
{
	int fd = dest_dir(get.d, e->depth + 1);

	if (fd < 0)
		fsu_err("cannot set the attributes of %s", q(e->path));
	else
		set_all(fd, e);
	dest_leave(get.d, e->depth);
}

static int
make_other(const struct walk_ent *e, const char *name)
{
	int dirfd = level(e), r;

	if (dirfd < 0) {
		fsu_err("cannot create %s", q(e->path));
		return WALK_PRUNE;
	}
	if (S_ISSOCK(e->st.mode)) {
		fsu_warnx("%s: socket ignored", q(e->path));
		return WALK_GO;
	}
	if (make_link(dirfd, name, e) != 0)
		return WALK_GO;
	switch (e->st.mode & S_IFMT) {
	case S_IFREG:
		r = make_file(dirfd, name, e);
		break;
	case S_IFLNK:
		r = make_symlink(dirfd, name, e);
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		r = make_node(dirfd, name, e);
		break;
	default:
		fsu_errx("%s: unknown file type", q(e->path));
		r = -1;
	}
	if (r != 0 && e->st.nlink > 1)
		links_drop(get.w.links, e->st.ino);
	return WALK_GO;
}

static int
visit(struct walk *w, enum walk_when when, const struct walk_ent *e)
{
	const char *name = entry_name(e);

	(void)w;
	if (when == WALK_LEAVE) {
		leave_dir(e);
		return WALK_GO;
	}
	if (get.verbose)
		fsu_warnx("%s", q(e->path));
	progress_add(1, 0);
	if (S_ISDIR(e->st.mode))
		return make_dir(e, name) == 0 ? WALK_GO : WALK_PRUNE;
	return make_other(e, name);
}

/* Last component of a path in the image, NULL for its root. */
static char *
last_name(const char *path)
{
	size_t end = strlen(path), n;
	char *r;

	for (;;) {
		while (end > 0 && path[end - 1] == '/')
			end--;
		for (n = 0; n < end && path[end - 1 - n] != '/'; n++)
			continue;
		if (n != 1 || path[end - 1] != '.')
			break;
		end--;
	}
	if (n == 0)
		return NULL;
	r = xmalloc(n + 1);
	memcpy(r, path + end - n, n);
	r[n] = '\0';
	return r;
}

static void
one(const char *src, const char *as)
{
	char *base = as != NULL ? xstrdup(as) : last_name(src);

	if (base != NULL && (strcmp(base, "..") == 0 || !name_ok(base,
	    strlen(base)))) {
		fsu_errx("%s: has no name to be copied to", q(src));
		free(base);
		return;
	}
	get.into = base == NULL;
	get.rootname = base != NULL ? base : ".";
	get.w.rootname = get.into ? "." : get.rootname;
	get.w.notfound = "cannot stat";
	walk_tree(&get.w, src, src);
	free(base);
}

/*
 * Where things go.  An existing directory takes the sources under their own
 * names; a name that does not exist yet becomes the copy of the one source,
 * made in its parent directory.  *as is that name, or NULL.
 */
static int
open_dest(const char *dest, int nsrc, char **as)
{
	char *parent, *slash;
	int fd;

	*as = NULL;
	fd = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (nsrc > 1 || (errno != ENOENT && errno != ENOTDIR))
		fsu_die(1, "target %s", q(dest));
	parent = xstrdup(dest);
	for (slash = parent + strlen(parent); slash > parent + 1 &&
	    slash[-1] == '/'; slash--)
		slash[-1] = '\0';
	slash = strrchr(parent, '/');
	*as = xstrdup(slash != NULL ? slash + 1 : parent);
	if (slash == parent)
		slash[1] = '\0';
	else if (slash != NULL)
		*slash = '\0';
	fd = open(slash != NULL ? parent : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fsu_die(1, "cannot create %s", q(dest));
	free(parent);
	return fd;
}

static void
options(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "devices", no_argument, NULL, 'D' },
		{ "force", no_argument, NULL, 'f' },
		{ "preserve", no_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "fprRav", longopts,
	    NULL)) != -1) {
		switch (c) {
		case 'D':
			get.devices = true;
			break;
		case 'a':
		case 'r':
		case 'R':
			break;		/* it is always so */
		case 'f':
			get.force = true;
			break;
		case 'p':
			get.preserve = true;
			break;
		case 'v':
			get.verbose = true;
			break;
		default:
			usage_unknown();
		}
	}
}

int
cmd_get(int argc, char **argv)
{
	char *as;
	int fd, i;

	options(argc, argv);
	if (optind == argc)
		usage_error("missing image operand");
	if (optind + 1 == argc)
		usage_error("missing file operand after %s", q(argv[optind]));
	if (optind + 2 == argc)
		usage_error("missing destination operand after %s",
		    q(argv[optind + 1]));
	umask(0);
	get.root = geteuid() == 0;
	fd = open_dest(argv[argc - 1], argc - optind - 2, &as);
	session_open(argv[optind], fd);
	get.d = dest_new(fd);
	get.w.visit = visit;
	get.w.links = links_new();
	for (i = optind + 1; i < argc - 1; i++)
		one(argv[i], as);
	dest_free(get.d);
	links_free(get.w.links);
	free(get.first);
	free(as);
	close(fd);
	return session_close();
}
