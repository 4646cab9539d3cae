/* SPDX-License-Identifier: BSD-2-Clause */
/* once(9): run an initialisation exactly once. */
#ifndef _SYS_ONCE_H_
#define _SYS_ONCE_H_

#include <sys/types.h>

typedef struct {
	int o_error;
	unsigned int o_status;
} once_t;

#define ONCE_VIRGIN	0
#define ONCE_RUNNING	1
#define ONCE_DONE	2

#define ONCE_DECL(name)	once_t name = { .o_error = 0, .o_status = ONCE_VIRGIN }
#define RUN_ONCE(o, fn)							\
    (__builtin_expect(__atomic_load_n(&(o)->o_status, __ATOMIC_ACQUIRE)	\
    == ONCE_DONE, 1) ? (o)->o_error : _run_once((o), (fn)))

/** Run @fn unless that has happened; its result.  May sleep. */
int	_run_once(once_t *, int (*)(void));
void	once_init(void);

#endif /* _SYS_ONCE_H_ */
