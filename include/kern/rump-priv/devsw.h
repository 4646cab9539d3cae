/* SPDX-License-Identifier: BSD-2-Clause */

/* The device switch's part of the boot. */

#ifndef _RUMP_PRIV_DEVSW_H_
#define _RUMP_PRIV_DEVSW_H_

/* Cheap and idempotent; devsw_attach() calls it, too. */
void	rump_devsw_init(void);

struct buf;
/* Set by rumpvfs to biodone(), for strategy calls that find no driver. */
extern void (*rump_biodone_hook)(struct buf *);

#endif /* _RUMP_PRIV_DEVSW_H_ */
