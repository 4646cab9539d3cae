/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proplib(3): property lists in XML, as PropertyList-1.0.dtd has them.  What
 * is read comes from clients: each step checks what is left.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/malloc.h>

#include "prop_impl.h"

/*
 * Writing.
 */

struct out {
	char *o_mem;			/* M_TEMP */
	size_t o_len, o_size;
	bool o_failed;
};

static void
put(struct out *o, const char *text, size_t len)
{
	size_t size;
	char *mem;

	if (o->o_failed)
		return;
	if (o->o_size - o->o_len < len) {
		size = MAX(o->o_size * 2, o->o_len + len);
		mem = realloc(o->o_mem, size, M_TEMP, M_WAITOK | M_CANFAIL);
		if (mem == NULL) {
			o->o_failed = true;
			return;
		}
		o->o_mem = mem;
		o->o_size = size;
	}
	memcpy(o->o_mem + o->o_len, text, len);
	o->o_len += len;
}

static void
puts_(struct out *o, const char *text)
{

	put(o, text, strlen(text));
}

static void
put_indent(struct out *o, unsigned int depth)
{

	while (depth-- > 0)
		put(o, "\t", 1);
}

static const struct {
	char c;
	const char *entity;
} entities[] = {
	{ '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" },
	{ '\'', "&apos;" }, { '"', "&quot;" },
};

static void
put_text(struct out *o, const char *text)
{
	size_t i;

	for (; *text != '\0'; text++) {
		for (i = 0; i < __arraycount(entities); i++)
			if (entities[i].c == *text)
				break;
		if (i < __arraycount(entities))
			puts_(o, entities[i].entity);
		else
			put(o, text, 1);
	}
}

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
put_base64(struct out *o, const uint8_t *p, size_t len)
{
	char quad[4];
	uint32_t v;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = MIN(len, 3);
		v = (uint32_t)p[0] << 16;
		v |= n > 1 ? (uint32_t)p[1] << 8 : 0;
		v |= n > 2 ? p[2] : 0;
		quad[0] = base64[v >> 18];
		quad[1] = base64[v >> 12 & 63];
		quad[2] = n > 1 ? base64[v >> 6 & 63] : '=';
		quad[3] = n > 2 ? base64[v & 63] : '=';
		put(o, quad, 4);
	}
}

static void put_object(struct out *, prop_object_t, unsigned int);

static void
put_container(struct out *o, struct prop_container *pc, unsigned int depth,
    const char *begin, const char *end)
{
	struct _prop_dictionary_keysym *key;
	prop_object_t obj;
	unsigned int i;

	puts_(o, begin);
	for (i = 0; (obj = rump_prop_member(pc, i, &key)) != NULL; i++) {
		if (key != NULL) {
			put_indent(o, depth + 1);
			puts_(o, "<key>");
			put_text(o, key->pk_name);
			puts_(o, "</key>\n");
			prop_object_release(key);
		}
		put_object(o, obj, depth + 1);
		prop_object_release(obj);
	}
	put_indent(o, depth);
	puts_(o, end);
}

static void
put_object(struct out *o, prop_object_t obj, unsigned int depth)
{
	char buf[64];

	if (depth >= PROP_DEPTH_MAX) {
		o->o_failed = true;
		return;
	}
	put_indent(o, depth);
	switch (prop_object_type(obj)) {
	case PROP_TYPE_BOOL:
		puts_(o, prop_bool_true(obj) ? "<true/>\n" : "<false/>\n");
		break;
	case PROP_TYPE_NUMBER:
		if (prop_number_unsigned(obj))
			snprintf(buf, sizeof(buf), "<integer>0x%jx</integer>\n",
			    (uintmax_t)prop_number_unsigned_integer_value(obj));
		else
			snprintf(buf, sizeof(buf), "<integer>%jd</integer>\n",
			    (intmax_t)prop_number_integer_value(obj));
		puts_(o, buf);
		break;
	case PROP_TYPE_STRING:
		puts_(o, "<string>");
		put_text(o, prop_string_cstring_nocopy(obj));
		puts_(o, "</string>\n");
		break;
	case PROP_TYPE_DATA:
		puts_(o, "<data>");
		put_base64(o, prop_data_data_nocopy(obj), prop_data_size(obj));
		puts_(o, "</data>\n");
		break;
	case PROP_TYPE_DICT_KEYSYM:
		puts_(o, "<string>");
		put_text(o, prop_dictionary_keysym_cstring_nocopy(obj));
		puts_(o, "</string>\n");
		break;
	case PROP_TYPE_ARRAY:
		put_container(o, obj, depth, "<array>\n", "</array>\n");
		break;
	case PROP_TYPE_DICTIONARY:
		put_container(o, obj, depth, "<dict>\n", "</dict>\n");
		break;
	default:
		o->o_failed = true;
	}
}

