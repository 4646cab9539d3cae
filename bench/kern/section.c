/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel-namespace half of section.c. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/pserialize.h>

int	rumpbench_section(unsigned long);
int	rumpbench_no_section(unsigned long);

int
rumpbench_section(unsigned long n)
{
	int s;

	while (n-- > 0) {
		s = pserialize_read_enter();
		__asm__ __volatile__("");
		pserialize_read_exit(s);
	}
	return 0;
}

int
rumpbench_no_section(unsigned long n)
{

	while (n-- > 0)
		__asm__ __volatile__("");
	return 0;
}
