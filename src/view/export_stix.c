/*
 * stix: a STIX 2.1 bundle with one indicator a row. Its id stays while the
 * listing lasts: made from list, subject and since.
 */
#include "base/text.h"
#include "view/export_formats.h"
#include "view/uuid.h"

/* Write the id of the object of ${type} named ${text}, which is freed. */
static void
id(struct buf *out, const char *type, struct buf *text)
{
	char uuid[UUID_TEXT];

	uuid_named(uuid, "virbl stix 1", text);
	buf_free(text);
	buf_printf(out, "\"%s--%s\"", type, uuid);
}

static void
begin(struct buf *out, const struct export_file *f)
{
	struct buf text;

	buf_init(&text, 256);
	buf_printf(&text, "%s %lu", f->list, (unsigned long)f->serial);
	buf_text(out, "{\"type\":\"bundle\",\"id\":");
	id(out, "bundle", &text);
	/* A bundle has at least one object or leaves the member out. */
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	bool v4 = subject_is_v4(r->subject);
	char address[SUBJECT_TEXT], since[TEXT_TIME], last[TEXT_TIME];
	char until[TEXT_TIME];
	struct buf text;

	subject_format(r->subject, address);
	text_time_format(r->verdict.since, since);
	text_time_format(r->verdict.last, last);
	text_time_format(r->verdict.until, until);
	buf_init(&text, 256);
	buf_printf(&text, "%s %s %s", f->list, address, since);
	buf_printf(out,
	    "%s{\"type\":\"indicator\",\"spec_version\":\"2.1\","
	    "\"id\":",
	    f->rows == 0 ? ",\"objects\":[\n" : ",\n");
	id(out, "indicator", &text);
	buf_printf(out,
	    ",\"created\":\"%s\",\"modified\":\"%s\","
	    "\"name\":\"listed on %s\",\"indicator_types\":"
	    "[\"malicious-activity\"],\"pattern\":\"[%s:value %s '%s']\","
	    "\"pattern_type\":\"stix\",\"valid_from\":\"%s\","
	    "\"valid_until\":\"%s\"}",
	    since, last, f->list, v4 ? "ipv4-addr" : "ipv6-addr",
	    v4 ? "=" : "ISSUBSET", address, since, until);
}

static void
end(struct buf *out, const struct export_file *f)
{
	buf_text(out, f->rows > 0 ? "\n]}\n" : "}\n");
}

const struct export_format export_stix = {"stix",
    "application/stix+json;version=2.1", EXPORT_DETAILS, begin, row, end};
