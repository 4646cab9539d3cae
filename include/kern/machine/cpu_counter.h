/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor's cycle counter; usable when cpu_hascounter() says so. */
#ifndef _MACHINE_CPU_COUNTER_H_
#define _MACHINE_CPU_COUNTER_H_

#include <sys/types.h>

__BEGIN_DECLS
/* True if cpu_counter() counts cycles of a counter all CPUs agree on. */
int	cpu_hascounter(void);
/* The low 32 bits of cpu_counter(). */
uint32_t cpu_counter32(void);
/* The cycle counter, or a nanosecond clock where there is none. */
uint64_t cpu_counter(void);
__END_DECLS

#endif /* _MACHINE_CPU_COUNTER_H_ */
