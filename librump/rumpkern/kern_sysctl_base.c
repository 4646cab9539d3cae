/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sysctl nodes of rumpkern itself: the top levels, kern.* and hw.*. The
 * values are those of their owners; the tree's lock is held by handlers.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cprng.h>
#include <sys/errno.h>
#include <sys/file.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/msgbuf.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/time.h>

#include "sysctl_impl.h"

#define RO	CTLFLAG_PERMANENT
#define RW	(CTLFLAG_PERMANENT | CTLFLAG_READWRITE)

/* A handler that computes a value: look it up in a copy of the node. */
static int
computed(SYSCTLFN_ARGS, void *value, size_t size)
{
	struct sysctlnode node = *rnode;

	node.sysctl_flags &= ~(uint32_t)CTLFLAG_IMMEDIATE;
	node.sysctl_data = value;
	node.sysctl_size = size;
	return sysctl_lookup(name, namelen, oldp, oldlenp, newp, newlen, oname,
	    l, &node);
}

static int
kern_clockrate(SYSCTLFN_ARGS)
{
	struct clockinfo ci = {
		.hz = hz, .tick = tick, .tickadj = tickadj,
		.stathz = stathz != 0 ? stathz : hz,
		.profhz = profhz != 0 ? profhz : hz,
	};

	return computed(SYSCTLFN_CALL(rnode), &ci, sizeof(ci));
}

static int
kern_boottime(SYSCTLFN_ARGS)
{
	struct timespec ts = boottime;

	return computed(SYSCTLFN_CALL(rnode), &ts, sizeof(ts));
}

static int
kern_ticks(SYSCTLFN_ARGS)
{
	int ticks = hardclock_ticks;

	return computed(SYSCTLFN_CALL(rnode), &ticks, sizeof(ticks));
}

/* Random bytes, as many as there is room for up to 256. */
static int
kern_arnd(SYSCTLFN_ARGS)
{
	uint8_t buf[256];
	size_t len;

	if (namelen != 0 || newp != NULL)
		return namelen == 1 && name[0] == CTL_QUERY ?
		    sysctl_query(SYSCTLFN_CALL(rnode)) : EPERM;
	if (oldp == NULL || *oldlenp == 0)
		return 0;
	len = MIN(*oldlenp, sizeof(buf));
	cprng_fast(buf, len);
	*oldlenp = len;
	return sysctl_copyout(l, buf, oldp, len);
}

/* The ring of messages, oldest first; bytes never written are left out. */
static int
kern_msgbuf(SYSCTLFN_ARGS)
{
	const size_t size = (size_t)msgbufp->msg_bufs;
	size_t start = (size_t)msgbufp->msg_bufx % size, i, n = 0, room;
	char buf[256];
	int error = 0;

	if (namelen != 0 || newp != NULL)
		return namelen == 1 && name[0] == CTL_QUERY ?
		    sysctl_query(SYSCTLFN_CALL(rnode)) : EPERM;
	room = oldp != NULL ? *oldlenp : 0;
	*oldlenp = 0;
	for (i = 0; i < size && error == 0; i++) {
		buf[n] = msgbufp->msg_bufc[(start + i) % size];
		n += buf[n] != '\0';
		if (n < sizeof(buf) && i != size - 1)
			continue;
		if (*oldlenp + n <= room)
			error = sysctl_copyout(l, buf,
			    (char *)oldp + *oldlenp, n);
		*oldlenp += n;
		n = 0;
	}
	return error != 0 ? error : oldp != NULL && *oldlenp > room ?
	    ENOMEM : 0;
}

/* Host and domain name: the length is kept beside the string. */
static int
kern_name(SYSCTLFN_ARGS)
{
	int error;

	error = sysctl_lookup(SYSCTLFN_CALL(rnode));
	if (error == 0 && newp != NULL) {
		hostnamelen = (int)strlen(hostname);
		domainnamelen = (int)strlen(domainname);
	}
	return error;
}

