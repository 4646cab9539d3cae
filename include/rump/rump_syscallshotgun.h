/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns a program's plain calls into calls of the rump kernel, group by
 * group, when it defines the group's macro before this header: for porting
 * a test in one line.  <rump/rump_syscalls.h> declares the targets.
 */
#ifndef _RUMP_RUMP_SYSCALLSHOTGUN_H_
#define	_RUMP_RUMP_SYSCALLSHOTGUN_H_

#ifdef RUMP_SYS_NETWORKING
#define	accept(a, b, c)		rump_sys_accept(a, b, c)
#define	bind(a, b, c)		rump_sys_bind(a, b, c)
#define	connect(a, b, c)	rump_sys_connect(a, b, c)
#define	getpeername(a, b, c)	rump_sys_getpeername(a, b, c)
#define	getsockname(a, b, c)	rump_sys_getsockname(a, b, c)
#define	getsockopt(a, b, c, d, e) rump_sys_getsockopt(a, b, c, d, e)
#define	listen(a, b)		rump_sys_listen(a, b)
#define	recvfrom(a, b, c, d, e, f) rump_sys_recvfrom(a, b, c, d, e, f)
#define	recvmsg(a, b, c)	rump_sys_recvmsg(a, b, c)
#define	sendmsg(a, b, c)	rump_sys_sendmsg(a, b, c)
#define	sendto(a, b, c, d, e, f) rump_sys_sendto(a, b, c, d, e, f)
#define	setsockopt(a, b, c, d, e) rump_sys_setsockopt(a, b, c, d, e)
#define	shutdown(a, b)		rump_sys_shutdown(a, b)
#define	socket(a, b, c)		rump_sys_socket(a, b, c)
#define	socketpair(a, b, c, d)	rump_sys_socketpair(a, b, c, d)
#endif

#ifdef RUMP_SYS_IOCTL
#define	ioctl(...)		rump_sys_ioctl(__VA_ARGS__)
#define	fcntl(...)		rump_sys_fcntl(__VA_ARGS__)
#endif

#ifdef RUMP_SYS_CLOSE
#define	close(a)		rump_sys_close(a)
#endif

#ifdef RUMP_SYS_OPEN
#define	open(...)		rump_sys_open(__VA_ARGS__)
#endif

#ifdef RUMP_SYS_READWRITE
#define	read(a, b, c)		rump_sys_read(a, b, c)
#define	readv(a, b, c)		rump_sys_readv(a, b, c)
#define	pread(a, b, c, d)	rump_sys_pread(a, b, c, d)
#define	preadv(a, b, c, d)	rump_sys_preadv(a, b, c, d)
#define	write(a, b, c)		rump_sys_write(a, b, c)
#define	writev(a, b, c)		rump_sys_writev(a, b, c)
#define	pwrite(a, b, c, d)	rump_sys_pwrite(a, b, c, d)
#define	pwritev(a, b, c, d)	rump_sys_pwritev(a, b, c, d)
#endif

#ifdef RUMP_SYS_FILEOPS
#define	mkdir(a, b)		rump_sys_mkdir(a, b)
#define	rmdir(a)		rump_sys_rmdir(a)
#define	link(a, b)		rump_sys_link(a, b)
#define	symlink(a, b)		rump_sys_symlink(a, b)
#define	unlink(a)		rump_sys_unlink(a)
#define	readlink(a, b, c)	rump_sys_readlink(a, b, c)
#define	chdir(a)		rump_sys_chdir(a)
#define	fsync(a)		rump_sys_fsync(a)
#define	sync()			rump_sys_sync()
#define	chown(a, b, c)		rump_sys_chown(a, b, c)
#define	fchown(a, b, c)		rump_sys_fchown(a, b, c)
#define	lchown(a, b, c)		rump_sys_lchown(a, b, c)
#define	lseek(a, b, c)		rump_sys_lseek(a, b, c)
#define	mknod(a, b, c)		rump_sys_mknod(a, b, c)
#define	rename(a, b)		rump_sys_rename(a, b)
#define	truncate(a, b)		rump_sys_truncate(a, b)
#define	ftruncate(a, b)		rump_sys_ftruncate(a, b)
#define	umask(a)		rump_sys_umask(a)
#define	getdents(a, b, c)	rump_sys_getdents(a, b, c)
#endif

#ifdef RUMP_SYS_STAT
#define	stat(a, b)		rump_sys_stat(a, b)
#define	fstat(a, b)		rump_sys_fstat(a, b)
#define	lstat(a, b)		rump_sys_lstat(a, b)
#endif

#ifdef RUMP_SYS_PROCOPS
#define	getpid()		rump_sys_getpid()
#endif

#endif /* _RUMP_RUMP_SYSCALLSHOTGUN_H_ */
