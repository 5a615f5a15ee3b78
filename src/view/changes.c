#include <stdio.h>
#include <string.h>

#include <virbl/subject.h>

#include "base/text.h"
#include "view/changes.h"

#define INSTANCE 16 /* hex digits */

/* The words for what happened: ours, and those of n6's life of an entry. */
static const struct {
	const char *op;
	const char *event;
} words[] = {
    [FEED_ADDED] = {"added", "new"},
    [FEED_EXTENDED] = {"extended", "update"},
    [FEED_REMOVED] = {"removed", "delist"},
    [FEED_EXPIRED] = {"removed", "expire"},
};

static const char *const reasons[] = {
    [CHANGES_NONE] = "no cursor",
    [CHANGES_BAD] = "not a cursor",
    [CHANGES_RUN] = "the node was restarted",
    [CHANGES_OLD] = "the cursor is too old",
};

enum changes_why
changes_cursor(const char *text, const uint8_t instance[8], uint64_t *number)
{
	char hex[INSTANCE + 1];
	uint8_t theirs[8];
	uint64_t n;

	if (text == NULL || text[0] == '\0')
		return (CHANGES_NONE);
	if (strnlen(text, INSTANCE + 1) <= INSTANCE || text[INSTANCE] != '-')
		return (CHANGES_BAD);
	memcpy(hex, text, INSTANCE);
	hex[INSTANCE] = '\0';
	if (text_unhex(hex, theirs, sizeof(theirs)) != 0 ||
	    text_u64(text + INSTANCE + 1, UINT64_MAX, &n) != 0)
		return (CHANGES_BAD);
	if (memcmp(theirs, instance, sizeof(theirs)) != 0)
		return (CHANGES_RUN);
	*number = n;
	return (CHANGES_KNOWN);
}

static void
cursor(struct buf *out, const struct changes *c, uint64_t number)
{
	char hex[INSTANCE + 1];

	text_hex(c->instance, sizeof(c->instance), hex);
	buf_printf(out, "%s-%llu", hex, (unsigned long long)number);
}

/* What stands before the JSON of ${event}. */
static void
begin(struct changes *c, const char *event)
{
	if (c->form == CHANGES_EVENTS)
		buf_printf(c->out, "event: %s\ndata: ", event);
}

static void
end(struct changes *c)
{
	buf_text(c->out, c->form == CHANGES_EVENTS ? "\n\n" : "\n");
}

/* The same, ${number} being the id of the event. */
static void
end_numbered(struct changes *c, uint64_t number)
{
	if (c->form == CHANGES_EVENTS) {
		buf_text(c->out, "\nid: ");
		cursor(c->out, c, number);
	}
	end(c);
}

static void
row(struct changes *c, enum feed_op op, uint64_t subject, uint32_t until)
{
	char address[SUBJECT_TEXT], time[TEXT_TIME];

	subject_format(subject, address);
	begin(c, words[op].event);
	buf_printf(c->out, "{\"op\":\"%s\",\"event\":\"%s\",\"address\":\"%s\"",
	    words[op].op, words[op].event, address);
	if (op == FEED_ADDED || op == FEED_EXTENDED) {
		text_time_format(until, time);
		buf_printf(c->out, ",\"until\":\"%s\"", time);
	}
	buf_text(c->out, "}");
}

void
changes_rows(struct changes *c, const struct feed_row *rows, size_t n,
    uint64_t number)
{
	size_t i;

	for (i = 0; i < n; i++) {
		number++;
		if (rows[i].op == FEED_STANDS)
			continue;
		row(c, rows[i].op, rows[i].subject, rows[i].until);
		end_numbered(c, number);
	}
}

void
changes_reset(struct changes *c, enum changes_why why)
{
	begin(c, "reset");
	buf_printf(c->out,
	    "{\"op\":\"reset\",\"event\":\"reset\",\"reason\":\"%s\","
	    "\"hint\":\"forget what you have; all that is listed follows\"}",
	    reasons[why]);
	end(c);
}

void
changes_listed(struct changes *c, const struct listing_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		row(c, FEED_ADDED, rows[i].subject, rows[i].until);
		end(c);
	}
}

void
changes_end(struct changes *c, uint64_t number)
{
	begin(c, "cursor");
	buf_text(c->out, "{\"cursor\":\"");
	cursor(c->out, c, number);
	buf_text(c->out, "\"}");
	end_numbered(c, number);
}

void
changes_beat(struct changes *c)
{
	buf_text(c->out, ":\n\n");
}
