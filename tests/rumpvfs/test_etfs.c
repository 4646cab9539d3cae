/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Host files in the kernel from the client's side: keys and their errors,
 * windows, block and character devices, regular files, directories, ioctls,
 * and host files that fail.
 */

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define	IMGSIZE		(256 * 1024)

#define	DIOCGMEDIASIZE	0x40086484UL
#define	DIOCGSECTORSIZE	0x40046485UL
#define	DIOCCACHESYNC	0x80046476UL
#define	DIOCGDINFO	0x41986465UL
#define	DIOCGWEDGEINFO	0x40d0647aUL

/* The headers know the host's name of it; the layout is the kernel's. */
#define	STAT(p)	((struct stat *)(void *)(p))

#define	fails(call, number)						\
	do {								\
		errno = 0;						\
		ck_assert_int_eq((call), -1);				\
		ck_assert_int_eq(errno, (number));			\
	} while (0)

static char dir[128];
static char img[160];

/* Byte i of the image; any window shows from which place it is. */
static uint8_t
pattern(size_t i)
{

	return (uint8_t)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

static void
writefile(const char *path, size_t size)
{
	uint8_t *mem = malloc(size);
	FILE *f = fopen(path, "wb");
	size_t i;

	ck_assert(mem != NULL && f != NULL);
	for (i = 0; i < size; i++)
		mem[i] = pattern(i);
	ck_assert_uint_eq(fwrite(mem, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
	free(mem);
}

static void
makeimage(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/etfsXXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(img, sizeof(img), "%s/img", dir);
	writefile(img, IMGSIZE);
}

static void
boot(void)
{

	makeimage();
	ck_assert_int_eq(rump_init(), 0);
}

static void
cleanup(void)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static void
checkbytes(const uint8_t *p, size_t n, size_t first)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] != pattern(first + i))
			ck_abort_msg("byte %zu is not byte %zu of the image",
			    i, first + i);
	}
}

START_TEST(key_errors)
{

	ck_assert_int_eq(rump_pub_etfs_register("/a", "/nonexistent/x",
	    RUMP_ETFS_BLK), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_etfs_register("a", img, RUMP_ETFS_BLK),
	    RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_etfs_register("/", img, RUMP_ETFS_BLK),
	    RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_etfs_register("/a", img, RUMP_ETFS_BLK), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/a", img, RUMP_ETFS_BLK),
	    RUMP_EEXIST);
	ck_assert_int_eq(rump_pub_etfs_register("//a/", img, RUMP_ETFS_CHR),
	    RUMP_EEXIST);
	ck_assert_int_eq(rump_pub_etfs_register("/a/b", img, RUMP_ETFS_BLK),
	    RUMP_ENOTDIR);
	ck_assert_int_eq(rump_pub_etfs_remove("/b"), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_etfs_remove("/a"), 0);
	ck_assert_int_eq(rump_pub_etfs_remove("/a"), RUMP_ENOENT);
	/* Directory or not must fit. */
	ck_assert_int_eq(rump_pub_etfs_register("/a", dir, RUMP_ETFS_BLK),
	    RUMP_EISDIR);
	ck_assert_int_eq(rump_pub_etfs_register("/a", img, RUMP_ETFS_DIR),
	    RUMP_ENOTDIR);
	/* A window must lie in the file. */
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/a", img,
	    RUMP_ETFS_BLK, IMGSIZE + 1, RUMP_ETFS_SIZE_ENDOFF), RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/a", img,
	    RUMP_ETFS_BLK, 512, IMGSIZE), RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/a", img,
	    RUMP_ETFS_BLK, UINT64_MAX, 1), RUMP_EINVAL);
	/* An ordinary file has the name. */
	ck_assert_int_ge(rump_sys_open("/f", RUMP_O_CREAT | RUMP_O_RDWR,
	    0644), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/f", img, RUMP_ETFS_BLK),
	    RUMP_EEXIST);
}
END_TEST

