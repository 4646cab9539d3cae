/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the count header of config(1): arp is there. */
#define NARP 1
