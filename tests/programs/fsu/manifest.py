#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare what `fsu tar` says of an image with what the host's kernel says.

  manifest.py dir ROOT              print the manifest of a mounted tree
  manifest.py tar FILE              print that of an archive ("-": stdin)
  manifest.py compare ROOT FILE     exit status 1 if they differ

A manifest holds, by path bytes: type, mode, owner, group, size, mtime in
nanoseconds, link target, device, hard-link group, extended attributes, where
the data lies and its hash.  The archive is read by a parser of its own that
accepts only well-formed pax, so that the writer is judged too.
"""
import copy
import hashlib
import os
import stat
import sys

BLOCK = 512
CHUNK = 1 << 20


class Bad(Exception):
    """The archive is not what it should be."""


class Entry:
    __slots__ = ("type", "mode", "uid", "gid", "size", "mtime", "target",
                 "rdev", "group", "xattrs", "segs", "hash")

    def __init__(self):
        for name in self.__slots__:
            setattr(self, name, None)
        self.xattrs = {}

    def fields(self):
        return [(n, getattr(self, n)) for n in self.__slots__]


def merge(segs):
    """Join segments that touch and drop empty ones."""
    out = []
    for start, end in segs:
        if start == end:
            continue
        if out and out[-1][1] == start:
            out[-1][1] = end
        else:
            out.append([start, end])
    return out


# ---- the host's view ----

def host_segs(fd, size):
    segs, at = [], 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        try:
            end = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        except OSError:
            # Linux says ENOENT for some files whose data is in the inode.
            end = size
        segs.append([start, end])
        at = end
    return merge(segs)


def host_data(dfd, name, entry):
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=dfd)
    try:
        entry.segs = host_segs(fd, entry.size)
        digest = hashlib.sha256()
        for start, end in entry.segs:
            at = start
            while at < end:
                data = os.pread(fd, min(CHUNK, end - at), at)
                if not data:
                    raise Bad("short read of %r" % name)
                digest.update(data)
                at += len(data)
        entry.hash = digest.hexdigest()
    finally:
        os.close(fd)


def host_xattrs(dfd, name):
    path = b"/proc/self/fd/%d/%s" % (dfd, name)
    out = {}
    for attr in os.listxattr(path, follow_symlinks=False):
        out[os.fsencode(attr)] = os.getxattr(path, attr,
                                             follow_symlinks=False)
    return out


TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link",
         stat.S_IFCHR: "char", stat.S_IFBLK: "block", stat.S_IFIFO: "fifo"}


def host_entry(dfd, name, st):
    e = Entry()
    e.type = TYPES[stat.S_IFMT(st.st_mode)]
    e.mode = stat.S_IMODE(st.st_mode)
    e.uid, e.gid, e.mtime = st.st_uid, st.st_gid, st.st_mtime_ns
    e.xattrs = host_xattrs(dfd, name)
    if e.type == "file":
        e.size = st.st_size
        host_data(dfd, name, e)
    elif e.type == "link":
        e.target = os.readlink(name, dir_fd=dfd)
    elif e.type in ("char", "block"):
        e.rdev = (os.major(st.st_rdev), os.minor(st.st_rdev))
    return e


def host_manifest(root):
    """Walk by directory descriptors: paths may be longer than PATH_MAX."""
    out, inodes = {}, {}
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    st = os.fstat(top)
    out[b"."] = host_entry(top, b".", st)
    stack = [(top, b".", sorted(map(os.fsencode, os.listdir(top))))]
    while stack:
        dfd, path, names = stack[-1]
        if not names:
            os.close(dfd)
            stack.pop()
            continue
        name = names.pop(0)
        full = path + b"/" + name
        st = os.stat(name, dir_fd=dfd, follow_symlinks=False)
        if stat.S_ISSOCK(st.st_mode):
            continue
        out[full] = host_entry(dfd, name, st)
        if stat.S_ISDIR(st.st_mode):
            fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW,
                         dir_fd=dfd)
            stack.append((fd, full,
                          sorted(map(os.fsencode, os.listdir(fd)))))
        elif st.st_nlink > 1:
            inodes.setdefault(st.st_ino, []).append(full)
    for paths in inodes.values():
        for p in paths:
            out[p].group = tuple(sorted(paths))
    return out


# ---- the archive's view ----

class Tar:
    def __init__(self, f):
        self.f = f
        self.out = {}
        self.groups = {}

    def read(self, n):
        data = self.f.read(n)
        if len(data) != n:
            raise Bad("the archive is cut short")
        return data

    def pad(self, n):
        if n % BLOCK and self.read(BLOCK - n % BLOCK).strip(b"\0"):
            raise Bad("padding is not zero")

    @staticmethod
    def octal(field):
        text = field.rstrip(b"\0 ")
        return int(text, 8) if text else 0

    @staticmethod
    def cstr(field):
        return field.split(b"\0", 1)[0]

    def header(self):
        h = self.read(BLOCK)
        if not h.strip(b"\0"):
            if self.read(BLOCK).strip(b"\0"):
                raise Bad("a lone zero block")
            if self.f.read(1):
                raise Bad("data after the end")
            return None
        if h[257:265] != b"ustar\00000":
            raise Bad("magic %r" % h[257:265])
        want = self.octal(h[148:156])
        if sum(h[:148]) + 8 * 32 + sum(h[156:]) != want:
            raise Bad("checksum")
        return h

    def records(self, size):
        data, out, at = self.read(size), {}, 0
        self.pad(size)
        while at < len(data):
            space = data.index(b" ", at)
            n = int(data[at:space])
            if data[at + n - 1:at + n] != b"\n" or n < 5:
                raise Bad("pax record")
            key, value = data[space + 1:at + n - 1].split(b"=", 1)
            if key in out:
                raise Bad("pax key %r twice" % key)
            out[key] = value
            at += n
        return out

    def data(self, n, digest):
        while n:
            data = self.read(min(CHUNK, n))
            digest.update(data)
            n -= len(data)

    def number_line(self):
        line = b""
        while True:
            c = self.read(1)
            if c == b"\n":
                return int(line), len(line) + 1
            line += c

    def file(self, e, size, pax):
        digest = hashlib.sha256()
        if b"GNU.sparse.major" not in pax:
            e.size = size
            e.segs = [[0, size]] if size else []
            self.data(size, digest)
            self.pad(size)
        else:
            if (pax[b"GNU.sparse.major"], pax[b"GNU.sparse.minor"]) != \
                    (b"1", b"0"):
                raise Bad("sparse version")
            e.size = int(pax[b"GNU.sparse.realsize"])
            count, used = self.number_line()
            segs = []
            for _ in range(count):
                start, n = self.number_line()
                length, m = self.number_line()
                used += n + m
                segs.append([start, start + length])
            self.pad(used)
            total = sum(b - a for a, b in segs)
            if size != (used + BLOCK - 1) // BLOCK * BLOCK + total:
                raise Bad("size of a sparse member")
            if segs and segs[-1][1] != e.size:
                raise Bad("the sparse map does not reach the end")
            for (_, end), (start, _) in zip(segs, segs[1:]):
                if start < end:
                    raise Bad("the sparse map is not in order")
            self.data(total, digest)
            self.pad(total)
            e.segs = merge(segs)
        e.hash = digest.hexdigest()

    @staticmethod
    def mtime(text):
        sign = -1 if text.startswith(b"-") else 1
        whole, _, frac = text.lstrip(b"-").partition(b".")
        return sign * (int(whole) * 10**9 + int(frac.ljust(9, b"0") or 0))

    @staticmethod
    def charset(pax, names):
        """UTF-8, unless the header says that names are plain bytes."""
        if pax.get(b"hdrcharset") == b"BINARY":
            return
        for name in names:
            name.decode("utf-8")

    def path(self, h, pax):
        path = pax.get(b"GNU.sparse.name", pax.get(b"path"))
        if path is None:
            prefix = self.cstr(h[345:500])
            path = self.cstr(h[:100])
            if prefix:
                path = prefix + b"/" + path
        parts = path.split(b"/")
        if parts[0] != b"." or b".." in parts or b"" in parts[1:-1]:
            raise Bad("member name %r" % path)
        if path.endswith(b"/") != (h[156:157] == b"5"):
            raise Bad("slash at the end of %r" % path)
        return path.rstrip(b"/")

    def member(self, h, pax):
        kind = h[156:157]
        e = Entry()
        path = self.path(h, pax)
        if path in self.out:
            raise Bad("member %r twice" % path)
        if not self.out and path != b".":
            raise Bad("the first member is %r" % path)
        size = int(pax.get(b"size", self.octal(h[124:136])))
        link = pax.get(b"linkpath", self.cstr(h[157:257]))
        self.charset(pax, [path, link])
        if kind == b"1":
            if size or link not in self.out:
                raise Bad("hard link to %r" % link)
            self.out[path] = copy.copy(self.out[link])
            self.groups.setdefault(link, [link]).append(path)
            return
        e.type = {b"0": "file", b"2": "link", b"3": "char", b"4": "block",
                  b"5": "dir", b"6": "fifo"}[kind]
        e.mode = self.octal(h[100:108])
        e.uid = int(pax.get(b"uid", self.octal(h[108:116])))
        e.gid = int(pax.get(b"gid", self.octal(h[116:124])))
        e.mtime = self.mtime(pax[b"mtime"]) if b"mtime" in pax else \
            self.octal(h[136:148]) * 10**9
        for key, value in pax.items():
            if key.startswith(b"SCHILY.xattr."):
                name = key[13:].replace(b"%3D", b"=").replace(b"%25", b"%")
                e.xattrs[name] = value
        if e.type == "file":
            self.file(e, size, pax)
        elif size:
            raise Bad("data after a header of type %s" % e.type)
        if e.type == "link":
            e.target = link
        if e.type in ("char", "block"):
            e.rdev = (self.octal(h[329:337]), self.octal(h[337:345]))
        self.out[path] = e

    def manifest(self):
        pax = {}
        while True:
            h = self.header()
            if h is None:
                break
            if h[156:157] == b"x":
                pax = self.records(self.octal(h[124:136]))
                continue
            self.member(h, pax)
            pax = {}
        for paths in self.groups.values():
            for p in paths:
                self.out[p].group = tuple(sorted(paths))
        return self.out


def tar_manifest(name):
    if name == "-":
        return Tar(sys.stdin.buffer).manifest()
    with open(name, "rb") as f:
        return Tar(f).manifest()


# ---- comparing ----

def compare(host, tar):
    bad = []
    for path in sorted(set(host) | set(tar)):
        if path not in tar:
            bad.append("%r: not in the archive" % path)
        elif path not in host:
            bad.append("%r: not on the host" % path)
        else:
            for (name, want), (_, got) in zip(host[path].fields(),
                                              tar[path].fields()):
                if want != got:
                    bad.append("%r: %s: host %.300r, archive %.300r" %
                               (path, name, want, got))
    return bad


def show(manifest):
    for path in sorted(manifest):
        print(path, *["%s=%r" % f for f in manifest[path].fields()
                      if f[1] is not None and f[1] != {}])


def main(argv):
    if len(argv) == 3 and argv[1] == "dir":
        show(host_manifest(argv[2]))
        return 0
    if len(argv) == 3 and argv[1] == "tar":
        show(tar_manifest(argv[2]))
        return 0
    if len(argv) != 4 or argv[1] != "compare":
        sys.stderr.write(__doc__)
        return 2
    try:
        tar = tar_manifest(argv[3])
    except Bad as e:
        print("%s: %s" % (argv[3], e))
        return 1
    host = host_manifest(argv[2])
    bad = compare(host, tar)
    for line in bad[:40]:
        print(line)
    if len(bad) > 40:
        print("... and %d more" % (len(bad) - 40))
    files = sum(e.type == "file" for e in host.values())
    links = sum(e.group is not None for e in host.values())
    size = sum(b - a for e in host.values() for a, b in e.segs or [])
    print("%d entries, %d files, %d hard links, %d bytes of data, "
          "%d with attributes: %s" %
          (len(host), files, links, size,
           sum(bool(e.xattrs) for e in host.values()),
           "%d differences" % len(bad) if bad else "equal"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
