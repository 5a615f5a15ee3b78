/*
 * stix: a STIX 2.1 bundle with one indicator a row. Its id stays while the
 * listing lasts: made from list, subject and since.
 */
#include "base/text.h"
#include "view/export_formats.h"

/* Write ${type} and a UUID shaped as version 5, made from ${text}. */
static void
id(struct buf *out, const char *type, struct buf *text)
{
	uint8_t hash[HASH_BYTES];
	char hex[33];

	key_hash("virbl stix 1", text->data, text->len, hash);
	buf_free(text);
	hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x50);
	hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
	text_hex(hash, 16, hex);
	buf_printf(out, "\"%s--%.8s-%.4s-%.4s-%.4s-%.12s\"", type, hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
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
    "application/stix+json;version=2.1", true, begin, row, end};
