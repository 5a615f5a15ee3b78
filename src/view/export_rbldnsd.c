/*
 * rbldnsd: with both families a `combined` data set, with one of them a file
 * for ip4set, ip4trie or ip4tset, or for ip6trie.
 */
#include "view/export_formats.h"

/* What is answered for the lines below; $ is the address asked for. */
static void
answer(struct buf *out, const struct export_file *f)
{
	buf_printf(out, ":127.0.0.%u:$ is listed on %s\n", f->code & 255,
	    f->list);
}

static void
begin(struct buf *out, const struct export_file *f)
{
	/* Serial 0 is the time of the file; without SOA a negative answer
	   could not be cached. */
	buf_text(out,
	    "$SOA 3600 localhost. hostmaster.localhost. 0 600 300 604800 300\n"
	    "$NS 3600 localhost.\n");
	if (f->family == 0)
		buf_text(out, "$DATASET ip4set @\n");
	answer(out, f);
}

static void
six(struct buf *out, const struct export_file *f)
{
	if (f->family != 0)
		return;
	buf_text(out, "$DATASET ip6trie @\n");
	answer(out, f);
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	char text[SUBJECT_TEXT];

	if (!subject_is_v4(r->subject) && f->rows == f->four)
		six(out, f);
	subject_format(r->subject, text);
	buf_printf(out, "%s\n", text);
}

static void
end(struct buf *out, const struct export_file *f)
{
	if (f->rows == f->four)
		six(out, f);
}

const struct export_format export_rbldnsd = {"rbldnsd",
    "text/plain; charset=utf-8", EXPORT_SUBJECTS, begin, row, end};
