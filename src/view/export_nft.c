/*
 * nft: one transaction for `nft -f` that replaces the contents of the sets
 * LIST_4 and LIST_6 of table inet virbl, and makes them if they are new. An
 * empty set has no elements clause: there is no empty one.
 */
#include "view/export_formats.h"

/* The set's name; a word of nft begins with a letter or underscore. */
static void
set(struct buf *out, const struct export_file *f, unsigned family)
{
	buf_printf(out, "%s%s_%u",
	    f->list[0] >= '0' && f->list[0] <= '9' ? "_" : "", f->list, family);
}

static void
declare(struct buf *out, const struct export_file *f, unsigned family)
{
	if (f->family != 0 && f->family != family)
		return;
	buf_text(out, "add set inet virbl ");
	set(out, f, family);
	buf_text(out,
	    family == 4 ? " { type ipv4_addr; }\n" :
			  " { type ipv6_addr; flags interval; }\n");
	buf_text(out, "flush set inet virbl ");
	set(out, f, family);
	buf_text(out, "\n");
}

static void
begin(struct buf *out, const struct export_file *f)
{
	buf_text(out, "add table inet virbl\n");
	declare(out, f, 4);
	declare(out, f, 6);
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	bool v4 = subject_is_v4(r->subject);
	char text[SUBJECT_TEXT];

	if (v4 ? f->rows == 0 : f->rows == f->four) {
		buf_printf(out, "%sadd element inet virbl ",
		    f->rows > 0 ? " }\n" : "");
		set(out, f, v4 ? 4 : 6);
		buf_text(out, " {\n");
	} else {
		buf_text(out, ",\n");
	}
	subject_format(r->subject, text);
	buf_text(out, text);
}

static void
end(struct buf *out, const struct export_file *f)
{
	if (f->rows > 0)
		buf_text(out, " }\n");
}

const struct export_format export_nft = {"nft", "text/plain; charset=utf-8",
    EXPORT_SUBJECTS, begin, row, end};
