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
	it->category = json_is_string(v) ?
	    (uint8_t)category_find(json_string_value(v)) :
	    0;
	if (it->category != 0)
		return (0);
	fail(rd, "category",
	    "not one of worm, malware, spam, phish, "
	    "bruteforce, scan, exploit, test");
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
} fields[] = {
    {"address", get_address},
    {"category", get_category},
    {"threat", get_threat},
    {"count", get_count},
    {"time", get_time},
    {"port", get_port},
    {"dport", get_dport},
    {"basis", get_basis},
    {"tcp", get_tcp},
    {"shared", get_shared},
    {"id", get_id},
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
			return (fields[i].get(rd, v, it));
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
	json_object_foreach(o, name,
	    v) if (read_field(rd, name, v, &it) != 0) return;
	if (json_object_get(o, "address") == NULL)
		fail(rd, "address", "missing");
	else if (json_object_get(o, "category") == NULL)
		fail(rd, "category", "missing");
	else
		keep(rd, &it);
}

/* True if ${body} nests deeper than SIGHTING_DEPTH, strings left out. */
static bool
too_deep(const uint8_t *body, size_t len)
{
	bool quoted = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (quoted) {
			if (body[i] == '\\')
				i++;
			else if (body[i] == '"' || body[i] == '\n')
				quoted = false;
		} else if (body[i] == '"') {
			quoted = true;
		} else if (body[i] == '[' || body[i] == '{') {
			if (++depth > SIGHTING_DEPTH)
				return (true);
		} else if (body[i] == ']' || body[i] == '}') {
			depth--;
		} else if (body[i] == '\n' && depth < 0) {
			depth = 0;
		}
	}
	return (false);
}

static void
read_line(struct reading *rd, const char *p, size_t len)
{
	json_error_t error;
	json_t *o;

	if (strspn(p, " \t\r") >= len)
		return;
	if (len > SIGHTING_LINE) {
		fail(rd, "", "longer than %d bytes", SIGHTING_LINE);
		return;
	}
	o = json_loadb(p, len, JSON_REJECT_DUPLICATES, &error);
	if (o == NULL) {
		fail(rd, "", "not JSON: %.150s", error.text);
		return;
	}
	read_object(rd, o);
	json_decref(o);
}

static const char *
read_lines(struct reading *rd, const char *p, size_t len)
{
	const char *end = p + len, *nl;

	for (rd->line = 1; p < end; rd->line++) {
		if (rd->out->n + rd->out->nerrors >= ENGINE_REPORT)
			return ("more than 100000 lines: send them in parts");
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		read_line(rd, p, (size_t)(nl - p));
		p = nl + 1;
	}
	return (NULL);
}

static const char *
read_array(struct reading *rd, json_t *a)
{
	size_t i;

	if (json_array_size(a) > ENGINE_REPORT)
		return ("more than 100000 elements: send them in parts");
	for (i = 0; i < json_array_size(a); i++) {
		rd->line = i + 1;
		read_object(rd, json_array_get(a, i));
	}
	return (NULL);
}

/* Read the body as one JSON text or, failing that, as lines. */
static const char *
read_body(struct reading *rd, const char *p, size_t len)
{
	const char *problem = NULL;
	json_error_t error;
	json_t *whole;

	whole = json_loadb(p, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_array(whole)) {
		problem = read_array(rd, whole);
	} else if (json_is_object(whole)) {
		rd->line = 1;
		read_object(rd, whole);
	} else if (*p == '[') {
		problem = "not a JSON array";
	} else {
		problem = read_lines(rd, p, len);
	}
	json_decref(whole);
	return (problem);
}

const char *
sighting_read(const uint8_t *body, size_t len, uint64_t space,
    struct sightings *ret)
{
	struct reading rd = {ret, space, 0, 0, 0};
	const char *problem;
	char *p;

	memset(ret, 0, sizeof(*ret));
	/* Line numbers are the sender's, so that line ends stay. */
	while (len > 0 && (*body == ' ' || *body == '\t' || *body == '\r')) {
		body++;
		len--;
	}
	if (len == 0)
		return (
		    "the body is empty: send an object, an array or NDJSON");
	if (!text_utf8(body, len))
		return ("the body is not UTF-8 (or holds a NUL)");
	if (too_deep(body, len))
		return ("the body is nested too deeply");
	p = mem_alloc(len + 1);
	memcpy(p, body, len);
	p[len] = '\0';
	problem = read_body(&rd, p, len);
	mem_free(p);
	if (problem == NULL && ret->n == 0 && ret->nerrors == 0)
		problem = "the body holds no sighting";
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
