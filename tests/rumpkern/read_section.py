#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A read section of pserialize(9) costs nothing: what the compiler makes of one
stores nothing to memory, fences nothing, locks nothing and calls nothing.

usage: read_section.py OBJDUMP LIBRARY FUNCTION...
"""
import re
import subprocess
import sys

FENCES = ('mfence', 'lfence', 'sfence', 'lock', 'xchg', 'call', 'cpuid')
# Those whose last operand is not written.
READERS = ('cmp', 'test', 'nop', 'lea', 'bt')


def costs(insn, operands):
    """What is wrong with one instruction (AT&T syntax), or None."""
    if insn.startswith(FENCES):
        return 'fence, lock or call'
    # Of the operands the last is written; memory has parentheses.
    last = re.split(r',(?![^(]*\))', operands)[-1] if operands else ''
    if '(' in last and not insn.startswith(READERS):
        # A load has its memory first; one operand only is written back.
        return 'store'
    if insn.startswith('push'):
        return 'store'
    return None


def main():
    objdump, library = sys.argv[1:3]
    failed = False
    for function in sys.argv[3:]:
        out = subprocess.run(
            [objdump, '-d', '--no-show-raw-insn',
             '--disassemble=' + function, library],
            capture_output=True, text=True, check=True).stdout
        lines = re.findall(r'^\s+[0-9a-f]+:\t(\S+)\s*([^#<\n]*)', out, re.M)
        if 'x86-64' not in out:
            return 77
        if not any(insn.startswith('ret') for insn, _ in lines):
            print('%s: not found' % function)
            failed = True
        for insn, operands in lines:
            bad = costs(insn, operands.strip())
            if bad:
                print('%s: %s: %s %s' % (function, bad, insn, operands))
                failed = True
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
