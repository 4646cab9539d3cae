#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each header of the kernel's root by itself: a foreign source may include
any of them first.  As C99, which such sources are compiled as, without a
warning, for each variant and with every compiler given.

usage: alone.py --root DIR... [--cc CC]... -- ARGS...
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys

VARIANTS = ('-DRUMP_UP', '-DRUMP_SMP')
WARNINGS = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-sign-compare',
            '-Wno-missing-field-initializers', '-Werror']


def headers(roots):
    out = set()
    for root in roots:
        for folder, _, files in os.walk(root):
            for name in files:
                path = os.path.relpath(os.path.join(folder, name), root)
                # Those are for -imacros and -include.
                if name.endswith('.h') and not path.startswith(
                        ('rump-opt/', 'rump/')):
                    out.add(path)
    return sorted(out)


def compile_one(job):
    cc, args, header = job
    run = subprocess.run(
        [cc] + args + WARNINGS + ['-std=gnu99', '-fsyntax-only', '-x', 'c',
                                  '-'],
        input='#include <%s>\nint used;\n' % header, capture_output=True,
        text=True)
    if run.returncode == 0:
        return None
    return '%s (%s):\n%s' % (header, cc, run.stderr)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--root', action='append', default=[])
    ap.add_argument('--cc', action='append', default=[])
    argv = sys.argv[1:]
    split = argv.index('--')
    opts = ap.parse_args(argv[:split])
    # The variant is chosen here, the standard too.
    args = [a for a in argv[split + 1:]
            if a not in VARIANTS and not a.startswith('-std=')]
    jobs = []
    for h in headers(opts.root):
        for n, cc in enumerate(opts.cc):
            # Both variants with the first compiler, in turn with others.
            for v in VARIANTS if n == 0 else VARIANTS[:1]:
                jobs.append((cc, args + [v], h))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        bad = [r for r in pool.map(compile_one, jobs) if r]
    for b in bad:
        print('FAIL: ' + b)
    print('%d headers, %d compilations, %d failed'
          % (len(headers(opts.root)), len(jobs), len(bad)))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
