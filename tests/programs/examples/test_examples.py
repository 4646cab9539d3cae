#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The examples, built and run.

usage: test_examples.py RUMPCC VARIANT BUILD SOURCE SANITIZE CC

Builds each of them with rumpcc and cc in a folder of its own and runs it on
real input: a driver, a file system, a program that reads an image.
"""
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest

RUMPCC = os.path.abspath(sys.argv[1])
VARIANT, BUILD, SOURCE, SANITIZE, CC = sys.argv[2:7]
RUMPCC = os.path.abspath(RUMPCC)
LIBS = os.path.join(BUILD, 'variants', VARIANT)
EXAMPLES = os.path.join(SOURCE, 'examples')


class Examples(unittest.TestCase):
    """Each test has a folder of its own."""

    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = self.tmp.name

    def tearDown(self):
        self.tmp.cleanup()

    def run_ok(self, *args):
        """Run a command that must succeed; its output."""
        p = subprocess.run(args, cwd=self.dir, env=self.env(),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(p.returncode, 0, '%s: %s' % (
            ' '.join(args), (p.stdout + p.stderr).decode('utf8', 'replace')))
        return p.stdout

    def env(self):
        path = self.dir + ':' + LIBS
        return dict(os.environ, LD_LIBRARY_PATH=path,
                    HOSTFIFO=os.path.join(self.dir, 'fifo'))

    def component(self, name, *sources, user=()):
        args = [os.path.join(EXAMPLES, s) for s in sources]
        for s in user:
            args += ['--user', os.path.join(EXAMPLES, s)]
        self.run_ok(RUMPCC, '-' + VARIANT, '-o', name, *args)

    def program(self, name, source, *libs):
        sanitize = [] if SANITIZE == 'none' else ['-fsanitize=' + SANITIZE]
        self.run_ok(CC, '-Wall', *sanitize, '-o', name,
                    '-I' + os.path.join(SOURCE, 'include'),
                    '-I' + os.path.join(BUILD, 'include'),
                    os.path.join(EXAMPLES, source), '-L.', '-L' + LIBS,
                    '-Wl,--no-as-needed', *['-l' + l for l in libs])

    def test_rot13(self):
        self.component('librumpdev_rot13.so', 'rot13/rot13.c')
        self.program('talk', 'rot13/talk.c', 'rumpdev_rot13', 'rumpvfs',
                     'rump', 'rumpuser')
        self.assertEqual(self.run_ok('./talk', 'Hello, world'),
                         b'Uryyb, jbeyq\n')

    def test_hostfifo(self):
        """A component's own user half blocks in the host; the kernel goes
        on."""
        self.component('librumpdev_hostfifo.so', 'hostfifo/hostfifo.c',
                       user=['hostfifo/hostfifo_user.c'])
        self.program('wait', 'hostfifo/wait.c', 'rumpdev_hostfifo',
                     'rumpvfs', 'rump', 'rumpuser', 'pthread')
        os.mkfifo(os.path.join(self.dir, 'fifo'))
        self.assertEqual(self.run_ok('./wait', 'Hello, host'),
                         b'Hello, host\n')

    def tree(self):
        """Files to put into images, and the names with their content."""
        files = {'one': b'first\n', 'sub/two': b'second\n', 'empty': b''}
        r = random.Random(1)
        files['sub/deep/big'] = bytes(r.randrange(256) for _ in range(70001))
        top = os.path.join(self.dir, 'tree')
        for name, data in files.items():
            path = os.path.join(top, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as f:
                f.write(data)
        os.symlink('sub/two', os.path.join(top, 'link'))
        files['link'] = files['sub/two']
        return top, files

    def test_tarfs(self):
        self.component('librumpfs_tarfs.so', 'tarfs/tarfs.c',
                       'tarfs/tarfs_tree.c')
        self.program('tarcat', 'tarfs/tarcat.c', 'rumpfs_tarfs', 'rumpvfs',
                     'rump', 'rumpuser')
        top, files = self.tree()
        archive = os.path.join(self.dir, 'a.tar')
        with tarfile.open(archive, 'w', format=tarfile.USTAR_FORMAT) as t:
            t.add(top, '.')
        for name, data in files.items():
            self.assertEqual(self.run_ok('./tarcat', 'a.tar', name), data)
        self.assertEqual(
            sorted(self.run_ok('./tarcat', 'a.tar', 'sub').split()),
            [b'.', b'..', b'deep', b'two'])
        self.damaged(archive)

    def damaged(self, archive):
        """What is no archive is refused; nothing ends by a signal."""
        with open(archive, 'rb') as f:
            good = f.read()
        r = random.Random(2)
        for i in range(60):
            bad = bytearray(good)
            for _ in range(1 + i % 5):
                bad[512 * r.randrange(len(bad) // 512)
                    + r.randrange(512)] = r.randrange(256)
            if i % 10 == 0:
                del bad[r.randrange(len(bad)):]
            with open(os.path.join(self.dir, 'bad.tar'), 'wb') as f:
                f.write(bad)
            p = subprocess.run(['./tarcat', 'bad.tar', '.'], cwd=self.dir,
                               env=self.env(), timeout=20,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
            self.assertIn(p.returncode, (0, 1), p.stderr)

    def test_readfile(self):
        mke2fs = shutil.which('mke2fs') or shutil.which(
            'mke2fs', path='/usr/sbin:/sbin')
        if mke2fs is None:
            self.skipTest('mke2fs is not installed')
        self.program('readfile', 'readfile.c', 'rumpfs_ext2fs', 'rumpvfs',
                     'rump', 'rumpuser')
        top, files = self.tree()
        self.run_ok(mke2fs, '-q', '-t', 'ext4', '-d', top, 'disk.img', '8M')
        for name, data in files.items():
            self.assertEqual(
                self.run_ok('./readfile', 'disk.img', '/' + name), data)

    def test_blocksrv(self):
        """Clients with requests of all kinds; a signal ends it cleanly."""
        self.program('blocksrv', 'blocksrv/blocksrv.c', 'rumpuser')
        data = random.Random(3).randbytes(300000)
        with open(os.path.join(self.dir, 'image'), 'wb') as f:
            f.write(data)
        path = os.path.join(self.dir, 'sock')
        server = subprocess.Popen(['./blocksrv', 'image', 'sock'],
                                  cwd=self.dir, env=self.env(),
                                  stderr=subprocess.PIPE)
        self.assertIn(b'300000 bytes', server.stderr.readline())
        socks = []
        for _ in range(20):
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)
            socks.append(s)
        r = random.Random(4)
        for i in range(400):
            f = socks[i % 20].makefile('rb')
            off, n = r.randrange(310000), r.randrange(100000)
            msg = struct.pack('QQ', off, n)
            socks[i % 20].sendall(msg[:5])      # in two pieces
            socks[i % 20].sendall(msg[5:])
            size, = struct.unpack('q', f.read(8))
            self.assertEqual(f.read(size), data[off:off + n])
        socks[0].sendall(struct.pack('QQ', 0, 1 << 40))
        self.assertEqual(struct.unpack('q', socks[0].recv(8)), (-22,))
        socks[1].sendall(b'half')
        socks[1].close()
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(timeout=60), 0, server.stderr.read())
        server.stderr.close()
        self.assertFalse(os.path.exists(path))
        for s in socks:
            s.close()


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
