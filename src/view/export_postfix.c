/*
 * postfix-cidr: a cidr_table(5) for check_client_access.
 */
#include "view/export_formats.h"

static void
nothing(struct buf *out, const struct export_file *f)
{
	(void)out;
	(void)f;
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	char text[SUBJECT_TEXT];

	subject_format(r->subject, text);
	buf_printf(out, "%s%s REJECT listed on %s\n", text,
	    subject_is_v4(r->subject) ? "/32" : "", f->list);
}

const struct export_format export_postfix = {"postfix-cidr",
    "text/plain; charset=utf-8", EXPORT_SUBJECTS, nothing, row, nothing};
