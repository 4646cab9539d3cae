/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking a tree of the image.  It goes by directory descriptors, never by
 * whole paths, so paths of any length work; only so many descriptors are
 * kept open, the others are opened again by name.  Against hostile images:
 * a directory is entered once (no loops, no explosion of shared subtrees),
 * depth and the memory for names are bounded, and an entry must lead to the
 * inode its directory names (of two entries with one name only the one that
 * a lookup finds is shown).
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fsu.h"
#include "walk.h"

#define	OPEN_LEVELS	24		/* descriptors kept open */
#define	NAMES_TOTAL	(24 * 1024 * 1024)
#define	NAMES_LEAST	(64 * 1024)

struct level {
	int fd;			/* -1: closed for now */
	uint64_t ino;
	struct names nm;
	size_t next;
	uint64_t pos;		/* where directory reading goes on */
	size_t nameoff, pathlen;
	int linkdir;
	struct kstat st;
};

struct walk_state {
	struct level *lv;
	size_t n, cap;
	char *path;
	size_t pathcap;
	size_t namemem;		/* bytes held in all nm */
	size_t lowopen;		/* levels below this one (but 0) are closed */
	const char *open;
	struct inoset *dirs;
};

bool
name_ok(const char *name, size_t len)
{

	if (len == 0 || memchr(name, '/', len) != NULL ||
	    memchr(name, '\0', len) != NULL)
		return false;
	return !(name[0] == '.' &&
	    (len == 1 || (len == 2 && name[1] == '.')));
}

/* The first "." and ".." of a directory are its own; others are not. */
static bool
own_dots(struct names *nm, const struct kdirent *d)
{

	if (d->name[0] != '.' || d->namelen == 0 || d->namelen > 2 ||
	    (d->namelen == 2 && d->name[1] != '.'))
		return false;
	return nm->dots[d->namelen - 1]++ == 0;
}

static void
names_add(struct names *nm, const struct kdirent *d)
{
	struct name_rec *r;

	nm->rec = xgrow(nm->rec, &nm->cap, nm->n + 1, sizeof(*r));
	nm->text = xgrow(nm->text, &nm->tcap, nm->len + d->namelen + 1, 1);
	r = &nm->rec[nm->n++];
	r->ino = d->ino;
	r->type = d->type;
	r->off = (uint32_t)nm->len;
	r->len = (uint32_t)d->namelen;
	memcpy(nm->text + nm->len, d->name, d->namelen);
	nm->len += d->namelen;
	nm->text[nm->len++] = '\0';
}

static void
take_entry(struct names *nm, const struct kdirent *d, const char *path)
{
	char *bad;

	if (own_dots(nm, d))
		return;
	if (name_ok(d->name, d->namelen)) {
		names_add(nm, d);
		return;
	}
	bad = quote_name(d->name, d->namelen, QUOTE_ALWAYS);
	fsu_errx("%s: bad name %s in the directory, skipped", q(path), bad);
	free(bad);
}

