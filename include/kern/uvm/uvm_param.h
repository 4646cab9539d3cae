/* SPDX-License-Identifier: BSD-2-Clause */

/* Pages and offsets, uvm(9). */

#ifndef _UVM_UVM_PARAM_H_
#define _UVM_UVM_PARAM_H_

#include <sys/types.h>
#include <machine/param.h>

typedef off_t voff_t;		/* offset in an object, bytes */
typedef voff_t pgoff_t;

#ifndef PAGE_SHIFT
#define	PAGE_SHIFT	12
#endif
#ifndef PAGE_SIZE
#define	PAGE_SIZE	(1 << PAGE_SHIFT)
#endif
#ifndef PAGE_MASK
#define	PAGE_MASK	(PAGE_SIZE - 1)
#endif

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
