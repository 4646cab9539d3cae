/* SPDX-License-Identifier: BSD-2-Clause */

/* A property list as it passes through an ioctl, client ABI. */

#ifndef _PROP_PLISTREF_H_
#define _PROP_PLISTREF_H_

#include <sys/types.h>

struct plistref {
	void	*pref_plist;	/* externalised, a string */
	size_t	pref_len;	/* bytes with the ending 0 */
};

#endif /* _PROP_PLISTREF_H_ */
