/* SPDX-License-Identifier: BSD-2-Clause */
/* percpu(9): storage per virtual CPU. */
#ifndef _SYS_PERCPU_H_
#define _SYS_PERCPU_H_

#include <sys/types.h>
#include <sys/percpu_types.h>

struct cpu_info;

typedef void (*percpu_callback_t)(void *, void *, struct cpu_info *);

/** @size bytes per CPU, zeroed.  May sleep. */
percpu_t *percpu_alloc(size_t);
void	percpu_free(percpu_t *, size_t);
/** This CPU's; stay on the CPU (do not sleep) until percpu_putref(). */
void	*percpu_getref(percpu_t *);
void	percpu_putref(percpu_t *);
/** Call with each CPU's storage, the argument, the CPU. */
void	percpu_foreach(percpu_t *, percpu_callback_t, void *);

#endif /* _SYS_PERCPU_H_ */
