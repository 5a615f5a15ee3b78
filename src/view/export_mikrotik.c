/*
 * mikrotik: a script for RouterOS that replaces the address list virbl-LIST,
 * for both families.
 */
#include "view/export_formats.h"

static void
open_menu(struct buf *out, const struct export_file *f, unsigned family)
{
	buf_printf(out,
	    "/%s firewall address-list\nremove [find list=\"virbl-%s\"]\n",
	    family == 4 ? "ip" : "ipv6", f->list);
}

static void
begin(struct buf *out, const struct export_file *f)
{
	open_menu(out, f, f->family == 6 ? 6 : 4);
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	char text[SUBJECT_TEXT];

	if (!subject_is_v4(r->subject) && f->rows == f->four && f->family == 0)
		open_menu(out, f, 6);
	subject_format(r->subject, text);
	/* An address that somebody else put there is no reason to stop. */
	buf_printf(out,
	    ":do { add list=\"virbl-%s\" address=%s } on-error={}\n", f->list,
	    text);
}

static void
end(struct buf *out, const struct export_file *f)
{
	if (f->rows == f->four && f->family == 0)
		open_menu(out, f, 6);
}

const struct export_format export_mikrotik = {"mikrotik",
    "text/plain; charset=utf-8", EXPORT_SUBJECTS, begin, row, end};
