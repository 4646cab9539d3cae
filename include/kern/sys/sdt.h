/* SPDX-License-Identifier: BSD-2-Clause */
/* Statically defined tracing: compiled out, as without KDTRACE_HOOKS. */
#ifndef _SYS_SDT_H_
#define _SYS_SDT_H_

#define SDT_PROVIDER_DEFINE(prov)
#define SDT_PROVIDER_DECLARE(prov)
#define SDT_PROBE_DEFINE(prov, mod, func, name, sname)
#define SDT_PROBE_DECLARE(prov, mod, func, name)
#define SDT_PROBE_DEFINE0(prov, mod, func, name)
#define SDT_PROBE_DEFINE1(prov, mod, func, name, a0)
#define SDT_PROBE_DEFINE2(prov, mod, func, name, a0, a1)
#define SDT_PROBE_DEFINE3(prov, mod, func, name, a0, a1, a2)
#define SDT_PROBE_DEFINE4(prov, mod, func, name, a0, a1, a2, a3)
#define SDT_PROBE_DEFINE5(prov, mod, func, name, a0, a1, a2, a3, a4)
#define SDT_PROBE(prov, mod, func, name, a0, a1, a2, a3, a4)
#define SDT_PROBE0(prov, mod, func, name)
#define SDT_PROBE1(prov, mod, func, name, a0)
#define SDT_PROBE2(prov, mod, func, name, a0, a1)
#define SDT_PROBE3(prov, mod, func, name, a0, a1, a2)
#define SDT_PROBE4(prov, mod, func, name, a0, a1, a2, a3)
#define SDT_PROBE5(prov, mod, func, name, a0, a1, a2, a3, a4)
#define SET_ERROR(error)	(error)

#endif /* _SYS_SDT_H_ */
