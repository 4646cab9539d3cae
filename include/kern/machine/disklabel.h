/* SPDX-License-Identifier: BSD-2-Clause */
/* What of disk labels depends on the machine: where they are, partitions. */
#ifndef _MACHINE_DISKLABEL_H_
#define _MACHINE_DISKLABEL_H_

#include <sys/dkbad.h>

#define	MAXPARTITIONS		16
#define	RAW_PART		3	/* the partition of the whole disk */
#define	LABELSECTOR		1
#define	LABELOFFSET		0	/* bytes into that sector */

#define	__HAVE_DISKLABEL_DKBAD
struct cpu_disklabel {
	struct dkbad	bad;
};

#endif /* _MACHINE_DISKLABEL_H_ */
