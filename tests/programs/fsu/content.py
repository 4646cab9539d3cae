#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`fsu tar` of real images equals what the host's kernel shows of them.

  content.py FSU quick|features|full

quick: small trees, three feature sets; features: all of them; full: trees of
more than 200 000 files.
Images are filled by mke2fs -d and by the host's kernel through a loop mount,
with several feature sets, one of them with its journal left dirty.  The
judge is the host's own mount (manifest.py).  Without the privilege to mount,
only the archive's form and a comparison with the source tree remain.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import images  # noqa: E402
import manifest  # noqa: E402
import populate  # noqa: E402

FSU, FULL = os.path.abspath(sys.argv[1]), sys.argv[2:] == ["full"]
MKE2FS = shutil.which("mke2fs", path=os.environ["PATH"] + ":/sbin:/usr/sbin")


def run(*argv, **kw):
    return subprocess.run(argv, check=True, **kw)


def loop_mount(image, mnt, options):
    """Tried again: others are at the loop devices at the same time."""
    for _ in range(10):
        p = subprocess.run(["mount", "-t", "ext4", "-o", "loop," + options,
                            image, mnt], stderr=subprocess.DEVNULL)
        if p.returncode == 0:
            return True
        time.sleep(0.2)
    return False


def can_mount():
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as d:
        img, mnt = os.path.join(d, "i"), os.path.join(d, "m")
        os.mkdir(mnt)
        images.mke2fs(img, size="8M")
        if not loop_mount(img, mnt, "ro"):
            return False
        run("umount", mnt)
    return True


class Mount:
    def __init__(self, image, mnt, options):
        self.image, self.mnt, self.options = image, mnt, options

    def __enter__(self):
        if not loop_mount(self.image, self.mnt, self.options):
            raise SystemExit("the host does not mount " + self.image)
        return self.mnt

    def __exit__(self, *exc):
        run("umount", self.mnt)


def tar(image, out):
    with open(out, "wb") as f:
        p = subprocess.run([FSU, "tar", image], stdout=f,
                           stderr=subprocess.PIPE)
    lines = [ln for ln in p.stderr.decode("utf-8", "replace").splitlines()
             if "socket ignored" not in ln]
    if p.returncode != 0 or lines:
        print("fsu tar %s: status %d" % (image, p.returncode))
        print("\n".join(lines[:20]))
        return False
    return True


def blunt(m):
    """Take out of a manifest what mke2fs -d does not keep: fractions and
    high bits of times, links between symbolic links, unwritten extents."""
    root = m[b"."]
    root.mtime = root.mode = root.uid = root.gid = None
    for path, e in m.items():
        if e.mtime is not None:
            e.mtime = None if path.startswith(b"./times/t") else \
                e.mtime // 10**9
        if e.type == "link":
            e.group = None
        if path == b"./extents/partly":
            e.segs = e.hash = None


def got_equal(image, root, work):
    """`fsu get -p' makes the same tree, but for the attributes that the
    place cannot hold."""
    kind = run("stat", "-f", "-c", "%T", work, stdout=subprocess.PIPE).stdout
    if kind.strip() not in (b"ext2/ext3", b"ext4"):
        print("fsu get: not compared, the scratch place is not ext4")
        return True
    dest = os.path.join(work, "got")
    os.mkdir(dest)
    p = subprocess.run([FSU, "get", "-p", "--devices", image, "/", dest],
                       stderr=subprocess.PIPE)
    bad = manifest.compare(manifest.host_manifest(root),
                           manifest.host_manifest(dest))
    if p.returncode != 0:
        bad.append("status %d: %s" % (p.returncode, p.stderr.decode()[:2000]))
    shutil.rmtree(dest)
    print("\n".join(bad[:20]) + "fsu get: %s" %
          ("%d differences" % len(bad) if bad else "equal"))
    return not bad


def judge(name, image, work, mnt, host=None, options="ro", get=False):
    """host: manifest of the source tree when the image cannot be mounted."""
    out = os.path.join(work, "out.tar")
    before = os.stat(image)
    ok = tar(image, out)
    after = os.stat(image)
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns,
                                                after.st_size):
        print("%s: the image was written" % name)
        ok = False
    print("%s: " % name, end="", flush=True)
    if host is None:
        with Mount(image, mnt, options) as root:
            ok &= manifest.main(["", "compare", root, out]) == 0
            if get:
                ok &= got_equal(image, root, work)
    else:
        got = manifest.tar_manifest(out)
        got.pop(b"./lost+found", None)
        for m in (got, host):
            blunt(m)
        bad = manifest.compare(host, got)
        print("\n".join(bad[:20] + ["%d entries, %d differences" %
                                    (len(host), len(bad))]))
        ok &= not bad
    os.unlink(out)
    sys.stdout.flush()
    return ok


FEATURES = [
    ("ext4", ["-t", "ext4", "-b", "4096"]),
    ("ext4, 1k blocks, inode 128",
     ["-t", "ext4", "-b", "1024", "-I", "128"]),
    ("ext4, inline data, ea_inode, inode 512",
     ["-t", "ext4", "-b", "4096", "-I", "512", "-O",
      "inline_data,ea_inode,large_dir"]),
    ("ext2", ["-t", "ext2", "-b", "4096"]),
    ("ext3, 2k blocks", ["-t", "ext3", "-b", "2048"]),
    ("ext4, bigalloc, meta_bg",
     ["-t", "ext4", "-b", "4096", "-O", "bigalloc,meta_bg,^resize_inode"]),
    ("ext4, no checksums, no 64bit",
     ["-t", "ext4", "-b", "4096", "-O",
      "^metadata_csum,^64bit,uninit_bg"]),
]


