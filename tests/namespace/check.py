#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the two namespaces, checked on what was built.

check.py objects NAME KERNEL_ARCHIVE FINAL_ARCHIVE [USED_ARCHIVE ...]
    1. undefined symbols of the kernel-namespace objects are only those of the
       libraries that NAME may use, rumpuser_*, its own rumpcomp_*, and the
       helpers of compilers and sanitizers (helpers.txt);
    2. in the final archive each external symbol of the kernel namespace has
       its prefix, KPI symbols have default visibility, and nothing is LTO.
check.py host ARCHIVE
    5. the host layer wants nothing of the kernel.
check.py headers ROOT LIST
    the kernel header root holds only KPI headers, and ours in rump-*/.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'tools', 'rumpcc'))
import rumpns   # noqa: E402


def symbols(archive):
    """(defined, undefined) external symbols of an archive."""
    defined, undefined = set(), set()
    out = subprocess.run(['nm', '-g', '-P', archive], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        f = line.split()
        if len(f) >= 2 and len(f[1]) == 1:
            (undefined if f[1] in 'Uwv' else defined).add(f[0])
    return defined, undefined - defined


def renamed(name):
    """The name a kernel symbol has after renaming."""
    return name if rumpns.KEEP.match(name) else 'rumpns_' + name


def helpers():
    """One pattern of all that compilers and sanitizers may ask for."""
    with open(os.path.join(HERE, 'helpers.txt')) as f:
        pats = [line.split('#')[0].strip() for line in f]
    return re.compile('|'.join('(?:%s)$' % p for p in pats if p))


def check_objects(name, kernel, final, used):
    """Rules 1 to 3 for one library; the list of faults."""
    faults = []
    defined, undefined = symbols(kernel)
    known = {renamed(s) for s in defined}
    for u in used:
        known |= symbols(u)[0]
    allowed = helpers()
    for s in sorted(undefined):
        r = renamed(s)
        if r in known or allowed.match(s) or s.startswith(
                ('rumpuser_', 'rumpcomp_')):
            continue
        faults.append('%s: undefined: %s is of no library it may use'
                      % (name, s))
    final_defined, _ = symbols(final)
    for s in sorted(defined):
        if renamed(s) not in final_defined:
            faults.append('%s: %s has no %s' % (name, s, renamed(s)))
        if not rumpns.KEEP.match(s) and s in final_defined:
            faults.append('%s: %s kept its bare name' % (name, s))
    return faults + check_sections(name, final)


def check_sections(name, archive):
    """No hidden kernel symbol, no LTO section."""
    out = subprocess.run(['readelf', '-sSW', archive], check=True,
                         capture_output=True, text=True).stdout
    faults = []
    if '.gnu.lto_' in out:
        faults.append('%s: objects hold LTO code' % name)
    for line in out.splitlines():
        f = line.split()
        if len(f) == 8 and f[4] == 'GLOBAL' and f[5] in (
                'HIDDEN', 'INTERNAL') and f[7].startswith('rumpns_') \
                and f[6] != 'UND':
            faults.append('%s: %s is hidden' % (name, f[7]))
    return faults


def check_host(archive):
    """The host layer stands alone."""
    _, undefined = symbols(archive)
    return ['librumpuser wants %s' % s for s in sorted(undefined)
            if s.startswith(('rumpns_', 'rump_', 'rumpcomp_'))]


def check_headers(root, listing):
    """Only KPI headers and ours in rump-*/ stand in the header root."""
    with open(listing) as f:
        kpi = set(f.read().split())
    faults = []
    for d, _, files in os.walk(root):
        for n in files:
            rel = os.path.relpath(os.path.join(d, n), root)
            if not n.endswith('.h') or rel.startswith('rump-'):
                continue
            if rel not in kpi:
                faults.append('%s: not a header of the KPI' % rel)
    return sorted(faults)


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == 'objects':
        faults = check_objects(args[0], args[1], args[2], args[3:])
    elif what == 'host':
        faults = check_host(args[0])
    else:
        faults = check_headers(args[0], args[1])
    for f in faults:
        print(f)
    sys.exit(1 if faults else 0)


if __name__ == '__main__':
    main()
