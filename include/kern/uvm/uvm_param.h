/* SPDX-License-Identifier: BSD-2-Clause */

/* Pages and offsets, uvm(9). */

#ifndef _UVM_UVM_PARAM_H_
#define _UVM_UVM_PARAM_H_

#include <sys/types.h>
#include <machine/vmparam.h>

typedef off_t voff_t;		/* offset in an object, bytes */
typedef voff_t pgoff_t;

#ifndef round_page
#define	round_page(x)	(((x) + PAGE_MASK) & ~PAGE_MASK)
#endif
#ifndef trunc_page
#define	trunc_page(x)	((x) & ~PAGE_MASK)
#endif
#ifndef atop
#define	atop(x)		(((paddr_t)(x)) >> PAGE_SHIFT)
#endif
#ifndef ptoa
#define	ptoa(x)		(((paddr_t)(x)) << PAGE_SHIFT)
#endif

#endif /* _UVM_UVM_PARAM_H_ */
