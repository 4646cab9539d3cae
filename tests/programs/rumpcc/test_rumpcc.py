#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""rumpcc from its user's side: test_rumpcc.py RUMPCC VARIANT LIBROOT SOURCE.

Builds small components out of tree and loads them; checks that a component of
the other variant is refused by name at load and at link time, that a KPI
header of a foreign tree is refused, and what the other options promise.
"""
import os
import subprocess
import sys
import tempfile
import unittest

RUMPCC, VARIANT, LIBROOT, SOURCE = sys.argv[1:5]
RUMPCC = os.path.abspath(RUMPCC)
OTHER = 'smp' if VARIANT == 'up' else 'up'
LIBS = os.path.join(LIBROOT, VARIANT)

COMPONENT = '''
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/module.h>

MODULE(MODULE_CLASS_MISC, outoftree, NULL);

int rumptest_loaded;

static int
outoftree_modcmd(modcmd_t cmd, void *arg)
{

	switch (cmd) {
	case MODULE_CMD_INIT:
		rumptest_loaded++;
		return 0;
	case MODULE_CMD_FINI:
		return 0;
	default:
		return ENOTTY;
	}
}
'''

PROGRAM = '''
#include <stdio.h>
#include <dlfcn.h>
int rump_init(void);
int main(int argc, char **argv)
{
	int *loaded;
	void *h;

	if (argc > 2 && rump_init() != 0)
		return 4;
	if ((h = dlopen(argv[1], RTLD_LAZY|RTLD_GLOBAL)) == NULL) {
		printf("%s\\n", dlerror());
		return 2;
	}
	if (argc <= 2 && rump_init() != 0)
		return 4;
	loaded = dlsym(h, "rumptest_loaded");
	if (!dlsym(h, "__start_link_set_modules") ||
	    !dlsym(h, "__stop_link_set_modules"))
		return 3;
	return loaded && *loaded == 1 ? 0 : 1;
}
'''


class Rumpcc(unittest.TestCase):
    """Each test has a folder of its own."""

    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = self.tmp.name
        self.write('comp.c', COMPONENT)

    def tearDown(self):
        self.tmp.cleanup()

    def write(self, name, text):
        """A file with this text; its path."""
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        return path

    def rumpcc(self, *args, status=0):
        """Run rumpcc in the test's folder; its output and messages."""
        r = subprocess.run([RUMPCC, '-' + VARIANT, *args], cwd=self.dir,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
        self.assertEqual(r.returncode, status, r.stdout)
        return r.stdout

    def program(self, *extra):
        """The test program, linked to this variant's librump."""
        out = os.path.join(self.dir, 'prog')
        src = self.write('prog.c', PROGRAM)
        return out, subprocess.run(
            ['cc', '-o', out, src, *sanitizer(), '-Wl,--no-as-needed', *extra,
             '-L' + LIBS, '-lrump', '-lrumpuser', '-Wl,-rpath,' + LIBS],
            capture_output=True, text=True)

    def test_loads_before_and_after_init(self):
        self.rumpcc('-o', 'librumpkern_oot.so', 'comp.c')
        prog, r = self.program()
        self.assertEqual(r.returncode, 0, r.stderr)
        so = os.path.join(self.dir, 'librumpkern_oot.so')
        for after in ([], ['after']):
            r = subprocess.run([prog, so, *after], capture_output=True,
                               text=True)
            self.assertEqual(r.returncode, 0, r.stdout + r.stderr)

    def test_symbols_have_prefix(self):
        self.write('a.c', 'int foo(void); int bar(void) { return foo(); }\n'
                   'int rump_x(void) { return 0; }\n')
        self.rumpcc('-c', 'a.c')
        out = subprocess.run(['nm', os.path.join(self.dir, 'a.o')],
                             capture_output=True, text=True).stdout
        for s in ('rumpns_foo', 'rumpns_bar', ' rump_x'):
            self.assertIn(s, out)

    def test_variants_do_not_mix(self):
        """The message names both variants, at load and at link time."""
        if not os.path.exists(os.path.join(LIBROOT, OTHER)):
            self.skipTest('built without the other variant')
        want = 'rump_abi_is_%s_not_%s' % (OTHER, VARIANT)
        self.rumpcc('-' + OTHER, '-o', 'librumpkern_wrong.so', 'comp.c')
        prog, _ = self.program()
        so = os.path.join(self.dir, 'librumpkern_wrong.so')
        r = subprocess.run([prog, so], capture_output=True, text=True)
        self.assertEqual(r.returncode, 2)
        self.assertIn(want, r.stdout)
        _, r = self.program(so)
        self.assertNotEqual(r.returncode, 0)
        self.assertIn(want, r.stderr)

    def test_foreign_kpi_header_is_refused(self):
        self.write('tree/sys/audioio.h', '#define FOREIGN 1\n')
        self.write('tree/fs/foo/foo.h', '#define FOO 1\n')
        missing = not os.path.exists(
            os.path.join(SOURCE, 'include/kern/sys/audioio.h'))
        if missing:
            self.write('f.c', '#include <sys/audioio.h>\n'
                       '#include <fs/foo/foo.h>\nint x = FOO;\n')
            out = self.rumpcc('-Itree', '-o', 'f.so', 'f.c', status=1)
            self.assertIn('sys/audioio.h', out)
            self.rumpcc('-Itree', '-allow-foreign', 'sys/audioio.h', '-o',
                        'f.so', 'f.c')
        self.write('g.c', '#include <fs/foo/foo.h>\nint x = FOO;\n')
        out = self.rumpcc('-Itree', '-print-foreign', 'g.c')
        self.assertRegex(out, r'^fs/foo/foo\.h\t.*tree/fs/foo/foo\.h$')

    def test_our_headers_come_first(self):
        self.write('tree/sys/param.h', '#error taken from the wrong tree\n')
        self.write('h.c', '#include <sys/param.h>\nint x = MAXBSIZE;\n')
        self.rumpcc('-Itree', '-o', 'h.so', 'h.c')

    def test_foreign_warnings_are_no_errors(self):
        self.write('w.c', 'static int unused; int f(int a) '
                   '{ unsigned b = 1; return a < b; }\n')
        self.rumpcc('-Wall', '-Wextra', '-o', 'w.so', 'w.c')

    def test_host_half(self):
        self.write('k.c', 'int rumpcomp_pid(void); int rump_pid(void);\n'
                   'int rump_pid(void) { return rumpcomp_pid(); }\n')
        self.write('u.c', '#include <unistd.h>\nint rumpcomp_pid(void);\n'
                   'int rumpcomp_pid(void) { return getpid(); }\n')
        self.rumpcc('-o', 'k.a', 'k.c', '--user', 'u.c')
        out = subprocess.run(['nm', os.path.join(self.dir, 'k.a')],
                             capture_output=True, text=True).stdout
        self.assertIn(' T rumpcomp_pid', out)
        self.assertIn(' U getpid', out)

    def test_ioconf(self):
        self.write('files', 'define testbus { [port = -1] }\n'
                   'device tdev: disk\nattach tdev at testbus\n'
                   'devclass disk\n')
        self.write('T.ioconf', 'ioconf T\ninclude "files"\n'
                   'pseudo-root testbus*\ntdev* at testbus? port ?\n')
        self.write('i.c', '#include "locators.h"\n'
                   'int port = TESTBUSCF_PORT;\n')
        self.rumpcc('--ioconf', 'T.ioconf', '-o', 'i.so', 'i.c')

    def test_wrong_use(self):
        self.assertIn('usage', self.rumpcc('--nonsense', status=2))
        self.assertIn('no input', self.rumpcc('-o', 'x.so', status=2))

    def test_print_flags(self):
        out = self.rumpcc('-print-flags', '-Itree')
        self.assertIn('-nostdinc', out)
        self.assertLess(out.index('include/kern'), out.index('-Itree'))


def sanitizer():
    """Flags of the libraries' sanitizer, which the program must have too."""
    out = subprocess.run([RUMPCC, '-' + VARIANT, '-print-flags'],
                         capture_output=True, text=True).stdout
    return [f for f in out.split() if f.startswith('-fsanitize=')]


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], '-v'])
