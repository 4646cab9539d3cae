/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the count header of config(1): etherip is there. */
#define NETHERIP 1
