/*
 * crowdsec: an array of decisions, for `cscli decisions import` among others.
 * Durations count from the newest sighting of the list rather than from the
 * present, so that equal lists are equal files.
 */
#include "view/decision.h"
#include "view/export_formats.h"

static void
begin(struct buf *out, const struct export_file *f)
{
	(void)f;
	buf_text(out, "[");
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	const struct decision d = {.subject = r->subject,
	    .list = f->list,
	    .until = r->until,
	    .seconds = (int64_t)r->until - f->newest,
	    .reason = true};

	buf_text(out, f->rows == 0 ? "\n" : ",\n");
	decision_write(out, &d);
}

static void
end(struct buf *out, const struct export_file *f)
{
	(void)f;
	buf_text(out, "\n]\n");
}

const struct export_format export_crowdsec = {"crowdsec", "application/json",
    EXPORT_TIMES, begin, row, end};
