# SPDX-License-Identifier: BSD-2-Clause
"""The part of config(1) that a component needs: from FILE.ioconf and the
attribute definitions it includes, make ioconf.c, ioconf.h and locators.h.

The grammar is that of config(5), as far as component ioconf files go:
"ioconf NAME", "include", "pseudo-root", "pseudo-device" and instance lines;
from the included files "define", "device", "attach", "devclass", "defpseudo",
"defpseudodev"; statements about files and options are passed over.
"""
import os
import re

TOKEN = re.compile(r'"[^"]*"|0[xX][0-9a-fA-F]+|[A-Za-z_][\w-]*|-?\d+|\S')
SKIP = {'file', 'object', 'options', 'makeoptions', 'defopt', 'defflag',
        'defparam', 'deffs', 'obsolete', 'prefix', 'buildprefix', 'version',
        'maxpartitions', 'maxusers', 'device-major', 'machine', 'ident',
        'no', 'filesystem', 'file-system', 'config', 'build', 'select',
        'ifdef', 'ifndef', 'endif', 'elifdef', 'elifndef', 'else', 'cinclude'}


class Error(SystemExit):
    """A fault of the configuration: message with file and line."""

    def __init__(self, where, text):
        super().__init__('rumpcc: %s:%d: %s' % (where[0], where[1], text))


class Attribute:
    """A plain or interface attribute, or a device that is one."""

    def __init__(self, name):
        self.name = name
        self.locators = None    # list of (name, default or None): interface
        self.devclass = None
        self.attrs = []


class Instance:
    """One line "X* at Y? loc val"."""

    def __init__(self, name, unit, star, at, atunit, locs):
        self.name, self.unit, self.star = name, unit, star
        self.at, self.atunit, self.locs = at, atunit, locs


class Config:
    """All that was read."""

    def __init__(self):
        self.name = None
        self.attrs = {}
        self.devices = {}
        self.attachments = []       # (device, [at], attachment name)
        self.roots = []
        self.pseudo = []
        self.instances = []
        self.seen = set()


def statements(path):
    """(line number, tokens) of each statement; indented lines continue."""
    out = []
    with open(path) as f:
        for n, line in enumerate(f, 1):
            line = re.sub(r'#.*', '', line).rstrip()
            if not line.strip():
                continue
            tokens = TOKEN.findall(line)
            if line[0].isspace() and out:
                out[-1][1].extend(tokens)
            else:
                out.append((n, tokens))
    return out


def locators(tokens):
    """Parse "{ a, [b = 1], c[4] = {0, 0} }"; the list, and what follows."""
    if not tokens or tokens[0] != '{':
        return None, tokens
    out, i = [], 1
    while i < len(tokens) and tokens[i] != '}':
        if tokens[i] == ',':
            i += 1
        elif tokens[i] == '[':
            end = tokens.index(']', i)
            inner = tokens[i + 1:end]
            default = inner[inner.index('=') + 1] if '=' in inner else None
            out.append((inner[0], default))
            i = end + 1
        elif i + 2 < len(tokens) and tokens[i + 1] == '=':
            out.append((tokens[i], tokens[i + 2]))
            i += 3
        else:
            out.append((tokens[i], None))
            i += 1
    return out, tokens[i + 1:]


def names(tokens):
    """The names after a colon."""
    return [t for t in tokens[1:] if t != ','] if tokens[:1] == [':'] else []


def attribute(c, name):
    """The attribute of that name, made on first mention."""
    return c.attrs.setdefault(name, Attribute(name))


def define(c, tokens, device=False):
    """define, device, devclass, defpseudo, defpseudodev."""
    a = attribute(c, tokens[1])
    if tokens[0] == 'devclass':
        a.devclass = 'DV_' + a.name.upper()
        return
    locs, rest = locators(tokens[2:])
    if locs is not None:
        a.locators = locs
    a.attrs += names(rest)
    if device:
        c.devices[a.name] = a


def attach(c, tokens):
    """attach NAME at ATTR[, ATTR] [with ATTACHMENT] [: attrs]."""
    at, i = [], 3
    while i < len(tokens) and tokens[i] not in ('with', ':'):
        if tokens[i] != ',':
            at.append(tokens[i])
        i += 1
    name = tokens[1]
    if i + 1 < len(tokens) and tokens[i] == 'with':
        name = tokens[i + 1]
    c.attachments.append((tokens[1], at, name))


