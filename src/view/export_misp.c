/*
 * misp: the list as one event in MISP's core format, an attribute a row. Names
 * (UUIDs) are made from what they name: the event's from the list, an
 * attribute's from list and subject. Numbers that only mean something within
 * one instance of MISP are 1.
 */
#include "base/jsonw.h"
#include "base/text.h"
#include "view/export_formats.h"
#include "view/uuid.h"

#define ORGANISATION "virbl"
#define DATE 10 /* characters of a date */

/* Write the UUID of ${text}, which is freed. */
static void
uuid(struct buf *out, struct buf *text)
{
	char id[UUID_TEXT];

	uuid_named(id, "virbl misp 1", text);
	buf_free(text);
	buf_text(out, id);
}

static void
organisation(struct buf *out, const char *member)
{
	struct buf text;

	buf_init(&text, 256);
	buf_text(&text, "organisation");
	buf_printf(out,
	    ",\"%s\":{\"id\":\"1\",\"name\":\"" ORGANISATION "\",\"uuid\":\"",
	    member);
	uuid(out, &text);
	buf_text(out, "\"}");
}

static void
begin(struct buf *out, const struct export_file *f)
{
	unsigned long newest = f->newest;
	char date[TEXT_TIME];
	struct buf text;

	text_time_format(f->newest, date);
	buf_init(&text, 256);
	buf_printf(&text, "list %s", f->list);
	buf_text(out, "{\"Event\":{\"uuid\":\"");
	uuid(out, &text);
	buf_printf(out,
	    "\",\"id\":\"1\",\"org_id\":\"1\",\"orgc_id\":\"1\","
	    "\"info\":\"virbl list %s\",\"date\":\"%.*s\","
	    "\"timestamp\":\"%lu\",\"publish_timestamp\":\"%lu\","
	    "\"threat_level_id\":\"3\",\"analysis\":\"2\","
	    "\"distribution\":\"0\",\"sharing_group_id\":\"0\","
	    "\"published\":true,\"locked\":false,"
	    "\"proposal_email_lock\":false",
	    f->list, DATE, date, newest, newest);
	organisation(out, "Org");
	organisation(out, "Orgc");
	buf_text(out,
	    ",\"Tag\":[],\"RelatedEvent\":[],\"ShadowAttribute\":[],"
	    "\"Attribute\":[");
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	char address[SUBJECT_TEXT], since[TEXT_TIME], last[TEXT_TIME];
	struct buf text;
	struct jsonw w;

	subject_format(r->subject, address);
	text_time_format(r->verdict.since, since);
	text_time_format(r->verdict.last, last);
	buf_init(&text, 256);
	buf_printf(&text, "list %s %s", f->list, address);
	buf_text(out, f->rows == 0 ? "\n{\"uuid\":\"" : ",\n{\"uuid\":\"");
	uuid(out, &text);
	buf_printf(out,
	    "\",\"event_id\":\"1\",\"category\":\"Network activity\","
	    "\"type\":\"ip-src\",\"value\":\"%s\",\"to_ids\":true,"
	    "\"timestamp\":\"%lu\",\"first_seen\":\"%s\","
	    "\"last_seen\":\"%s\",\"distribution\":\"5\","
	    "\"sharing_group_id\":\"0\",\"deleted\":false,\"comment\":",
	    address, (unsigned long)r->verdict.last, since, last);
	jsonw_init(&w, out);
	jsonw_string(&w, r->threat);
	buf_text(out, "}");
}

static void
end(struct buf *out, const struct export_file *f)
{
	buf_printf(out, "\n],\"attribute_count\":\"%zu\"}}\n", f->rows);
}

const struct export_format export_misp = {"misp", "application/json",
    EXPORT_DETAILS, begin, row, end};
