/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfifo.h - the private hypercalls of hostfifo, for both halves: only
 * types that both namespaces have.
 */
#ifndef EXAMPLES_HOSTFIFO_H_
#define EXAMPLES_HOSTFIFO_H_

/** Open the host's FIFO; an errno of the kernel's.  May block. */
int rumpcomp_hostfifo_open(const char *name, int *fdp);
/** Read what there is, at most @len bytes, at least one.  May block. */
int rumpcomp_hostfifo_read(int fd, void *buf, __SIZE_TYPE__ len,
    __SIZE_TYPE__ *np);

#endif
