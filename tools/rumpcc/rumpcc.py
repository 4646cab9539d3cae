#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""rumpcc: build a kernel-namespace component outside the runtime's own tree.

Compiles sources with the runtime's headers, predefines and flags, renames
their symbols into the rumpns_ name space and links what results.  rumpcc(1)
has the options.  The settings of the build that this script belongs to stand
in rumpcc.json beside it; it is the same list that the tree's own build uses.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
import ioconf   # noqa: E402
import rumpns   # noqa: E402

USAGE = '''usage: rumpcc [-up | -smp] [options] -o OUTPUT FILE.c ... [--user FILE.c ...]
  -o NAME.so | NAME.a | NAME.o   link a shared component, make an archive, or
                                 (with -c) one renamed object
  -c                     compile and rename only
  --user FILE.c ...      host-namespace half (rump/rumpuser_component.h)
  --user-arg ARG         an argument for compiling or linking the host half
  --ioconf FILE.ioconf   generate ioconf.c, ioconf.h and locators.h from it
  -S DIR                 root of the foreign tree that FILE.ioconf includes from
  -up, -smp              the variant to build for (default: up)
  -DX -UX -IDIR -std=X -fX -mX -WX -OX -gX   passed on to the compiler; -I after our roots
  -include F, -imacros F, -isystem DIR, -idirafter DIR   likewise
  -l LIB -L DIR          passed to the link of a shared component
  -print-flags           print the compiler and its flags, and stop
  -print-foreign         list each header taken from outside our header root
  -allow-foreign HEADER  let HEADER, which our root should provide, be foreign
  -v                     print each command'''


class Usage(Exception):
    """The command line does not make sense; the message says why."""


class Options:
    """What the command line asked for."""

    def __init__(self):
        self.variant = 'up'
        self.output = None
        self.compile_only = False
        self.sources = []
        self.objects = []
        self.user = []
        self.user_args = []
        self.ioconf = None
        self.sysroot = None
        self.flags = []
        self.includes = []
        self.link = []
        self.print_flags = False
        self.print_foreign = False
        self.allow = set()
        self.verbose = False


def value(it, name):
    """The argument that option NAME takes."""
    try:
        return next(it)
    except StopIteration:
        raise Usage('%s needs an argument' % name) from None


def joined(arg, prefix, it):
    """The value of an option written as -Xvalue or -X value."""
    return arg[len(prefix):] or value(it, prefix)


def parse(argv):
    """Options from the arguments."""
    o = Options()
    it = iter(argv)
    user = False
    for a in it:
        if a in ('-up', '-smp'):
            o.variant = a[1:]
        elif a == '-c':
            o.compile_only = True
        elif a == '--user':
            user = True
        elif a == '--user-arg':
            o.user_args.append(value(it, a))
        elif a == '--ioconf':
            o.ioconf = value(it, a)
        elif a == '-S':
            o.sysroot = value(it, a)
        elif a == '-print-flags':
            o.print_flags = True
        elif a == '-print-foreign':
            o.print_foreign = True
        elif a == '-allow-foreign':
            o.allow.add(value(it, a))
        elif a == '-v':
            o.verbose = True
        elif a in ('-h', '--help'):
            print(USAGE)
            sys.exit(0)
        elif a in ('-include', '-imacros'):
            o.flags += [a, value(it, a)]
        elif a in ('-isystem', '-idirafter'):
            o.includes += [a, value(it, a)]
        elif a.startswith('-o') and not a.startswith('-of'):
            o.output = joined(a, '-o', it)
        elif a.startswith('-I'):
            o.includes.append('-I' + joined(a, '-I', it))
        elif a.startswith('-D') or a.startswith('-U'):
            o.flags.append(a[:2] + joined(a, a[:2], it))
        elif a.startswith('-l') or a.startswith('-L'):
            o.link.append(a[:2] + joined(a, a[:2], it))
        elif a.startswith('-Wl,'):
            o.link.append(a)
        elif re.match(r'-(std=|f|m|W|O|g|pipe|pthread)', a):
            o.flags.append(a)
        elif a.startswith('-'):
            raise Usage('unknown option %s' % a)
        elif user:
            o.user.append(a)
        elif a.endswith(('.c', '.S')):
            o.sources.append(a)
        elif a.endswith('.o'):
            o.objects.append(a)
        else:
            raise Usage('%s: not a .c, .S or .o file' % a)
    return o


def settings():
    """The settings of the runtime this script was installed with."""
    with open(os.path.join(HERE, 'rumpcc.json')) as f:
        text = f.read()
    return json.loads(text.replace('@HERE@', HERE))


def run(o, argv):
    """Run a command, showing it if asked; its failure is ours."""
    if o.verbose:
        print(' '.join(argv), file=sys.stderr)
    if subprocess.run(argv).returncode != 0:
        raise SystemExit(1)


def kernel_flags(conf, o):
    """Flags of a kernel-namespace compile, in the order that counts."""
    if o.variant not in conf['variants']:
        raise Usage('this runtime was built without the %s variant'
                    % o.variant)
    return (['-std=gnu99', '-O2', '-g', '-fPIC'] + conf['kern_args']
            + conf['variants'][o.variant]['args'] + conf['kern_force']
            + ['-I' + d for d in conf['kern_roots']] + conf['sanitize']
            + o.flags + o.includes)


def depends(path):
    """The files that a make rule of the compiler's -MD lists."""
    with open(path) as f:
        text = f.read().replace('\\\n', ' ')
    return text.split(':', 1)[1].replace('\\ ', '\0').split()


