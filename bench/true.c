/* SPDX-License-Identifier: BSD-2-Clause */
/* What /bin/true does, linked statically: the reference of the boot figure. */
int
main(void)
{

	return 0;
}
