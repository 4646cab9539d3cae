# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration: a real tree becomes an ext4 image, fsu reads it, and
every file is compared with its origin.  With an image given, what is in it
is read and summed up.  account.py FSU [IMAGE]"""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "programs", "fsu"))
import manifest  # noqa: E402

MIB = 1 << 20
CANDIDATES = ("/usr/share/doc", "/usr/lib/python3.11", "/usr/lib/python3",
              "/usr/share/perl", "/usr/include", "/usr/share/zoneinfo",
              "/usr/share/locale", "/usr/lib/locale", "/etc")
ENOUGH, LARGEST, ENTRIES = 20 * MIB, 300 * MIB, 60000


def say(text=""):
    print(text, flush=True)


def measure(tree):
    """(bytes, entries) of a tree, None if it is too large or not readable."""
    size = count = 0
    for root, dirs, files in os.walk(tree, onerror=None):
        if not os.access(root, os.R_OK | os.X_OK):
            return None
        for name in files + dirs:
            path = os.path.join(root, name)
            try:
                st = os.lstat(path)
            except OSError:
                return None
            count += 1
            if stat.S_ISREG(st.st_mode):
                size += st.st_size
                if not os.access(path, os.R_OK):
                    return None
            if size > LARGEST or count > ENTRIES:
                return None
    return size, count


def choose_tree():
    best = None
    for tree in CANDIDATES:
        if not os.path.isdir(tree) or os.path.islink(tree):
            continue
        found = measure(tree)
        if found and (best is None or found[0] > best[1][0]):
            best = (tree, found)
        if best is not None and best[1][0] > ENOUGH:
            break
    if best is None:
        sys.exit("demo: no readable directory tree of a fitting size found")
    return best


def make_image(tree, size, count, image):
    mke2fs = shutil.which("mke2fs")
    if mke2fs is None:
        sys.exit("demo: mke2fs not found; apt install e2fsprogs")
    room = (size + count * 4096) * 13 // 10 + 32 * MIB
    with open(image, "wb") as f:
        f.truncate(room // 4096 * 4096)
    subprocess.run([mke2fs, "-q", "-F", "-t", "ext4", "-b", "4096", "-N",
                    str(count * 5 // 4 + 1000), "-d", tree, image],
                   check=True)


def show(fsu, *args, lines=8):
    """Run fsu and show the first lines of what it says."""
    say("$ fsu " + " ".join(args))
    p = subprocess.run([fsu, *args], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    out = p.stdout.decode("utf-8", "replace").splitlines()
    for line in out[:lines]:
        say("  " + line)
    if len(out) > lines:
        say("  ... %d more lines" % (len(out) - lines))
    if p.returncode != 0:
        sys.exit("demo: fsu %s: exit status %d" % (args[0], p.returncode))


def read_archive(fsu, image):
    """The manifest of `fsu tar', how it ended and how long it took."""
    start = time.monotonic()
    p = subprocess.Popen([fsu, "tar", image], stdout=subprocess.PIPE)
    try:
        got = manifest.Tar(p.stdout).manifest()
    except manifest.Bad as e:
        p.kill()
        p.wait()
        sys.exit("demo: the archive is not well-formed: %s" % e)
    p.stdout.close()
    return got, p.wait(), time.monotonic() - start


def sums(entries):
    kinds = {}
    for e in entries.values():
        kinds[e.type] = kinds.get(e.type, 0) + 1
    data = sum(b - a for e in entries.values() for a, b in e.segs or [])
    names = {"file": "files", "dir": "directories", "link": "symbolic links",
             "char": "character devices", "block": "block devices",
             "fifo": "fifos"}
    parts = ["%d %s" % (kinds[k], n) for k, n in names.items() if k in kinds]
    linked = sum(e.group is not None for e in entries.values())
    if linked:
        parts.append("%d hard-linked names" % linked)
    attrs = sum(bool(e.xattrs) for e in entries.values())
    if attrs:
        parts.append("%d with extended attributes" % attrs)
    return ", ".join(parts) + "; %.1f MiB of data" % (data / MIB)


def rates(status, seconds, entries):
    data = sum(b - a for e in entries.values() for a, b in e.segs or [])
    say("  exit status %d, %.1f s, %.0f MiB/s, %.0f entries/s (with hashing)"
        % (status, seconds, data / MIB / seconds, len(entries) / seconds))


def blunt(entries):
    """mke2fs -d stores whole seconds, and makes the root itself."""
    for e in entries.values():
        e.mtime //= 10**9
    root = entries[b"."]
    root.mtime = root.mode = root.uid = root.gid = None


def demo(fsu, work):
    tree, (size, count) = choose_tree()
    say("A real tree of this machine: %s (%d entries, %.1f MiB)" %
        (tree, count, size / MIB))
    image = os.path.join(work, "demo.img")
    make_image(tree, size, count, image)
    say("made into an ext4 image by mke2fs -d: %.1f MiB" %
        (os.stat(image).st_size / MIB))
    before = os.stat(image)
    say()
    say("fsu runs the file-system driver inside its own process; nothing is "
        "mounted.")
    os.chdir(work)
    show(fsu, "df", "-h", "demo.img")
    show(fsu, "ls", "-l", "demo.img", "/")
    show(fsu, "du", "-sh", "demo.img")
    say("$ fsu tar demo.img   (every file, compared with %s)" % tree)
    got, status, seconds = read_archive(fsu, image)
    got.pop(b"./lost+found", None)
    say("  read: " + sums(got))
    rates(status, seconds, got)
    host = manifest.host_manifest(tree)
    blunt(host)
    blunt(got)
    bad = manifest.compare(host, got)
    after = os.stat(image)
    for line in bad[:20]:
        say("  DIFFERS " + line)
    say()
    say("%d entries compared with their origin: type, mode, owner, size, "
        "mtime,\nlink target, hard links, extended attributes, SHA-256 of "
        "the contents: %s." % (len(host), "%d DIFFERENCES" % len(bad)
                               if bad else "all equal"))
    same = before.st_mtime_ns == after.st_mtime_ns
    say("The image was %s." % ("not modified" if same else "MODIFIED"))
    return 0 if not bad and same and status == 0 else 1


def given(fsu, image):
    say("Reading %s without mounting it." % image)
    show(fsu, "df", "-h", image)
    show(fsu, "ls", "-l", image, lines=20)
    show(fsu, "du", "-sh", image)
    say("$ fsu tar %s" % image)
    got, status, seconds = read_archive(fsu, image)
    say("  read: " + sums(got))
    rates(status, seconds, got)
    return status


def main(argv):
    if len(argv) not in (2, 3):
        sys.exit("usage: account.py FSU [IMAGE]")
    fsu = os.path.abspath(argv[1])
    if len(argv) == 3:
        return given(fsu, argv[2])
    work = tempfile.mkdtemp(prefix="demo.", dir=os.environ.get("TMPDIR"))
    try:
        return demo(fsu, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