START_TEST(keys_come_and_go)
{
	struct rump_stat st;

	fails(rump_sys_stat("/deep/in/there", STAT(&st)), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_etfs_register("/deep/in/there", img,
	    RUMP_ETFS_BLK), 0);
	ck_assert_int_eq(rump_sys_stat("/deep/in/there", STAT(&st)), 0);
	ck_assert(RUMP_S_ISBLK(st.st_mode));
	ck_assert_int_eq(rump_pub_etfs_remove("/deep/in/there"), 0);
	fails(rump_sys_stat("/deep/in/there", STAT(&st)), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_etfs_register("/deep/in/there", img,
	    RUMP_ETFS_CHR), 0);
	ck_assert_int_eq(rump_sys_stat("/deep/in/there", STAT(&st)), 0);
	ck_assert(RUMP_S_ISCHR(st.st_mode));
}
END_TEST

START_TEST(busy_key_stays)
{
	int fd;

	ck_assert_int_eq(rump_pub_etfs_register("/d", img, RUMP_ETFS_BLK), 0);
	fd = rump_sys_open("/d", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_pub_etfs_remove("/d"), RUMP_EBUSY);
	/* A block device has one opener at a time. */
	fails(rump_sys_open("/d", RUMP_O_RDONLY), RUMP_EBUSY);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	ck_assert_int_eq(rump_pub_etfs_remove("/d"), 0);
}
END_TEST

/* All of a device in pieces of odd sizes. */
static void
checkdevice(const char *key, size_t begin, size_t size, size_t piece)
{
	uint8_t *mem = malloc(piece);
	size_t off = 0;
	ssize_t n;
	int fd;

	fd = rump_sys_open(key, RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	while ((n = rump_sys_read(fd, mem, piece)) > 0) {
		checkbytes(mem, n, begin + off);
		off += n;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(off, size);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	free(mem);
}

START_TEST(block_windows)
{

	ck_assert_int_eq(rump_pub_etfs_register("/all", img, RUMP_ETFS_BLK),
	    0);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/tail", img,
	    RUMP_ETFS_BLK, 4096 + 512, RUMP_ETFS_SIZE_ENDOFF), 0);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/mid", img,
	    RUMP_ETFS_BLK, 1000, 10000), 0);
	checkdevice("/all", 0, IMGSIZE, 65536);
	checkdevice("/all", 0, IMGSIZE, 777);
	checkdevice("/tail", 4608, IMGSIZE - 4608, 5000);
	checkdevice("/mid", 1000, 10000, 3001);
	checkdevice("/mid", 1000, 10000, 20000);
}
END_TEST

START_TEST(character_windows)
{

	ck_assert_int_eq(rump_pub_etfs_register_withsize("/r", img,
	    RUMP_ETFS_CHR, 512, 20 * 512), 0);
	checkdevice("/r", 512, 20 * 512, 512);
	checkdevice("/r", 512, 20 * 512, 3 * 512);
	checkdevice("/r", 512, 20 * 512, 128 * 1024);
}
END_TEST

