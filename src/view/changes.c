#include <stdio.h>
#include <string.h>

#include <virbl/subject.h>

#include "base/text.h"
#include "view/changes.h"

int
changes_cursor(const char *text, const uint8_t instance[8], uint64_t *number)
{
	char hex[2 * 8 + 1];

	text_hex(instance, 8, hex);
	if (strncmp(text, hex, 16) != 0 || text[16] != '-')
		return (-1);
	return (text_u64(text + 17, UINT64_MAX, number));
}

static void
row(struct buf *out, const char *op, uint64_t subject, uint32_t until)
{
	char address[SUBJECT_TEXT], time[TEXT_TIME];

	subject_format(subject, address);
	buf_printf(out, "{\"op\":\"%s\",\"address\":\"%s\"", op, address);
	if (until != 0) {
		text_time_format(until, time);
		buf_printf(out, ",\"until\":\"%s\"", time);
	}
	buf_text(out, "}\n");
}

void
changes_rows(struct buf *out, const struct feed_row *rows, size_t n)
{
	bool listed;
	size_t i;

	for (i = 0; i < n; i++) {
		listed =
		    rows[i].op == FEED_ADDED || rows[i].op == FEED_EXTENDED;
		row(out, feed_op_name(rows[i].op), rows[i].subject,
		    listed ? rows[i].until : 0);
	}
}

void
changes_reset(struct buf *out)
{
	buf_text(out, "{\"op\":\"reset\"}\n");
}

void
changes_listed(struct buf *out, const struct listing_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		row(out, feed_op_name(FEED_ADDED), rows[i].subject,
		    rows[i].until);
}

void
changes_end(struct buf *out, const uint8_t instance[8], uint64_t number)
{
	char hex[2 * 8 + 1];

	text_hex(instance, 8, hex);
	buf_printf(out, "{\"cursor\":\"%s-%llu\"}\n", hex,
	    (unsigned long long)number);
}