char *
rump_prop_externalize(prop_object_t obj, size_t *sizep)
{
	struct out o = { .o_mem = NULL };

	puts_(&o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!DOCTYPE plist PUBLIC \"-//Apple Computer//DTD PLIST 1.0//EN\" "
	    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	    "<plist version=\"1.0\">\n");
	put_object(&o, obj, 0);
	puts_(&o, "</plist>\n");
	put(&o, "", 1);
	if (o.o_failed) {
		if (o.o_mem != NULL)
			free(o.o_mem, M_TEMP);
		return NULL;
	}
	*sizep = o.o_len;
	return o.o_mem;
}

/*
 * Reading.
 */

struct in {
	const char *i_p, *i_end;
};

static bool
is_space(char c)
{

	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
at(const struct in *in, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(in->i_end - in->i_p) >= len &&
	    memcmp(in->i_p, text, len) == 0;
}

static bool
accept(struct in *in, const char *text)
{

	if (!at(in, text))
		return false;
	in->i_p += strlen(text);
	return true;
}

/* Go on behind a text. */
static bool
skip_past(struct in *in, const char *text)
{

	for (; in->i_p < in->i_end; in->i_p++)
		if (accept(in, text))
			return true;
	return false;
}

/* White space and comments. */
static bool
skip_blank(struct in *in)
{

	for (;;) {
		while (in->i_p < in->i_end && is_space(*in->i_p))
			in->i_p++;
		if (!accept(in, "<!--"))
			return true;
		if (!skip_past(in, "-->"))
			return false;
	}
}

/* "<NAME ATTRIBUTES>"; *emptyp: it was "<NAME/>". */
static bool
open_tag(struct in *in, const char *name, bool *emptyp)
{
	struct in save = *in;
	char last = ' ';

	if (!accept(in, "<") || !accept(in, name) || in->i_p == in->i_end ||
	    (!is_space(*in->i_p) && *in->i_p != '/' && *in->i_p != '>')) {
		*in = save;
		return false;
	}
	for (; in->i_p < in->i_end && *in->i_p != '>'; in->i_p++)
		last = *in->i_p;
	if (in->i_p == in->i_end)
		return false;
	in->i_p++;
	*emptyp = last == '/';
	return true;
}

static bool
close_tag(struct in *in, const char *name)
{

	return accept(in, "</") && accept(in, name) && accept(in, ">");
}

/* Characters up to the closing tag, entities replaced: kmem of *@sizep bytes,
 * with a 0. */
static char *
get_text(struct in *in, const char *name, size_t *sizep)
{
	const char *p = in->i_p;
	size_t len = 0, i;
	char *text;

	while (p < in->i_end && *p != '<')
		p++;
	*sizep = p - in->i_p + 1;
	text = kmem_alloc(*sizep, KM_SLEEP);
	while (in->i_p < p) {
		if (*in->i_p != '&') {
			text[len++] = *in->i_p++;
			continue;
		}
		for (i = 0; i < __arraycount(entities); i++)
			if (accept(in, entities[i].entity))
				break;
		if (i == __arraycount(entities))
			goto bad;
		text[len++] = entities[i].c;
	}
	text[len] = '\0';
	if (close_tag(in, name))
		return text;
 bad:
	kmem_free(text, *sizep);
	return NULL;
}

static prop_object_t
get_string(struct in *in)
{
	prop_object_t obj;
	size_t size;
	char *text;

	if ((text = get_text(in, "string", &size)) == NULL)
		return NULL;
	obj = prop_string_create_cstring(text);
	kmem_free(text, size);
	return obj;
}

/* Decimal with a sign, or hexadecimal, which is unsigned. */
static prop_object_t
number_from(const char *s)
{
	unsigned int base = 10, digit;
	bool minus = false, hex = false;
	uint64_t v = 0;

	while (is_space(*s))
		s++;
	if (*s == '-' || *s == '+')
		minus = *s++ == '-';
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		hex = true;
		s += 2;
	}
	if (*s == '\0' || (hex && minus))
		return NULL;
	for (; *s != '\0' && !is_space(*s); s++) {
		if (*s >= '0' && *s <= '9')
			digit = *s - '0';
		else if ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'f')
			digit = (*s | 0x20) - 'a' + 10;
		else
			return NULL;
		if (digit >= base || v > (UINT64_MAX - digit) / base)
			return NULL;
		v = v * base + digit;
	}
	while (is_space(*s))
		s++;
	if (*s != '\0' || (minus && v > (uint64_t)1 << 63))
		return NULL;
	if (minus)
		return prop_number_create_integer((int64_t)-v);
	if (hex || v > INT64_MAX)
		return prop_number_create_unsigned_integer(v);
	return prop_number_create_integer((int64_t)v);
}

static prop_object_t
get_number(struct in *in)
{
	prop_object_t obj;
	size_t size;
	char *text;

	if ((text = get_text(in, "integer", &size)) == NULL)
		return NULL;
	obj = number_from(text);
	kmem_free(text, size);
	return obj;
}

