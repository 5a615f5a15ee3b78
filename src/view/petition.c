#include <string.h>

#include <jansson.h>

#include <virbl/subject.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/petition.h"

#define DAY 86400u
#define WEEK (7 * DAY)
#define DOUBLINGS 4 /* of two days */

/* Take the value of a member or field; ${n} bytes without a NUL behind. */
static const char *
take(struct petition *p, const char *name, const char *value, size_t n)
{
	enum subject_verdict v;
	char address[64];

	if (!text_utf8(value, n))
		return ("a value is not UTF-8, or has a NUL in it");
	if (strcmp(name, "address") == 0) {
		if (n == 0)
			return (NULL);
		if (n >= sizeof(address))
			return (subject_verdict_text(SUBJECT_SYNTAX));
		memcpy(address, value, n);
		address[n] = '\0';
		v = subject_parse(address, &p->subject);
		p->named = v == SUBJECT_OK;
		return (v == SUBJECT_OK ? NULL : subject_verdict_text(v));
	}
	if (strcmp(name, "contact") == 0) {
		if (n > PETITION_CONTACT)
			return ("contact is longer than 200 bytes");
		memcpy(p->contact, value, n);
	} else if (strcmp(name, "statement") == 0) {
		if (n > PETITION_STATEMENT)
			return ("statement is longer than 2000 bytes");
		memcpy(p->statement, value, n);
	} else {
		return ("there is something else than address, contact and "
			"statement");
	}
	return (NULL);
}

const char *
petition_json(const uint8_t *body, size_t len, struct petition *ret)
{
	const char *name, *problem = NULL;
	json_t *o, *v;

	memset(ret, 0, sizeof(*ret));
	if (len == 0)
		return (NULL);
	if (len > PETITION_BYTES)
		return ("the body is too long");
	o = json_loadb((const char *)body, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o)) {
		json_decref(o);
		return ("the body is not a JSON object");
	}
	json_object_foreach(o, name, v)
	{
		if (problem != NULL || json_is_null(v))
			continue;
		problem = json_is_string(v) ?
		    take(ret, name, json_string_value(v),
			json_string_length(v)) :
		    "a member is not a string";
	}
	json_decref(o);
	return (problem);
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c |= 0x20;
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* Decode ${n} bytes in place; the new length, -1 if it makes no sense. */
static long
unescape(uint8_t *p, size_t n)
{
	size_t i, out = 0;
	int hi, lo;

	for (i = 0; i < n; i++) {
		if (p[i] != '%') {
			p[out++] = p[i] == '+' ? ' ' : p[i];
			continue;
		}
		if (n - i < 3)
			return (-1);
		hi = hex_digit(p[i + 1]);
		lo = hex_digit(p[i + 2]);
		if (hi < 0 || lo < 0)
			return (-1);
		p[out++] = (uint8_t)(hi << 4 | lo);
		i += 2;
	}
	return ((long)out);
}

/* Take one field "name=value" of ${n} bytes, which are changed. */
static const char *
take_field(struct petition *p, uint8_t *field, size_t n)
{
	uint8_t *equals = memchr(field, '=', n);
	char name[16] = "";
	size_t len;
	long value;

	if (equals == NULL)
		return (n == 0 ? NULL : "a field has no value");
	len = (size_t)(equals - field);
	if (len >= sizeof(name))
		return (take(p, "?", "", 0));
	memcpy(name, field, len);
	value = unescape(equals + 1, n - len - 1);
	if (value < 0)
		return ("a field is not well encoded");
	return (take(p, name, (const char *)equals + 1, (size_t)value));
}

const char *
petition_form(const uint8_t *body, size_t len, struct petition *ret)
{
	const char *problem = NULL;
	uint8_t *copy, *field, *end;

	memset(ret, 0, sizeof(*ret));
	if (len > PETITION_BYTES)
		return ("the body is too long");
	copy = mem_dup(body, len);
	for (field = copy; field < copy + len && problem == NULL;
	     field = end + 1) {
		end = memchr(field, '&', (size_t)(copy + len - field));
		if (end == NULL)
			end = copy + len;
		problem = take_field(ret, field, (size_t)(end - field));
	}
	mem_free(copy);
	return (problem);
}

uint32_t
petition_wait(const uint32_t *times, size_t n, uint32_t now)
{
	uint64_t due = now, pause;
	size_t past = 0, week = 0, i;

	for (i = 0; i < n; i++) {
		past += (uint64_t)times[i] + PETITION_MEMORY > now;
		week += (uint64_t)times[i] + WEEK > now;
	}
	if (week >= PETITION_FREE)
		due = (uint64_t)times[PETITION_FREE - 1] + WEEK;
	if (past >= PETITION_FREE) {
		i = past - PETITION_FREE;
		pause = (uint64_t)(2 * DAY) << (i < DOUBLINGS ? i : DOUBLINGS);
		if (times[0] + pause > due)
			due = times[0] + pause;
	}
	return ((uint32_t)(due - now));
}
