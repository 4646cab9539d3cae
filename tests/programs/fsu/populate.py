# SPDX-License-Identifier: BSD-2-Clause
"""Fill a directory with one of everything that an ext4 tree can hold.

make(top, full) is called for a plain host directory (to be copied into an
image by mke2fs) and for a freshly made image mounted through a loop device;
what the place cannot hold (no such attribute, no privilege) is left out.
"""
import ctypes
import errno
import os
import random
import socket
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE = 1, 2
FALLOC_COLLAPSE, FALLOC_INSERT = 8, 32
BLOCK = 4096


def fallocate(fd, mode, off, length):
    r = LIBC.fallocate(fd, mode, ctypes.c_int64(off), ctypes.c_int64(length))
    if r != 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def attempt(fn, *args, **kw):
    """What this file system or this user may not do is left out."""
    try:
        fn(*args, **kw)
        return True
    except OSError as e:
        if e.errno in (errno.EOPNOTSUPP, errno.EPERM, errno.EACCES,
                       errno.ENOSPC, errno.E2BIG, errno.EFBIG, errno.EINVAL,
                       errno.ENOSYS, errno.EOVERFLOW, errno.ERANGE,
                       errno.ENAMETOOLONG):
            return False
        raise


def write(path, data=b"", mode=None):
    with open(path, "wb") as f:
        f.write(data)
    if mode is not None:
        os.chmod(path, mode)


def names(top):
    d = os.path.join(top, b"names")
    os.mkdir(d)
    for name in (b"n" * 255, b"-rf", b" lead", b"trail ", b"new\nline",
                 b"tab\there", b"back\\slash", b"quo'te", b'dou"ble', b"*",
                 b"\x01\x1b[31mred", b"\xff\xfe\x80", b"caf\xc3\xa9",
                 b"caf\xe9", b"\xf0\x9f\x90\xa7", b"\xed\xa0\x80",
                 b"\xc0\xaf", b"a=b", b"%41", b"..x", b"...", b"~", b"#x",
                 b"\xc3" * 255, "\u00e9".encode() * 127):
        write(os.path.join(d, name), name)
    os.mkdir(os.path.join(d, b"\xfe" * 200))
    os.symlink(b"\xff\xfe\x80", os.path.join(d, b"to-raw"))
    os.symlink(b"nowhere\n\xff", os.path.join(d, b"l\xffnk"))
    # Lengths around what a ustar header holds.
    for n in (88, 89, 90, 91, 92, 93, 94, 95, 150, 155, 156, 200):
        write(os.path.join(d, b"w" * n))
    sub = os.path.join(d, b"p" * 140)
    os.mkdir(sub)
    for n in (99, 100, 101):
        write(os.path.join(sub, b"q" * n))


def deep(top, levels):
    """A path far longer than PATH_MAX."""
    fd = os.open(top, os.O_RDONLY)
    for i in range(levels):
        name = b"%03d-" % i + b"d" * 150
        os.mkdir(name, dir_fd=fd)
        new = os.open(name, os.O_RDONLY, dir_fd=fd)
        f = os.open(b"leaf", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=new)
        os.write(f, b"level %d" % i)
        os.close(f)
        os.close(fd)
        fd = new
    os.close(fd)


def links(top):
    d = os.path.join(top, b"links")
    os.mkdir(d)
    for i in range(3):
        os.mkdir(os.path.join(d, b"%d" % i))
    write(os.path.join(d, b"0/file"), b"one file, many names")
    for i in range(20):
        os.link(os.path.join(d, b"0/file"),
                os.path.join(d, b"%d/name%d" % (i % 3, i)))
    os.symlink(b"short", os.path.join(d, b"s0"))
    os.link(os.path.join(d, b"s0"), os.path.join(d, b"1/s0"),
            follow_symlinks=False)
    for n in (1, 58, 59, 60, 61, 99, 100, 101, 255, 1023, 1024, 4000):
        attempt(os.symlink, b"t" * n, os.path.join(d, b"len%d" % n))
    attempt(os.symlink, b"x" * 4095, os.path.join(d, b"len4095"))
    os.symlink(b"/", os.path.join(d, b"root"))
    os.symlink(b"../../../../etc/passwd", os.path.join(d, b"up"))
    os.symlink(b".", os.path.join(d, b"self"))


def nodes(top):
    d = os.path.join(top, b"nodes")
    os.mkdir(d)
    os.mkfifo(os.path.join(d, b"fifo"), 0o640)
    os.link(os.path.join(d, b"fifo"), os.path.join(d, b"fifo2"))
    for i, (kind, major, minor) in enumerate((
            (0o020000, 1, 3), (0o060000, 8, 0), (0o020000, 255, 255),
            (0o020000, 256, 256), (0o060000, 4095, 1048575),
            (0o060000, 7, 65536))):
        attempt(os.mknod, os.path.join(d, b"node%d" % i), kind | 0o660,
                os.makedev(major, minor))
    s = socket.socket(socket.AF_UNIX)
    here = os.open(b".", os.O_RDONLY)
    os.chdir(d)
    attempt(s.bind, "socket")
    os.fchdir(here)
    os.close(here)
    s.close()


