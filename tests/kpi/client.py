#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The client's headers against the tables of the client ABI.

  alone       each public header by itself, as C11 and as C++17, without a
              warning, with every compiler given
  constants   RUMP_* of the client headers; and the plain names of the kernel
              headers: those that are defined have the table's value
  layouts     the structures of the kernel headers that are defined, and
              rump_stat and its like, have the table's offsets and sizes
  prototypes  rump_sys_* and the other public functions have the table's types
  symbols     what they declare is defined by a library

  protocol    the wire of remote clients has the table's layout and numbers

The hypercalls (rumpuser.h, rumpuser_component.h) are all there: constants,
layouts with the types of their fields, prototypes, and librumpuser exports
them.

usage: client.py --public DIR... [--cc CC --cxx CXX]... LIBRARY... -- CC ARG...
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

from coverage import Headers, defined_symbols, table

# Public functions that come with components or libraries not there yet.
ABSENT = re.compile(r'rump_init_server|rump_pub_(kernelfsym_load|'
                    r'allbetsareoff_setid|shmif_create|'
                    r'syspuffs_glueinit|vattr50_to_vattr|vattr_to_vattr50|'
                    r'netconfig_)|rumpclient_')
PUBLIC = ('rump', 'rump_pub', 'rump_vop', 'rumpuser', 'rumpuser_sp',
          'rumpuser_component')
# Headers of which each row of the table has to be there.
WHOLE = ('rump/rumpdefs.h', 'rump/rump_namei.h', 'rump/rumpuser.h')


def literal(value, ctype):
    if ctype == 'str':
        return '"%s"' % value
    if ctype == 'ptr':
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return '%d%s' % (number, 'ULL' if number > 0x7fffffff else 'LL')


def equal(name, value):
    if value.startswith('"'):
        return ('_Static_assert(__builtin_strcmp(%s, %s) == 0, "value");'
                % (name, value))
    return ('_Static_assert((unsigned long long)(%s) == '
            '(unsigned long long)(%s), "value");' % (name, value))


def public_headers(dirs):
    out = {}
    for d in dirs:
        folder = os.path.join(d, 'rump')
        for name in sorted(os.listdir(folder)):
            if name.endswith('.h'):
                out[name] = folder
    return sorted(out)


def alone(opts, fail):
    inc = ['-I' + d for d in opts.public]
    count = 0
    for compilers, std, suffix in ((opts.cc, 'c11', '.c'),
                                   (opts.cxx, 'c++17', '.cc')):
        for cc in compilers:
            for h in public_headers(opts.public):
                with tempfile.NamedTemporaryFile('w', suffix=suffix,
                                                 delete=False) as f:
                    f.write('#include <rump/%s>\nint used;\n' % h)
                run = subprocess.run(
                    [cc, '-std=' + std, '-Wall', '-Wextra', '-pedantic',
                     '-Werror', '-fsyntax-only'] + inc + [f.name],
                    capture_output=True, text=True)
                os.unlink(f.name)
                count += 1
                if run.returncode != 0:
                    fail('%s does not stand alone as %s (%s):\n%s'
                         % (h, std, cc, run.stderr))
    return count


def constants(host, kern, fail):
    """Every defined name has the table's value."""
    groups = {}
    for n, row in enumerate(table('client/client-constants')):
        value = literal(row['value'], row['ctype'])
        # Strings of the kernel's headers are its own affair (and escaped).
        if value is None or (row['ctype'] == 'str' and
                             not row['header'].startswith('rump/')):
            continue
        groups.setdefault(row['header'], []).append((n, row['name'], value))
    count = 0
    for header, rows in groups.items():
        side = host if header.startswith('rump/') else kern
        if side is None or not side.exists(header):
            continue
        defined = side.macros(header, [name for _, name, _ in rows])
        checks = {name: equal(name, value) for _, name, value in rows
                  if name in defined or header in WHOLE}
        good = side.check(header, checks)
        # A request whose argument's structure is not there yet has none.
        bad = set(checks) - good
        if header not in WHOLE:
            bad = side.check(header, {
                name: '_Static_assert((unsigned long long)(%s) || 1, "");'
                % name for name in bad})
        count += len(good) + len(bad)
        for name in sorted(bad):
            fail('%s: %s has another value' % (header, name))
    return count