static int
by_name(const void *a, const void *b, void *text)
{
	const struct name_rec *x = a, *y = b;
	const char *t = text;

	int r = strcmp(t + x->off, t + y->off);

	return r != 0 ? r : x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* The same entry once more; of different inodes step() keeps one. */
static void
drop_doubles(struct names *nm, const char *path)
{
	size_t i, n = 1;

	for (i = 1; i < nm->n; i++) {
		if (by_name(&nm->rec[n - 1], &nm->rec[i], nm->text) != 0) {
			nm->rec[n++] = nm->rec[i];
			continue;
		}
		fsu_errx("%s: a second entry %s, skipped", q(path),
		    q(nm->text + nm->rec[i].off));
	}
	if (nm->n != 0)
		nm->n = n;
}

/*
 * Fill nm with entries of the directory fd from *pos on, until its end or
 * until limit bytes are held.  Bad names are reported and left out.
 */
int
names_read(struct names *nm, int fd, uint64_t *pos, size_t limit,
    const char *path)
{
	char *buf = xmalloc(K_DIRBUF);
	struct kdirent d;
	size_t at;
	ssize_t n = 0;
	int r = 0;

	nm->n = nm->len = 0;
	while (!nm->eof && nm->len + nm->n * sizeof(*nm->rec) < limit) {
		n = k_getdents(fd, buf, K_DIRBUF, pos);
		if (n < 0) {
			fsu_err("error reading directory %s", q(path));
			r = -1;
		}
		if (n <= 0) {
			nm->eof = true;
			break;
		}
		for (at = 0; k_dirent(buf, (size_t)n, &at, &d);)
			take_entry(nm, &d, path);
	}
	free(buf);
	if (nm->n > 1)
		qsort_r(nm->rec, nm->n, sizeof(*nm->rec), by_name, nm->text);
	drop_doubles(nm, path);
	return r;
}

void
names_free(struct names *nm)
{

	free(nm->rec);
	free(nm->text);
	memset(nm, 0, sizeof(*nm));
}

static size_t
names_mem(const struct names *nm)
{

	return nm->cap * sizeof(*nm->rec) + nm->tcap;
}

/* Close the descriptor of a level that is far up. */
static void
park(struct walk_state *s)
{
	struct level *lv;

	if (s->n <= OPEN_LEVELS)
		return;
	/* Level 0 stays: everything can be reached from it. */
	lv = &s->lv[s->n - OPEN_LEVELS];
	if (lv != &s->lv[0] && lv->fd >= 0) {
		k_close(lv->fd);
		lv->fd = -1;
	}
}

static int
open_child(struct walk_state *s, int dfd, const struct level *lv)
{
	struct kstat st;
	char save;
	int fd;

	save = s->path[lv->pathlen];
	s->path[lv->pathlen] = '\0';
	fd = k_open(dfd, s->path + lv->nameoff, KO_DIR_NOFOLLOW);
	s->path[lv->pathlen] = save;
	if (fd >= 0 && (k_fstat(fd, &st) != 0 || st.ino != lv->ino)) {
		k_close(fd);
		errno = EIO;
		return -1;
	}
	return fd;
}

/* Open the current level again, and those just above it on the way. */
static int
unpark(struct walk_state *s)
{
	size_t top = s->n - 1, i = top, keep;
	int fd;

	while (s->lv[i].fd < 0)
		i--;
	keep = top > OPEN_LEVELS ? top - OPEN_LEVELS + 1 : 1;
	while (i < top) {
		fd = open_child(s, s->lv[i].fd, &s->lv[i + 1]);
		if (i != 0 && i < keep) {
			k_close(s->lv[i].fd);
			s->lv[i].fd = -1;
		}
		if (fd < 0)
			return -1;
		s->lv[++i].fd = fd;
	}
	return 0;
}

static void
set_name(struct walk_state *s, const struct level *lv, const char *name,
    size_t len, size_t *nameoff)
{
	size_t at = lv->pathlen;

	s->path = xgrow(s->path, &s->pathcap, at + len + 2, 1);
	if (at == 0 || s->path[at - 1] != '/')
		s->path[at++] = '/';
	*nameoff = at;
	memcpy(s->path + at, name, len);
	s->path[at + len] = '\0';
}

/* Enter a directory that has just been visited.  -1 when it was not. */
static int
push(struct walk *w, const struct walk_ent *e, size_t nameoff)
{
	struct walk_state *s = w->state;
	struct level *lv;
	int fd;

	if (!inoset_add(s->dirs, e->st.ino)) {
		fsu_errx("%s: directory %ju was met before, not entered",
		    q(e->path), (uintmax_t)e->st.ino);
		return -1;
	}
	if (s->n >= WALK_MAXDEPTH) {
		fsu_errx("%s: too deep, not entered", q(e->path));
		return -1;
	}
	fd = k_open(e->dfd, e->name, e->depth != 0 ||
	    (w->flags & WALK_FOLLOW) == 0 ? KO_DIR_NOFOLLOW : KO_DIR);
	if (fd < 0) {
		fsu_err("cannot open directory %s", q(e->path));
		if (e->depth == 0 && w->argstatus != 0)
			fsu_fail(w->argstatus);
		return -1;
	}
	s->lv = xgrow(s->lv, &s->cap, s->n + 1, sizeof(*lv));
	lv = &s->lv[s->n++];
	memset(lv, 0, sizeof(*lv));
	lv->fd = fd;
	lv->ino = e->st.ino;
	lv->st = e->st;
	lv->nameoff = nameoff;
	lv->pathlen = strlen(s->path);
	lv->linkdir = LINKS_NODIR;
	park(s);
	return 0;
}

/* Leave the top level; the callback sees it once more. */
static void
pop(struct walk *w)
{
	struct walk_state *s = w->state;
	struct level *lv = &s->lv[s->n - 1];
	struct walk_ent e;

	s->namemem -= names_mem(&lv->nm);
	names_free(&lv->nm);
	if (lv->fd >= 0)
		k_close(lv->fd);
	lv->fd = -1;
	s->path[lv->pathlen] = '\0';
	memset(&e, 0, sizeof(e));
	e.path = s->path;
	e.st = lv->st;
	e.depth = (unsigned)s->n - 1;
	if (s->n == 1) {
		e.name = s->open;
		e.dfd = K_ROOT;
		e.namelen = strlen(s->open);
	} else {
		e.name = s->path + lv->nameoff;
		e.namelen = lv->pathlen - lv->nameoff;
		e.dfd = s->lv[s->n - 2].fd;
		if (e.dfd < 0) {
			/* LEAVE callbacks may look at attributes. */
			s->n--;
			if (unpark(s) == 0)
				e.dfd = s->lv[s->n - 1].fd;
			s->n++;
			s->path[lv->pathlen] = '\0';
		}
	}
	s->n--;
	w->visit(w, WALK_LEAVE, &e);
}

/* More names for the top level; false at its end. */
static bool
refill(struct walk_state *s)
{
	struct level *lv = &s->lv[s->n - 1];
	size_t limit;

	if (lv->nm.eof)
		return false;
	if (lv->fd < 0 && unpark(s) != 0) {
		s->path[lv->pathlen] = '\0';
		fsu_err("cannot open directory %s", q(s->path));
		return false;
	}
	s->namemem -= names_mem(&lv->nm);
	limit = s->namemem < NAMES_TOTAL ? NAMES_TOTAL - s->namemem : 0;
	if (limit < NAMES_LEAST)
		limit = NAMES_LEAST;
	s->path[lv->pathlen] = '\0';
	names_read(&lv->nm, lv->fd, &lv->pos, limit, s->path);
	s->namemem += names_mem(&lv->nm);
	lv->next = 0;
	return lv->nm.n != 0;
}

/* Visit one entry of the top level. */
static void
step(struct walk *w, const struct name_rec *r)
{
	struct walk_state *s = w->state;
	struct level *lv = &s->lv[s->n - 1];
	struct walk_ent e;
	size_t nameoff;

	if ((w->flags & WALK_DIRS) != 0 && r->type != DT_DIR &&
	    r->type != DT_UNKNOWN)
		return;
	set_name(s, lv, lv->nm.text + r->off, r->len, &nameoff);
	if (lv->fd < 0 && unpark(s) != 0) {
		fsu_err("cannot access %s", q(s->path));
		return;
	}
	memset(&e, 0, sizeof(e));
	e.path = s->path;
	e.name = s->path + nameoff;
	e.namelen = r->len;
	e.depth = (unsigned)s->n;
	e.dfd = lv->fd;
	if (k_stat(e.dfd, e.name, false, &e.st) != 0) {
		fsu_err("cannot access %s", q(s->path));
		return;
	}
	if (e.st.ino != r->ino) {
		fsu_errx("%s: a second entry of this name, skipped",
		    q(s->path));
		return;
	}
	if ((w->flags & WALK_DIRS) != 0 && !S_ISDIR(e.st.mode))
		return;
	if (w->visit(w, WALK_ENTRY, &e) == WALK_GO && S_ISDIR(e.st.mode))
		if (push(w, &e, nameoff) != 0)
			w->visit(w, WALK_LEAVE, &e);
}

static int
walk_start(struct walk *w, const char *open, const char *show)
{
	struct walk_state *s = w->state;
	struct walk_ent e;
	size_t n = strlen(show);

	s->path = xgrow(s->path, &s->pathcap, n + 2, 1);
	memcpy(s->path, show, n + 1);
	memset(&e, 0, sizeof(e));
	e.path = s->path;
	e.name = open;
	e.namelen = strlen(open);
	e.dfd = K_ROOT;
	if (k_stat(K_ROOT, open, (w->flags & WALK_FOLLOW) != 0, &e.st) != 0) {
		fsu_err("%s %s", w->notfound != NULL ? w->notfound :
		    "cannot access", q(show));
		if (w->argstatus != 0)
			fsu_fail(w->argstatus);
		return -1;
	}
	if (w->visit(w, WALK_ENTRY, &e) == WALK_GO && S_ISDIR(e.st.mode))
		if (push(w, &e, 0) != 0)
			w->visit(w, WALK_LEAVE, &e);
	return 0;
}

int
walk_tree(struct walk *w, const char *open, const char *show)
{
	struct walk_state *s = xcalloc(1, sizeof(*s));
	struct level *lv;
	int r;

	w->state = s;
	s->open = open;
	s->dirs = inoset_new();
	r = walk_start(w, open, show);
	while (s->n != 0) {
		lv = &s->lv[s->n - 1];
		if (lv->next < lv->nm.n) {
			/* step() may move the levels: take a copy. */
			struct name_rec rec = lv->nm.rec[lv->next++];

			step(w, &rec);
		} else if (!refill(s)) {
			pop(w);
		}
	}
	inoset_free(s->dirs);
	free(s->lv);
	free(s->path);
	free(s);
	w->state = NULL;
	return r;
}

int
walk_linkdir(struct walk *w)
{
	struct walk_state *s = w->state;
	struct level *lv;
	int parent = LINKS_NODIR;
	size_t i;

	for (i = 0; i < s->n; i++) {
		lv = &s->lv[i];
		if (lv->linkdir == LINKS_NODIR)
			lv->linkdir = i == 0 ?
			    links_dir(w->links, parent, w->rootname,
			    strlen(w->rootname)) :
			    links_dir(w->links, parent, s->path + lv->nameoff,
			    lv->pathlen - lv->nameoff);
		parent = lv->linkdir;
	}
	return parent;
}
