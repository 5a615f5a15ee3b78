#include <stdio.h>
#include <stdarg.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/sighting.h"

struct reading {
	struct sightings *out;
	uint64_t space;
	size_t line;
	size_t cap, ecap;
};

static void fail(struct reading *rd, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail(struct reading *rd, const char *field, const char *fmt, ...)
{
	struct sightings *s = rd->out;
	struct sighting_error *e;
	va_list ap;

	if (s->nerrors == rd->ecap) {
		rd->ecap = rd->ecap > 0 ? rd->ecap * 2 : 16;
		s->errors = mem_array(s->errors, rd->ecap, sizeof(*e));
	}
	e = &s->errors[s->nerrors++];
	e->line = rd->line;
	text_copy(e->field, sizeof(e->field), field);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

static int
get_address(struct reading *rd, const json_t *v, struct item *it)
{
	enum subject_verdict verdict;

	if (!json_is_string(v)) {
		fail(rd, "address", "not a string");
		return (-1);
	}
	verdict = subject_parse(json_string_value(v), &it->subject);
	if (verdict == SUBJECT_OK)
		return (0);
	fail(rd, "address", "%s", subject_verdict_text(verdict));
	return (-1);
}

static int
get_category(struct reading *rd, const json_t *v, struct item *it)
{
	const char *word = json_is_string(v) ? json_string_value(v) : "";
	const char *names[CATEGORY_MAX], *near;
	unsigned c;

	it->category = (uint8_t)category_find(word);
	if (it->category != 0)
		return (0);
	for (c = 1; c <= CATEGORY_MAX; c++)
		names[c - 1] = category_name(c);
	near = text_nearest(word, names, CATEGORY_MAX);
	if (near != NULL)
		fail(rd, "category", "no such category: did you mean '%s'?",
		    near);
	else
		fail(rd, "category",
		    "not one of worm, malware, spam, phish, bruteforce, scan, "
		    "exploit, test");
	return (-1);
}

static int
get_threat(struct reading *rd, const json_t *v, struct item *it)
{
	if (json_is_string(v) && text_name(json_string_value(v)))
		return (text_copy(it->threat, sizeof(it->threat),
		    json_string_value(v)));
	fail(rd, "threat", "not a name of 1 to 64 printable ASCII characters");
	return (-1);
}

static int
get_number(struct reading *rd, const char *field, const json_t *v,
    const int64_t range[2], int64_t *ret)
{
	if (json_is_integer(v) && json_integer_value(v) >= range[0] &&
	    json_integer_value(v) <= range[1]) {
		*ret = json_integer_value(v);
		return (0);
	}
	fail(rd, field, "not a whole number from %lld to %lld",
	    (long long)range[0], (long long)range[1]);
	return (-1);
}

static int
get_count(struct reading *rd, const json_t *v, struct item *it)
{
	static const int64_t range[2] = {1, 1000000};
	int64_t n;

	if (get_number(rd, "count", v, range, &n) != 0)
		return (-1);
	it->count = (uint32_t)n;
	return (0);
}

static int
get_time(struct reading *rd, const json_t *v, struct item *it)
{
	if (json_is_integer(v) && json_integer_value(v) > 0 &&
	    json_integer_value(v) <= UINT32_MAX) {
		it->seen = (uint32_t)json_integer_value(v);
		return (0);
	}
	if (json_is_real(v) && json_real_value(v) >= 1 &&
	    json_real_value(v) < UINT32_MAX) {
		it->seen = (uint32_t)json_real_value(v);
		return (0);
	}
	if (json_is_string(v) &&
	    text_time(json_string_value(v), &it->seen) == 0 && it->seen != 0)
		return (0);
	fail(rd, "time",
	    "not a time: use Unix seconds or RFC 3339, as in "
	    "2026-11-23T10:00:00Z");
	return (-1);
}

static const int64_t ports[2] = {0, 65535};

static int
get_port(struct reading *rd, const json_t *v, struct item *it)
{
	int64_t n;

	if (get_number(rd, "port", v, ports, &n) != 0)
		return (-1);
	it->sport = (uint16_t)n;
	return (0);
}

static int
get_dport(struct reading *rd, const json_t *v, struct item *it)
{
	int64_t n;

	if (get_number(rd, "dport", v, ports, &n) != 0)
		return (-1);
	it->dport = (uint16_t)n;
	return (0);
}

static int
get_basis(struct reading *rd, const json_t *v, struct item *it)
{
	int b = json_is_string(v) ? basis_find(json_string_value(v)) : -1;

	if (b >= 0) {
		it->basis = (uint8_t)b;
		return (0);
	}
	fail(rd, "basis",
	    "not one of unstated, scanner, trap, honeypot, ids, "
	    "authlog, complaint");
	return (-1);
}

static int
get_flag(struct reading *rd, const char *field, const json_t *v,
    struct item *it)
{
	uint8_t bit = field[0] == 't' ? SIGHTING_TCP : SIGHTING_SHARED;

	if (!json_is_boolean(v)) {
		fail(rd, field, "not true or false");
		return (-1);
	}
	it->flags =
	    (uint8_t)(json_is_true(v) ? it->flags | bit : it->flags & ~bit);
	return (0);
}

static int
get_tcp(struct reading *rd, const json_t *v, struct item *it)
{
	return (get_flag(rd, "tcp", v, it));
}

static int
get_shared(struct reading *rd, const json_t *v, struct item *it)
{
	return (get_flag(rd, "shared", v, it));
}

/* Ids of different tokens never meet. */
static int
get_id(struct reading *rd, const json_t *v, struct item *it)
{
	uint8_t hash[HASH_BYTES], text[8 + SIGHTING_ID];
	size_t len = json_is_string(v) ? json_string_length(v) : 0, i;

	if (len == 0 || len > SIGHTING_ID) {
		fail(rd, "id", "not a text of 1 to %d bytes", SIGHTING_ID);
		return (-1);
	}
	for (i = 0; i < 8; i++)
		text[i] = (uint8_t)(rd->space >> (56 - 8 * i));
	memcpy(text + 8, json_string_value(v), len);
	key_hash("virbl sighting id 1", text, 8 + len, hash);
	for (i = 0; i < 8; i++)
		it->idhash = it->idhash << 8 | hash[i];
	if (it->idhash == 0)
		it->idhash = 1;
	return (0);
}

static const struct {
	const char *name;
	int (*get)(struct reading *rd, const json_t *v, struct item *it);
	bool required;
} fields[] = {
    {"address", get_address, true},
    {"category", get_category, true},
    {"threat", get_threat, false},
    {"count", get_count, false},
    {"time", get_time, false},
    {"port", get_port, false},
    {"dport", get_dport, false},
    {"basis", get_basis, false},
    {"tcp", get_tcp, false},
    {"shared", get_shared, false},
    {"id", get_id, false},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Read one member of an object. */
static int
read_field(struct reading *rd, const char *name, const json_t *v,
    struct item *it)
{
	const char *names[FIELDS], *near;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, name) == 0)
			/* null says as much as nothing. */
			return (json_is_null(v) && !fields[i].required ?
				0 :
				fields[i].get(rd, v, it));
		names[i] = fields[i].name;
	}
	near = text_nearest(name, names, FIELDS);
	fail(rd, near != NULL ? near : "", "unknown field '%.40s'%s%s%s", name,
	    near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?" : "");
	return (-1);
}

static void
keep(struct reading *rd, const struct item *it)
{
	struct sightings *s = rd->out;

	if (s->n == rd->cap) {
		rd->cap = rd->cap > 0 ? rd->cap * 2 : 64;
		s->items = mem_array(s->items, rd->cap, sizeof(*it));
		s->lines = mem_array(s->lines, rd->cap, sizeof(*s->lines));
	}
	s->items[s->n] = *it;
	s->lines[s->n++] = rd->line;
}

static void
read_object(struct reading *rd, json_t *o)
{
	struct item it;
	const char *name;
	json_t *v;

	if (!json_is_object(o)) {
		fail(rd, "", "not a JSON object");
		return;
	}
	memset(&it, 0, sizeof(it));
	it.kind = RECORD_SIGHTING;
	it.count = 1;
	it.flags = SIGHTING_TCP;
	json_object_foreach(o, name, v)
	{
		if (read_field(rd, name, v, &it) != 0)
			return;
	}
	if (json_object_get(o, "address") == NULL)
		fail(rd, "address", "missing");
	else if (json_object_get(o, "category") == NULL)
		fail(rd, "category", "missing");
	else
		keep(rd, &it);
}

/*
 * True if ${p} nests deeper than SIGHTING_DEPTH, strings left out: what is deep
 * must not reach a parser that recurses.
 */
static bool
too_deep(const uint8_t *p, size_t len)
{
	bool quoted = false;
	size_t depth = 0, i;

	for (i = 0; i < len; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == '{' || p[i] == '['))
			depth++;
		else if (!quoted && (p[i] == '}' || p[i] == ']') && depth > 0)
			depth--;
		if (depth > SIGHTING_DEPTH)
			return (true);
	}
	return (false);
}