def mke2fs(image, size, args, tree=None):
    extra = ["-d", tree] if tree else []
    if os.path.exists(image):
        os.unlink(image)
    with open(image, "wb") as f:
        f.truncate(size)
    run(MKE2FS, "-q", "-F", "-N", "280000" if FULL else "12000", *args,
        *extra, image)


def by_mount(work, mnt, features):
    ok = True
    image = os.path.join(work, "mounted.img")
    for name, args in features:
        mke2fs(image, (3 << 30) if FULL else (256 << 20), args)
        with Mount(image, mnt, "rw") as root:
            populate.make(root, FULL)
        # The destination has blocks of 4 KiB as well, and small holes.
        ok &= judge("filled by the host, " + name, image, work, mnt,
                    get=name == "ext4" and not FULL)
    return ok


def shrink(tree):
    """Take away what does not fit into small blocks."""
    for n in (1024, 4000, 4095):
        path = os.path.join(tree, "links", "len%d" % n)
        if os.path.lexists(path):
            os.unlink(path)
    shutil.rmtree(os.path.join(tree, "xattrs"), ignore_errors=True)


def by_mke2fs(work, mnt, features, mounts):
    tree = os.path.join(work, "tree")
    os.mkdir(tree)
    # mke2fs takes time quadratic in the width of a directory.
    populate.make(tree, FULL, 10000)
    # mke2fs has no patience with the largest sparse files.
    for name in ("limit", "t1"):
        path = os.path.join(tree, "sparse", name)
        if os.path.exists(path):
            os.unlink(path)
    # It takes paths of PATH_MAX only.
    shutil.rmtree(os.path.join(tree, "deep"))
    ok = True
    image = os.path.join(work, "made.img")
    for name, args in features:
        if "4096" not in args:
            if not mounts:
                continue
            shrink(tree)
        hidden = os.path.join(tree, "sparse"), os.path.join(work, "hidden")
        if "inline_data" in args[-1]:
            # mke2fs makes files that begin with a hole wrongly then.
            os.rename(*hidden)
            os.rename(tree + "/extents", hidden[1] + "/extents")
        host = None if mounts else manifest.host_manifest(tree)
        mke2fs(image, (3 << 30) if FULL else (256 << 20), args, tree)
        ok &= judge("filled by mke2fs, " + name, image, work, mnt, host)
        if "inline_data" in args[-1]:
            os.rename(hidden[1] + "/extents", tree + "/extents")
            os.rename(hidden[1], hidden[0])
    shutil.rmtree(tree)
    os.unlink(image)
    return ok


def dirty(work, mnt):
    """Copy the image of a mounted file system: its journal has the news."""
    image, copy = (os.path.join(work, n) for n in ("dirty.img", "copy.img"))
    ok = True
    for name, args in (FEATURES[0], ("ext3", ["-t", "ext3"])):
        mke2fs(image, 128 << 20, args)
        with Mount(image, mnt, "rw,commit=1") as root:
            a = os.path.join(os.fsencode(root), b"a")
            os.mkdir(a)
            populate.links(a)
            os.sync()
            populate.xattrs(a)
            populate.bulk(a, 2000, 100)
            for i in range(0, 2000, 3):
                os.unlink(os.path.join(a, b"bulk/%05d/file-%06d" %
                                       (i // 100, i)))
            shutil.rmtree(os.path.join(a, b"links"))
            populate.owners(a)
            fd = os.open(os.path.join(a, b"last"), os.O_CREAT | os.O_RDWR)
            os.write(fd, b"the last word")
            os.fsync(fd)
            os.close(fd)
            run("cp", "--sparse=always", image, copy)
        state = run(shutil.which("dumpe2fs", path=os.environ["PATH"] +
                                 ":/sbin:/usr/sbin"), "-h", copy,
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        if b"needs_recovery" not in state:
            print("dirty journal, %s: the copy is clean" % name)
            ok = False
        # Writable, for the host replays the journal into the image.
        ok &= judge("dirty journal, " + name, copy, work, mnt,
                    options="rw,noatime")
    return ok


def main():
    mounts = can_mount()
    base = os.environ.get("TMPDIR", "/tmp")
    work = tempfile.mkdtemp(prefix="fsu-content.", dir=base)
    mnt = os.path.join(work, "mnt")
    os.mkdir(mnt)
    features = {"quick": FEATURES[:3], "features": FEATURES[3:],
                "full": FEATURES[:2]}[sys.argv[2]]
    ok = True
    try:
        ok &= by_mke2fs(work, mnt, features, mounts)
        if mounts:
            ok &= by_mount(work, mnt, features)
            ok &= dirty(work, mnt)
        else:
            print("not privileged to mount: compared with the source tree")
    finally:
        subprocess.run(["umount", "-q", mnt], stderr=subprocess.DEVNULL)
        shutil.rmtree(work, ignore_errors=True)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
