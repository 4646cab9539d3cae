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
    try:
        out = subprocess.run(['git', '-C', TOP, 'ls-files'],
                             capture_output=True, text=True).stdout
    except OSError:
        out = ''
    if out:
        return [f for f in out.splitlines()
                if os.path.exists(os.path.join(TOP, f))]
    return [os.path.relpath(os.path.join(d, f), TOP)
            for d, _, fs in os.walk(TOP) for f in fs
            if not re.search(r'/(build|\.git|__pycache__)(/|$)', d)]


class Docs(unittest.TestCase):

    def test_readme_dirs(self):
        """Each folder the build enters has its line, each other one or an
        ancestor's; and no line is about nothing."""
        with open(os.path.join(TOP, 'README.dirs')) as f:
            named = {line.split()[0].rstrip('/') for line in f
                     if re.match(r'\S+/\s', line)}
        folders, built = set(), set()
        for f in tracked():
            d = os.path.dirname(f)
            if os.path.basename(f) == 'meson.build' and d and \
                    not d.startswith(('include/kern/', 'tests/')):
                built.add(d)
            while d:
                folders.add(d)
                d = os.path.dirname(d)
        self.assertEqual(named - folders, set(), 'no such folder')
        self.assertEqual(built - named - {'variants/up', 'variants/smp'},
                         set(), 'not in README.dirs')
        for f in folders:
            up = [f]
            while up[-1]:
                up.append(os.path.dirname(up[-1]))
            tops = ('components', 'components/fs', 'librump')
            self.assertTrue(f in tops or named & set(up),
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
