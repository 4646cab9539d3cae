#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""test_docs.py SOURCE: the documents are true to the tree.

README.dirs names each folder and no other; manual pages are clean mdoc; every
source file says its licence.
"""
import os
import re
import subprocess
import sys
import unittest

TOP = sys.argv[1]


def tracked():
    """The files that belong to the tree, relative to its root."""
    r = subprocess.run(['git', '-C', TOP, 'ls-files'], capture_output=True,
                       text=True)
    if r.returncode == 0 and r.stdout:
        return r.stdout.splitlines()
    return [os.path.relpath(os.path.join(d, f), TOP)
            for d, _, fs in os.walk(TOP) for f in fs
            if not re.search(r'/(build|\.git)(/|$)', d)]


class Docs(unittest.TestCase):

    def test_readme_dirs(self):
        """A folder is described by itself or by its parent's line."""
        with open(os.path.join(TOP, 'README.dirs')) as f:
            named = {line.split()[0].rstrip('/') for line in f
                     if re.match(r'\S+/\s', line)}
        folders = {os.path.dirname(f) for f in tracked()} - {''}
        for n in named:
            self.assertIn(n, {p for f in folders for p in
                              [f] + [f[:i] for i, c in enumerate(f)
                                     if c == '/']}, 'no such folder')
        for f in folders:
            parents = [f[:i] for i, c in enumerate(f) if c == '/']
            self.assertTrue(f in named or parents and parents[-1] in named,
                            '%s is not in README.dirs' % f)

    def test_manual_pages(self):
        pages = [f for f in tracked() if re.search(r'\.[1-9]$', f)]
        self.assertTrue(pages)
        for p in pages:
            r = subprocess.run(['mandoc', '-Tlint', '-Wwarning',
                                os.path.join(TOP, p)], capture_output=True,
                               text=True)
            self.assertEqual(r.returncode, 0, r.stdout + r.stderr)

    def test_licence(self):
        for f in tracked():
            if not f.endswith(('.c', '.h', '.py', '.sh', 'meson.build')):
                continue
            with open(os.path.join(TOP, f)) as fp:
                head = fp.read(300)
            self.assertIn('SPDX-License-Identifier: BSD-2-Clause', head, f)


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], '-v'])
