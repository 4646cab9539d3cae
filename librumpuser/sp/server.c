/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.c - the service thread of rump_sp(7) and its start and end.
 *
 * Locking: see server.h.  The service thread alone takes clients in, reads
 * them and lets them go.  The socket's path belongs to the process that bound
 * it: what a fork leaves of the server in a child does not remove it.
 */
#include "sp/server.h"
#include "sp/url.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <netinet/tcp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Connections taken in a row, and milliseconds between looks around. */
#define ACCEPT_BURST	16
#define LOOK_AROUND	1000

struct sp_server rumpuser__sp = { .mtx = PTHREAD_MUTEX_INITIALIZER };

static struct {
	struct sp_addr addr;
	char banner[MAXBANNER];
	int listenfd;
	int deaf;			/* the listener is not watched */
	pid_t owner;			/* of the socket's path */
	void *thread;
	struct sp_client *dead;		/* service thread's: to be let go */
} sp;

int64_t
rumpuser__sp_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void
rumpuser__sp_wake(void)
{
	const uint64_t one = 1;

	/* A counter that is full wakes as well. */
	if (write(rumpuser__sp.wakefd, &one, sizeof(one)) == -1)
		return;
}

/*
 * A client is gone, or has to go.  Its process ends on a worker; a busy
 * client's handshake sees to that itself.
 */
static void
client_end(struct sp_client *c)
{
	enum sp_state was;

	pthread_mutex_lock(&rumpuser__sp.mtx);
	pthread_mutex_lock(&c->mtx);
	was = c->state;
	if (was != SP_DYING) {
		rumpuser__sp_poll(c, 0);
		c->state = SP_DYING;
		(void)shutdown(c->fd, SHUT_RDWR);
		rumpuser__sp_abort(c);
		rumpuser__sp_unlink(c);
	}
	pthread_mutex_unlock(&c->mtx);
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	if (was == SP_DYING)
		return;
	rumpuser__sp_drop(c);
	if (was == SP_RUN) {
		c->exitjob.c = c;
		c->exitjob.type = SP_JOB_EXIT;
		rumpuser__sp_submit(&c->exitjob);
	}
	c->deadnext = sp.dead;
	sp.dead = c;
}

/* No event of this round can name them any more. */
static void
bury(void)
{
	struct sp_client *c;

	while ((c = sp.dead) != NULL) {
		sp.dead = c->deadnext;
		rumpuser__sp_unref(c);
	}
}

/* The first client for which @pred holds, with a reference. */
static struct sp_client *
client_find(int (*pred)(const struct sp_client *))
{
	struct sp_client *c;
	int found = 0;

	pthread_mutex_lock(&rumpuser__sp.mtx);
	for (c = rumpuser__sp.clients; c != NULL; c = c->next) {
		pthread_mutex_lock(&c->mtx);
		found = pred(c);
		pthread_mutex_unlock(&c->mtx);
		if (found)
			break;
	}
	if (c != NULL)
		rumpuser__sp_ref(c);
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	return c;
}

static int
isnew(const struct sp_client *c)
{

	return c->state == SP_NEW;
}

static int
isunwatched(const struct sp_client *c)
{

	return c->unwatched;
}

static int
isany(const struct sp_client *c)
{

	return c->state != SP_DYING;
}

/* End each such client, or only the first. */
static int
clients_end(int (*pred)(const struct sp_client *), int all)
{
	struct sp_client *c;
	int n = 0;

	while ((n == 0 || all) && (c = client_find(pred)) != NULL) {
		client_end(c);
		rumpuser__sp_unref(c);
		n++;
	}
	return n;
}

static void
listener(int on)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &sp };

	if (epoll_ctl(rumpuser__sp.epfd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
	    sp.listenfd, &ev) == 0)
		sp.deaf = !on;
}

/*
 * A connection.  When there are too many, the oldest that has not said what
 * it wants makes room.
 */
static void
client_begin(int fd)
{
	const int one = 1;
	struct sp_client *c;
	int full;

	pthread_mutex_lock(&rumpuser__sp.mtx);
	full = rumpuser__sp.nclients >= SP_MAXCLIENTS;
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	if ((full && !clients_end(isnew, 0)) ||
	    (c = rumpuser__sp_client(fd, SP_NEW)) == NULL) {
		close(fd);
		return;
	}
	if (sp.addr.u.sa.sa_family == AF_INET) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one));
		/* A client whose machine is gone is gone, some day. */
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one,
		    sizeof(one));
	}
	pthread_mutex_lock(&rumpuser__sp.mtx);
	rumpuser__sp_link(c);
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	/* What is wrong with it shows when it is read from. */
	(void)rumpuser__sp_sendraw(c, sp.banner, strlen(sp.banner));
	pthread_mutex_lock(&c->mtx);
	rumpuser__sp_poll(c, 1);
	pthread_mutex_unlock(&c->mtx);
}