def instance(c, where, tokens):
    """X* at Y? [locator value] ..., or X0 at Y1."""
    try:
        at = tokens.index('at')
    except ValueError:
        raise Error(where, 'unknown statement "%s"' % tokens[0]) from None
    m = re.fullmatch(r'([A-Za-z_]\w*?)(\d*)', tokens[0])
    p = re.fullmatch(r'([A-Za-z_]\w*?)(\d*)', tokens[at + 1])
    if not m or not p:
        raise Error(where, 'bad device name')
    star = '*' in tokens[1:at]
    rest = tokens[at + 2:]
    any_unit = rest[:1] == ['?']
    rest = rest[1:] if any_unit else rest
    locs = {}
    while len(rest) >= 2 and rest[0] != 'flags':
        locs[rest[0]] = rest[1]
        rest = rest[2:]
    c.instances.append(Instance(
        m.group(1), int(m.group(2) or 0), star, p.group(1),
        None if any_unit or not p.group(2) else int(p.group(2)), locs))


def read(c, path, root, top=False):
    """Read one file and what it includes."""
    real = os.path.realpath(path)
    if real in c.seen:
        return
    c.seen.add(real)
    for n, t in statements(path):
        where = (path, n)
        if t[0] in ('include', 'package'):
            name = t[1].strip('"')
            base = root if root else os.path.dirname(path)
            read(c, os.path.join(base, name), root)
        elif t[0] == 'ioconf':
            c.name = t[1]
        elif t[0] in ('define', 'devclass', 'defpseudo'):
            define(c, t)
        elif t[0] in ('device', 'defpseudodev'):
            define(c, t, True)
        elif t[0] == 'attach':
            attach(c, t)
        elif t[0] == 'pseudo-root':
            c.roots.append(t[1])
        elif t[0] == 'pseudo-device':
            c.pseudo.append(t[1])
        elif t[0] not in SKIP and top:
            instance(c, where, t)


def devclass(c, a, seen=()):
    """The class of a device: of itself or of an attribute it has."""
    if a.devclass:
        return a.devclass
    for n in a.attrs:
        if n not in seen and n in c.attrs:
            d = devclass(c, c.attrs[n], seen + (n,))
            if d != 'DV_DULL':
                return d
    return 'DV_DULL'


def interfaces(c, a):
    """The interface attributes that a device offers to its children."""
    out = [a] if a.locators is not None else []
    for n in a.attrs:
        b = c.attrs.get(n)
        if b and b.locators is not None and b not in out:
            out.append(b)
    return out


def parent(c, where, i):
    """(interface attribute or None, attachment name) of an instance."""
    offers = [i.at]
    if i.at in c.devices:
        offers = [x.name for x in interfaces(c, c.devices[i.at])] or [i.at]
    for dev, at, name in c.attachments:
        if dev == i.name:
            for n in at:
                if n in offers or n == 'root' and i.at in c.roots:
                    return c.attrs.get(n), name
    raise Error(where, '%s does not attach at %s' % (i.name, i.at))


def locvalues(where, attr, i):
    """Locator values of an instance, in the attribute's order."""
    out = []
    for name, default in (attr.locators or []) if attr else []:
        v = i.locs.pop(name, default)
        if v is None:
            raise Error(where, '%s: locator %s is missing' % (i.name, name))
        out.append(str(-1 if v == '?' else v))
    if i.locs:
        raise Error(where, '%s: no locator %s' % (i.name, min(i.locs)))
    return out


def iattr_text(a):
    """The cfiattrdata of an interface attribute."""
    locs = ', '.join('{ "%s", %s, %s }' % (
        n, '"NULL"' if d is None else '"%s"' % d, 0 if d is None else d)
        for n, d in a.locators)
    return ('static const struct cfiattrdata %siattrdata = {\n\t"%s", %d, '
            '{\n\t\t%s\n\t}\n};\n' % (a.name, a.name, len(a.locators),
                                      locs or '{ NULL, NULL, 0 }'))