START_TEST(block_write)
{
	uint8_t mem[6000], host[8192];
	size_t i;
	int fd;
	FILE *f;

	ck_assert_int_eq(rump_pub_etfs_register_withsize("/w", img,
	    RUMP_ETFS_BLK, 1024, 8192), 0);
	fd = rump_sys_open("/w", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	memset(mem, 0xa5, sizeof(mem));
	ck_assert_int_eq(rump_sys_pwrite(fd, mem, sizeof(mem), 1001),
	    sizeof(mem));
	memset(mem, 0, sizeof(mem));
	ck_assert_int_eq(rump_sys_pread(fd, mem, 1002, 0), 1002);
	checkbytes(mem, 1001, 1024);
	ck_assert_uint_eq(mem[1001], 0xa5);
	/* At the end: as much as there is room for, then ENOSPC. */
	ck_assert_int_eq(rump_sys_pwrite(fd, mem, 200, 8192 - 100), 100);
	fails(rump_sys_pwrite(fd, mem, 1, 8192), RUMP_ENOSPC);
	ck_assert_int_eq(rump_sys_fsync(fd), 0);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	f = fopen(img, "rb");
	ck_assert_int_eq(fseek(f, 1024, SEEK_SET), 0);
	ck_assert_uint_eq(fread(host, 1, sizeof(host), f), sizeof(host));
	checkbytes(host, 1001, 1024);
	for (i = 1001; i < 7001; i++)
		ck_assert_uint_eq(host[i], 0xa5);
	checkbytes(host + 7001, 8092 - 7001, 1024 + 7001);
	fclose(f);
}
END_TEST

/*
 * Several windows of one image.
 */

/* What another user of the image is told who asks for this lock. */
static int
hostlock(int op)
{
	int error, fd = open(img, O_RDWR);

	ck_assert_int_ge(fd, 0);
	error = flock(fd, op | LOCK_NB) == -1 ? errno : 0;
	close(fd);
	return error;
}

static void
hostbytes(size_t off, int byte, size_t n)
{
	uint8_t *mem = malloc(n);
	int fd = open(img, O_RDONLY);
	size_t i;

	ck_assert_int_eq(pread(fd, mem, n, (off_t)off), (ssize_t)n);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(mem[i], byte);
	close(fd);
	free(mem);
}

static int
opened(const char *key, int flags)
{
	int fd = rump_sys_open(key, flags);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Both are written at once, in either order of closing. */
START_TEST(partitions)
{
	uint8_t mem[4096];
	int a, b, i;

	ck_assert_int_eq(rump_pub_etfs_register_withsize("/p1", img,
	    RUMP_ETFS_BLK, 4096, 65536), 0);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/p2", img,
	    RUMP_ETFS_BLK, 4096 + 65536, RUMP_ETFS_SIZE_ENDOFF), 0);
	for (i = 0; i < 3; i++) {
		a = opened("/p1", RUMP_O_RDWR);
		b = opened("/p2", RUMP_O_RDWR);
		ck_assert_int_eq(hostlock(LOCK_SH), EWOULDBLOCK);
		memset(mem, 0xa0 + i, sizeof(mem));
		ck_assert_int_eq(rump_sys_pwrite(a, mem, 4096, 61440), 4096);
		memset(mem, 0xb0 + i, sizeof(mem));
		ck_assert_int_eq(rump_sys_pwrite(b, mem, 4096, 0), 4096);
		/* The close makes it stable, whoever else is left. */
		ck_assert_int_eq(rump_sys_close(i == 1 ? b : a), 0);
		hostbytes(i == 1 ? 69632 : 65536, (i == 1 ? 0xb0 : 0xa0) + i,
		    4096);
		ck_assert_int_eq(hostlock(LOCK_SH), EWOULDBLOCK);
		memset(mem, 0xc0 + i, sizeof(mem));
		ck_assert_int_eq(rump_sys_pwrite(i == 1 ? a : b, mem, 4096,
		    8192), 4096);
		ck_assert_int_eq(rump_sys_close(i == 1 ? a : b), 0);
		hostbytes(i == 1 ? 12288 : 77824, 0xc0 + i, 4096);
		ck_assert_int_eq(hostlock(LOCK_EX), 0);
	}
	ck_assert_int_eq(rump_pub_etfs_remove("/p1"), 0);
	ck_assert_int_eq(rump_pub_etfs_remove("/p2"), 0);
}
END_TEST

