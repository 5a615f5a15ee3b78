#include <stdarg.h>
#include <stdio.h>

#include "doctor.h"

#define TEXT 1024 /* longest thing said */

static void
say(struct doctor *d, const char *check, const char *level, const char *text)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:n}", "check", check, "level",
	    level, "text", text, "remedy");

	/* File names may be anything; what is no UTF-8 has no JSON. */
	if (o == NULL)
		o = json_pack("{s:s, s:s, s:s, s:n}", "check", check, "level",
		    level, "text", "(not UTF-8)", "remedy");
	json_array_append_new(d->checks, o);
}

/* What is to be done about what was said last. */
static void
advise(struct doctor *d, const char *remedy)
{
	size_t n = json_array_size(d->checks);

	if (remedy != NULL)
		json_object_set_new(json_array_get(d->checks, n - 1), "remedy",
		    json_string(remedy));
}

void
doctor_ok(struct doctor *d, const char *check, const char *fmt, ...)
{
	char text[TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(d, check, "ok", text);
}

void
doctor_warn(struct doctor *d, const char *check, const char *remedy,
    const char *fmt, ...)
{
	char text[TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(d, check, "warn", text);
	advise(d, remedy);
}

void
doctor_fail(struct doctor *d, const char *check, const char *remedy,
    const char *fmt, ...)
{
	char text[TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(d, check, "fail", text);
	advise(d, remedy);
}
