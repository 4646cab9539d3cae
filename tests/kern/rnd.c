/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of sources of randomness and their controls: int
 * rumptest_NAME(void), 0 or the line of what failed.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cprng.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/intr.h>
#include <sys/rnd.h>
#include <sys/rndsource.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_rnd(void);
int	rumptest_cprng_kqueue(void);

static int enabled = -1;

static void
source_enable(krndsource_t *rs, bool on)
{

	enabled = on;
}

int
rumptest_rnd(void)
{
	static krndsource_t a, b;
	static rndstat_est_t et;
	static rndstat_t st;
	static rnddata_t rd;
	rndstat_est_name_t en;
	rndpoolstat_t ps, ps2;
	rndstat_name_t sn;
	rndctl_t ctl;
	uint32_t bits, i, found = 0;

	rndsource_setenable(&a, source_enable);
	rnd_attach_source(&a, "testa", RND_TYPE_DISK,
	    RND_FLAG_DEFAULT | RND_FLAG_HASENABLE);
	rnd_attach_source(&b, "testb", RND_TYPE_RNG, RND_FLAG_COLLECT_VALUE);
	CK(rnd_system_ioctl(NULL, RNDGETENTCNT, &bits) == 0 && bits > 0);
	CK(rnd_system_ioctl(NULL, RNDGETPOOLSTAT, &ps) == 0);
	CK(ps.curentropy <= ps.maxentropy && ps.curentropy == bits);
	rnd_add_uint32(&a, 1);
	rnd_add_uint32(&a, 2);
	rnd_add_data(&b, "abcdefgh", 8, 20);
	CK(rnd_system_ioctl(NULL, RNDGETPOOLSTAT, &ps2) == 0);
	CK(ps2.added == ps.added + 20);

	st.start = 0;
	st.count = RND_MAXSTATCOUNT + 1;
	CK(rnd_system_ioctl(NULL, RNDGETSRCNUM, &st) == EINVAL);
	st.count = RND_MAXSTATCOUNT;
	CK(rnd_system_ioctl(NULL, RNDGETSRCNUM, &st) == 0);
	for (i = 0; i < st.count; i++)
		if (strcmp(st.source[i].name, "testa") == 0 ||
		    strcmp(st.source[i].name, "testb") == 0)
			found++;
	CK(found == 2);
	st.start = st.count;
	st.count = 1;
	CK(rnd_system_ioctl(NULL, RNDGETSRCNUM, &st) == 0 && st.count == 0);
	et.start = 0;
	et.count = 1;
	CK(rnd_system_ioctl(NULL, RNDGETESTNUM, &et) == 0 && et.count == 1);
	strlcpy(sn.name, "testb", sizeof(sn.name));
	CK(rnd_system_ioctl(NULL, RNDGETSRCNAME, &sn) == 0);
	CK(sn.source.type == RND_TYPE_RNG && sn.source.total == 20);
	strlcpy(en.name, "testa", sizeof(en.name));
	CK(rnd_system_ioctl(NULL, RNDGETESTNAME, &en) == 0);
	CK(en.source.dv_samples == 2 && en.source.rt.total == 0);
	strlcpy(sn.name, "nosuch", sizeof(sn.name));
	CK(rnd_system_ioctl(NULL, RNDGETSRCNAME, &sn) == ENOENT);

	/* By type, then by name; only what the mask has changes. */
	memset(&ctl, 0, sizeof(ctl));
	ctl.type = RND_TYPE_RNG;
	ctl.flags = ctl.mask = RND_FLAG_NO_ESTIMATE;
	CK(rnd_system_ioctl(NULL, RNDCTL, &ctl) == 0);
	CK(b.flags == (RND_FLAG_COLLECT_VALUE | RND_FLAG_NO_ESTIMATE));
	rnd_add_data(&b, "abcdefgh", 8, 20);
	CK(b.total == 20);
	strlcpy(ctl.name, "testa", sizeof(ctl.name));
	ctl.type = 0xff;
	ctl.flags = ctl.mask = RND_FLAG_NO_COLLECT;
	CK(rnd_system_ioctl(NULL, RNDCTL, &ctl) == 0 && enabled == 0);
	CK((a.flags & ~RND_FLAG_NO_COLLECT) ==
	    (RND_FLAG_DEFAULT | RND_FLAG_HASENABLE));
	rnd_add_uint32(&a, 3);
	CK(a.samples == 2);
	ctl.flags = 0;
	CK(rnd_system_ioctl(NULL, RNDCTL, &ctl) == 0 && enabled == 1);
	rnd_add_uint32(&a, 3);
	CK(a.samples == 3);
	strlcpy(ctl.name, "nosuch", sizeof(ctl.name));
	CK(rnd_system_ioctl(NULL, RNDCTL, &ctl) == ENOENT);

	rd.len = 16;
	rd.entropy = 129;
	CK(rnd_system_ioctl(NULL, RNDADDDATA, &rd) == EINVAL);
	rd.entropy = 8;
	CK(rnd_system_ioctl(NULL, RNDADDDATA, &rd) == 0);
	rd.len = sizeof(rd.data) + 1;
	CK(rnd_system_ioctl(NULL, RNDADDDATA, &rd) == EINVAL);
	CK(rnd_system_ioctl(NULL, RNDGETPOOLSTAT, &ps) == 0);
	CK(ps.added == ps2.added + 8);
	CK(rnd_system_ioctl(NULL, _IO('R', 1), &rd) == ENOTTY);
	rnd_detach_source(&a);
	rnd_detach_source(&b);
	return 0;
}

int
rumptest_cprng_kqueue(void)
{
	cprng_strong_t *c = cprng_strong_create("test", IPL_NONE, 0);
	struct knote kn;

	memset(&kn, 0, sizeof(kn));
	kn.kn_filter = EVFILT_WRITE;
	CK(cprng_strong_kqfilter(c, &kn) == EINVAL);
	kn.kn_filter = EVFILT_READ;
	CK(cprng_strong_kqfilter(c, &kn) == 0);
	CK((*kn.kn_fop->f_event)(&kn, 0) == 1 && kn.kn_data > 0);
	(*kn.kn_fop->f_detach)(&kn);
	cprng_strong_destroy(c);
	return 0;
}