static void
accept_some(void)
{
	int fd, i;

	for (i = 0; i < ACCEPT_BURST; i++) {
		fd = accept4(sp.listenfd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd != -1) {
			client_begin(fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		/* No descriptors: let one go, or try again in a while. */
		if (errno != EAGAIN && errno != EWOULDBLOCK &&
		    !clients_end(isnew, 0))
			listener(0);
		return;
	}
}

static void
client_event(struct sp_client *c, uint32_t events)
{
	int error = 0, gone;

	pthread_mutex_lock(&c->mtx);
	gone = c->state == SP_DYING;
	pthread_mutex_unlock(&c->mtx);
	if (gone)
		return;		/* in this very round */
	/* A fork handshake gives the connection to another client. */
	rumpuser__sp_ref(c);
	if (events & EPOLLOUT)
		error = rumpuser__sp_flush(c);
	if (error == 0 && (events & ~(uint32_t)EPOLLOUT) != 0)
		error = rumpuser__sp_input(c);
	if (error != 0)
		client_end(c);
	rumpuser__sp_unref(c);
}

static void
look_around(void)
{

	(void)clients_end(isunwatched, 1);
	rumpuser__sp_expire();
	if (sp.deaf)
		listener(1);
}

static void *
service(void *arg)
{
	struct epoll_event ev[64];
	int64_t looked = 0, now;
	uint64_t count;
	int i, n;

	(void)arg;
	while (!__atomic_load_n(&rumpuser__sp.stopping, __ATOMIC_ACQUIRE)) {
		n = epoll_wait(rumpuser__sp.epfd, ev, __arraycount(ev),
		    LOOK_AROUND);
		for (i = 0; i < n; i++) {
			if (ev[i].data.ptr == &sp)
				accept_some();
			else if (ev[i].data.ptr != &rumpuser__sp)
				client_event(ev[i].data.ptr, ev[i].events);
			else if (read(rumpuser__sp.wakefd, &count,
			    sizeof(count)) > 0)
				looked = 0;
		}
		bury();
		if ((now = rumpuser__sp_now()) - looked >=
		    (int64_t)LOOK_AROUND * 1000000) {
			look_around();
			bury();
			looked = now;
		}
	}
	(void)clients_end(isany, 1);
	bury();
	return NULL;
}

/*
 * Start and end.
 */

/* The server's lock is held, or there is no server (any more). */
static void
remove_path(void)
{

	if (sp.owner == getpid() && sp.addr.u.sa.sa_family == AF_UNIX)
		(void)unlink(sp.addr.u.un.sun_path);
	sp.owner = 0;
}

static void
server_close(void)
{

	if (sp.listenfd != -1)
		close(sp.listenfd);
	sp.listenfd = -1;
	remove_path();
	if (rumpuser__sp.epfd != -1)
		close(rumpuser__sp.epfd);
	rumpuser__sp.epfd = -1;
	if (rumpuser__sp.wakefd != -1)
		close(rumpuser__sp.wakefd);
	rumpuser__sp.wakefd = -1;
}

static void
at_exit(void)
{

	pthread_mutex_lock(&rumpuser__sp.mtx);
	remove_path();
	pthread_mutex_unlock(&rumpuser__sp.mtx);
}

/*
 * A fork of the process: the server, its clients and its path stay the
 * parent's.  The child has copies of descriptors to drop, and no threads.
 */
static void
fork_prepare(void)
{

	pthread_mutex_lock(&rumpuser__sp.mtx);
	rumpuser__sp_lockpool(1);
}

static void
fork_parent(void)
{

	rumpuser__sp_lockpool(0);
	pthread_mutex_unlock(&rumpuser__sp.mtx);
}

static void
fork_child(void)
{
	struct sp_client *c;

	rumpuser__sp_forgetpool();
	rumpuser__sp_lockpool(0);
	if (rumpuser__sp.state != SP_STOPPED) {
		/* What other threads were about is not known: it is left. */
		for (c = rumpuser__sp.clients; c != NULL; c = c->next)
			close(c->fd);
		rumpuser__sp.clients = NULL;
		rumpuser__sp.tailp = &rumpuser__sp.clients;
		rumpuser__sp.preforks = NULL;
		rumpuser__sp.nclients = rumpuser__sp.npreforks = 0;
		sp.owner = 0;
		sp.dead = NULL;
		server_close();
		rumpuser__sp.state = SP_STOPPED;
	}
	pthread_mutex_unlock(&rumpuser__sp.mtx);
}

/* A socket that a server left which is not there any more. */
static int
isstale(const struct sp_addr *addr)
{
	struct stat sb;
	int fd, stale;

	if (addr->u.sa.sa_family != AF_UNIX ||
	    lstat(addr->u.un.sun_path, &sb) == -1 || !S_ISSOCK(sb.st_mode))
		return 0;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		return 0;
	stale = connect(fd, &addr->u.sa, addr->len) == -1 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int
bind_addr(int fd, const struct sp_addr *addr)
{
	const int one = 1;

	if (addr->u.sa.sa_family == AF_INET &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1)
		return errno;
	if (bind(fd, &addr->u.sa, addr->len) == -1) {
		if (errno != EADDRINUSE || !isstale(addr))
			return errno;
		(void)unlink(addr->u.un.sun_path);
		if (bind(fd, &addr->u.sa, addr->len) == -1)
			return errno;
	}
	sp.owner = getpid();
	if (addr->u.sa.sa_family == AF_UNIX) {
		/*
		 * A client is root in the kernel: others than the owner have
		 * to be let in.  Nobody can connect before listen(2).
		 */
		if (chmod(addr->u.un.sun_path, S_IRUSR | S_IWUSR) == -1)
			return errno;
	}
	if (listen(fd, SOMAXCONN) == -1)
		return errno;
	return 0;
}

static int
server_open(void)
{
	struct epoll_event ev = {
		.events = EPOLLIN, .data.ptr = &rumpuser__sp,
	};

	sp.listenfd = socket(sp.addr.u.sa.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rumpuser__sp.epfd = epoll_create1(EPOLL_CLOEXEC);
	rumpuser__sp.wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sp.listenfd == -1 || rumpuser__sp.epfd == -1 ||
	    rumpuser__sp.wakefd == -1 || epoll_ctl(rumpuser__sp.epfd,
	    EPOLL_CTL_ADD, rumpuser__sp.wakefd, &ev) == -1)
		return errno;
	return bind_addr(sp.listenfd, &sp.addr);
}

static int
hooks_install(void)
{
	static int done;

	if (done)
		return 0;
	if (pthread_atfork(fork_prepare, fork_parent, fork_child) != 0 ||
	    atexit(at_exit) != 0)
		return ENOMEM;
	done = 1;
	return 0;
}

/* The server's lock is held. */
static int
server_start(const char *url, const char *banner)
{
	int error;

	if (rumpuser__sp.state != SP_STOPPED)
		return EBUSY;
	if ((error = rumpuser__sp_url(url, &sp.addr)) != 0 ||
	    (error = hooks_install()) != 0)
		return error;
	memcpy(sp.banner, banner, MAXBANNER);
	rumpuser__sp.tailp = &rumpuser__sp.clients;
	__atomic_store_n(&rumpuser__sp.stopping, 0, __ATOMIC_RELEASE);
	sp.deaf = 1;
	if ((error = server_open()) == 0 &&
	    (error = rumpuser__sp_startpool()) == 0) {
		listener(1);
		error = rumpuser__thread_start(service, NULL, "rumpspsrv", -1,
		    1, &sp.thread);
	}
	if (error != 0)
		server_close();
	else
		rumpuser__sp.state = SP_SERVING;
	return error;
}

int
rumpuser_sp_init(const char *url, const char *ostype, const char *osrelease,
    const char *machine)
{
	char banner[MAXBANNER];
	int serrno = errno, error, n;

	if (url == NULL || ostype == NULL || osrelease == NULL ||
	    machine == NULL)
		return rumpuser__errtrans(EINVAL);
	if (!rumpuser__sp_canserve())
		return rumpuser__errtrans(EOPNOTSUPP);
	n = snprintf(banner, sizeof(banner), "RUMPSP-%d.%d-%s-%s/%s\n",
	    PROTOMAJOR, PROTOMINOR, ostype, osrelease, machine);
	if (n < 0 || (size_t)n >= sizeof(banner) ||
	    strchr(banner, '\n') != banner + n - 1)
		return rumpuser__errtrans(EINVAL);
	pthread_mutex_lock(&rumpuser__sp.mtx);
	error = server_start(url, banner);
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	errno = serrno;
	return rumpuser__errtrans(error);
}

/* The call with which the client had the kernel end does return there. */
static void
answer_last(struct sp_client *c)
{
	struct rsp_sysresp resp;
	struct sp_job *job = rumpuser__sp_curjob(c);

	if (job == NULL || job->type != SP_JOB_SYSCALL)
		return;
	memset(&resp, 0, sizeof(resp));
	pthread_mutex_lock(&c->mtx);
	job->answered = 1;
	pthread_mutex_unlock(&c->mtx);
	(void)rumpuser__sp_reply(c, &job->hdr, &resp, sizeof(resp),
	    SP_NOWAIT);
}

/* Is it the caller who ends it? */
HOSTCALL int
stop_begin(struct sp_client *c)
{
	int serrno = errno, rv;

	pthread_mutex_lock(&rumpuser__sp.mtx);
	if ((rv = rumpuser__sp.state == SP_SERVING) != 0)
		rumpuser__sp.state = SP_ENDING;
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	if (rv) {
		if (c != NULL)
			answer_last(c);
		__atomic_store_n(&rumpuser__sp.stopping, 1, __ATOMIC_RELEASE);
		rumpuser__sp_wake();
	}
	errno = serrno;
	return rv;
}

HOSTCALL void
stop_end(void)
{
	int serrno = errno;

	pthread_mutex_lock(&rumpuser__sp.mtx);
	server_close();
	rumpuser__sp.state = SP_STOPPED;
	pthread_mutex_unlock(&rumpuser__sp.mtx);
	errno = serrno;
}

void
rumpuser_sp_fini(void *arg)
{

	if (!stop_begin(arg))
		return;
	/* Gives the virtual CPU up. */
	(void)rumpuser_thread_join(sp.thread);
	stop_end();
}
