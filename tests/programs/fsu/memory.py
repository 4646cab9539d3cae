#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`fsu tar` of a 10 GiB image with 5 GiB of data stays below 100 MiB
resident.  memory.py FSU"""
import os
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import images  # noqa: E402

GIB = 1 << 30
LIMIT = 100 << 20
FSU = os.path.abspath(sys.argv[1])


def fill(tree):
    """5 GiB: a few large files, many of middle size, very many small."""
    block = os.urandom(1 << 20)
    total = 0

    def put(path, size):
        nonlocal total
        with open(path, "wb") as f:
            left = size
            while left > 0:
                left -= f.write(block[:min(left, len(block))])
        total += size

    for i in range(3):
        put("%s/large%d" % (tree, i), GIB)
    for i in range(50):
        d = "%s/d%02d" % (tree, i)
        os.mkdir(d)
        for k in range(800):
            put("%s/small-%04d" % (d, k), 3000 + k)
        for k in range(38):
            put("%s/mid-%02d" % (d, k), 1 << 20)
    os.mkdir(tree + "/wide")
    for i in range(20000):
        os.close(os.open("%s/wide/an-entry-of-some-length-%06d" % (tree, i),
                         os.O_CREAT | os.O_WRONLY))
    # Many hard links: they are what has to be remembered.
    os.mkdir(tree + "/links")
    for i in range(20000):
        os.link("%s/wide/an-entry-of-some-length-%06d" % (tree, i),
                "%s/links/%06d" % (tree, i))
    return total


def main():
    base = os.environ.get("TMPDIR", "/tmp")
    if shutil.disk_usage(base).free < 16 * GIB:
        print("skipped: %s has less than 16 GiB free" % base)
        return 77
    work = tempfile.mkdtemp(prefix="fsu-memory.", dir=base)
    try:
        tree, image = work + "/tree", work + "/image"
        os.mkdir(tree)
        total = fill(tree)
        images.mke2fs(image, tree, "10G", ("-t", "ext4", "-N", "200000"))
        shutil.rmtree(tree)
        with open(os.devnull, "wb") as null:
            # Through a pipe: writing to /dev/null would not touch the data.
            p = subprocess.Popen([FSU, "tar", image], stdout=subprocess.PIPE)
            out = 0
            while True:
                data = p.stdout.read(1 << 20)
                if not data:
                    break
                out += len(data)
                null.write(data[:1])
            p.stdout.close()
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss * 1024
        print("data %d MiB, archive %d MiB, peak %.1f MiB resident, "
              "%.1f s of CPU" % (total >> 20, out >> 20, peak / (1 << 20),
                                 usage.ru_utime + usage.ru_stime))
        if p.returncode != 0 or out < total:
            print("fsu tar failed: status %d" % p.returncode)
            return 1
        return 0 if peak < LIMIT else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