static int
hw_physmem64(SYSCTLFN_ARGS)
{
	uint64_t bytes = (uint64_t)physmem << PAGE_SHIFT;

	return computed(SYSCTLFN_CALL(rnode), &bytes, sizeof(bytes));
}

static int
hw_physmem(SYSCTLFN_ARGS)
{
	int bytes = (int)MIN((uint64_t)physmem << PAGE_SHIFT, INT_MAX);

	return computed(SYSCTLFN_CALL(rnode), &bytes, sizeof(bytes));
}

struct basenode {
	int		bn_num;
	int		bn_flags;
	int		bn_type;
	const char	*bn_name;
	const char	*bn_desc;
	sysctlfn	bn_func;
	u_quad_t	bn_value;	/* immediate */
	const void	*bn_data;
	size_t		bn_size;
};

#define STR(num, name, desc, data)					\
	{ num, RO, CTLTYPE_STRING, name, desc, NULL, 0, data, 0 }
#define IMM(num, name, desc, value)					\
	{ num, RO | CTLFLAG_IMMEDIATE, CTLTYPE_INT, name, desc, NULL,	\
	    value, NULL, 0 }
#define INT(num, flags, name, desc, data)				\
	{ num, flags, CTLTYPE_INT, name, desc, NULL, 0, data, sizeof(int) }

static const struct basenode kern_nodes[] = {
	STR(KERN_OSTYPE, "ostype", "Operating system type", ostype),
	STR(KERN_OSRELEASE, "osrelease", "Operating system release",
	    osrelease),
	IMM(KERN_OSREV, "osrevision", "Operating system revision",
	    __NetBSD_Version__),
	STR(KERN_VERSION, "version", "Kernel version", version),
	INT(KERN_MAXPROC, RW, "maxproc", "Maximum number of processes",
	    &maxproc),
	INT(KERN_MAXFILES, RW, "maxfiles", "Maximum number of open files",
	    &maxfiles),
	IMM(KERN_ARGMAX, "argmax", "Most bytes of arguments", ARG_MAX),
	{ KERN_HOSTNAME, RW, CTLTYPE_STRING, "hostname", "System hostname",
	    kern_name, 0, hostname, MAXHOSTNAMELEN },
	{ KERN_HOSTID, RW | CTLFLAG_HEX, CTLTYPE_QUAD, "hostid",
	    "System host ID number", NULL, 0, &hostid, sizeof(hostid) },
	{ KERN_CLOCKRATE, RO, CTLTYPE_STRUCT, "clockrate",
	    "Kernel clock rates", kern_clockrate, 0, NULL,
	    sizeof(struct clockinfo) },
	IMM(KERN_POSIX1, "posix1version", "Version of POSIX.1", 200112),
	IMM(KERN_NGROUPS, "ngroups", "Most supplementary groups", NGROUPS_MAX),
	IMM(KERN_JOB_CONTROL, "job_control", "Job control is there", 1),
	IMM(KERN_SAVED_IDS, "saved_ids", "Saved ids are there", 1),
	{ KERN_DOMAINNAME, RW, CTLTYPE_STRING, "domainname", "YP domain name",
	    kern_name, 0, domainname, MAXHOSTNAMELEN },
	IMM(KERN_RAWPARTITION, "rawpartition", "Raw partition", 3),
	IMM(KERN_MAXPARTITIONS, "maxpartitions", "Partitions of a disk", 16),
	IMM(KERN_MSGBUFSIZE, "msgbufsize", "Size of the message buffer",
	    MSGBUFSIZE),
	{ KERN_MSGBUF, RO, CTLTYPE_STRUCT, "msgbuf", "Message buffer",
	    kern_msgbuf, 0, NULL, MSGBUFSIZE },
	IMM(KERN_FSYNC, "fsync", "fsync(2) is there", 1),
	IMM(KERN_SYNCHRONIZED_IO, "synchronized_io", "Synchronized I/O is "
	    "there", 1),
	IMM(KERN_IOV_MAX, "iov_max", "Most iovecs of a call", IOV_MAX),
	IMM(KERN_LOGIN_NAME_MAX, "login_name_max", "Longest login name",
	    LOGIN_NAME_MAX),
	IMM(KERN_FSCALE, "fscale", "Scale of fixed-point numbers", FSCALE),
	IMM(KERN_MONOTONIC_CLOCK, "monotonic_clock", "Monotonic clock",
	    200112),
	{ KERN_URND, RO, CTLTYPE_STRUCT, "urandom", "Random bytes", kern_arnd,
	    0, NULL, 256 },
	{ KERN_ARND, RO, CTLTYPE_STRUCT, "arandom", "Random bytes", kern_arnd,
	    0, NULL, 256 },
	{ KERN_HARDCLOCK_TICKS, RO, CTLTYPE_INT, "hardclock_ticks",
	    "Ticks since boot", kern_ticks, 0, NULL, sizeof(int) },
	{ KERN_BOOTTIME, RO, CTLTYPE_STRUCT, "boottime", "Time of boot",
	    kern_boottime, 0, NULL, sizeof(struct timespec) },
};