/* Leave out white space at both ends. */
static void
trim(const uint8_t **p, size_t *len)
{
	static const char blanks[] = " \t\r\n";

	while (*len > 0 && memchr(blanks, **p, 4) != NULL) {
		(*p)++;
		(*len)--;
	}
	while (*len > 0 && memchr(blanks, (*p)[*len - 1], 4) != NULL)
		(*len)--;
}

/* Read one object on its own, so that it can spoil no other. */
static void
read_piece(struct reading *rd, const uint8_t *p, size_t len)
{
	json_error_t error;
	json_t *o;

	if (len > SIGHTING_LINE) {
		fail(rd, "", "longer than %d bytes", SIGHTING_LINE);
	} else if (!text_utf8(p, len)) {
		fail(rd, "", "not UTF-8 (or holds a NUL)");
	} else if (too_deep(p, len)) {
		fail(rd, "", "nested deeper than %d", SIGHTING_DEPTH);
	} else if ((o = json_loadb((const char *)p, len,
			JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error)) ==
	    NULL) {
		fail(rd, "", "not JSON: %.150s", error.text);
	} else {
		read_object(rd, o);
		json_decref(o);
	}
}

/* True if no more may be read. */
static bool
too_many(const struct reading *rd)
{
	return (rd->out->n + rd->out->nerrors >= ENGINE_REPORT);
}