def abstract(ctype):
    """A type's name as __typeof__ takes it, the array's bound last."""
    m = re.fullmatch(r'(.*\S)\s*(\[\d+\])', ctype)
    return '%s%s' % m.groups() if m else ctype


def layouts(side, header_of, rename, fail):
    """Structures whose definition exists have the table's layout."""
    structs = {}
    for row in table('client/client-structs'):
        if row['view'] in ('user', 'ruser') and row['struct'].startswith(
                'struct '):
            structs.setdefault((row['struct'], row['header']),
                               []).append(row)
    count = 0
    for (struct, header), rows in structs.items():
        where = header_of(struct, header)
        if where is None or not side.exists(where):
            continue
        name = rename(struct)
        if not side.check(where, {0: 'extern char szchk[sizeof(%s)];'
                                  % name}):
            continue
        checks = {}
        for row in rows:
            field = row['field']
            if field == '(struct)':
                checks[field] = ('_Static_assert(sizeof(%s) == %s, "size");'
                                 % (name, row['size']))
            elif re.fullmatch(r'[\w.]+', field) and row['offset'].isdigit():
                checks[field] = (
                    '_Static_assert(__builtin_offsetof(%s, %s) == %s && '
                    'sizeof(((%s *)0)->%s) == %s, "layout");'
                    % (name, field, row['offset'], name, field,
                       row['size']))
                if row['view'] == 'ruser':
                    checks[field] += (
                        '_Static_assert(__builtin_types_compatible_p('
                        '__typeof__(((%s *)0)->%s), __typeof__(%s)), "type");'
                        % (name, field, abstract(row['type'])))
        good = side.check(where, checks)
        count += len(checks)
        for field in set(checks) - good:
            fail('%s: %s.%s is laid out otherwise' % (where, name, field))
    return count


def prototypes(host, fail):
    groups = {}
    for n, row in enumerate(table('client/client-syscalls')):
        if row['name'] == '(none)':
            continue
        groups.setdefault('rump/rump_syscalls.h', []).append(
            (n, row['name'], row['return'], row['parameters']))
    for n, row in enumerate(table('client/client-api')):
        if row['section'] in PUBLIC and not ABSENT.match(row['name']):
            header = row['header']
            if not header.startswith('rump/'):
                header = 'rump/' + header
            groups.setdefault(header, []).append(
                (10000 + n, row['name'],
                 row['return'].replace(' (noreturn)', ''),
                 row['parameters']))
    count = 0
    for header, rows in groups.items():
        checks = {}
        for n, name, ret, par in rows:
            par = par.replace('__socklen_t', 'socklen_t')
            par = par.replace('__intptr_t', 'intptr_t')
            par = re.sub(r'\bu_int\b', 'unsigned int', par)
            par = re.sub(r'\bu_long\b', 'unsigned long', par)
            if 'bool' in par.split(', ') or 'bool *' in par:
                par = par.replace('bool', '_Bool')
            checks[name] = (
                'extern %s kpichk_%d(%s); _Static_assert('
                '__builtin_types_compatible_p(__typeof__(kpichk_%d), '
                '__typeof__(%s)), "type");' % (ret, n, par, n, name))
        if not host.exists(header):
            fail('%s is not there' % header)
            continue
        good = host.check(header, checks)
        count += len(checks)
        for name in set(checks) - good:
            fail('%s: %s is declared otherwise, or not' % (header, name))
    return count


