#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""test_install.py MESON BUILD VARIANTS PREFIX: an installation works.

Installs into a scratch DESTDIR, finds the libraries with pkg-config, links a
program to them shared and static, and runs it on an ext4 image.  The installed
rumpcc builds a component.
"""
import os
import subprocess
import sys
import tempfile
import unittest

MESON, BUILD, VARIANTS, PREFIX = sys.argv[1:5]

PROGRAM = r'''
#include <sys/types.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <rump/rump.h>
#include <rump/rump_syscalls.h>

int
main(int argc, char *argv[])
{
	static char dev[] = "/dev/image";
	struct rump_ufs_args args = { dev };
	char buf[100] = "";
	int fd;

	if (rump_init() != 0 ||
	    rump_pub_etfs_register(dev, argv[1], RUMP_ETFS_BLK) != 0)
		return 2;
	if (rump_sys_mkdir("/m", 0755) != 0 || rump_sys_mount(
	    RUMP_MOUNT_EXT2FS, "/m", RUMP_MNT_RDONLY, &args,
	    sizeof(args)) != 0)
		return 3;
	if ((fd = rump_sys_open("/m/hello", RUMP_O_RDONLY)) < 0 ||
	    rump_sys_read(fd, buf, sizeof(buf) - 1) < 0)
		return 4;
	printf("%s", buf);
	if (rump_sys_close(fd) != 0)
		return 5;
	return rump_sys_unmount("/m", 0) != 0;
}
'''


class Install(unittest.TestCase):
    """One installation for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        d = cls.dir = cls.tmp.name
        cls.dest = os.path.join(d, 'dest')
        subprocess.run([MESON, 'install', '-C', BUILD, '--no-rebuild',
                        '--quiet', '--destdir', cls.dest], check=True,
                       stdout=subprocess.DEVNULL)
        os.mkdir(os.path.join(d, 'tree'))
        with open(os.path.join(d, 'tree', 'hello'), 'w') as f:
            f.write('hello, kernel\n')
        cls.image = os.path.join(d, 'image')
        with open(cls.image, 'wb') as f:
            f.truncate(8 << 20)
        subprocess.run(['mke2fs', '-q', '-t', 'ext4', '-d',
                        os.path.join(d, 'tree'), cls.image], check=True)
        with open(os.path.join(d, 'prog.c'), 'w') as f:
            f.write(PROGRAM)
        cls.pc = None
        for base, _, files in os.walk(cls.dest):
            if 'rump.pc' in files or 'rump-smp.pc' in files:
                cls.pc = base

    @classmethod
    def tearDownClass(cls):
        cls.tmp.cleanup()

    def pkgconfig(self, name, *args):
        """What pkg-config says of a package, in the scratch root."""
        env = dict(os.environ, PKG_CONFIG_LIBDIR=self.pc,
                   PKG_CONFIG_SYSROOT_DIR=self.dest)
        return subprocess.run(['pkg-config', *args, name], env=env,
                              check=True, capture_output=True,
                              text=True).stdout.split()

    def link_and_run(self, variant, *static):
        """Build the program as its user would; what it prints."""
        name = 'rumpfs_ext2fs' + ('' if variant == 'up' else '-' + variant)
        prog = os.path.join(self.dir, 'prog')
        flags = self.pkgconfig(name, '--cflags', '--libs')
        if static:
            flags = self.pkgconfig(name, '--static', '--cflags', '--libs')
        subprocess.run(['cc', '-Wall', '-Werror', '-o', prog, *static,
                        os.path.join(self.dir, 'prog.c'), *flags],
                       check=True)
        dirs = [f[2:] for f in flags if f.startswith('-L')]
        r = subprocess.run([prog, self.image], capture_output=True, text=True,
                           env=dict(os.environ,
                                    LD_LIBRARY_PATH=':'.join(dirs)))
        self.assertEqual((r.returncode, r.stdout), (0, 'hello, kernel\n'),
                         r.stderr)

    def test_shared(self):
        for v in VARIANTS.split(','):
            with self.subTest(v):
                self.link_and_run(v)

    def test_static(self):
        for v in VARIANTS.split(','):
            with self.subTest(v):
                self.link_and_run(v, '-static')

    def test_manual_pages(self):
        got = {f for _, _, fs in os.walk(self.dest) for f in fs}
        for page in ('fsu.1', 'rumpcc.1', 'rump.3', 'ext2fs.4', 'tmpfs.4'):
            self.assertTrue({page, page + '.gz'} & got, page)

    def test_rumpcc(self):
        src = os.path.join(self.dir, 'c.c')
        with open(src, 'w') as f:
            f.write('#include <sys/param.h>\n#include <sys/vnode.h>\n'
                    '#include <rump/rumpuser.h>\nint x = MAXBSIZE;\n')
        rumpcc = os.path.join(self.dest, PREFIX.lstrip('/'), 'bin', 'rumpcc')
        subprocess.run([rumpcc, '-' + VARIANTS.split(',')[0], '-o',
                        os.path.join(self.dir, 'c.so'), src], check=True)


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], '-v'])
