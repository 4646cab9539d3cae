/* SPDX-License-Identifier: BSD-2-Clause */
/* pserialize(9): read sections that cost nothing. */
#ifndef _SYS_PSERIALIZE_H_
#define _SYS_PSERIALIZE_H_

#include <sys/types.h>

struct pserialize;
typedef struct pserialize *pserialize_t;

pserialize_t pserialize_create(void);
void	pserialize_destroy(pserialize_t);
/** Wait until every read section that may see the old state has ended. */
void	pserialize_perform(pserialize_t);
/** Begin a read section: no sleeping until its end.  Sections nest. */
int	pserialize_read_enter(void);
void	pserialize_read_exit(int);
/** For assertions: whether this could be in a read section. */
bool	pserialize_in_read_section(void);
bool	pserialize_not_in_read_section(void);

#endif /* _SYS_PSERIALIZE_H_ */