/* Who only reads goes on when somebody else begins to write, or may not. */
START_TEST(reader_and_writer)
{
	uint8_t mem[4096];
	int other, r, w;

	ck_assert_int_eq(rump_pub_etfs_register("/r", img, RUMP_ETFS_BLK), 0);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/w", img,
	    RUMP_ETFS_CHR, 65536, 65536), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/rr", img, RUMP_ETFS_CHR), 0);
	r = opened("/r", RUMP_O_RDONLY);
	ck_assert_int_eq(rump_sys_pread(r, mem, 4096, 0), 4096);
	ck_assert_int_eq(hostlock(LOCK_SH), 0);
	ck_assert_int_eq(hostlock(LOCK_EX), EWOULDBLOCK);

	other = open(img, O_RDONLY);
	ck_assert_int_eq(flock(other, LOCK_SH), 0);
	fails(rump_sys_open("/w", RUMP_O_RDWR), RUMP_EBUSY);
	ck_assert_int_eq(rump_sys_pread(r, mem, 4096, 8192), 4096);
	checkbytes(mem, 4096, 8192);
	close(other);
	ck_assert_int_eq(hostlock(LOCK_EX), EWOULDBLOCK);

	w = opened("/w", RUMP_O_RDWR);
	ck_assert_int_eq(hostlock(LOCK_SH), EWOULDBLOCK);
	memset(mem, 0x77, sizeof(mem));
	ck_assert_int_eq(rump_sys_pwrite(w, mem, 4096, 4096), 4096);
	hostbytes(69632, 0x77, 4096);
	ck_assert_int_eq(rump_sys_pread(r, mem, 4096, 69632), 4096);
	ck_assert_uint_eq(mem[0], 0x77);
	fails(rump_sys_write(r, mem, 1), RUMP_EBADF);
	other = opened("/rr", RUMP_O_RDONLY);
	ck_assert_int_eq(rump_sys_pread(other, mem, 4096, 69632), 4096);
	ck_assert_uint_eq(mem[4095], 0x77);
	ck_assert_int_eq(rump_sys_close(w), 0);
	ck_assert_int_eq(rump_sys_pread(r, mem, 4096, 16384), 4096);
	checkbytes(mem, 4096, 16384);
	ck_assert_int_eq(rump_sys_close(r), 0);
	ck_assert_int_eq(rump_sys_close(other), 0);
	ck_assert_int_eq(hostlock(LOCK_EX), 0);
}
END_TEST

static int reading;

static void *
readall(void *arg)
{
	uint8_t mem[512];
	int fd, i;

	while (__atomic_load_n(&reading, __ATOMIC_RELAXED)) {
		fd = opened("/r", RUMP_O_RDONLY);
		for (i = 0; i < 20; i++) {
			ck_assert_int_eq(rump_sys_pread(fd, mem, 512,
			    i * 512), 512);
			checkbytes(mem, 512, i * 512);
		}
		ck_assert_int_eq(rump_sys_close(fd), 0);
	}
	return NULL;
}

/* The descriptor is exchanged under transfers. */
START_TEST(reader_while_writers_come)
{
	pthread_t pt;
	int fd, i;

	ck_assert_int_eq(rump_pub_etfs_register("/r", img, RUMP_ETFS_CHR), 0);
	ck_assert_int_eq(rump_pub_etfs_register_withsize("/w", img,
	    RUMP_ETFS_CHR, 65536, 65536), 0);
	__atomic_store_n(&reading, 1, __ATOMIC_RELAXED);
	ck_assert_int_eq(pthread_create(&pt, NULL, readall, NULL), 0);
	for (i = 0; i < 300; i++) {
		fd = opened("/w", RUMP_O_RDWR);
		ck_assert_int_eq(rump_sys_pwrite(fd, img, 0, 0), 0);
		ck_assert_int_eq(rump_sys_close(fd), 0);
		usleep(i % 7 * 10);
	}
	__atomic_store_n(&reading, 0, __ATOMIC_RELAXED);
	ck_assert_int_eq(pthread_join(pt, NULL), 0);
	ck_assert_int_eq(hostlock(LOCK_EX), 0);
}
END_TEST

