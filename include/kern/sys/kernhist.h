/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Histories of kernel events: compiled out, as without options KERNHIST.
 */
#ifndef _SYS_KERNHIST_H_
#define _SYS_KERNHIST_H_

#define KERNHIST_DECL(name)
#define KERNHIST_DEFINE(name)
#define KERNHIST_INIT(name, n)
#define KERNHIST_INIT_STATIC(name, buf)
#define KERNHIST_INITIALIZER(name, buf)
#define KERNHIST_LINK_STATIC(name)
#define KERNHIST_LOG(name, fmt, a, b, c, d)
#define KERNHIST_CALLED(name)
#define KERNHIST_CALLARGS(name, fmt, a, b, c, d)
#define KERNHIST_FUNC(name)
#define kernhist_dump(name)
#define KERNHIST_UVMMAPHIST	0x00000001
#define KERNHIST_UVMPDHIST	0x00000002
#define KERNHIST_UVMUBCHIST	0x00000004
#define KERNHIST_UVMLOANHIST	0x00000008
#define KERNHIST_USBHIST	0x00000010

#endif /* _SYS_KERNHIST_H_ */