class Foreign:
    """Headers that came from outside our header roots."""

    def __init__(self, conf, o, generated):
        self.roots = [os.path.realpath(d) for d in conf['kern_roots']]
        self.generated = os.path.realpath(generated)
        self.dirs = [os.path.realpath(i[2:]) for i in o.includes
                     if i.startswith('-I')]
        self.dirs += [os.path.realpath(d) for i, d in
                      zip(o.includes, o.includes[1:])
                      if i in ('-isystem', '-idirafter')]
        self.found = {}

    def add(self, depfile, source):
        """Note what one compile took from elsewhere."""
        for f in depends(depfile):
            real = os.path.realpath(f.replace('\0', ' '))
            # clang names a sanitizer's list of exceptions here, too.
            if real == os.path.realpath(source) or real.endswith('.txt') \
                    or any(
                        real.startswith(r + os.sep)
                        for r in self.roots + [self.generated]):
                continue
            self.found.setdefault(real, self.name(real))

    def name(self, real):
        """The name by which an #include <...> found the file."""
        names = [os.path.relpath(real, d) for d in self.dirs
                 if real.startswith(d + os.sep)]
        return min(names, key=len) if names else os.path.basename(real)

    def names(self, real):
        """All names the file has below the given include folders."""
        return [os.path.relpath(real, d) for d in self.dirs
                if real.startswith(d + os.sep)]

    def refused(self, kpi, allow):
        """Foreign headers which our root should have provided."""
        return sorted(n for r in self.found for n in self.names(r)
                      if n in kpi and n not in allow)


def compile_kernel(conf, o, tmp, foreign, extra):
    """Compile the kernel-namespace sources; the list of raw objects."""
    out = []
    for n, src in enumerate(o.sources + extra):
        obj = os.path.join(tmp, '%02d_%s.o' % (
            n, os.path.splitext(os.path.basename(src))[0]))
        dep = obj + '.d'
        run(o, [conf['cc']] + kernel_flags(conf, o)
            + ['-I' + tmp, '-MD', '-MF', dep, '-c', '-o', obj, src])
        foreign.add(dep, src)
        out.append(obj)
    return out


def compile_user(conf, o, tmp):
    """Compile the host-namespace half."""
    out = []
    for n, src in enumerate(o.user):
        if src.endswith('.o'):
            out.append(src)
            continue
        obj = os.path.join(tmp, 'u%02d_%s.o' % (
            n, os.path.splitext(os.path.basename(src))[0]))
        run(o, [conf['cc'], '-O2', '-g', '-fPIC', '-D_GNU_SOURCE']
            + ['-I' + d for d in conf['client_roots']] + conf['sanitize']
            + [f for f in o.flags if f[:2] in ('-D', '-U')]
            + [f for f in o.includes if f.startswith('-I')]
            + [f for f in o.user_args if not f.startswith(('-l', '-L'))]
            + ['-c', '-o', obj, src])
        out.append(obj)
    return out


def link(conf, o, tmp, kernel, user):
    """Make the output file from renamed and host objects."""
    if o.output.endswith('.a'):
        rumpns.archive(o.output, kernel + user, conf['ar'])
    elif o.output.endswith('.o'):
        run(o, [conf['cc'], '-r', '-nostdlib', '-o', o.output]
            + kernel + user)
    else:
        run(o, [conf['cc'], '-shared', '-o', o.output]
            + kernel + user + conf['link_args'] + conf['sanitize']
            + ['-Wl,-soname,' + os.path.basename(o.output)] + o.link
            + [a for a in o.user_args if a.startswith(('-l', '-L'))])


def build(conf, o, tmp):
    """The whole job, in the scratch folder tmp."""
    extra = []
    if o.ioconf:
        ioconf.generate(o.ioconf, o.sysroot, tmp)
    foreign = Foreign(conf, o, tmp)
    raw = compile_kernel(conf, o, tmp, foreign, extra) + o.objects
    with open(os.path.join(HERE, 'kpi-headers.txt')) as f:
        refused = foreign.refused(set(f.read().split()), o.allow)
    if o.print_foreign:
        for real in sorted(foreign.found):
            print('%s\t%s' % (foreign.found[real], real))
    if refused:
        for n in refused:
            print('rumpcc: %s: a header of the kernel interface was taken '
                  'from a foreign tree (-allow-foreign %s lets it)'
                  % (n, n), file=sys.stderr)
        raise SystemExit(1)
    if o.print_foreign and not o.output and not o.compile_only:
        return
    done = rumpns.rename(raw, tempfile.mkdtemp(dir=tmp), conf['nm'],
                         conf['objcopy']) if raw else []
    user = compile_user(conf, o, tmp)
    if not o.compile_only:
        link(conf, o, tmp, done, user)
    elif o.output:
        if len(done + user) != 1:
            raise Usage('-c with -o takes one source')
        shutil.copyfile((done + user)[0], o.output)
    else:
        for src, obj in zip(o.sources + o.user, done + user):
            name = os.path.splitext(os.path.basename(src))[0] + '.o'
            shutil.copyfile(obj, name)


def main():
    try:
        o = parse(sys.argv[1:])
        conf = settings()
        if o.print_flags:
            print(' '.join([conf['cc']] + kernel_flags(conf, o)))
            return
        if not (o.sources or o.objects or o.user):
            raise Usage('no input files')
        if not o.output and not o.compile_only and not o.print_foreign:
            raise Usage('no output (-o)')
        tmp = tempfile.mkdtemp(prefix='rumpcc')
        try:
            build(conf, o, tmp)
        finally:
            shutil.rmtree(tmp)
    except Usage as e:
        print('rumpcc: %s\n%s' % (e, USAGE), file=sys.stderr)
        sys.exit(2)
    except OSError as e:
        print('rumpcc: %s: %s' % (e.filename, e.strerror), file=sys.stderr)
        sys.exit(1)


if __name__ == '__main__':
    main()