START_TEST(readonly_host)
{
	uint8_t byte = 1;
	int fd;

	ck_assert_int_eq(rump_pub_etfs_register("/ro", img, RUMP_ETFS_BLK),
	    0);
	ck_assert_int_eq(rump_pub_etfs_register("/rr", img, RUMP_ETFS_CHR),
	    0);
	fd = rump_sys_open("/ro", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	fails(rump_sys_write(fd, &byte, 1), RUMP_EBADF);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	if (geteuid() == 0)
		return;		/* root may write anything */
	ck_assert_int_eq(chmod(img, 0444), 0);
	fails(rump_sys_open("/ro", RUMP_O_RDWR), RUMP_EACCES);
	fails(rump_sys_open("/rr", RUMP_O_RDWR), RUMP_EACCES);
	fd = rump_sys_open("/ro", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_close(fd), 0);
}
END_TEST

START_TEST(ioctls)
{
	uint8_t label[408], wedge[208];
	uint32_t sector, magic;
	int64_t size;
	int fd, force = 1;

	ck_assert_int_eq(rump_pub_etfs_register_withsize("/i", img,
	    RUMP_ETFS_BLK, 512, 64 * 1024), 0);
	fd = rump_sys_open("/i", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_ioctl(fd, DIOCGMEDIASIZE, &size), 0);
	ck_assert_int_eq(size, 64 * 1024);
	ck_assert_int_eq(rump_sys_ioctl(fd, DIOCGSECTORSIZE, &sector), 0);
	ck_assert_uint_eq(sector, 512);
	ck_assert_int_eq(rump_sys_ioctl(fd, DIOCGDINFO, label), 0);
	memcpy(&magic, label, sizeof(magic));
	ck_assert_uint_eq(magic, 0x82564557);
	memcpy(&sector, label + 60, sizeof(sector));
	ck_assert_uint_eq(sector, 128);
	ck_assert_int_eq(rump_sys_ioctl(fd, DIOCCACHESYNC, &force), 0);
	fails(rump_sys_ioctl(fd, DIOCGWEDGEINFO, wedge), RUMP_ENOTTY);
	ck_assert_int_eq(rump_sys_close(fd), 0);
}
END_TEST

/* The file shrinks while it is open: an error, no more. */
START_TEST(truncated_below_us)
{
	uint8_t mem[8192];
	int fd;

	ck_assert_int_eq(rump_pub_etfs_register("/t", img, RUMP_ETFS_BLK), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/tr", img, RUMP_ETFS_CHR),
	    0);
	fd = rump_sys_open("/t", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_pread(fd, mem, 4096, 0), 4096);
	ck_assert_int_eq(truncate(img, 10000), 0);
	fails(rump_sys_pread(fd, mem, 4096, 65536), RUMP_EIO);
	/* What is there is still read, whether cached or not. */
	ck_assert_int_eq(rump_sys_pread(fd, mem, 8192, 0), 8192);
	checkbytes(mem, 8192, 0);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	fd = rump_sys_open("/tr", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(truncate(img, 4096), 0);
	fails(rump_sys_pread(fd, mem, 4096, 4096), RUMP_EIO);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	ck_assert_int_eq(unlink(img), 0);
	fails(rump_sys_open("/t", RUMP_O_RDONLY), RUMP_ENOENT);
}
END_TEST

START_TEST(regular_file)
{
	struct rump_stat st;
	uint8_t mem[5000];
	int fd;

	ck_assert_int_eq(rump_pub_etfs_register_withsize("/reg", img,
	    RUMP_ETFS_REG, 100, 5000), 0);
	ck_assert_int_eq(rump_sys_stat("/reg", STAT(&st)), 0);
	ck_assert(RUMP_S_ISREG(st.st_mode));
	ck_assert_int_eq(st.st_size, 5000);
	fd = rump_sys_open("/reg", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_read(fd, mem, sizeof(mem)), 5000);
	checkbytes(mem, 5000, 100);
	ck_assert_int_eq(rump_sys_read(fd, mem, 1), 0);
	ck_assert_int_eq(rump_sys_pwrite(fd, "xyz", 3, 4999), 1);
	fails(rump_sys_pwrite(fd, "xyz", 3, 5000), RUMP_ENOSPC);
	ck_assert_int_eq(rump_sys_pread(fd, mem, 10, 4998), 2);
	ck_assert_uint_eq(mem[1], 'x');
	ck_assert_int_eq(rump_sys_close(fd), 0);
}
END_TEST

START_TEST(directories)
{
	char path[400];
	struct rump_stat st;
	uint8_t mem[100];
	int fd;

	snprintf(path, sizeof(path), "%s/sub", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/sub/file", dir);
	writefile(path, 300);
	ck_assert_int_eq(rump_pub_etfs_register("/flat", dir, RUMP_ETFS_DIR),
	    0);
	ck_assert_int_eq(rump_pub_etfs_register("/tree", dir,
	    RUMP_ETFS_DIR_SUBDIRS), 0);
	ck_assert_int_eq(rump_sys_stat("/flat/img", STAT(&st)), 0);
	ck_assert_int_eq(st.st_size, IMGSIZE);
	fails(rump_sys_stat("/flat/sub", STAT(&st)), RUMP_ENOENT);
	fails(rump_sys_stat("/tree/nothing", STAT(&st)), RUMP_ENOENT);
	ck_assert_int_eq(rump_sys_stat("/tree/sub", STAT(&st)), 0);
	ck_assert(RUMP_S_ISDIR(st.st_mode));
	fd = rump_sys_open("/tree/sub/file", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_pread(fd, mem, sizeof(mem), 200), 100);
	checkbytes(mem, 100, 200);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	fails(rump_sys_mkdir("/tree/new", 0755), RUMP_EROFS);
	ck_assert_int_eq(rump_pub_etfs_remove("/tree"), 0);
	fails(rump_sys_stat("/tree/sub/file", STAT(&st)), RUMP_ENOENT);
}
END_TEST

START_TEST(many_keys)
{
	char key[32];
	int i;

	for (i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "/many/d%d", i);
		ck_assert_int_eq(rump_pub_etfs_register_withsize(key, img,
		    RUMP_ETFS_BLK, i * 512, 1024), 0);
	}
	for (i = 0; i < 300; i += 37) {
		snprintf(key, sizeof(key), "/many/d%d", i);
		checkdevice(key, i * 512, 1024, 4096);
	}
	for (i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "/many/d%d", i);
		ck_assert_int_eq(rump_pub_etfs_remove(key), 0);
	}
}
END_TEST

/* What waits in the buffer cache reaches the host with sync. */
START_TEST(sync_reaches_host)
{
	uint8_t byte = 0;
	int fd;
	FILE *f;

	ck_assert_int_eq(rump_pub_etfs_register("/y", img, RUMP_ETFS_BLK), 0);
	fd = rump_sys_open("/y", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_pwrite(fd, "\x5a", 1, 70001), 1);
	f = fopen(img, "rb");
	ck_assert_ptr_nonnull(f);
	setvbuf(f, NULL, _IONBF, 0);
	ck_assert_int_eq(fseek(f, 70001, SEEK_SET), 0);
	ck_assert_uint_eq(fread(&byte, 1, 1, f), 1);
	ck_assert_uint_eq(byte, pattern(70001));
	rump_sys_sync();
	ck_assert_int_eq(fseek(f, 70001, SEEK_SET), 0);
	ck_assert_uint_eq(fread(&byte, 1, 1, f), 1);
	ck_assert_uint_eq(byte, 0x5a);
	fclose(f);
	ck_assert_int_eq(rump_sys_close(fd), 0);
}
END_TEST

/* So it does with the kernel's end, which is the process's. */
START_TEST(reboot_reaches_host)
{
	uint8_t byte = 0;
	int fd, status;
	pid_t pid;
	FILE *f;

	/* The child boots a kernel of its own. */
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (rump_init() != 0 || rump_pub_etfs_register("/z", img,
		    RUMP_ETFS_BLK) != 0)
			_exit(1);
		fd = rump_sys_open("/z", RUMP_O_RDWR);
		if (fd < 0 || rump_sys_pwrite(fd, "\xa5", 1, 70001) != 1)
			_exit(2);
		rump_sys_reboot(0, NULL);
		_exit(3);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	f = fopen(img, "rb");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 70001, SEEK_SET), 0);
	ck_assert_uint_eq(fread(&byte, 1, 1, f), 1);
	ck_assert_uint_eq(byte, 0xa5);
	fclose(f);
}
END_TEST

