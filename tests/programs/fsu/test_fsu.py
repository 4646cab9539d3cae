#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""fsu from the outside: options, output, messages, exit status, partition
tables, hostile directories, confinement.  test_fsu.py FSU"""
import os
import pty
import re
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import images  # noqa: E402
import manifest  # noqa: E402

FSU = os.path.abspath(sys.argv.pop(1))
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
ROOT = os.geteuid() == 0


def fsu(*args, prog=FSU, **kw):
    """(status, output, messages) of a run; it must end within 10 s."""
    p = subprocess.run([prog, *args], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env=ENV, timeout=60, **kw)
    return p.returncode, p.stdout, p.stderr.decode("utf-8", "replace")


def on_terminal(*args):
    """What a run shows on a terminal."""
    parent, child = pty.openpty()
    p = subprocess.Popen([FSU, *args], stdin=subprocess.DEVNULL,
                         stdout=child, stderr=child, env=ENV)
    os.close(child)
    out = b""
    while True:
        try:
            data = os.read(parent, 4096)
        except OSError:
            break
        if not data:
            break
        out += data
    p.wait()
    os.close(parent)
    return p.returncode, out.replace(b"\r\n", b"\n")


def make_tree(top):
    os.makedirs(top + "/dir/sub")
    os.makedirs(top + "/etc")
    files = {"hello": b"hello, world\n", "dir/a": b"a" * 5000, "empty": b"",
             "dir/sub/deep": b"deep\n", "etc/passwd":
             b"root:x:0:0::/:/bin/sh\nann:x:1234:1234::/:/bin/sh\n",
             "etc/group": b"root:x:0:\nstaff:x:1234:\n", "with space": b"",
             "new\nline": b"", "\x1b[31mred": b"", "setuid": b"#!",
             "caf\u00e9": b""}
    for name, data in files.items():
        with open(os.path.join(top, name), "wb") as f:
            f.write(data)
    with open(os.path.join(os.fsencode(top), b"raw\xff"), "wb"):
        pass
    with open(top + "/sparse", "wb") as f:
        f.truncate(3 << 20)
        f.seek(1 << 20)
        f.write(b"data")
    os.link(top + "/hello", top + "/dir/hardlink")
    os.symlink("/dir/sub/deep", top + "/abs")
    os.symlink("dir", top + "/todir")
    os.symlink("loop", top + "/loop")
    os.symlink("../../../../dir/a", top + "/dir/up")
    os.mkfifo(top + "/fifo")
    os.chmod(top + "/setuid", 0o6755)
    os.chmod(top + "/dir/sub", 0o700)
    for root, dirs, names in os.walk(top):
        for n in names + dirs:
            p = os.path.join(root, n)
            os.utime(p, (10**9, 10**9), follow_symlinks=False)
    if ROOT:
        os.chown(top + "/hello", 1234, 1234)
        os.chown(top + "/dir/a", 77, 88)


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="fsu-test.",
                                    dir=os.environ.get("TMPDIR"))
        cls.tree = cls.work + "/tree"
        os.mkdir(cls.tree)
        make_tree(cls.tree)
        cls.img = cls.work + "/img"
        images.mke2fs(cls.img, cls.tree)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["chmod", "-R", "u+rwX", cls.work],
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(cls.work, ignore_errors=True)

    def ok(self, *args, **kw):
        status, out, err = fsu(*args, **kw)
        self.assertEqual((status, err), (0, ""), args)
        return out

    def fails(self, status, message, *args):
        got, out, err = fsu(*args)
        self.assertEqual(got, status, (args, err))
        self.assertIn(message, err)
        return out


class Listing(Base):
    def test_names(self):
        out = self.ok("ls", self.img).split(b"\n")
        for name in (b"hello", b"dir", b"raw\xff", b"lost+found", b"abs"):
            self.assertIn(name, out)
        self.assertNotIn(b".", out)
        out = self.ok("ls", "-a", self.img, "dir").split(b"\n")
        self.assertEqual(out, [b".", b"..", b"a", b"hardlink", b"sub",
                               b"up", b""])
        out = self.ok("ls", "-A", self.img, "/dir/")
        self.assertEqual(out, b"a\nhardlink\nsub\nup\n")
        self.assertEqual(self.ok("ls", "-d", self.img, "dir"), b"dir\n")
        self.assertEqual(self.ok("ls", "-r", self.img, "dir"),
                         b"up\nsub\nhardlink\na\n")
        self.assertEqual(self.ok("ls", "-S", self.img, "dir").split()[0:1],
                         [b"a"] if os.stat(self.tree + "/dir/sub").st_size
                         < 5000 else [b"sub"])

    def test_long(self):
        out = self.ok("ls", "-l", self.img, "hello").decode()
        self.assertRegex(out, r"^-rw-r--r-- 2 \S+ \S+ 13 Sep  9  2001 "
                         r"hello\n$")
        if ROOT:
            self.assertIn(" ann staff ", out)
            self.assertIn(" 1234 1234 ",
                          self.ok("ls", "-n", self.img, "hello").decode())
        out = self.ok("ls", "-l", self.img, "dir").decode()
        self.assertTrue(out.startswith("total "))
        self.assertIn("up -> ../../../../dir/a\n", out)
        out = self.ok("ls", "-l", "--time-style=full-iso", self.img,
                      "setuid").decode()
        self.assertIn("-rwsr-sr-x", out)
        self.assertIn("2001-09-09 01:46:40.000000000 +0000", out)
        self.assertIn("4.9K", self.ok("ls", "-lh", self.img,
                                      "dir/a").decode())
        self.assertIn("prw", self.ok("ls", "-l", self.img, "fifo").decode())

    def test_recursive(self):
        out = self.ok("ls", "-R", self.img, "dir").decode()
        self.assertEqual(out, "dir:\na\nhardlink\nsub\nup\n\ndir/sub:\n"
                         "deep\n")

    def test_inode(self):
        a = self.ok("ls", "-i", self.img, "hello").split()[0]
        b = self.ok("ls", "-i", self.img, "dir/hardlink").split()[0]
        self.assertEqual(a, b)

    def test_links(self):
        self.assertEqual(self.ok("ls", self.img, "todir"),
                         b"a\nhardlink\nsub\nup\n")
        out = self.ok("ls", "-l", self.img, "todir").decode()
        self.assertIn("todir -> dir\n", out)

    def test_status(self):
        out = self.fails(2, "fsu: cannot access 'nosuch': "
                         "No such file or directory\n", "ls", self.img,
                         "nosuch", "hello")
        self.assertEqual(out, b"hello\n")
        self.fails(2, "missing image operand", "ls")
        self.fails(2, "usage: fsu ls", "ls", "-Z", self.img)
        self.fails(2, "cannot open", "ls", self.work + "/nothing")

    def test_terminal(self):
        status, out = on_terminal("ls", "-1", self.img)
        self.assertEqual(status, 0)
        lines = out.split(b"\n")
        self.assertNotIn(b"\x1b", out)
        for want in (b"'with space'", b"'new'$'\\n''line'",
                     b"''$'\\033''[31mred'", b"'raw'$'\\377'", b"hello",
                     "caf\u00e9".encode()):
            self.assertIn(want, lines)
        self.assertIn(b"new\nline\n", self.ok("ls", self.img))
        _, out = on_terminal("ls", self.img)
        self.assertLess(out.count(b"\n"), lines.__len__() - 1)


class Reading(Base):
    def test_cat(self):
        self.assertEqual(self.ok("cat", self.img, "hello", "/dir/sub/deep"),
                         b"hello, world\ndeep\n")
        self.assertEqual(self.ok("cat", self.img, "abs"), b"deep\n")
        self.assertEqual(self.ok("cat", self.img, "dir/up"), b"a" * 5000)
        out = self.ok("cat", self.img, "sparse")
        self.assertEqual(out, b"\0" * (1 << 20) + b"data" +
                         b"\0" * ((2 << 20) - 4))

    def test_cat_status(self):
        out = self.fails(1, "fsu: nosuch: No such file or directory\n",
                         "cat", self.img, "nosuch", "hello")
        self.assertEqual(out, b"hello, world\n")
        self.fails(1, "fsu: dir: Is a directory\n", "cat", self.img, "dir")
        self.fails(1, "fsu: fifo: is a fifo\n", "cat", self.img, "fifo")
        self.fails(1, "Too many levels of symbolic links", "cat", self.img,
                   "loop")
        self.fails(1, "Not a directory", "cat", self.img, "hello/x")
        self.fails(1, "File name too long", "cat", self.img, "x" * 300)
        self.fails(1, "missing file operand", "cat", self.img)

    def test_long_paths(self):
        path = "dir/sub/../../" * 600 + "hello/../hello"
        self.fails(1, "Not a directory", "cat", self.img, path)
        path = "dir/sub/../../" * 600 + "hello"
        self.assertEqual(self.ok("cat", self.img, path), b"hello, world\n")

    def test_stat(self):
        st = os.lstat(self.tree + "/dir/a")
        out = self.ok("stat", "-c", "%n %s %a %A %f %F %u %g %h %Y %%",
                      self.img, "dir/a").decode()
        self.assertEqual(out, "dir/a %d %o %s %x regular file %d %d 1 %d "
                         "%%\n" % (st.st_size, stat.S_IMODE(st.st_mode),
                                   stat.filemode(st.st_mode), st.st_mode,
                                   st.st_uid, st.st_gid, int(st.st_mtime)))
        out = self.ok("stat", self.img, "abs").decode()
        self.assertIn("File: abs -> /dir/sub/deep\n", out)
        self.assertIn("symbolic link", out)
        self.assertIn("regular file",
                      self.ok("stat", "-L", self.img, "abs").decode())
        self.fails(1, "fsu: cannot stat 'no'", "stat", self.img, "no")

    def test_find(self):
        out = self.ok("find", self.img, "dir", "-type", "f").split()
        self.assertEqual(out, [b"dir/a", b"dir/hardlink", b"dir/sub/deep"])
        out = self.ok("find", self.img, "-name", "*e*", "-type", "f",
                      "-print0").split(b"\0")
        self.assertIn(b"/new\nline", out)
        out = self.ok("find", self.img, "dir", "-maxdepth", "1", "!",
                      "-name", "a").split()
        self.assertEqual(out, [b"dir", b"dir/hardlink", b"dir/sub",
                               b"dir/up"])
        out = self.ok("find", self.img, "dir", "(", "-name", "a", "-o",
                      "-name", "up", ")", "-links", "1").split()
        self.assertEqual(out, [b"dir/a", b"dir/up"])
        out = self.ok("find", self.img, "-perm", "-4000").split()
        self.assertEqual(out, [b"/setuid"])
        out = self.ok("find", self.img, "dir", "-depth").split()
        self.assertEqual(out[-1], b"dir")
        out = self.ok("find", self.img, "dir", "-name", "sub", "-prune",
                      "-o", "-type", "f", "-print").split()
        self.assertEqual(out, [b"dir/a", b"dir/hardlink"])
        out = self.ok("find", self.img, "-size", "+4k", "-name", "a")
        self.assertEqual(out, b"/dir/a\n")
        if ROOT:
            out = self.ok("find", self.img, "-user", "ann", "-group",
                          "staff").split()
            self.assertEqual(out, [b"/dir/hardlink", b"/hello"])
        self.assertIn(b"/fifo\n", self.ok("find", self.img, "-user",
                                          str(os.geteuid())))
        self.fails(1, "unknown predicate", "find", self.img, "-nonsense")
        self.fails(1, "cannot access 'no'", "find", self.img, "no")

    def test_du_df(self):
        out = self.ok("du", "-b", "-a", self.img, "dir").decode().split("\n")
        self.assertIn("5000\tdir/a", out)
        self.assertIn("5\tdir/sub/deep", out)
        total = int(self.ok("du", "-s", self.img, "dir").split()[0])
        both = self.ok("du", "-sc", self.img, "dir", "hello").decode()
        # hello is a second name of dir/hardlink.
        self.assertEqual(both, "%d\tdir\n%d\ttotal\n" % (total, total))
        out = self.ok("df", self.img).decode().split("\n")
        self.assertTrue(out[0].startswith("Filesystem"))
        size = int(out[1].split()[2])
        self.assertTrue(10000 < size <= 16384, out)
        self.ok("df", "-h", self.img)
        inodes = self.ok("df", "-i", self.img).decode().split("\n")[1]
        self.assertEqual(int(inodes.split()[2]), 4096)


class General(Base):
    def test_links(self):
        for name in ("ls", "cat"):
            os.symlink(FSU, self.work + "/fsu_" + name)
        self.assertEqual(self.ok(self.img, "dir",
                                 prog=self.work + "/fsu_ls"),
                         b"a\nhardlink\nsub\nup\n")
        got = fsu(self.img, "no", prog=self.work + "/fsu_cat")
        self.assertEqual(got, (1, b"",
                               "fsu_cat: no: No such file or directory\n"))

    def test_usage(self):
        self.fails(1, "usage: fsu COMMAND")
        self.fails(1, "no such command", "frobnicate")
        self.assertIn(b"usage:", self.ok("--help"))
        self.assertIn(b"usage: fsu tar", self.ok("tar", "--help"))
        self.assertTrue(self.ok("--version").startswith(b"fsu "))

    def test_image_errors(self):
        x = self.work + "/x"
        self.fails(1, "fsu: cannot open '%s': No such file or directory\n" %
                   x, "cat", x, "y")
        self.fails(1, "Is a directory", "cat", self.tree, "y")
        for data, name in ((b"", "no known file system"),
                           (b"XFSB".ljust(9000), "xfs"),
                           (b"hsqs".ljust(9000), "squashfs"),
                           (b"\0" * 0x10040 + b"_BHRfS_M".ljust(900),
                            "btrfs"),
                           (b"\0" * 82 + b"FAT32   ".ljust(9000), "vfat"),
                           (b"LUKS\xba\xbe".ljust(9000), "LUKS"),
                           (b"QFI\xfb".ljust(9000), "qcow2"),
                           (os.urandom(512) * 20, "no known")):
            with open(x, "wb") as f:
                f.write(data)
            self.fails(1, name, "cat", x, "y")
        os.unlink(x)

    def test_output_errors(self):
        with open("/dev/full", "wb") as full:
            p = subprocess.run([FSU, "cat", self.img, "hello"], stdout=full,
                               stderr=subprocess.PIPE, env=ENV)
        self.assertEqual((p.returncode, p.stderr), (
            1, b"fsu: write error: No space left on device\n"))
        p = subprocess.Popen([FSU, "cat", self.img, "sparse"], env=ENV,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdout.read(1)
        p.stdout.close()
        self.assertEqual(p.stderr.read(), b"")
        p.stderr.close()
        self.assertIn(p.wait(), (1, -signal.SIGPIPE))
        status, out = on_terminal("tar", self.img)
        self.assertEqual(status, 2)
        self.assertIn(b"terminal", out)

    def test_confined(self):
        p = subprocess.Popen([FSU, "cat", self.img, "sparse"], env=ENV,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        select.select([p.stdout], [], [], 30)
        time.sleep(0.2)
        with open("/proc/%d/status" % p.pid) as f:
            text = f.read()
        p.stdout.read()
        p.communicate()
        self.assertIn("NoNewPrivs:\t1", text)
        if "Seccomp:" in text and not os.environ.get("FSU_SANITIZED"):
            self.assertIn("Seccomp:\t2", text)

    def test_read_only(self):
        before = os.stat(self.img)
        os.chmod(self.img, 0o444)
        self.ok("tar", self.img)
        after = os.stat(self.img)
        self.assertEqual(before.st_mtime_ns, after.st_mtime_ns)


class Partitions(Base):
    FS = 32768      # sectors of the file system

    def disk(self, make):
        path = self.work + "/disk"
        make(path)
        return path

    def put(self, path, sector, ss=512):
        with open(path, "r+b") as f:
            images.copy_into(f, sector * ss, self.img)

    def check(self, image):
        self.assertEqual(self.ok("cat", image, "hello"), b"hello, world\n")

    def test_offset(self):
        path = self.work + "/off"
        with open(path, "wb") as f:
            images.copy_into(f, 12345 * 512, self.img)
        for arg in ("@%d" % (12345 * 512), "@12345s", "@0x%x" %
                    (12345 * 512)):
            self.check(path + arg)
        self.fails(1, "past the end", "cat", path + "@1t", "hello")
        self.fails(1, "no known file system", "cat", path + "@1k", "hello")

    def test_literal_name(self):
        for name in ("/img:2", "/img@100"):
            shutil.copy(self.img, self.work + name)
            self.check(self.work + name)

    def test_mbr(self):
        p = self.disk(lambda p: images.mbr(
            p, 100000, [(0x83, 2048, self.FS), (0x0c, 40000, 100)]))
        self.put(p, 2048)
        self.check(p)
        self.check(p + ":1")
        self.fails(1, "no partition 3", "cat", p + ":3", "hello")
        self.fails(1, "no known file system", "cat", p + ":2", "hello")

    def test_logical(self):
        p = self.disk(lambda p: images.mbr(
            p, 200000, [(0x83, 2048, 1000)],
            [(0x83, 10001, self.FS), (0x83, 60001, self.FS)]))
        self.put(p, 10001)
        self.put(p, 60001)
        self.check(p + ":5")
        self.check(p + ":6")
        self.fails(1, "choose a partition", "cat", p, "hello")

    def test_logical_loop(self):
        p = self.disk(lambda p: images.mbr(
            p, 100000, [], [(0x83, 10001, self.FS)]))
        loop = images.mbr_sector([images.mbr_entry(0x83, 1, 10),
                                  images.mbr_entry(5, 20, 100)])
        back = images.mbr_sector([images.mbr_entry(0x83, 1, 10),
                                  images.mbr_entry(5, 40, 100)])
        for at, data in ((10000, loop), (10020, back), (10040, loop)):
            images.patch(p, at * 512, data)
        self.fails(1, "loop", "cat", p, "hello")

    def test_gpt(self):
        for ss in (512, 4096):
            n = self.FS * 512 // ss
            p = self.disk(lambda p: images.gpt(
                p, 3 * n, [(1, 100, 200, "efi"),
                           (4, 2048, 2048 + n - 1, "root \u20ac")], ss))
            self.put(p, 2048, ss)
            self.check(p)
            self.check(p + ":4")
            out = fsu("cat", p + ":9", "hello")[2]
            self.assertIn("root \u20ac", out)
            # The first copy damaged: the backup serves.
            images.patch(p, ss + 20, b"\xff")
            status, out, err = fsu("cat", p, "hello")
            self.assertEqual((status, out), (0, b"hello, world\n"))
            self.assertIn("backup", err)
            # Both damaged.
            images.patch(p, (3 * n - 1) * ss + 20, b"\xff")
            self.fails(1, "damaged", "cat", p, "hello")

    def test_gpt_entries_damaged(self):
        p = self.disk(lambda p: images.gpt(
            p, 100000, [(1, 2048, 2048 + self.FS, "root")]))
        self.put(p, 2048)
        images.patch(p, 1024 + 60, b"\x55")
        status, out, err = fsu("cat", p, "hello")
        self.assertEqual((status, out), (0, b"hello, world\n"))

    def test_hostile_tables(self):
        import random
        rnd = random.Random(7)
        p = self.disk(lambda p: images.gpt(
            p, 50000, [(1, 2048, 2048 + self.FS, "root")]))
        with open(p, "rb") as f:
            good = f.read(34 * 512)
        for _ in range(60):
            bad = bytearray(good)
            for _ in range(rnd.randrange(1, 40)):
                bad[rnd.randrange(440, 2048)] = rnd.randrange(256)
            images.patch(p, 0, bytes(bad))
            status, _, err = fsu("ls", p)
            self.assertIn(status, (0, 2), err)


class Get(Base):
    def setUp(self):
        self.dest = tempfile.mkdtemp(dir=self.work)

    def compare(self, got, uid=None):
        a = manifest.host_manifest(self.tree)
        b = manifest.host_manifest(got)
        b.pop(b"./lost+found", None)
        for e in list(a.values()) + list(b.values()):
            e.mode &= 0o1777
            e.uid = e.gid = None
            e.segs = e.segs and [s for s in e.segs]
        a[b"."].mtime = b[b"."].mtime = a[b"."].mode = b[b"."].mode = None
        self.assertEqual(manifest.compare(a, b), [])

    def test_tree(self):
        self.ok("get", self.img, "/", self.dest)
        self.compare(self.dest)
        self.assertEqual(os.stat(self.dest + "/setuid").st_mode & 0o6000, 0)
        self.assertEqual(os.stat(self.dest + "/hello").st_uid, os.geteuid())

    def test_new_name(self):
        self.ok("get", self.img, "/", self.dest + "/new")
        self.compare(self.dest + "/new")
        self.ok("get", self.img, "hello", self.dest + "/other")
        with open(self.dest + "/other", "rb") as f:
            self.assertEqual(f.read(), b"hello, world\n")

    def test_into(self):
        self.ok("get", self.img, "dir", "hello", self.dest)
        self.assertEqual(sorted(os.listdir(self.dest)), ["dir", "hello"])
        self.assertTrue(os.path.samefile(self.dest + "/hello",
                                         self.dest + "/dir/hardlink"))

    def test_existing(self):
        with open(self.dest + "/hello", "w") as f:
            f.write("mine")
        self.fails(1, "fsu: cannot create 'hello': File exists\n", "get",
                   self.img, "hello", self.dest)
        with open(self.dest + "/hello") as f:
            self.assertEqual(f.read(), "mine")
        self.ok("get", "-f", self.img, "hello", self.dest)
        with open(self.dest + "/hello") as f:
            self.assertEqual(f.read(), "hello, world\n")
        # An existing link to elsewhere is not written through.
        other = tempfile.mkdtemp(dir=self.work)
        os.symlink(other, self.dest + "/dir")
        self.fails(1, "cannot create directory", "get", self.img, "dir",
                   self.dest)
        self.assertEqual(os.listdir(other), [])

    def test_errors(self):
        self.fails(1, "cannot stat 'no'", "get", self.img, "no", self.dest)
        self.fails(1, "missing destination", "get", self.img, "hello")
        self.fails(1, "target", "get", self.img, "hello", "dir",
                   self.dest + "/no")

    @unittest.skipUnless(ROOT, "needs root")
    def test_preserve(self):
        self.ok("get", "-p", self.img, "/", self.dest)
        st = os.stat(self.dest + "/setuid")
        self.assertEqual(st.st_mode & 0o7777, 0o6755)
        st = os.stat(self.dest + "/dir/a")
        self.assertEqual((st.st_uid, st.st_gid), (77, 88))


class Archive(Base):
    def test_same_twice(self):
        self.assertEqual(self.ok("tar", self.img), self.ok("tar", self.img))

    def test_parts(self):
        out = self.ok("tar", self.img, "dir/sub", "/hello")
        p = subprocess.run(["tar", "tf", "-"], input=out, check=True,
                           stdout=subprocess.PIPE)
        self.assertEqual(p.stdout,
                         b"./dir/sub/\n./dir/sub/deep\n./hello\n")
        self.fails(1, "cannot stat", "tar", self.img, "no")
        self.fails(1, "contains '..'", "tar", self.img, "dir/../..")

    def test_unpacks(self):
        """GNU tar makes the same tree of it."""
        dest = tempfile.mkdtemp(dir=self.work)
        p = subprocess.run(["tar", "-C", dest, "-xf", "-"],
                           input=self.ok("tar", self.img),
                           stderr=subprocess.PIPE)
        self.assertEqual(p.returncode, 0, p.stderr)
        a = manifest.host_manifest(self.tree)
        b = manifest.host_manifest(dest)
        b.pop(b"./lost+found", None)
        for e in list(a.values()) + list(b.values()):
            e.uid = e.gid = None
            e.mode &= 0o777
        a.pop(b".")
        b.pop(b".")
        self.assertEqual(manifest.compare(a, b), [])


class Hostile(Base):
    """Directories that no sane file system would have."""
    ARGS = ("-t", "ext4", "-O", "^metadata_csum,^dir_index")
    BAD = b"HOSTILE_NAME_01"

    def setUp(self):
        tree = tempfile.mkdtemp(dir=self.work)
        os.makedirs(tree + "/d/inner")
        for name in ("d/" + self.BAD.decode(), "d/HOSTILE_NAME_02",
                     "d/inner/x", "d/zlast", "after"):
            with open(os.path.join(tree, name), "w") as f:
                f.write(name)
        os.symlink("/tmp", tree + "/d/HOSTILE_LINK_03")
        os.mkdir(tree + "/d/HOSTILE_DIR_004")
        self.bad = self.work + "/bad"
        images.mke2fs(self.bad, tree, args=self.ARGS)

    def archive(self):
        """The archive of the bad image; its form is judged on the way."""
        status, out, err = fsu("tar", self.bad)
        self.assertEqual(status, 1, err)
        name = self.work + "/bad.tar"
        with open(name, "wb") as f:
            f.write(out)
        got = manifest.tar_manifest(name)
        self.assertIn(b"./after", got)
        return got, err

    def extract(self):
        top = tempfile.mkdtemp(dir=self.work)
        os.mkdir(top + "/dest")
        status, _, err = fsu("get", self.bad, "/", top + "/dest")
        self.assertEqual(status, 1, err)
        self.assertEqual(os.listdir(top), ["dest"])
        self.assertTrue(os.path.exists(top + "/dest/after"))
        return top + "/dest"

    def test_names(self):
        for name in (b"..", b".", b"", b"../../../evil", b"/tmp/evil",
                     b"a/b", b"nul\0name"):
            with self.subTest(name=name):
                self.setUp()
                images.rename(self.bad, self.BAD, name)
                got, _ = self.archive()
                for path in got:
                    self.assertNotIn(b"evil", path)
                self.extract()
                fsu("ls", "-laR", self.bad)
                fsu("find", self.bad)
                fsu("du", "-a", self.bad)

    def test_loop(self):
        for target in (2, None):
            with self.subTest(target=target):
                self.setUp()
                ino = target or int(self.ok("stat", "-c", "%i", self.bad,
                                            "d"))
                images.redirect(self.bad, b"HOSTILE_DIR_004", ino)
                got, err = self.archive()
                self.assertLess(len(got), 20)
                self.extract()
                status, out, _ = fsu("ls", "-R", self.bad)
                self.assertLess(len(out), 2000)

    def test_twice(self):
        """A link, and a directory of the same name: nothing goes through."""
        images.rename(self.bad, b"HOSTILE_DIR_004", b"HOSTILE_LINK_03")
        got, err = self.archive()
        self.assertIn("second entry", err)
        dest = self.extract()
        self.assertTrue(os.path.exists(dest + "/d/zlast"))

    def test_circles(self):
        """A block map that points at itself: 16 GiB out of one block."""
        debugfs = shutil.which("debugfs", path=images.PATH)
        tree = tempfile.mkdtemp(dir=self.work)
        with open(tree + "/bomb", "wb") as f:
            f.seek(200 << 20)
            f.write(b"x" * 1000)
        with open(tree + "/after", "wb") as f:
            f.write(b"sound")
        images.mke2fs(self.bad, tree, args=("-t", "ext2", "-b", "1024"))
        out = subprocess.run([debugfs, "-R", "stat /bomb", self.bad],
                             stdout=subprocess.PIPE, check=True,
                             stderr=subprocess.DEVNULL).stdout.decode()
        block = int(re.search(r"\(TIND\):(\d+)", out).group(1))
        images.patch(self.bad, block * 1024, struct.pack("<I", block) * 256)
        subprocess.run([debugfs, "-w", "-R",
                        "set_inode_field /bomb size 17000000000", self.bad],
                       check=True, stderr=subprocess.DEVNULL)
        got, err = self.archive()
        self.assertIn("more data than", err)
        self.assertEqual(got[b"./after"].size, 5)
        self.assertEqual(got[b"./bomb"].segs, [])

    def test_no_inode(self):
        images.redirect(self.bad, b"HOSTILE_NAME_02", 0xfffffff0)
        got, _ = self.archive()
        self.assertIn(b"./d/zlast", got)


if __name__ == "__main__":
    unittest.main(verbosity=1)
