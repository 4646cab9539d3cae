#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How much of the kernel programming interface there is.

For the component directories of the tables this counts what our libraries
define and our headers declare:

  symbols     every symbol a component needs of the factions, as
              rumpns_NAME in a library; what it needs of other components
              comes with those and is shown beside
  prototypes  the declaration in the named header has the table's type
  fields      the structure has the field, of the table's type
  names       macros, types, constants and inline functions can be used
  headers     the header is in the kernel's header root

What one build of the tables' makes of a name that drivers spell otherwise
(SPELT) is there when that other name can be used.  Of rumpkern's symbols that
two components or more need, those that are not there are listed.

The count of each kind never falls: it is compared with ratchet.tsv.

usage: coverage.py [options] LIBRARY... -- CC ARGS...
"""
import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEEP = re.compile(r'^(rump|RUMP|__|_GLOBAL_OFFSET_TABLE_)')
# Components that have to be served by what exists: at least 80 %.
REQUIRED = ['fs/layervfs', 'fs/null', 'fs/tmpfs', 'fs/cd9660', 'fs/sysvbfs',
            'fs/efs']
FACTIONS = ('rumpkern', 'rumpvfs', 'rumpnet', 'rumpdev')
# Symbols of one machine's build, and what drivers spell: header, a use of it.
SPELT = {
    'x86_curlwp': ('sys/lwp.h', 'curlwp'),
    'x86_curcpu': ('sys/cpu.h', 'curcpu()'),
    'splraise': ('sys/intr.h', 'splvm()'),
    'spllower': ('sys/intr.h', 'splx(0)'),
    'delay_func': ('machine/cpu.h', 'DELAY(1)'),
    'pmap_clear_attrs': ('uvm/uvm_extern.h',
                         'pmap_clear_modify((struct vm_page *)0)'),
}
# The public drivers of these six include these (angle brackets, KPI class).
DRIVER_HEADERS = '''
sys/param.h sys/systm.h sys/cdefs.h sys/types.h sys/kernel.h sys/proc.h
sys/vnode.h sys/mount.h sys/namei.h sys/buf.h sys/file.h sys/kmem.h
sys/malloc.h sys/module.h sys/stat.h sys/time.h sys/uio.h sys/unistd.h
sys/sysctl.h sys/kauth.h sys/dirent.h sys/errno.h sys/fcntl.h sys/lockf.h
sys/pool.h sys/queue.h sys/mutex.h sys/rwlock.h sys/atomic.h sys/event.h
sys/device.h sys/disk.h sys/disklabel.h sys/ioctl.h sys/cdio.h sys/conf.h
sys/dkio.h sys/endian.h sys/bswap.h sys/hash.h sys/rbtree.h sys/mallocvar.h
sys/resource.h sys/resourcevar.h sys/filedesc.h sys/ucred.h sys/mman.h
sys/select.h sys/vmem.h sys/statvfs.h sys/vnode_if.h sys/lock.h
sys/syslog.h sys/timevar.h miscfs/genfs/genfs.h miscfs/genfs/genfs_node.h
miscfs/specfs/specdev.h miscfs/fifofs/fifo.h uvm/uvm_extern.h uvm/uvm.h
uvm/uvm_param.h lib/libkern/libkern.h
'''.split()


def table(name):
    with open(os.path.join(HERE, 'tables', name + '.tsv')) as f:
        head = next(f).rstrip('\n').split('\t')
        for line in f:
            cols = line.rstrip('\n').split('\t')
            cols += [''] * (len(head) - len(cols))
            yield dict(zip(head, cols))


class Headers:
    """What the compiler finds, and what it thinks of a set of checks."""

    def __init__(self, cc):
        self.cc = [a for a in cc if os.path.basename(a) != 'ccache']
        version = subprocess.run(self.cc[:1] + ['--version'],
                                 capture_output=True, text=True).stdout
        self.limit = '-ferror-limit=0' if 'clang' in version \
            else '-fmax-errors=0'
        self.roots = [a[2:] for a in self.cc if a.startswith('-I')]

    def compile(self, text):
        with tempfile.NamedTemporaryFile('w', suffix='.c',
                                         delete=False) as f:
            f.write(text)
        run = subprocess.run(
            self.cc + ['-fsyntax-only', '-w', self.limit, f.name],
            capture_output=True, text=True,
            env=dict(os.environ, LC_ALL='C'))
        os.unlink(f.name)
        return run.returncode, run.stderr

    def exists(self, header):
        return any(os.path.isfile(os.path.join(r, header))
                   for r in self.roots)

    def check(self, header, checks):
        """checks: {key: text}; the keys whose text compiles."""
        if not checks or not self.exists(header):
            return set()
        keys = list(checks)
        parts = ['#include <sys/param.h>\n#include <%s>\n' % header]
        for n, key in enumerate(keys):
            # Each check has a line number of its own.
            text = checks[key].replace('\n', ' ')
            parts.append('#line %d "check"\n%s\n' % (n + 1, text))
        rc, err = self.compile(''.join(parts))
        bad = set()
        for line in err.splitlines():
            m = re.match(r'check:(\d+):(?:\d+:)? (?:fatal )?error:', line)
            if m and 1 <= int(m.group(1)) <= len(keys):
                bad.add(keys[int(m.group(1)) - 1])
        if rc != 0 and not bad:
            return set()
        return set(keys) - bad


def defined_symbols(nm, libraries):
    out = set()
    for lib in libraries:
        args = [nm, '-g', '--defined-only']
        if '.so' in os.path.basename(lib):
            args.insert(1, '-D')
        run = subprocess.run(args + [lib], capture_output=True, text=True)
        for line in run.stdout.splitlines():
            cols = line.split()
            if len(cols) >= 2:
                out.add(cols[-1].split('@')[0])
    return out


def is_defined(symbol, symbols):
    name = symbol if KEEP.match(symbol) else 'rumpns_' + symbol
    return name in symbols


def prototype_check(row, n):
    """The table's type against the header's, under another name."""
    symbol, text = row['symbol'], row['prototype'].rstrip(';')
    name = r'(?<![\w.>])%s(?!\w)' % re.escape(symbol)
    # A function's name stands before its parameters, other names last.
    places = list(re.finditer(name + r'(?=\)?\s*\()', text)) or \
        list(re.finditer(name, text))[-1:]
    if not places:
        return None
    text = '%skpichk_%d%s' % (text[:places[0].start()], n,
                              text[places[0].end():])
    if not text.startswith('extern'):
        text = 'extern ' + text
    # An array without a size matches any.
    return ('%s; _Static_assert(__builtin_types_compatible_p('
            '__typeof__(kpichk_%d), __typeof__(%s)), "type");'
            % (text, n, symbol))


def field_check(row, n):
    struct, field, ctype = row['struct'], row['field'], row['type']
    text = ('static void __attribute__((__unused__)) kpifld_%d(%s *p) '
            '{ (void)(p->%s);' % (n, struct, field))
    if ctype and '{' not in ctype and 'anon' not in ctype:
        text += (' _Static_assert(__builtin_types_compatible_p('
                 '__typeof__(p->%s), __typeof__(%s)), "type");'
                 % (field, ctype))
    return text + ' }'


def name_check(row, n):
    name, kind = row['name'], row['kind'].split()[0]
    if kind == 'type':
        return 'extern %s *kpityp_%d;' % (name, n)
    if kind == 'macro-func' or kind == 'macro-obj':
        return name, kind
    return 'extern __typeof__(%s) *kpinam_%d;' % (name, n)


class Coverage:
    def __init__(self, headers, symbols):
        self.headers, self.symbols = headers, symbols
        self.got = collections.OrderedDict()
        self.all = {}
        self.missing = []

    def count(self, kind, key, good, what):
        self.all[kind] = self.all.get(kind, 0) + 1
        self.got[kind] = self.got.get(kind, 0) + bool(good)
        if not good:
            self.missing.append((kind, key, what))

    def by_header(self, rows, column, make, is_kpi):
        groups = collections.OrderedDict()
        for n, row in enumerate(rows):
            if not is_kpi(row):
                continue
            check = make(row, n)
            if check is not None:
                groups.setdefault(row[column], {})[n] = (row, check)
        return groups

    def prototypes(self, wanted):
        rows = list(table('prototypes')) + list(table('inline-prototypes'))
        groups = self.by_header(
            rows, 'header', prototype_check,
            lambda r: not r['header'].startswith('(')
            and (r['symbol'] in wanted
                 or r.get('provider', 'rumpkern') in FACTIONS))
        good = {}
        for header, group in groups.items():
            ok = self.headers.check(header,
                                    {k: c for k, (_, c) in group.items()})
            for k, (row, _) in group.items():
                good[row['symbol']] = k in ok
                self.count('prototypes', row['symbol'], k in ok, header)
        return good

    def fields(self):
        groups = self.by_header(
            list(table('fields')), 'header', field_check,
            lambda r: r['header_class'].startswith('kpi')
            and not r['field'].startswith('(')
            # Members of unnamed types: their holder is in the table too.
            and '::anon' not in r['struct'])
        for header, group in groups.items():
            ok = self.headers.check(header,
                                    {k: c for k, (_, c) in group.items()})
            ok |= self.bitfields(header, {
                k: row for k, (row, _) in group.items() if k not in ok})
            for k, (row, _) in group.items():
                self.count('fields', '%s.%s' % (row['struct'], row['field']),
                           k in ok, header)

    def bitfields(self, header, rows):
        """Those that are there and have no size: no type to compare."""
        there = self.headers.check(header, {
            k: field_check(dict(r, type=''), k) for k, r in rows.items()})
        sized = self.headers.check(header, {
            k: 'extern char kpisz_%d[sizeof(((%s *)0)->%s)];'
            % (k, rows[k]['struct'], rows[k]['field']) for k in there})
        return there - sized

    def names(self):
        groups = self.by_header(
            list(table('kpi-names')), 'header', name_check,
            lambda r: r['header_class'].startswith('kpi')
            and not r['kind'].startswith('extern'))
        for header, group in groups.items():
            ok = self.names_of(header, group)
            for k, (row, _) in group.items():
                self.count('names', row['name'], k in ok, header)

    def names_of(self, header, group):
        if not self.headers.exists(header):
            return set()
        # Macros by the preprocessor; what is none may be anything usable.
        text = ['#include <sys/param.h>\n#include <%s>\n' % header]
        for k, (_, check) in group.items():
            if isinstance(check, tuple):
                text.append('#ifdef %s\nKPIMACRO %d\n#endif\n'
                            % (check[0], k))
        with tempfile.NamedTemporaryFile('w', suffix='.c',
                                         delete=False) as f:
            f.write(''.join(text))
        run = subprocess.run(self.headers.cc + ['-E', '-P', f.name],
                             capture_output=True, text=True)
        os.unlink(f.name)
        ok = {int(m) for m in re.findall(r'KPIMACRO (\d+)', run.stdout)}
        rest = {}
        for k, (_, check) in group.items():
            if isinstance(check, tuple):
                if k not in ok:
                    rest[k] = ('extern __typeof__(%s) *kpinam_%d;'
                               % (check[0], k))
            else:
                rest[k] = check
        return ok | self.headers.check(header, rest)

    def all_headers(self):
        for row in table('headers-count'):
            if row['class'].startswith('kpi'):
                self.count('headers', row['header'],
                           self.headers.exists(row['header']), '')


def spelt(headers):
    """Those of SPELT whose other name can be used."""
    out = set()
    for n, (symbol, (header, use)) in enumerate(SPELT.items()):
        out |= headers.check(header, {
            symbol: 'static void __attribute__((__unused__)) kpispl_%d(void) '
                    '{ (void)%s; }' % (n, use)})
    return out


def common_missing(cov):
    """Rumpkern's symbols of two components or more: all, the lost ones."""
    users = collections.defaultdict(set)
    for row in table('demand'):
        if row['provider'] == 'rumpkern':
            users[row['symbol']].add(row['component'])
    common = {s for s, c in users.items() if len(c) >= 2}
    return common, sorted(s for s in common
                          if not is_defined(s, cov.symbols))