static const struct basenode hw_nodes[] = {
	STR(HW_MACHINE, "machine", "Machine class", machine),
	STR(HW_MACHINE_ARCH, "machine_arch", "Machine CPU class",
	    machine_arch),
	STR(HW_MODEL, "model", "Machine model", "rumpcore (virtual)"),
	INT(HW_NCPU, RO, "ncpu", "Number of CPUs", &ncpu),
	INT(HW_NCPUONLINE, RO, "ncpuonline", "Number of CPUs online", &ncpu),
	IMM(HW_BYTEORDER, "byteorder", "System byte order", BYTE_ORDER),
	{ HW_PHYSMEM, RO, CTLTYPE_INT, "physmem", "Bytes of physical memory",
	    hw_physmem, 0, NULL, sizeof(int) },
	{ HW_PHYSMEM64, RO, CTLTYPE_QUAD, "physmem64",
	    "Bytes of physical memory", hw_physmem64, 0, NULL,
	    sizeof(uint64_t) },
	IMM(HW_PAGESIZE, "pagesize", "Software page size", PAGE_SIZE),
	IMM(HW_ALIGNBYTES, "alignbytes", "Alignment constraint", ALIGNBYTES),
};

static const struct {
	int		num;
	const char	*name, *desc;
} top_nodes[] = {
	{ CTL_KERN, "kern", "High kernel" },
	{ CTL_VM, "vm", "Virtual memory" },
	{ CTL_VFS, "vfs", "Filesystem" },
	{ CTL_NET, "net", "Networking" },
	{ CTL_DEBUG, "debug", "Debugging" },
	{ CTL_HW, "hw", "Generic CPU, I/O" },
	{ CTL_MACHDEP, "machdep", "Machine dependent" },
	{ CTL_PROC, "proc", "Per-process" },
	{ CTL_VENDOR, "vendor", "Vendor specific" },
	{ CTL_EMUL, "emul", "Emulation settings" },
	{ CTL_SECURITY, "security", "Security" },
};

static void
make_nodes(struct sysctllog **clog, int top, const struct basenode *bn,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, bn++) {
		(void)sysctl_createv(clog, 0, NULL, NULL, bn->bn_flags,
		    bn->bn_type, bn->bn_name, bn->bn_desc, bn->bn_func,
		    bn->bn_value, __UNCONST(bn->bn_data), bn->bn_size, top,
		    bn->bn_num, CTL_EOL);
	}
}

void
rump_sysctl_base_setup(struct sysctllog **clog)
{
	size_t i;

	for (i = 0; i < __arraycount(top_nodes); i++) {
		(void)sysctl_createv(clog, 0, NULL, NULL, RW, CTLTYPE_NODE,
		    top_nodes[i].name, top_nodes[i].desc, NULL, 0, NULL, 0,
		    top_nodes[i].num, CTL_EOL);
	}
	make_nodes(clog, CTL_KERN, kern_nodes, __arraycount(kern_nodes));
	make_nodes(clog, CTL_HW, hw_nodes, __arraycount(hw_nodes));
}