/*
 * Two kernels, each in a process of its own.
 */

struct other {
	pid_t pid;
	int tell, hear;
};

/* Boots, opens, says what came of it, keeps it until it is told. */
static void
otherkernel(int flags, int tell, int hear)
{
	int error = 0, fd = -1;
	char c;

	if (rump_init() != 0 || rump_pub_etfs_register("/o", img,
	    RUMP_ETFS_BLK) != 0)
		error = -1;
	else if ((fd = rump_sys_open("/o", flags)) == -1)
		error = errno;
	if (write(tell, &error, sizeof(error)) != sizeof(error) ||
	    read(hear, &c, 1) == -1)
		_exit(1);
	if (fd != -1 && rump_sys_close(fd) != 0)
		_exit(2);
	rump_sys_reboot(0, NULL);
	_exit(3);
}

/* The error of its open. */
static int
otherstarts(struct other *o, int flags)
{
	int error, in[2], out[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	o->pid = fork();
	ck_assert_int_ge(o->pid, 0);
	if (o->pid == 0) {
		close(in[0]);
		close(out[1]);
		otherkernel(flags, in[1], out[0]);
	}
	close(in[1]);
	close(out[0]);
	o->hear = in[0];
	o->tell = out[1];
	ck_assert_int_eq(read(o->hear, &error, sizeof(error)), sizeof(error));
	return error;
}

static void
otherends(struct other *o)
{
	int status;

	ck_assert_int_eq(write(o->tell, "x", 1), 1);
	ck_assert_int_eq(waitpid(o->pid, &status, 0), o->pid);
	ck_assert_int_eq(status, 0);
	close(o->tell);
	close(o->hear);
}

START_TEST(two_kernels)
{
	struct other a, b;

	ck_assert_int_eq(otherstarts(&a, RUMP_O_RDWR), 0);
	ck_assert_int_eq(otherstarts(&b, RUMP_O_RDWR), RUMP_EBUSY);
	otherends(&b);
	ck_assert_int_eq(otherstarts(&b, RUMP_O_RDONLY), RUMP_EBUSY);
	otherends(&b);
	otherends(&a);
	ck_assert_int_eq(otherstarts(&a, RUMP_O_RDONLY), 0);
	ck_assert_int_eq(otherstarts(&b, RUMP_O_RDONLY), 0);
	otherends(&a);
	otherends(&b);
	ck_assert_int_eq(otherstarts(&a, RUMP_O_RDWR), 0);
	/* With the process goes its lock. */
	kill(a.pid, SIGKILL);
	ck_assert_int_eq(waitpid(a.pid, NULL, 0), a.pid);
	ck_assert_int_eq(otherstarts(&b, RUMP_O_RDWR), 0);
	otherends(&b);
}
END_TEST

static void
boot_nothing(void)
{

	makeimage();
}

START_TEST(bad_memory)
{
	int fd;

	ck_assert_int_eq(rump_pub_etfs_register("/bm", img, RUMP_ETFS_BLK),
	    0);
	ck_assert_int_eq(rump_pub_etfs_register("/bc", img, RUMP_ETFS_CHR),
	    0);
	fd = rump_sys_open("/bm", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	fails(rump_sys_read(fd, NULL, 65536), RUMP_EFAULT);
	fails(rump_sys_write(fd, NULL, 512), RUMP_EFAULT);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	fd = rump_sys_open("/bc", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	fails(rump_sys_read(fd, NULL, 65536), RUMP_EFAULT);
	fails(rump_sys_write(fd, NULL, 512), RUMP_EFAULT);
	/* Raw devices move whole sectors from sector boundaries. */
	fails(rump_sys_pread(fd, img, 10, 7), RUMP_EINVAL);
	ck_assert_int_eq(rump_sys_close(fd), 0);
}
END_TEST

/*
 * What is set before the kernel boots.
 */

static struct rump_boot_etfs early[2] = {
	{ .eb_key = "/early", .eb_hostpath = img, .eb_type = RUMP_ETFS_BLK,
	    .eb_begin = 512, .eb_size = RUMP_ETFS_SIZE_ENDOFF },
	{ .eb_key = "/never", .eb_hostpath = "/nonexistent/x",
	    .eb_type = RUMP_ETFS_BLK },
};

static void
boot_early(void)
{

	rump_boot_etfs_register(&early[0]);
	rump_boot_etfs_register(&early[1]);
	boot();
}

START_TEST(before_boot)
{

	ck_assert_int_eq(early[0].eb_status, 0);
	ck_assert_int_eq(early[1].eb_status, RUMP_ENOENT);
	checkdevice("/early", 512, IMGSIZE - 512, 65536);
}
END_TEST

static void
boot_sectors(void)
{

	setenv("RUMP_BLKSECTSHIFT", "12", 1);
	boot();
}

START_TEST(big_sectors)
{
	uint32_t sector;
	int fd;

	ck_assert_int_eq(rump_pub_etfs_register("/s", img, RUMP_ETFS_BLK), 0);
	fd = rump_sys_open("/s", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_ioctl(fd, DIOCGSECTORSIZE, &sector), 0);
	ck_assert_uint_eq(sector, 4096);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	checkdevice("/s", 0, IMGSIZE, 10000);
}
END_TEST

static void
boot_failing(void)
{

	setenv("RUMP_BLKFAIL", "5000", 1);
	boot();
}

/* Every other transfer fails: each read is right or says EIO. */
START_TEST(injected_failures)
{
	uint8_t mem[2048];
	int bad = 0, fd, good = 0, i;

	ck_assert_int_eq(rump_pub_etfs_register("/x", img, RUMP_ETFS_BLK), 0);
	fd = rump_sys_open("/x", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	for (i = 0; i < 128; i++) {
		errno = 0;
		if (rump_sys_pread(fd, mem, 2048, i * 2048) == 2048) {
			checkbytes(mem, 2048, i * 2048);
			good++;
		} else {
			ck_assert_int_eq(errno, RUMP_EIO);
			bad++;
		}
	}
	ck_assert_int_gt(good, 20);
	ck_assert_int_gt(bad, 20);
	ck_assert_int_eq(rump_sys_close(fd), 0);
}
END_TEST

static void
addcase(Suite *s, const char *name, void (*fixture)(void), const TTest *test)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, fixture, cleanup);
	tcase_add_test(tc, test);
	suite_add_tcase(s, tc);
}

int
main(void)
{
	Suite *s = suite_create("etfs");
	TCase *tc = tcase_create("etfs");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, boot, cleanup);
	tcase_add_test(tc, key_errors);
	tcase_add_test(tc, keys_come_and_go);
	tcase_add_test(tc, busy_key_stays);
	tcase_add_test(tc, block_windows);
	tcase_add_test(tc, character_windows);
	tcase_add_test(tc, block_write);
	tcase_add_test(tc, partitions);
	tcase_add_test(tc, reader_and_writer);
	tcase_add_test(tc, reader_while_writers_come);
	tcase_add_test(tc, readonly_host);
	tcase_add_test(tc, ioctls);
	tcase_add_test(tc, truncated_below_us);
	tcase_add_test(tc, regular_file);
	tcase_add_test(tc, directories);
	tcase_add_test(tc, many_keys);
	tcase_add_test(tc, bad_memory);
	tcase_add_test(tc, sync_reaches_host);
	suite_add_tcase(s, tc);
	addcase(s, "before boot", boot_early, before_boot);
	addcase(s, "reboot", boot_nothing, reboot_reaches_host);
	addcase(s, "two kernels", boot_nothing, two_kernels);
	addcase(s, "sectors", boot_sectors, big_sectors);
	addcase(s, "failing", boot_failing, injected_failures);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
