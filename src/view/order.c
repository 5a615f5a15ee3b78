#include <stdbool.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/order.h"

#define DEPTH 4 /* deepest nesting */

/* True if brackets nest deeper than DEPTH, wherever they stand. */
static bool
too_deep(const uint8_t *body, size_t len)
{
	size_t i, depth = 0;

	for (i = 0; i < len; i++) {
		if (body[i] == '{' || body[i] == '[')
			depth++;
		else if ((body[i] == '}' || body[i] == ']') && depth > 0)
			depth--;
		if (depth > DEPTH)
			return (true);
	}
	return (false);
}

/* Read an object, to be freed with json_decref(); NULL and the problem. */
static json_t *
read_object(const uint8_t *body, size_t len, const char **problem)
{
	json_error_t error;
	json_t *o;

	*problem = NULL;
	if (len == 0)
		*problem = "the body is empty";
	else if (len > ORDER_BYTES)
		*problem = "the body is too long";
	else if (!text_utf8(body, len))
		*problem = "the body is not UTF-8";
	else if (too_deep(body, len))
		*problem = "the body is nested too deeply";
	if (*problem != NULL)
		return (NULL);
	o = json_loadb((const char *)body, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(o))
		return (o);
	json_decref(o);
	*problem = "the body is not a JSON object";
	return (NULL);
}

/* The problem if ${o} has a member that is not one of ${names}. */
static const char *
only(json_t *o, const char *const *names, size_t n)
{
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(o, name, v)
	{
		for (i = 0; i < n && strcmp(name, names[i]) != 0; i++)
			continue;
		if (i == n)
			return ("the object has a member that is not known "
				"here");
	}
	return (NULL);
}

const char *
order_address(const uint8_t *body, size_t len, uint64_t *ret)
{
	static const char *const names[] = {"address"};
	enum subject_verdict sv;
	const char *problem;
	const json_t *v;
	json_t *o;

	o = read_object(body, len, &problem);
	if (o == NULL)
		return (problem);
	v = json_object_get(o, "address");
	problem = only(o, names, 1);
	if (problem == NULL && !json_is_string(v))
		problem = "address is missing or no string";
	if (problem == NULL) {
		sv = subject_parse(json_string_value(v), ret);
		if (sv != SUBJECT_OK)
			problem = subject_verdict_text(sv);
	}
	json_decref(o);
	return (problem);
}

/* Read a flag, false if it is missing; -1 if it is none. */
static int
take_flag(const json_t *o, const char *name, bool *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_is_true(v);
	return (v == NULL || json_is_boolean(v) ? 0 : -1);
}

static const char *
take_prefix(const json_t *o, struct prefix *ret)
{
	const char *text = json_string_value(json_object_get(o, "prefix"));
	uint64_t lo, hi;

	if (text == NULL)
		return ("prefix is missing or no string");
	if (prefix_parse(text, ret) != 0)
		return ("prefix is no address and no prefix with host bits "
			"zero, such as 192.0.2.25, 192.0.2.0/24 or "
			"2001:db8::/32");
	if (prefix_range(ret, &lo, &hi) != 0)
		return ("prefix holds no address that can be listed");
	if (lo == hi)
		prefix_single(lo, ret);
	return (NULL);
}

const char *
order_exempt(const uint8_t *body, size_t len, struct order_exempt *ret)
{
	static const char *const names[] = {"prefix", "remove", "local"};
	const char *problem;
	json_t *o;

	o = read_object(body, len, &problem);
	if (o == NULL)
		return (problem);
	problem = only(o, names, 3);
	if (problem == NULL)
		problem = take_prefix(o, &ret->prefix);
	if (problem == NULL &&
	    (take_flag(o, "remove", &ret->remove) != 0 ||
		take_flag(o, "local", &ret->local) != 0))
		problem = "remove and local are true or false";
	json_decref(o);
	return (problem);
}

/* Copy a member that is a plain word. */
static const char *
take_word(const json_t *o, const char *name, char *out, size_t size)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s != NULL && text_name(s) && text_copy(out, size, s) == 0 &&
	    strchr(s, '/') == NULL)
		return (NULL);
	return (name[0] == 'r' ?
		"role is missing or not one of reader, reporter, desk, "
		"operator" :
		"name is missing or not 1 to 64 printable ASCII characters "
		"without '/'");
}

static const char *
take_prefixes(const json_t *o, struct order_token *ret)
{
	const json_t *list = json_object_get(o, "prefixes");
	const char *s;
	size_t i, n;

	if (list == NULL)
		return (NULL);
	n = json_array_size(list);
	if (!json_is_array(list) || n > ORDER_PREFIXES)
		return ("prefixes is not an array of at most 256 prefixes");
	ret->prefixes = mem_array(NULL, n + 1, sizeof(*ret->prefixes));
	for (i = 0; i < n; i++) {
		s = json_string_value(json_array_get(list, i));
		if (s == NULL || prefix_parse(s, &ret->prefixes[i]) != 0)
			return ("prefixes holds something that is no prefix; "
				"write \"192.0.2.0/24\", host bits zero");
		ret->nprefixes++;
	}
	return (NULL);
}

const char *
order_token(const uint8_t *body, size_t len, struct order_token *ret)
{
	static const char *const names[] = {"role", "name", "prefixes"};
	const char *problem;
	json_t *o;

	memset(ret, 0, sizeof(*ret));
	o = read_object(body, len, &problem);
	if (o == NULL)
		return (problem);
	problem = only(o, names, 3);
	if (problem == NULL)
		problem = take_word(o, "role", ret->role, sizeof(ret->role));
	if (problem == NULL)
		problem = take_word(o, "name", ret->name, sizeof(ret->name));
	if (problem == NULL)
		problem = take_prefixes(o, ret);
	json_decref(o);
	if (problem != NULL) {
		mem_free(ret->prefixes);
		memset(ret, 0, sizeof(*ret));
	}
	return (problem);
}

const char *
order_word(const uint8_t *body, size_t len, const char *name,
    char out[ORDER_NAME + 1])
{
	const char *problem;
	const json_t *v;
	json_t *o;

	out[0] = '\0';
	o = read_object(body, len, &problem);
	if (o == NULL)
		return (problem);
	v = json_object_get(o, name);
	problem = only(o, &name, 1);
	if (problem == NULL && v != NULL &&
	    (!json_is_string(v) || !text_name(json_string_value(v)) ||
		text_copy(out, ORDER_NAME + 1, json_string_value(v)) != 0))
		problem = "not a text of 1 to 64 printable ASCII characters";
	json_decref(o);
	return (problem);
}
