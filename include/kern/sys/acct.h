/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of process accounting, in the layout of the client ABI. */
#ifndef _SYS_ACCT_H_
#define _SYS_ACCT_H_

#include <sys/types.h>

typedef uint16_t	comp_t;	/* 3 bits of base-8 exponent, 13 of value */

struct acct {
	char		ac_comm[16];
	comp_t		ac_utime;
	comp_t		ac_stime;
	comp_t		ac_etime;
	time_t		ac_btime;
	uid_t		ac_uid;
	gid_t		ac_gid;
	uint16_t	ac_mem;
	comp_t		ac_io;
	dev_t		ac_tty;
	uint8_t		ac_flag;
};

#define AFORK	0x01	/* forked but did not exec */
#define ASU	0x02	/* used super-user permissions */
#define ACOMPAT	0x04
#define ACORE	0x08	/* dumped core */
#define AXSIG	0x10	/* killed by a signal */
#define AHZ	64

#endif /* _SYS_ACCT_H_ */