def owners(top):
    d = os.path.join(top, b"owners")
    os.mkdir(d)
    for i, (uid, gid, mode) in enumerate((
            (0, 0, 0o644), (1000, 1001, 0o600), (65534, 65535, 0o755),
            (65536, 70000, 0o7777), (2097151, 2097152, 0o4755),
            (2**31, 2**32 - 2, 0o2755), (12345678, 0, 0o000),
            (5, 60, 0o1777))):
        if os.geteuid() != 0:
            mode |= 0o500  # or it could not be read to be compared
        path = os.path.join(d, b"f%d" % i)
        write(path, b"%d" % i)
        attempt(os.chown, path, uid, gid)
        os.chmod(path, mode)
        path = os.path.join(d, b"d%d" % i)
        os.mkdir(path)
        attempt(os.chown, path, uid, gid)
        os.chmod(path, mode)


def times(top):
    d = os.path.join(top, b"times")
    os.mkdir(d)
    for i, ns in enumerate((0, 1, 10**9 - 1, -1, -10**9, -1500000000,
                            1234567890123456789, (2**31 - 1) * 10**9 + 5,
                            2**31 * 10**9, 2**32 * 10**9 + 999999999,
                            -2**31 * 10**9, 15032385535 * 10**9 + 7,
                            1600000000 * 10**9 + 120000000)):
        path = os.path.join(d, b"t%d" % i)
        write(path, b"x")
        attempt(os.utime, path, ns=(ns, ns))


def sparse(top, full):
    d = os.path.join(top, b"sparse")
    os.mkdir(d)

    def make(name, size, *pieces):
        with open(os.path.join(d, name), "wb") as f:
            for off, data in pieces:
                f.seek(off)
                f.write(data)
            f.truncate(size)

    make(b"allhole", 1 << 20)
    make(b"odd", 12345)
    make(b"tail", 1 << 20, (0, b"head" * 2048))
    make(b"head", 1 << 20, ((1 << 20) - 5000, b"tail" * 1250))
    make(b"middle", 3 << 20, (1 << 20, os.urandom(9000)))
    make(b"many", 4 << 20, *[(i * 16384, b"%d" % i * 100)
                             for i in range(256)])
    make(b"oddend", 100001, (65536, b"z" * 20000))
    for name, size in ((b"g5", 5 << 30), (b"t1", (1 << 40) + 77)):
        attempt(make, name, size, (1 << 30, b"in the middle"),
                (size - 3, b"end"))
    # The largest file of the format: 2^32 - 1 blocks with extents.
    big = os.path.join(d, b"limit")
    size = (2**32 - 1) * BLOCK
    for size in (size, (1 << 32) * 512, 16 << 30):
        try:
            make(b"limit", size, (0, b"first"), (size - 4096, b"last" * 1024))
            break
        except OSError:
            if os.path.exists(big):
                os.unlink(big)
    if full:
        make(b"thousands", 1 << 30, *[(i * 40960, b"%07d" % i)
                                      for i in range(20000)])


def extents(top, full):
    d = os.path.join(top, b"extents")
    os.mkdir(d)
    rnd = random.Random(4)

    def opened(name):
        return os.open(os.path.join(d, name), os.O_CREAT | os.O_RDWR, 0o644)

    fd = opened(b"unwritten")
    attempt(fallocate, fd, 0, 0, 1 << 20)
    os.close(fd)
    fd = opened(b"partly")
    attempt(fallocate, fd, 0, 0, 1 << 20)
    os.pwrite(fd, b"written" * 1000, 300000)
    os.close(fd)
    fd = opened(b"keepsize")
    os.write(fd, b"small")
    attempt(fallocate, fd, FALLOC_KEEP_SIZE, 0, 1 << 20)
    os.close(fd)
    # Two files written in turn, and holes punched: many extents, deep tree.
    a, b = opened(b"frag-a"), opened(b"frag-b")
    count = 3000 if full else 400
    for i in range(count):
        os.write(a, rnd.randbytes(BLOCK))
        os.write(b, rnd.randbytes(BLOCK))
        if i % 8 == 0:
            os.fsync(a)
            os.fsync(b)
    for i in range(0, count, 2):
        attempt(fallocate, a, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE,
                i * BLOCK, BLOCK)
    for i in range(0, count, 3):
        attempt(fallocate, b, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE,
                i * BLOCK + 100, 5000)
    os.close(a)
    os.close(b)
    fd = opened(b"shifted")
    os.write(fd, rnd.randbytes(64 * BLOCK))
    os.fsync(fd)
    attempt(fallocate, fd, FALLOC_INSERT, 8 * BLOCK, 4 * BLOCK)
    attempt(fallocate, fd, FALLOC_COLLAPSE, 0, 2 * BLOCK)
    os.close(fd)
    for n in (0, 1, 59, 60, 61, 120, 159, 160, 161, 511, 512, 513, 1023,
              1024, 4095, 4096, 4097, 65536, 262144, 262145, 1 << 20):
        write(os.path.join(d, b"size%d" % n), rnd.randbytes(n))
    write(os.path.join(d, b"large"), rnd.randbytes(24 << 20))