def component_rows(cov, protos):
    """Per component: symbols, prototypes, headers: (got, all) each."""
    header_of = {r['symbol']: r['header'] for r in table('prototypes')
                 if not r['header'].startswith('(')}
    need_headers = collections.defaultdict(set)
    for row in table('headers-count'):
        if not row['class'].startswith('kpi'):
            continue
        for c in row['components_if_few'].split(','):
            if c:
                need_headers[c].add(row['header'])
    needed = collections.OrderedDict()
    for row in table('demand'):
        if row['note'] == 'MD-x86':
            continue
        if row['provider'] in FACTIONS or row['provider'].startswith(
                'component') and '(RUMPCOMP' not in row['provider']:
            needed.setdefault(row['component'], []).append(row)
    out = []
    for comp, rows in needed.items():
        syms = {r['symbol'] for r in rows if r['provider'] in FACTIONS}
        others = {r['symbol'] for r in rows} - syms
        good = {s for s in syms if is_defined(s, cov.symbols)}
        typed = {s for s in syms if s in protos}
        hdrs = need_headers[comp] | {
            header_of[s] for s in syms if s in header_of}
        if comp in REQUIRED:
            hdrs |= set(DRIVER_HEADERS)
        there = {h for h in hdrs if cov.headers.exists(h)}
        out.append((comp, (len(good), len(syms)),
                    (len([s for s in typed if protos[s]]), len(typed)),
                    (len(there), len(hdrs)), len(others),
                    sorted(syms - good), sorted(hdrs - there)))
        for s in sorted(syms):
            provider = next(r['provider'] for r in rows if r['symbol'] == s)
            cov.distinct[s] = (s in good, provider)
    return out


