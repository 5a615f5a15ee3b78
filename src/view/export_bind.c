/*
 * bind: the list as a master file (RFC 1035) of a DNS list (RFC 5782). Names
 * are relative, so it serves for a zone of any name. A /64 is a wildcard.
 */
#include "view/export_formats.h"

static void
begin(struct buf *out, const struct export_file *f)
{
	buf_printf(out,
	    "$TTL 300\n"
	    "@ SOA localhost. hostmaster.localhost. %lu 600 300 604800 300\n"
	    "@ NS localhost.\n",
	    (unsigned long)f->serial);
}

static void
name(struct buf *out, uint64_t subject)
{
	unsigned i;

	if (subject_is_v4(subject)) {
		buf_printf(out, "%u.%u.%u.%u", (unsigned)(subject & 255),
		    (unsigned)(subject >> 8 & 255),
		    (unsigned)(subject >> 16 & 255), (unsigned)(subject >> 24));
		return;
	}
	buf_text(out, "*");
	for (i = 0; i < 16; i++)
		buf_printf(out, ".%x", (unsigned)(subject >> 4 * i & 15));
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	name(out, r->subject);
	buf_printf(out, " A 127.0.0.%u\n", f->code & 255);
	name(out, r->subject);
	buf_printf(out, " TXT \"listed on %s\"\n", f->list);
}

static void
end(struct buf *out, const struct export_file *f)
{
	(void)out;
	(void)f;
}

const struct export_format export_bind = {"bind", "text/dns", EXPORT_SUBJECTS,
    begin, row, end};