def acl(entries):
    """A posix_acl_access value: (tag, perm, id) triples."""
    out = struct.pack("<I", 2)
    for tag, perm, who in entries:
        out += struct.pack("<HHI", tag, perm, who)
    return out


NOBODY = 0xffffffff


def xattrs(top):
    d = os.path.join(top, b"xattrs")
    os.mkdir(d)

    def put(name, attrs, kind="file"):
        path = os.path.join(d, name)
        if kind == "file":
            write(path, name)
        elif kind == "dir":
            os.mkdir(path)
        elif kind == "link":
            os.symlink(b"target", path)
        else:
            os.mkfifo(path)
        for attr, value in attrs:
            attempt(os.setxattr, path, attr, value, follow_symlinks=False)

    put(b"inode", [(b"user.a", b"1")])
    put(b"empty", [(b"user.empty", b"")])
    put(b"block", [(b"user.big", os.urandom(3000))])
    put(b"both", [(b"user.s", b"x" * 20), (b"user.l", b"y" * 1000)])
    put(b"many", [(b"user.n%d" % i, b"%d" % i * 5) for i in range(60)])
    put(b"longname", [(b"user." + b"n" * 250, b"v")])
    put(b"binary", [(b"user.bin", bytes(range(256))), (b"user.nl", b"\n=\n")])
    put(b"oddname", [(b"user.a=b%c", b"v"), (b"user.sp ace", b"w"),
                     (b"user.\xff", b"raw")])
    put(b"huge", [(b"user.huge", b"h" * 60000)])
    put(b"trusted", [(b"trusted.t", b"t"), (b"security.s", b"sec"),
                     (b"user.u", b"u")])
    cap = struct.pack("<IIIII", 0x02000001, 0x2000, 0, 0, 0)
    put(b"capability", [(b"security.capability", cap)])
    put(b"dir", [(b"user.d", b"on a directory")], "dir")
    put(b"symlink", [(b"trusted.l", b"on a link"),
                     (b"security.l", b"also")], "link")
    put(b"fifo", [(b"trusted.f", b"on a fifo")], "fifo")
    access = acl([(1, 7, NOBODY), (2, 7, 1000), (4, 4, NOBODY),
                  (8, 5, 70000), (16, 7, NOBODY), (32, 0, NOBODY)])
    put(b"acl", [(b"system.posix_acl_access", access)])
    put(b"acldir", [(b"system.posix_acl_access", access),
                    (b"system.posix_acl_default", access)], "dir")
    # Files with the same attributes share a block.
    for i in range(5):
        put(b"shared%d" % i, [(b"user.same", b"s" * 2000)])


def bulk(top, count, width):
    """count small files, width to a directory."""
    d = os.path.join(top, b"bulk")
    os.mkdir(d)
    for i in range(count):
        if i % width == 0:
            sub = os.path.join(d, b"%05d" % (i // width))
            os.mkdir(sub)
        fd = os.open(os.path.join(sub, b"file-%06d" % i),
                     os.O_CREAT | os.O_WRONLY, 0o644)
        if i % 3 == 0:
            os.write(fd, b"contents of %d\n" % i * (i % 50))
        os.close(fd)


def wide(top, count):
    """One directory of many names: an htree of depth 2 when big enough."""
    d = os.path.join(top, b"wide")
    os.mkdir(d)
    fd = os.open(d, os.O_RDONLY)
    for i in range(count):
        name = b"entry-%06d-" % i + b"x" * (i % 60)
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=fd))
    # Holes in the directory: some names go again.
    for i in range(0, count, 17):
        os.unlink(b"entry-%06d-" % i + b"x" * (i % 60), dir_fd=fd)
    os.close(fd)


def make(top, full=False, names_wide=100000):
    top = os.fsencode(top)
    names(top)
    os.mkdir(os.path.join(top, b"deep"))
    deep(os.path.join(top, b"deep"), 60 if full else 30)
    links(top)
    nodes(top)
    owners(top)
    times(top)
    sparse(top, full)
    extents(top, full)
    xattrs(top)
    os.makedirs(os.path.join(top, b"empty/1/2/3"))
    bulk(top, 100000 if full else 600, 500 if full else 60)
    wide(top, names_wide if full else 3000)
    os.utime(top, ns=(5, 1111111111222222222))