static prop_object_t
get_data(struct in *in)
{
	size_t n = 0, room = 0, quads = 0, pads = 0;
	prop_object_t obj = NULL;
	const char *p, *at_;
	uint8_t *mem = NULL;
	uint32_t v = 0;

	for (p = in->i_p; p < in->i_end && *p != '<'; p++)
		room++;
	mem = kmem_alloc(room + 1, KM_SLEEP);
	for (; in->i_p < p; in->i_p++) {
		if (is_space(*in->i_p))
			continue;
		if (*in->i_p == '=') {
			pads++;
			v <<= 6;
		} else if (pads == 0 && *in->i_p != '\0' &&
		    (at_ = strchr(base64, *in->i_p)) != NULL)
			v = v << 6 | (uint32_t)(at_ - base64);
		else
			goto out;
		if (++quads % 4 != 0)
			continue;
		if (pads > 2)
			goto out;
		mem[n++] = (uint8_t)(v >> 16);
		if (pads < 2)
			mem[n++] = (uint8_t)(v >> 8);
		if (pads < 1)
			mem[n++] = (uint8_t)v;
		v = 0;
	}
	if (quads % 4 == 0 && close_tag(in, "data"))
		obj = prop_data_create_data(mem, n);
 out:
	kmem_free(mem, room + 1);
	return obj;
}

static prop_object_t get_object(struct in *, unsigned int);

static prop_object_t
get_array(struct in *in, unsigned int depth)
{
	prop_array_t pa = prop_array_create();
	prop_object_t obj;
	bool ok;

	for (;;) {
		if (!skip_blank(in))
			break;
		if (at(in, "</")) {
			if (!close_tag(in, "array"))
				break;
			return pa;
		}
		if ((obj = get_object(in, depth)) == NULL)
			break;
		ok = prop_array_add(pa, obj);
		prop_object_release(obj);
		if (!ok)
			break;
	}
	prop_object_release(pa);
	return NULL;
}

static bool
get_member(struct in *in, prop_dictionary_t pd, unsigned int depth)
{
	prop_object_t obj;
	bool empty, ok;
	size_t size;
	char *key;

	if (!open_tag(in, "key", &empty) || empty ||
	    (key = get_text(in, "key", &size)) == NULL)
		return false;
	if ((obj = get_object(in, depth)) == NULL) {
		kmem_free(key, size);
		return false;
	}
	ok = prop_dictionary_set(pd, key, obj);
	prop_object_release(obj);
	kmem_free(key, size);
	return ok;
}

static prop_object_t
get_dictionary(struct in *in, unsigned int depth)
{
	prop_dictionary_t pd = prop_dictionary_create();

	for (;;) {
		if (!skip_blank(in))
			break;
		if (at(in, "</")) {
			if (!close_tag(in, "dict"))
				break;
			return pd;
		}
		if (!get_member(in, pd, depth))
			break;
	}
	prop_object_release(pd);
	return NULL;
}

static prop_object_t
get_object(struct in *in, unsigned int depth)
{
	bool empty;

	if (depth >= PROP_DEPTH_MAX || !skip_blank(in))
		return NULL;
	if (open_tag(in, "true", &empty))
		return empty || close_tag(in, "true") ?
		    prop_bool_create(true) : NULL;
	if (open_tag(in, "false", &empty))
		return empty || close_tag(in, "false") ?
		    prop_bool_create(false) : NULL;
	if (open_tag(in, "integer", &empty))
		return empty ? NULL : get_number(in);
	if (open_tag(in, "string", &empty))
		return empty ? prop_string_create_cstring("") :
		    get_string(in);
	if (open_tag(in, "data", &empty))
		return empty ? prop_data_create_data(NULL, 0) : get_data(in);
	if (open_tag(in, "array", &empty))
		return empty ? prop_array_create() : get_array(in, depth + 1);
	if (open_tag(in, "dict", &empty))
		return empty ? prop_dictionary_create() :
		    get_dictionary(in, depth + 1);
	return NULL;
}

/* What stands before the list. */
static bool
get_prolog(struct in *in)
{
	bool empty;

	if (!skip_blank(in))
		return false;
	if (accept(in, "<?") && (!skip_past(in, "?>") || !skip_blank(in)))
		return false;
	if (accept(in, "<!DOCTYPE") && (!skip_past(in, ">") ||
	    !skip_blank(in)))
		return false;
	return open_tag(in, "plist", &empty) && !empty;
}

prop_object_t
rump_prop_internalize(const char *xml, size_t len)
{
	struct in in = { .i_p = xml, .i_end = xml + strnlen(xml, len) };
	prop_object_t obj;

	if (!get_prolog(&in) || (obj = get_object(&in, 0)) == NULL)
		return NULL;
	if (skip_blank(&in) && close_tag(&in, "plist") && skip_blank(&in) &&
	    in.i_p == in.i_end)
		return obj;
	prop_object_release(obj);
	return NULL;
}
