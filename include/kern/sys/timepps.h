/* SPDX-License-Identifier: BSD-2-Clause */
/* Pulse-per-second time stamps, RFC 2783: what clients see. */
#ifndef _SYS_TIMEPPS_H_
#define _SYS_TIMEPPS_H_

#include <sys/ioccom.h>
#include <sys/time.h>

#define PPS_API_VERS_1	1

typedef int32_t	pps_handle_t;
typedef uint32_t pps_seq_t;

typedef struct ntp_fp {
	unsigned int	integral;
	unsigned int	fractional;
} ntp_fp_t;

typedef union pps_timeu {
	struct timespec	tspec;
	ntp_fp_t	ntpfp;
	unsigned long	longpad[2];
} pps_timeu_t;

typedef struct {
	pps_seq_t	assert_sequence;
	pps_seq_t	clear_sequence;
	pps_timeu_t	assert_tu;
	pps_timeu_t	clear_tu;
	int		current_mode;
} pps_info_t;

typedef struct {
	int		api_version;
	int		mode;
	pps_timeu_t	assert_off_tu;
	pps_timeu_t	clear_off_tu;
} pps_params_t;

#define assert_timestamp	assert_tu.tspec
#define clear_timestamp		clear_tu.tspec
#define assert_offset		assert_off_tu.tspec
#define clear_offset		clear_off_tu.tspec

#define PPS_CAPTUREASSERT	0x01
#define PPS_CAPTURECLEAR	0x02
#define PPS_CAPTUREBOTH		0x03
#define PPS_OFFSETASSERT	0x10
#define PPS_OFFSETCLEAR		0x20
#define PPS_ECHOASSERT		0x40
#define PPS_ECHOCLEAR		0x80
#define PPS_CANWAIT		0x100
#define PPS_CANPOLL		0x200
#define PPS_TSFMT_TSPEC		0x1000
#define PPS_TSFMT_NTPLFP	0x2000
#define PPS_KC_HARDPPS		0
#define PPS_KC_HARDPPS_PLL	1
#define PPS_KC_HARDPPS_FLL	2

#define PPS_IOC_CREATE		_IO('1', 1)
#define PPS_IOC_DESTROY		_IO('1', 2)
#define PPS_IOC_SETPARAMS	_IOW('1', 3, pps_params_t)
#define PPS_IOC_GETPARAMS	_IOR('1', 4, pps_params_t)
#define PPS_IOC_GETCAP		_IOR('1', 5, int)
#define PPS_IOC_FETCH		_IOWR('1', 6, pps_info_t)
#define PPS_IOC_KCBIND		_IOW('1', 7, int)

#endif /* _SYS_TIMEPPS_H_ */