static const char *
read_lines(struct reading *rd, const uint8_t *p, size_t len)
{
	const uint8_t *nl, *q;
	size_t n, m;

	for (; len > 0; p += n, len -= n) {
		nl = memchr(p, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - p) + 1;
		rd->line++;
		q = p;
		m = n;
		trim(&q, &m);
		if (m == 0)
			continue;
		if (too_many(rd))
			return ("more than 100000 lines: send them in parts");
		read_piece(rd, q, m);
	}
	return (NULL);
}

/*
 * Return the length of what stands at ${p} up to the comma or bracket that ends
 * an element of an array; ${len} if nothing does.
 */
static size_t
element(const uint8_t *p, size_t len)
{
	bool quoted = false;
	size_t depth = 0, i;

	for (i = 0; i < len; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (depth == 0 && (p[i] == ',' || p[i] == ']'))
			return (i);
		else if (p[i] == '{' || p[i] == '[')
			depth++;
		else if ((p[i] == '}' || p[i] == ']') && depth > 0)
			depth--;
	}
	return (len < i ? len : i);
}

/* Read the elements after "[", each on its own. */
static const char *
read_array(struct reading *rd, const uint8_t *p, size_t len)
{
	const uint8_t *q;
	size_t n, m;
	bool more = true;

	while (more) {
		if (too_many(rd))
			return (
			    "more than 100000 elements: send them in parts");
		n = element(p, len);
		rd->line++;
		q = p;
		m = n;
		trim(&q, &m);
		more = n < len && p[n] == ',';
		if (m > 0)
			read_piece(rd, q, m);
		else if (more || rd->line > 1)
			fail(rd, "", "not JSON: an element is missing");
		if (n == len) {
			rd->line++;
			fail(rd, "", "the array does not end");
			return (NULL);
		}
		p += n + 1;
		len -= n + 1;
	}
	trim(&p, &len);
	if (len > 0) {
		rd->line++;
		fail(rd, "", "something follows the array");
	}
	return (NULL);
}

/* True if the first line is no object in itself: one object spans lines. */
static bool
spans_lines(const uint8_t *p, size_t len)
{
	const uint8_t *nl = memchr(p, '\n', len);
	size_t n;

	if (*p != '{' || nl == NULL)
		return (false);
	n = (size_t)(nl - p);
	trim(&p, &n);
	return (p[n - 1] != '}');
}

/* Read a body as whichever of the three forms it has. */
static const char *
read_body(struct reading *rd, const uint8_t *body, size_t len)
{
	const uint8_t *p = body;
	size_t n = len;

	trim(&p, &n);
	if (n == 0)
		return ("the body is empty: send an object, an array or "
			"NDJSON");
	if (*p == '[')
		return (read_array(rd, p + 1, n - 1));
	if (!spans_lines(p, n))
		/* Line numbers are the sender's, empty lines count. */
		return (read_lines(rd, body, len));
	rd->line = 1;
	read_piece(rd, p, n);
	return (NULL);
}

const char *
sighting_read(const uint8_t *body, size_t len, uint64_t space,
    struct sightings *ret)
{
	struct reading rd = {ret, space, 0, 0, 0};
	const char *problem;

	memset(ret, 0, sizeof(*ret));
	if (len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
		body += 3;
		len -= 3;
	}
	problem = read_body(&rd, body, len);
	if (problem != NULL)
		sighting_free(ret);
	return (problem);
}

void
sighting_free(struct sightings *s)
{
	mem_free(s->items);
	mem_free(s->lines);
	mem_free(s->errors);
	memset(s, 0, sizeof(*s));
}