def percent(pair):
    return 100.0 * pair[0] / pair[1] if pair[1] else 100.0


def show_common(cov, out):
    common, lost = common_missing(cov)
    out.write('\nrumpkern symbols that two components or more need: '
              '%d of %d; not there: %s\n'
              % (len(common) - len(lost), len(common),
                 ' '.join(lost) or 'none'))


def show(rows, cov, out):
    out.write('%-24s %18s %18s %14s %9s\n' % (
        'component', 'symbols', 'prototypes', 'headers', '+others'))
    rows.sort(key=lambda r: (-percent(r[1]), r[0]))
    for comp, syms, protos, hdrs, others, _, _ in rows:
        out.write('%-24s' % comp)
        for pair, width in ((syms, 10), (protos, 10), (hdrs, 6)):
            out.write(' %*s %5.1f%%' % (
                width + 1, '%d/%d' % pair, percent(pair)))
        out.write(' %9s\n' % (others or ''))
    out.write('\nin all\n')
    for kind in cov.got:
        pair = (cov.got[kind], cov.all[kind])
        out.write('  %-12s %5d of %5d %6.1f%%\n' % ((kind,) + pair
                                                    + (percent(pair),)))
    show_common(cov, out)


def ratchet(cov, rows, path, update):
    """Failures: counts below the recorded ones.  Raises the record."""
    counts = {k: cov.got[k] for k in cov.got}
    common, lost = common_missing(cov)
    counts['rumpkern-common'] = len(common) - len(lost)
    for comp, syms, _, _, _, _, _ in rows:
        counts['symbols:' + comp] = syms[0]
    old = {}
    if os.path.exists(path):
        with open(path) as f:
            for line in f:
                if not line.startswith('#'):
                    name, value = line.rstrip('\n').split('\t')
                    old[name] = int(value)
    failures = ['%s fell from %d to %d' % (k, v, counts.get(k, 0))
                for k, v in old.items() if counts.get(k, 0) < v]
    if update:
        with open(path, 'w') as f:
            f.write('# Counts that may only rise; coverage.py --update.\n')
            for k in sorted(counts):
                f.write('%s\t%d\n' % (k, max(counts[k], old.get(k, 0))))
    return failures


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--nm', default='nm')
    ap.add_argument('--output')
    ap.add_argument('--symbols', help='more names, one a line')
    ap.add_argument('--missing')
    ap.add_argument('--update', action='store_true')
    ap.add_argument('--ratchet', default=os.path.join(HERE, 'ratchet.tsv'))
    argv = sys.argv[1:]
    split = argv.index('--')
    ap.add_argument('libraries', nargs='*')
    opts = ap.parse_args(argv[:split])
    cov = Coverage(Headers(argv[split + 1:]),
                   defined_symbols(opts.nm, opts.libraries))
    if opts.symbols:
        with open(opts.symbols) as f:
            cov.symbols.update(f.read().split())
    # As if defined, under the name that is looked for.
    cov.symbols.update('rumpns_' + s for s in spelt(cov.headers))
    cov.distinct = {}
    wanted = {r['symbol'] for r in table('demand')
              if r['component'] in REQUIRED}
    protos = cov.prototypes(wanted)
    cov.fields()
    cov.names()
    cov.all_headers()
    rows = component_rows(cov, protos)
    for s, (good, provider) in sorted(cov.distinct.items()):
        if provider in FACTIONS:
            cov.count('symbols', s, good, provider)
    with open(opts.output, 'w') if opts.output else sys.stdout as out:
        show(rows, cov, out)
    if opts.output:
        sys.stdout.write(open(opts.output).read())
    if opts.missing:
        with open(opts.missing, 'w') as f:
            for comp, syms, _, hdrs, _, lost, lost_h in rows:
                if comp in REQUIRED:
                    f.write('%s: symbols %s; headers %s\n'
                            % (comp, ' '.join(lost), ' '.join(lost_h)))
            for m in cov.missing:
                f.write('\t'.join(m) + '\n')
    bad = ratchet(cov, rows, opts.ratchet, opts.update)
    for comp, syms, _, hdrs, _, lost, lost_h in rows:
        if comp in REQUIRED and percent(syms) < 80:
            bad.append('%s: under 80 %% of symbols' % comp)
        if comp in REQUIRED and lost_h:
            bad.append('%s: headers missing: %s' % (comp, ' '.join(lost_h)))
    for b in bad:
        sys.stdout.write('FAIL: %s\n' % b)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
