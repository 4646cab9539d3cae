/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte order: see sys/endian.h. */
#include <sys/endian.h>
