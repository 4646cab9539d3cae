#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""fsu on damaged images: each command ends within 10 s with a result or a
message, never by a signal, a panic or a sanitizer's report; what `get' makes
stays beneath its destination and `tar' remains well-formed.

  hostile.py FSU COUNT [FIRST]

Image number n is the same in every run.  Checksums are off, so that the
damage reaches what parses it.
"""
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import images  # noqa: E402
import manifest  # noqa: E402

FSU = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2])
FIRST = int(sys.argv[3]) if len(sys.argv) > 3 else 0
LIMIT = 10
KINDS = (("-t", "ext4", "-b", "1024", "-O", "^metadata_csum"),
         ("-t", "ext4", "-b", "1024", "-I", "512", "-O",
          "^metadata_csum,inline_data,ea_inode"),
         ("-t", "ext2", "-b", "1024"),
         ("-t", "ext4", "-b", "4096", "-O", "^metadata_csum"))
BLOCK = 1024


def make_tree(top):
    rnd = random.Random(1)
    for i in range(12):
        d = "%s/d%d/sub" % (top, i)
        os.makedirs(d)
        for k in range(8):
            path = "%s/f%d" % (d, k)
            with open(path, "wb") as f:
                f.write(rnd.randbytes(rnd.choice((0, 10, 100, 3000, 20000))))
            try:
                os.setxattr(path, "user.x", b"v" * rnd.choice((1, 50, 700)))
            except OSError:
                pass
        os.symlink("../sub", d + "/short")
        os.symlink("x" * 200, d + "/long")
        os.link(d + "/f0", "%s/d%d/hard" % (top, i))
    os.mkdir(top + "/many")
    for i in range(600):
        with open("%s/many/some-name-%04d" % (top, i), "wb"):
            pass
    with open(top + "/holes", "wb") as f:
        for i in range(40):
            f.seek(i * 100000)
            f.write(b"%d" % i * 300)


def used_blocks(data):
    """Blocks that are not all zero: where the metadata is, above all."""
    return [i for i in range(len(data) // BLOCK)
            if data[i * BLOCK:(i + 1) * BLOCK].strip(b"\0")]


def interesting(data, used):
    """Those that look like metadata: few distinct bytes, many zeros."""
    return [i for i in used
            if data[i * BLOCK:(i + 1) * BLOCK].count(0) > BLOCK // 5]


def damage(data, blocks, rnd):
    out = bytearray(data)
    for _ in range(rnd.choice((1, 1, 2, 4, 16, 64))):
        at = rnd.choice(blocks) * BLOCK + rnd.randrange(BLOCK)
        how = rnd.randrange(6)
        if how == 0:
            out[at] ^= 1 << rnd.randrange(8)
        elif how == 1:
            out[at] = rnd.randrange(256)
        elif how == 2:
            at &= ~3
            out[at:at + 4] = rnd.choice((b"\0\0\0\0", b"\xff\xff\xff\xff",
                                         b"\xff\xff\xff\x7f", b"\1\0\0\0",
                                         rnd.randbytes(4)))
        elif how == 3:
            at &= ~1
            out[at:at + 2] = rnd.choice((b"\0\0", b"\xff\xff", b"\0\x80",
                                         rnd.randbytes(2)))
        elif how == 4:
            n = rnd.choice((8, 32, 128))
            out[at:at + n] = rnd.randbytes(len(out[at:at + n]))
        else:
            n = rnd.choice((16, 64, BLOCK))
            src = rnd.choice(blocks) * BLOCK
            at &= ~(BLOCK - 1)
            out[at:at + n] = out[src:src + n]
    # The magic stays, or there is nothing to look at.
    out[1024 + 56:1024 + 58] = data[1024 + 56:1024 + 58]
    return out


def cpu():
    """Seconds of the children: the machine may have other work."""
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


def run(what, *args, **kw):
    """One command; returns a complaint or None."""
    start = cpu()
    try:
        p = subprocess.run([FSU, *args], stdin=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, timeout=6 * LIMIT, **kw)
    except subprocess.TimeoutExpired:
        return "%s: does not end" % what
    took = cpu() - start
    err = p.stderr.decode("utf-8", "replace")
    if p.returncode not in (0, 1, 2):
        return "%s: status %d: %s" % (what, p.returncode, err[-3000:])
    for bad in ("Sanitizer", "runtime error", "panic"):
        if bad in err:
            return "%s: %s" % (what, err[-3000:])
    if took > LIMIT:
        return "%s: took %.1f s" % (what, took)
    if p.returncode != 0 and not err:
        return "%s: failed without a message" % what
    return None


def check_tar(image, work):
    name = work + "/tar"
    with open(name, "wb") as f:
        bad = run("tar", "tar", image, stdout=f)
    if bad is None and os.stat(name).st_size:
        try:
            manifest.tar_manifest(name)
        except (manifest.Bad, ValueError, KeyError) as e:
            bad = "tar: not well-formed: %s" % e
    os.unlink(name)
    return bad


def check_get(image, work):
    top = work + "/get"
    os.makedirs(top + "/dest")
    bad = run("get", "get", image, "/", top + "/dest")
    if os.listdir(top) != ["dest"]:
        bad = "get: wrote beside its destination"
    subprocess.run(["chmod", "-R", "u+rwX", top], stderr=subprocess.DEVNULL)
    shutil.rmtree(top)
    return bad


def check(image, work):
    null = {"stdout": subprocess.DEVNULL}
    out = [check_tar(image, work), check_get(image, work)]
    for args in (("ls", "-laR"), ("find", ), ("du", "-a"), ("df",)):
        out.append(run(args[0], *args, image, **null))
    out.append(run("cat", "cat", image, "holes", "d3/sub/f4", **null))
    out.append(run("stat", "stat", image, "many/some-name-0300", **null))
    return [b for b in out if b]


def main():
    work = tempfile.mkdtemp(prefix="fsu-hostile.",
                            dir=os.environ.get("TMPDIR"))
    try:
        tree, image = work + "/tree", work + "/image"
        os.mkdir(tree)
        make_tree(tree)
        bases = []
        for kind in KINDS:
            images.mke2fs(image, tree, "8M", kind)
            with open(image, "rb") as f:
                data = f.read()
            bases.append((data, interesting(data, used_blocks(data))))
        failed = 0
        for n in range(FIRST, FIRST + COUNT):
            rnd = random.Random(n)
            data, blocks = bases[n % len(bases)]
            with open(image, "wb") as f:
                f.write(damage(data, blocks, rnd))
            for bad in check(image, work):
                failed += 1
                print("image %d: %s" % (n, bad), flush=True)
            if failed > 10:
                break
        print("%d images, %d complaints" % (n + 1 - FIRST, failed))
        return 1 if failed else 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
