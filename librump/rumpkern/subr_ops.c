/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions for tables of operations, and small messages.  Any context. */
#include <sys/param.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/syslog.h>
#include <sys/systm.h>
#include <sys/time.h>

int nullop(void *v) { return 0; }
int enodev(void) { return ENODEV; }
int enosys(void) { return ENOSYS; }
int enoioctl(void) { return ENOTTY; }
int enxio(void) { return ENXIO; }
int eopnotsupp(void) { return EOPNOTSUPP; }

/* A device that is always ready. */
int
seltrue(dev_t dev, int events, struct lwp *l)
{

	return events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}

void
tablefull(const char *what, const char *hint)
{
	static struct timeval last;
	static const struct timeval interval = { .tv_sec = 10 };

	if (!ratecheck(&last, &interval))
		return;
	log(LOG_ERR, "%s: table is full%s%s\n", what,
	    hint != NULL ? ": " : "", hint != NULL ? hint : "");
}
