#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sum up the meson test logs of several build folders.

Prints the coverage table of the kernel interface, minutes per build, the ten
slowest tests, what was skipped and why, what failed, and, as the last line,
the counts.
"""
import json
import os
import re
import sys


def records(path):
    """The tests of one meson testlog.json, one object a line."""
    try:
        with open(path) as f:
            return [json.loads(line) for line in f]
    except OSError:
        return []


def seconds(path):
    """The number that a file holds, or None."""
    try:
        with open(path) as f:
            return int(f.read())
    except OSError:
        return None


def reason(r):
    """Why a skipped test says it was skipped."""
    for line in (r.get('stdout') or '').splitlines():
        if 'skip' in line.lower():
            return line.strip()
    return 'no reason given'


def main():
    top, builds = sys.argv[1], sys.argv[2:]
    every, missing = [], []
    for b in builds:
        log = os.path.join(top, b, 'meson-logs', 'testlog.json')
        rs = records(log)
        if not rs:
            missing.append(b)
        every += [(b, r) for r in rs]
    for b, r in every:
        if re.search(r'kpi[ _-]coverage', r['name']):
            print((r.get('stdout') or '').rstrip())
            break
    for b in builds:
        built = seconds(os.path.join(top, b + '.built'))
        tested = seconds(os.path.join(top, b + '.tested'))
        print('%-8s build %s, tests %s' % (b, *(
            'none' if s is None else '%.1f min' % (s / 60)
            for s in (built, tested))))
    print('slowest tests:')
    for b, r in sorted(every, key=lambda x: -x[1]['duration'])[:10]:
        print('  %7.1f s  %s: %s' % (r['duration'], b, r['name']))
    bad, skipped, good = [], [], 0
    for b, r in every:
        if r['result'] in ('OK', 'EXPECTEDFAIL'):
            good += 1
        elif r['result'] == 'SKIP':
            skipped.append((b, r))
        else:
            bad.append((b, r))
    for b, r in skipped:
        print('skipped  %s: %s: %s' % (b, r['name'], reason(r)))
    for b, r in bad:
        print('FAILED   %s: %s (%s)' % (b, r['name'], r['result']))
    for b in missing:
        print('FAILED   %s: no test ran' % b)
    print('%d passed, %d failed, %d skipped'
          % (good, len(bad) + len(missing), len(skipped)))
    sys.exit(1 if bad or missing else 0)


if __name__ == '__main__':
    main()
