/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider.c - the posix provider: its vector, and the operations that belong
 * to no other file.  Locking: none.
 */
#include "host.h"
#include "raw.h"

struct rumpuser_provider rumpuser__posix = {
	.pv_ops = {
		.ho_version = RUMPUSER_HOSTOPS_VERSION,
		.ho_open = rumpuser__raw_open,
		.ho_close = rumpuser__raw_close,
		.ho_fileinfo = rumpuser__raw_fileinfo,
		.ho_fdinfo = rumpuser__raw_fdinfo,
		.ho_readv = rumpuser__raw_readv,
		.ho_writev = rumpuser__raw_writev,
		.ho_sync = rumpuser__raw_sync,
		.ho_flush = rumpuser__raw_flush,
		.ho_alloc = rumpuser__raw_alloc,
		.ho_free = rumpuser__raw_free,
		.ho_map = rumpuser__raw_map,
		.ho_unmap = rumpuser__raw_unmap,
		.ho_clock = rumpuser__raw_clock,
		.ho_sleep = rumpuser__raw_sleep,
		.ho_thread = rumpuser__raw_thread,
		.ho_join = rumpuser__raw_join,
		.ho_random = rumpuser__raw_random,
		.ho_kill = rumpuser__raw_kill,
		.ho_param = rumpuser__raw_param,
		.ho_console = rumpuser__raw_console,
		.ho_exit = rumpuser__raw_exit,
		.ho_dl = rumpuser__raw_dl,
		.ho_message = rumpuser__raw_message,
	},
	.pv_name = "posix",
	.pv_refs = 1,		/* it is in use */
	.pv_state = PV_UP,
	.pv_builtin = 1,
};

int
rumpuser__raw_message(struct rumpuser_provider *p, struct rumpuser_message *m)
{

	(void)p;
	m->rm_verdict = RUMPUSER_MESSAGE_PASS;
	m->rm_delay = 0;
	m->rm_behind = 0;
	m->rm_mem = NULL;
	return 0;
}
