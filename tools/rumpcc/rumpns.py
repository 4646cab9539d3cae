#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""rumpns: give kernel-namespace objects their name space and archive them.

Every external symbol, defined or undefined, that does not match KEEP becomes
rumpns_<symbol>.  Archives whose name ends in _user.a hold a component's host
half and go in untouched.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

KEEP = re.compile(r'^(rump|RUMP|__|_GLOBAL_OFFSET_TABLE_)')
THIN = b'!<thin>\n'
ARCH = b'!<arch>\n'


def run(*argv):
    """Run a tool; its standard output as text, or exit with its message."""
    r = subprocess.run(argv, capture_output=True, text=True)
    if r.returncode != 0:
        sys.exit('%s: %s' % (argv[0], r.stderr.strip() or 'failed'))
    return r.stdout


def members(path, ar, tmp):
    """The object files that a file stands for: itself, or its members."""
    with open(path, 'rb') as f:
        magic = f.read(8)
    if magic == THIN:
        return run(ar, 't', path).splitlines()
    if magic == ARCH:
        d = tempfile.mkdtemp(dir=tmp)
        subprocess.run([ar, 'x', os.path.abspath(path)], cwd=d, check=True)
        return [os.path.join(d, m) for m in run(ar, 't', path).splitlines()]
    return [path]


def externals(objects, nm):
    """All external symbols that the objects define or want."""
    names = set()
    for line in run(nm, '-g', '-P', *objects).splitlines():
        f = line.split()
        if len(f) >= 2 and len(f[1]) == 1:
            names.add(f[0])
    return names


def rename(objects, tmp, nm='nm', objcopy='objcopy', extra_keep=None):
    """Copies of the kernel objects with renamed symbols, in folder tmp."""
    keep = re.compile(extra_keep) if extra_keep else None
    mapping = os.path.join(tmp, 'symbols')
    with open(mapping, 'w') as f:
        for s in sorted(externals(objects, nm)):
            if not KEEP.match(s) and not s.startswith('rumpns_') \
                    and not (keep and keep.match(s)):
                f.write('%s rumpns_%s\n' % (s, s))
    out = []
    for n, o in enumerate(objects):
        copy = os.path.join(tmp, '%03d_%s' % (n, os.path.basename(o)))
        run(objcopy, '--redefine-syms=' + mapping, o, copy)
        out.append(copy)
    return out


def archive(output, objects, ar):
    """Make a plain archive of the objects, replacing what stood there."""
    part = output + '.part'
    if os.path.exists(part):
        os.unlink(part)
    run(ar, 'crsD', part, *objects)
    os.replace(part, output)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--nm', default='nm')
    p.add_argument('--objcopy', default='objcopy')
    p.add_argument('--ar', default='ar')
    p.add_argument('-o', dest='output', required=True)
    p.add_argument('inputs', nargs='+')
    a = p.parse_args()
    tmp = tempfile.mkdtemp(prefix='rumpns')
    try:
        kernel, user = [], []
        for i in a.inputs:
            half = user if i.endswith('_user.a') else kernel
            half += members(i, a.ar, tmp)
        done = rename(kernel, tmp, a.nm, a.objcopy) if kernel else []
        archive(a.output, done + user, a.ar)
    finally:
        shutil.rmtree(tmp)


if __name__ == '__main__':
    main()
