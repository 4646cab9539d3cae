/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the count header of config(1): ether is there. */
#define NETHER 1
