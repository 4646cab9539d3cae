#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Generate the vnode interface from its table.

    vnode_if.py --spec tables/vnode_if.spec [--header vnode_if.h]
        [--source vnode_if.c] [--rump-header rumpvnode_if.h]
        [--rump-source rumpvnode_if.c]

header, source: kernel namespace, the argument structures, descriptions and
VOP_* functions.  rump-header, rump-source: the RUMP_VOP_* client functions
and their bodies (kernel namespace).
"""

import argparse
import sys

PUT_FLAGS = {'LP': 'WILLPUT', 'XP': 'WILLPUT', 'UR': 'WILLRELE'}

# How client headers spell the kernel's types.
CLIENT_TYPES = {
    'u_int': 'unsigned int',
    'u_long': 'unsigned long',
    'kauth_cred_t': 'struct kauth_cred *', 'daddr_t': 'int64_t',
    'daddr_t *': 'int64_t *', 'voff_t': 'off_t', 'vm_prot_t': 'int',
}

NOTICE = ('/* SPDX-License-Identifier: BSD-2-Clause */\n'
          '/* %s  Made by tools/gen/vnode_if.py; do not edit. */\n')


class Arg:
    def __init__(self, lock, ctype, name, out=False):
        self.lock, self.ctype, self.name, self.out = lock, ctype, name, out

    @property
    def is_vnode(self):
        return self.ctype == 'struct vnode *'

    def decl(self, prefix='', ctype=None):
        ctype = ctype or self.ctype
        sep = '' if ctype.endswith('*') else ' '
        return f'{ctype}{sep}{prefix}{self.name}'


class Op:
    def __init__(self, name, version):
        self.name, self.version = name, version
        self.args, self.changes = [], []

    @property
    def struct(self):
        ver = f'_{self.version}' if self.version else ''
        return f'struct vop_{self.name}{ver}_args'

    @property
    def func(self):
        return f'VOP_{self.name.upper()}'

    @property
    def vnodes(self):
        return [a for a in self.args if a.is_vnode]

    def flags(self):
        found = []
        for i, arg in enumerate(self.vnodes):
            if arg.lock in PUT_FLAGS:
                found.append(f'VDESC_VP{i}_{PUT_FLAGS[arg.lock]}')
            elif arg.lock == 'LU' and self.name == 'inactive':
                found.append(f'VDESC_VP{i}_WILLUNLOCK')
        return ' | '.join(found) or '0'

    def offset_of(self, pred):
        for arg in self.args:
            if pred(arg):
                return f'VOPARG_OFFSETOF({self.struct}, a_{arg.name})'
        return 'VDESC_NO_OFFSET'


def fail(path, lineno, text):
    sys.exit(f'{path}:{lineno}: {text}')


def split_decl(words):
    """TYPE words and a NAME; the stars stand with the type."""
    ctype = ' '.join(words[:-1]).replace(' *', ' *')
    return ctype, words[-1]


def parse(path):
    ops = []
    with open(path, encoding='ascii') as spec:
        for lineno, line in enumerate(spec, 1):
            words = line.split('#')[0].split()
            if not words:
                continue
            if words[0] == 'op' and len(words) in (2, 3):
                ops.append(Op(words[1], words[2] if len(words) > 2 else None))
            elif not ops:
                fail(path, lineno, 'no op yet')
            elif words[0] == 'in' and len(words) >= 4:
                ctype, name = split_decl(words[2:])
                ops[-1].args.append(Arg(words[1], ctype, name))
            elif words[0] == 'out' and len(words) >= 3:
                ctype, name = split_decl(words[1:])
                ops[-1].args.append(Arg('-', ctype, name, out=True))
            elif words[0] == 'changes' and len(words) == 2:
                ops[-1].changes.append(words[1])
            else:
                fail(path, lineno, f'cannot read: {line.strip()}')
    return ops


def wrapped(head, items, tail, indent='    '):
    """A call or prototype, broken at 80 columns."""
    lines, cur = [], head
    for i, item in enumerate(items):
        piece = item + (',' if i < len(items) - 1 else tail)
        gap = '' if cur.endswith('(') else ' '
        width = len(cur.expandtabs(8)) + len(gap) + len(piece)
        if width > 79 and cur != head:
            lines.append(cur)
            cur = indent + piece
        else:
            cur += gap + piece
    lines.append(cur)
    return '\n'.join(lines) + '\n'


def gen_header(ops, out):
    out.write(NOTICE % 'Vnode operations, vnodeops(9).')
    out.write('#ifndef _SYS_VNODE_IF_H_\n#define _SYS_VNODE_IF_H_\n\n'
              '#include <sys/types.h>\n#include <uvm/uvm_param.h>\n'
              '#include <uvm/uvm_prot.h>\n\n')
    for name in ('buf', 'componentname', 'flock', 'knote', 'uio', 'vattr',
                 'vm_page', 'vnode', 'vnodeop_desc'):
        out.write(f'struct {name};\n')
    out.write('\nextern const struct vnodeop_desc vop_default_desc;\n')
    for number, op in enumerate(ops, 1):
        out.write(f'\n#define {op.func}_DESCOFFSET {number}\n')
        out.write(f'{op.struct} {{\n\tconst struct vnodeop_desc *a_desc;\n')
        for arg in op.args:
            out.write(f'\t{arg.decl("a_")};\n')
        out.write(f'}};\nextern const struct vnodeop_desc '
                  f'vop_{op.name}_desc;\n')
        out.write(wrapped(f'int\t{op.func}(', [a.ctype for a in op.args],
                          ');', '\t    '))
    out.write(f'\n#define VNODE_OPS_COUNT {len(ops) + 1}\n\n'
              '#endif /* _SYS_VNODE_IF_H_ */\n')


def gen_desc(op, number, out):
    if op.vnodes:
        out.write(f'static const int vop_{op.name}_vp_offsets[] = {{\n')
        for arg in op.vnodes:
            out.write(f'\tVOPARG_OFFSETOF({op.struct}, a_{arg.name}),\n')
        out.write('\tVDESC_NO_OFFSET\n};\n')
    out.write(f'const struct vnodeop_desc vop_{op.name}_desc = {{\n')
    out.write(f'\t.vdesc_offset = {number},\n'
              f'\t.vdesc_name = "vop_{op.name}",\n'
              f'\t.vdesc_flags = {op.flags()},\n'
              f'\t.vdesc_vp_offsets = vop_{op.name}_vp_offsets,\n')
    for field, pred in (
            ('vpp', lambda a: a.out),
            ('cred', lambda a: a.ctype == 'kauth_cred_t'),
            ('componentname',
             lambda a: a.ctype == 'struct componentname *')):
        out.write(f'\t.vdesc_{field}_offset =\n\t    {op.offset_of(pred)},\n')
    out.write('};\n')


def gen_function(op, out):
    first = op.vnodes[0].name
    out.write('int\n')
    out.write(wrapped(f'{op.func}(', [a.decl() for a in op.args], ')'))
    out.write(f'{{\n\tint error;\n\tbool mpsafe;\n\t{op.struct} a;\n\n')
    out.write(f'\ta.a_desc = VDESC(vop_{op.name});\n')
    for arg in op.args:
        out.write(f'\ta.a_{arg.name} = {arg.name};\n')
    for arg in op.vnodes:
        if arg.lock in ('L', 'LP', 'LU') and op.name != 'unlock':
            out.write(f'\tVNODE_IF_CHECKLOCKED({arg.name}, "{op.func}");\n')
    out.write(f'\tmpsafe = VNODE_IF_MPSAFE({first});\n'
              '\tif (__predict_false(!mpsafe))\n'
              '\t\tKERNEL_LOCK(1, curlwp);\n'
              f'\terror = VCALL({first}, {op.func}_DESCOFFSET, &a);\n'
              '\tif (__predict_false(!mpsafe))\n'
              '\t\tKERNEL_UNLOCK_ONE(curlwp);\n')
    for name in op.changes:
        out.write(f'\tif ({name}->v_xcred != NULL)\n'
                  f'\t\t(*rump_vnode_accesschanged)({name});\n')
    out.write('\treturn error;\n}\n')


def gen_source(ops, out):
    out.write(NOTICE % 'Vnode operations: descriptions and call-through.')
    out.write('''#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/lwp.h>
#include <sys/vnode.h>

#include <rump-priv/vnode.h>

/* Set by rumpvfs: forget who was found to be allowed to search a vnode. */
void (*rump_vnode_accesschanged)(struct vnode *);

/* A vnode may die under one who only refers to it. */
#define VNODE_IF_MPSAFE(vp) \
	((__atomic_load_n(&(vp)->v_vflag, __ATOMIC_RELAXED) & VV_MPSAFE) != 0)

/* Caller's duty to lock the vnode; only where locking is real. */
#ifdef RUMP_CHECK
#define VNODE_IF_CHECKLOCKED(vp, what)					\\
	KASSERTMSG((__atomic_load_n(&(vp)->v_vflag, __ATOMIC_RELAXED) &	\\
	    VV_LOCKSWORK) == 0 || VOP_ISLOCKED(vp) != 0,		\\
	    "%s: vnode %p not locked", (what), (vp))
#else
#define VNODE_IF_CHECKLOCKED(vp, what)	do { } while (0)
#endif

static const int vop_default_vp_offsets[] = { VDESC_NO_OFFSET };
const struct vnodeop_desc vop_default_desc = {
	.vdesc_offset = 0,
	.vdesc_name = "default",
	.vdesc_vp_offsets = vop_default_vp_offsets,
	.vdesc_vpp_offset = VDESC_NO_OFFSET,
	.vdesc_cred_offset = VDESC_NO_OFFSET,
	.vdesc_componentname_offset = VDESC_NO_OFFSET,
};
''')
    for number, op in enumerate(ops, 1):
        out.write('\n')
        gen_desc(op, number, out)
        out.write('\n')
        gen_function(op, out)
    out.write('\nconst struct vnodeop_desc * const vfs_op_descs[] = {\n'
              '\t&vop_default_desc,\n')
    for op in ops:
        out.write(f'\t&vop_{op.name}_desc,\n')
    out.write('\tNULL\n};\n')


def client_type(ctype):
    return CLIENT_TYPES.get(ctype, ctype)


def gen_rump_header(ops, out):
    out.write(NOTICE % 'Vnode operations for client programs.')
    out.write('''#ifndef _RUMP_RUMPVNODE_IF_H_
#define _RUMP_RUMPVNODE_IF_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

''')
    names = set()
    for op in ops:
        for arg in op.args:
            words = client_type(arg.ctype).split()
            if words[0] == 'struct':
                names.add(words[1])
    for name in sorted(names):
        out.write(f'struct {name};\n')
    out.write('\n')
    for op in ops:
        out.write(wrapped(f'int\tRUMP_{op.func}(',
                          [client_type(a.ctype) for a in op.args], ');',
                          '\t    '))
    out.write('\n#ifdef __cplusplus\n}\n#endif\n\n'
              '#endif /* _RUMP_RUMPVNODE_IF_H_ */\n')


def gen_rump_source(ops, out):
    out.write(NOTICE % 'Bodies of RUMP_VOP_*.')
    out.write('#include <sys/param.h>\n#include <sys/vnode.h>\n\n'
              '#include <rump/rump.h>\n')
    for op in ops:
        params = [a.decl(ctype=client_type(a.ctype)) for a in op.args]
        proto = wrapped(f'RUMP_{op.func}(', params, ')')
        out.write('\nint ' + proto.rstrip('\n') + ';\nint\n' + proto)
        out.write('{\n\tint error;\n\n\trump_schedule();\n')
        out.write(wrapped(f'\terror = {op.func}(',
                          [a.name for a in op.args], ');', '\t    '))
        out.write('\trump_unschedule();\n\treturn error;\n}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--spec', required=True)
    outputs = {'header': gen_header, 'source': gen_source,
               'rump-header': gen_rump_header,
               'rump-source': gen_rump_source}
    for name in outputs:
        parser.add_argument(f'--{name}')
    args = parser.parse_args()
    ops = parse(args.spec)
    for name, generate in outputs.items():
        path = getattr(args, name.replace('-', '_'))
        if path:
            with open(path, 'w', encoding='ascii') as out:
                generate(ops, out)


if __name__ == '__main__':
    main()
