/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path buffers: the private copy of a path that a lookup works on.  A path
 * buffer belongs to the thread that made it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/namei.h>

#include <rump-priv/namei.h>

struct pathbuf *
pathbuf_assimilate(char *path)
{
	struct pathbuf *pb;

	pb = kmem_alloc(sizeof(*pb), KM_SLEEP);
	pb->pb_path = path;
	pb->pb_copy = NULL;
	pb->pb_copyrefs = 0;
	return pb;
}

struct pathbuf *
pathbuf_create(const char *path)
{
	char *buf = PNBUF_GET();

	if (strlcpy(buf, path, MAXPATHLEN) >= MAXPATHLEN)
		panic("pathbuf_create: path too long");
	return pathbuf_assimilate(buf);
}

int
pathbuf_copyin(const char *userpath, struct pathbuf **ret)
{

	return pathbuf_maybe_copyin(userpath, UIO_USERSPACE, ret);
}

int
pathbuf_maybe_copyin(const char *userpath, enum uio_seg seg,
    struct pathbuf **ret)
{
	char *buf = PNBUF_GET();
	int error;

	if (seg == UIO_USERSPACE)
		error = copyinstr(userpath, buf, MAXPATHLEN, NULL);
	else
		error = copystr(userpath, buf, MAXPATHLEN, NULL);
	if (error != 0) {
		PNBUF_PUT(buf);
		return error;
	}
	*ret = pathbuf_assimilate(buf);
	return 0;
}

void
pathbuf_destroy(struct pathbuf *pb)
{

	KASSERT(pb->pb_copyrefs == 0);
	if (pb->pb_copy != NULL)
		PNBUF_PUT(pb->pb_copy);
	PNBUF_PUT(pb->pb_path);
	kmem_free(pb, sizeof(*pb));
}

/* The path as it is now; valid until the matching put. */
const char *
pathbuf_stringcopy_get(struct pathbuf *pb)
{

	if (pb->pb_copy == NULL)
		pb->pb_copy = strcpy(PNBUF_GET(), pb->pb_path);
	pb->pb_copyrefs++;
	return pb->pb_copy;
}

void
pathbuf_stringcopy_put(struct pathbuf *pb, const char *str)
{

	KASSERT(str == pb->pb_copy && pb->pb_copyrefs > 0);
	pb->pb_copyrefs--;
}