def ioconf_c(c, where):
    """The text of ioconf.c."""
    used = {}
    for i in c.instances:
        if i.name not in c.devices:
            raise Error(where, 'no device "%s" is defined' % i.name)
        used.setdefault(i.name, []).append(i)
    parents = [(i,) + parent(c, where, i) for i in c.instances]
    ifs = {a.name: a for n in used for a in interfaces(c, c.devices[n])}
    out = ['#define IOCONF %s\n' % c.name,
           '#include <sys/param.h>\n#include <sys/conf.h>\n'
           '#include <sys/device.h>\n#include <sys/mount.h>\n']
    out += [iattr_text(a) for a in ifs.values()]
    for n in used:
        offers = interfaces(c, c.devices[n])
        arg = 'NULL'
        if offers:
            arg = n + '_attrs'
            out.append('static const struct cfiattrdata * const %s[] = '
                       '{ %s, NULL };' % (arg, ', '.join(
                           '&%siattrdata' % a.name for a in offers)))
        out.append('CFDRIVER_DECL(%s, %s, %s);'
                   % (n, devclass(c, c.devices[n]), arg))
    out.append('\nstatic struct cfdriver * const cfdriver_ioconf_%s[] = {\n'
               '%s\tNULL\n};\n' % (c.name, ''.join(
                   '\t&%s_cd,\n' % n for n in used)))
    out += ioconf_tables(c, where, used, parents)
    return '\n'.join(out) + '\n'


def ioconf_tables(c, where, used, parents):
    """Attachments, locators, parents and the cfdata table."""
    out, byname = [], {}
    for i, _, att in parents:
        byname.setdefault(i.name, [])
        if att not in byname[i.name]:
            byname[i.name].append(att)
    for n, atts in byname.items():
        out += ['extern struct cfattach %s_ca;' % a for a in atts]
        out.append('static struct cfattach * const %s_cfattachinit[] = '
                   '{ %s, NULL };' % (n, ', '.join('&%s_ca' % a
                                                   for a in atts)))
    out.append('\nstatic const struct cfattachinit cfattach_ioconf_%s[] = {\n'
               '%s\t{ NULL, NULL }\n};\n' % (c.name, ''.join(
                   '\t{ "%s", %s_cfattachinit },\n' % (n, n)
                   for n in byname)))
    loc, pspec, rows = [], [], []
    for i, attr, att in parents:
        p = 'NULL'
        if i.at != 'root':
            named = i.at in c.devices or i.at in c.roots
            line = '{ "%s", %s, %s }' % (
                attr.name if attr else i.at,
                '"%s"' % i.at if named else 'NULL',
                0 if not named else
                'DVUNIT_ANY' if i.atunit is None else i.atunit)
            if line not in pspec:
                pspec.append(line)
            p = '&pspec%d' % pspec.index(line)
        values = locvalues(where, attr, i)
        ref = 'loc + %d' % len(loc) if values else 'NULL'
        loc += values
        rows.append('\t{ "%s", "%s", %d, %s, %s, 0, %s },\n' % (
            i.name, att, i.unit,
            'FSTATE_STAR' if i.star else 'FSTATE_NOTFOUND', ref, p))
    if loc:
        out.append('static int loc[] = { %s };' % ', '.join(loc))
    for n, line in enumerate(pspec):
        out.append('static const struct cfparent pspec%d = %s;' % (n, line))
    out.append('\nstatic struct cfdata cfdata_ioconf_%s[] = {\n%s'
               '\t{ NULL, NULL, 0, 0, NULL, 0, NULL }\n};'
               % (c.name, ''.join(rows)))
    return out


def locators_h(c):
    """The text of locators.h: an index for each locator."""
    out = []
    for a in c.attrs.values():
        if not a.locators:
            continue
        up = a.name.upper()
        for n, (name, default) in enumerate(a.locators):
            out.append('#define %sCF_%s %d' % (up, name.upper(), n))
            if default is not None:
                out.append('#define %sCF_%s_DEFAULT %s'
                           % (up, name.upper(), default))
        out.append('#define %sCF_NLOCS %d' % (up, len(a.locators)))
    return '\n'.join(out) + '\n'


def generate(path, root, outdir):
    """Write ioconf.c, ioconf.h and locators.h of PATH into OUTDIR."""
    c = Config()
    read(c, path, root, True)
    where = (path, 1)
    if not c.name:
        raise Error(where, 'no "ioconf NAME" statement')
    text = {'ioconf.c': ioconf_c(c, where), 'locators.h': locators_h(c)}
    drivers = sorted({i.name for i in c.instances})
    text['ioconf.h'] = ('#include <sys/device.h>\n' + ''.join(
        'extern struct cfdriver %s_cd;\n' % n for n in drivers) + ''.join(
        'void %sattach(int);\n' % n for n in c.pseudo))
    for name, body in text.items():
        with open(os.path.join(outdir, name), 'w') as f:
            f.write('/* generated from %s */\n' % os.path.basename(path))
            f.write(body)
