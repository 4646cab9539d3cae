# SPDX-License-Identifier: BSD-2-Clause
"""Making small images for the tests of fsu: trees, partition tables, and
directories patched the way a hostile image would have them."""
import os
import shutil
import struct
import subprocess
import zlib

PATH = os.environ["PATH"] + ":/sbin:/usr/sbin"
MKE2FS = shutil.which("mke2fs", path=PATH)
SECTOR = 512


def mke2fs(image, tree=None, size="16M", args=("-t", "ext4")):
    extra = ["-d", tree] if tree else []
    with open(image, "wb"):
        pass
    subprocess.run([MKE2FS, "-q", "-F", *args, *extra, image, size],
                   check=True, stderr=subprocess.DEVNULL)


def copy_into(disk, off, image):
    with open(image, "rb") as f:
        data = f.read()
    disk.seek(off)
    disk.write(data)


def mbr_entry(kind, start, count):
    return struct.pack("<B3sB3sII", 0, b"\0\0\0", kind, b"\0\0\0", start,
                       count)


def mbr_sector(entries):
    return (b"\0" * 446 + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa")


def mbr(path, sectors, primaries, logicals=()):
    """primaries: (type, start, count).  logicals go into entry 4."""
    entries = [mbr_entry(*p) for p in primaries]
    with open(path, "wb") as f:
        f.truncate(sectors * SECTOR)
        if logicals:
            base = logicals[0][1] - 1
            while len(entries) < 3:
                entries.append(b"\0" * 16)
            entries.append(mbr_entry(5, base, sectors - base))
            for i, (kind, start, count) in enumerate(logicals):
                ebr = [mbr_entry(kind, 1, count)]
                if i + 1 < len(logicals):
                    nxt = logicals[i + 1][1] - 1
                    ebr.append(mbr_entry(5, nxt - base,
                                         logicals[i + 1][2] + 1))
                f.seek((start - 1) * SECTOR)
                f.write(mbr_sector(ebr))
        f.seek(0)
        f.write(mbr_sector(entries))


def gpt_header(lba, other, table_lba, table, sectors, count, size, ss):
    def pack(crc):
        return struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92,
                           crc, 0, lba, other, 34, sectors - 34, b"D" * 16,
                           table_lba, count, size, zlib.crc32(table))
    return pack(zlib.crc32(pack(0))).ljust(ss, b"\0")


def gpt(path, sectors, parts, ss=SECTOR):
    """parts: (index from 1, first sector, last sector, label)."""
    table = bytearray(128 * 128)
    for num, first, last, label in parts:
        struct.pack_into("<16s16sQQQ72s", table, (num - 1) * 128,
                         b"T" * 16, bytes([num] * 16), first, last, 0,
                         label.encode("utf-16-le"))
    table = bytes(table)
    with open(path, "wb") as f:
        f.truncate(sectors * ss)
        f.write(mbr_sector([mbr_entry(0xee, 1, 0xffffffff)]))
        f.seek(ss)
        f.write(gpt_header(1, sectors - 1, 2, table, sectors, 128, 128, ss))
        f.seek(2 * ss)
        f.write(table)
        back = sectors - 1 - len(table) // ss
        f.seek(back * ss)
        f.write(table)
        f.seek((sectors - 1) * ss)
        f.write(gpt_header(sectors - 1, 1, back, table, sectors, 128, 128,
                           ss))


def dirent(image, name):
    """Offset of the directory entry of this name (which must be unique)."""
    with open(image, "rb") as f:
        data = f.read()
    needle = bytes([len(name)])
    at = -1
    while True:
        at = data.find(name, at + 1)
        if at < 0:
            raise KeyError(name)
        if data[at - 2:at - 1] == needle:
            return at - 8


def patch(image, off, data):
    with open(image, "r+b") as f:
        f.seek(off)
        f.write(data)


def rename(image, old, new):
    """Give an entry another name, of at most the same length."""
    at = dirent(image, old)
    patch(image, at + 6, bytes([len(new)]))
    patch(image, at + 8, new)


def redirect(image, name, ino):
    patch(image, dirent(image, name), struct.pack("<I", ino))