def protocol(cc, fail):
    """librumpuser/sp/proto.h against the rows sp-const and sp-layout."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
    side = Host([cc, '-std=gnu11', '-D_GNU_SOURCE',
                 '-I' + os.path.join(top, 'librumpuser')])
    checks = {}
    for row in table('client/client-api'):
        name, note = row['name'], row['note']
        if row['section'] == 'sp-const':
            checks[name] = '_Static_assert((%s) == %s, "value");' % (
                name, note.replace('value=', ''))
        elif row['section'] == 'sp-layout':
            offset, size = re.findall(r'\d+', note)
            m = re.fullmatch(r'(struct \w+)\.([\w.]+)', name)
            if not m:
                checks[name] = '_Static_assert(sizeof(%s) == %s, "size");' % (
                    name, size)
                continue
            checks[name] = (
                '_Static_assert(__builtin_offsetof(%s, %s) == %s && '
                'sizeof(((%s *)0)->%s) == %s, "layout");'
                % (m.groups() + (offset,) + m.groups() + (size,)))
    good = side.check('sp/proto.h', checks)
    for name in sorted(set(checks) - good):
        fail('sp/proto.h: %s is otherwise' % name)
    return len(checks)


def symbols(nm, libraries, fail):
    have = defined_symbols(nm, libraries)
    want = {row['symbol'] for row in table('client/client-syscalls')}
    want |= {row['name'] for row in table('client/client-api')
             if row['section'] in PUBLIC and not ABSENT.match(row['name'])
             and row['library'] != 'header-inline'}
    hypercalls = {row['name'] for row in table('client/client-api')
                  if row['section'].startswith('rumpuser')}
    hypercalls |= {'rumpsp_maxworker', 'rumpsp_idleworker'}
    host = defined_symbols(nm, [lib for lib in libraries if os.path.basename(
        lib).startswith('librumpuser.')])
    for name in sorted(hypercalls - host):
        fail('librumpuser does not export %s' % name)
    want |= hypercalls
    for name in sorted(want - have):
        fail('%s is declared and not defined' % name)
    return len(want)


class Host(Headers):
    """The host's view: the client headers with the host's types."""

    PROLOGUE = ('#include <stdbool.h>\n#include <sys/types.h>\n'
                '#include <sys/select.h>\n#include <sys/socket.h>\n'
                '#include <signal.h>\n#include <time.h>\n')

    def compile(self, text):
        return Headers.compile(self, self.PROLOGUE + text.replace(
            '#include <sys/param.h>\n', ''))

    def macros(self, header, names):
        return macros(self.cc, '#include <%s>\n' % header, names)


class Kernel(Headers):
    def macros(self, header, names):
        return macros(self.cc, '#include <sys/param.h>\n#include <%s>\n'
                      % header, names)


def macros(cc, head, names):
    text = head + ''.join('#ifdef %s\nKPIMACRO %s_KPIEND\n#endif\n' %
                          (n, 'KPI_' + n) for n in names)
    with tempfile.NamedTemporaryFile('w', suffix='.c', delete=False) as f:
        f.write(text)
    run = subprocess.run(cc + ['-E', '-P', f.name], capture_output=True,
                         text=True)
    os.unlink(f.name)
    return set(re.findall(r'KPIMACRO KPI_(\w+)_KPIEND', run.stdout))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--public', action='append', default=[])
    ap.add_argument('--cc', action='append', default=[])
    ap.add_argument('--cxx', action='append', default=[])
    ap.add_argument('--nm', default='nm')
    ap.add_argument('libraries', nargs='*')
    argv = sys.argv[1:]
    split = argv.index('--')
    opts = ap.parse_args(argv[:split])
    failures = []
    fail = failures.append
    host = Host([opts.cc[0], '-std=gnu11', '-D_GNU_SOURCE']
                + ['-I' + d for d in opts.public])
    kern = Kernel(argv[split + 1:])
    native = {}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           '..', '..', 'tools', 'gen', 'tables',
                           'native.tsv')) as f:
        for line in f:
            native[line.split('\t')[0]] = True
    print('headers alone      %5d' % alone(opts, fail))
    print('constants          %5d' % constants(host, kern, fail))
    print('kernel layouts     %5d' % layouts(
        kern, lambda s, h: h, lambda s: s, fail))
    print('client layouts     %5d' % layouts(
        host, lambda s, h: 'rump/rump_native.h' if s in native else
        h if h.startswith('rump/') else None,
        lambda s: s.replace('struct ', 'struct rump_')
        if s in native else s, fail))
    print('client protocol    %5d' % protocol(opts.cc[0], fail))
    print('client prototypes  %5d' % prototypes(host, fail))
    if opts.libraries:
        print('client symbols     %5d' % symbols(opts.nm, opts.libraries,
                                                 fail))
    for f in failures:
        print('FAIL: ' + f)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
