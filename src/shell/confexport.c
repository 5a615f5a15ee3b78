#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/confexport.h"
#include "shell/confvalue.h"

#define INTERVAL 1 /* s */
#define HOOK_TIMEOUT 60 /* s */
#define HOOK_MOST 3600000 /* longest hook_timeout, ms */
#define INTERVAL_MOST 86400000 /* longest interval, ms */

void
confexport_init(struct conf_export *x)
{
	memset(x, 0, sizeof(*x));
	x->interval = INTERVAL;
	x->hook_timeout = HOOK_TIMEOUT;
	x->sign = true;
}

/* ---- One value: NULL, or what is expected ---- */

static const char *
set_list(struct conf_export *x, const char *value)
{
	return (text_copy(x->list, sizeof(x->list), value) == 0 ?
		NULL :
		"no list has such a name");
}

static const char *
set_path(struct conf_export *x, const char *value)
{
	size_t n = strlen(value);

	if (n == 0 || value[n - 1] == '/')
		return ("must be the name of a file");
	mem_free(x->path);
	x->path = mem_string(value);
	return (NULL);
}

static const char *
set_family(struct conf_export *x, const char *value)
{
	if (strcmp(value, "4") != 0 && strcmp(value, "6") != 0)
		return ("must be 4 or 6");
	x->filter.family = value[0] == '4' ? 4 : 6;
	return (NULL);
}

static const char *
set_prefix(struct conf_export *x, const char *value)
{
	x->filter.within = true;
	return (prefix_parse(value, &x->filter.prefix) == 0 ?
		NULL :
		"must be a prefix such as 192.0.2.0/24, host bits zero");
}

static const char *
set_limit(struct conf_export *x, const char *value)
{
	uint64_t n;

	if (text_u64(value, UINT32_MAX, &n) != 0 || n == 0)
		return ("must be a whole number from 1; leave it out for all");
	x->filter.limit = (size_t)n;
	return (NULL);
}

/* Whole seconds, at most ${most} ms. */
static bool
seconds(const char *value, uint64_t most, uint32_t *ret)
{
	uint64_t ms;

	if (text_duration(value, &ms) != 0 || ms < 1000 || ms % 1000 != 0 ||
	    ms > most)
		return (false);
	*ret = (uint32_t)(ms / 1000);
	return (true);
}

static const char *
set_interval(struct conf_export *x, const char *value)
{
	return (seconds(value, INTERVAL_MOST, &x->interval) ?
		NULL :
		"must be a duration such as 10s or 5m, 1s to 1d");
}

static const char *
set_timeout(struct conf_export *x, const char *value)
{
	return (seconds(value, HOOK_MOST, &x->hook_timeout) ?
		NULL :
		"must be a duration such as 30s or 5m, 1s to 1h");
}

static const char *
set_sign(struct conf_export *x, const char *value)
{
	return (confvalue_switch(value, &x->sign));
}

static const char *
set_serial(struct conf_export *x, const char *value)
{
	x->rising = strcmp(value, "time") == 0;
	return (x->rising || strcmp(value, "content") == 0 ?
		NULL :
		"must be content or time");
}

/* Words are passed on as they are: no shell looks at them. */
static const char *
set_hook(struct conf_export *x, const char *value)
{
	if (x->nhook == 0 && value[0] != '/')
		return ("must begin with the full path of a program");
	if (x->nhook == 0 && strchr(value, ' ') != NULL)
		return ("is one word: no shell cuts it up; write "
			"{\"/usr/sbin/nft\", \"-f\", \"...\"}");
	if (x->nhook == CONFEXPORT_HOOK)
		return ("too many words: at most 64");
	x->hook = mem_array(x->hook, x->nhook + 1, sizeof(*x->hook));
	x->hook[x->nhook++] = mem_string(value);
	return (NULL);
}

static const struct {
	const char *key;
	const char *(*set)(struct conf_export *x, const char *value);
} setters[] = {
    {"list", set_list},
    {"path", set_path},
    {"family", set_family},
    {"prefix", set_prefix},
    {"limit", set_limit},
    {"interval", set_interval},
    {"sign", set_sign},
    {"serial", set_serial},
    {"hook", set_hook},
    {"hook_timeout", set_timeout},
};

static int
set_format(struct conf_export *x, const char *value, char *why, size_t size)
{
	struct buf names;

	x->format = export_find(value);
	if (x->format != NULL)
		return (0);
	buf_init(&names, 1024);
	export_names(&names);
	snprintf(why, size, "there is no such format: there are %s",
	    buf_string(&names));
	buf_free(&names);
	return (-1);
}

int
confexport_set(struct conf_export *x, const char *key, const char *value,
    char *why, size_t size)
{
	const char *wrong = "unknown key";
	size_t i;

	if (strcmp(key, "format") == 0)
		return (set_format(x, value, why, size));
	for (i = 0; i < sizeof(setters) / sizeof(setters[0]); i++)
		if (strcmp(setters[i].key, key) == 0)
			wrong = setters[i].set(x, value);
	if (wrong == NULL)
		return (0);
	snprintf(why, size, "%s", wrong);
	return (-1);
}

/* ---- Wholes ---- */

void
confexport_copy(struct conf_export *to, const struct conf_export *from)
{
	size_t i;

	*to = *from;
	to->path = mem_string(from->path);
	to->hook = mem_array(NULL, from->nhook + 1, sizeof(*to->hook));
	for (i = 0; i < from->nhook; i++)
		to->hook[i] = mem_string(from->hook[i]);
	/* As execve() wants it. */
	to->hook[i] = NULL;
}

static bool
same_filter(const struct export_filter *a, const struct export_filter *b)
{
	return (a->family == b->family && a->within == b->within &&
	    a->limit == b->limit &&
	    (!a->within ||
		memcmp(&a->prefix, &b->prefix, sizeof(a->prefix)) == 0));
}

bool
confexport_same(const struct conf_export *a, const struct conf_export *b)
{
	size_t i;

	if (strcmp(a->name, b->name) != 0 || strcmp(a->list, b->list) != 0 ||
	    a->format != b->format || strcmp(a->path, b->path) != 0 ||
	    !same_filter(&a->filter, &b->filter) ||
	    a->interval != b->interval || a->sign != b->sign ||
	    a->rising != b->rising || a->hook_timeout != b->hook_timeout ||
	    a->nhook != b->nhook)
		return (false);
	for (i = 0; i < a->nhook; i++)
		if (strcmp(a->hook[i], b->hook[i]) != 0)
			return (false);
	return (true);
}

void
confexport_free(struct conf_export *x)
{
	size_t i;

	for (i = 0; i < x->nhook; i++)
		mem_free(x->hook[i]);
	mem_free(x->hook);
	mem_free(x->path);
	confexport_init(x);
}
