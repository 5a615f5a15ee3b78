/*
 * rpz: a response policy zone with a client-ip trigger a row. By the client,
 * not by the answer: a list of infected senders must not hide web sites, and
 * the answers of a DNS list are addresses too. The action is NXDOMAIN; BIND's
 * `policy` and Unbound's `rpz-action-override` change it for all rows.
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
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	uint64_t s = r->subject;
	unsigned i = 0;

	(void)f;
	if (subject_is_v4(s)) {
		buf_printf(out, "32.%u.%u.%u.%u", (unsigned)(s & 255),
		    (unsigned)(s >> 8 & 255), (unsigned)(s >> 16 & 255),
		    (unsigned)(s >> 24));
	} else {
		/* The lower half is zero: with what is zero before it, it is
		   the longest run. */
		buf_text(out, "64.zz");
		while ((s >> 16 * i & 0xffff) == 0)
			i++;
		for (; i < 4; i++)
			buf_printf(out, ".%x",
			    (unsigned)(s >> 16 * i & 0xffff));
	}
	buf_text(out, ".rpz-client-ip CNAME .\n");
}

static void
end(struct buf *out, const struct export_file *f)
{
	(void)out;
	(void)f;
}

const struct export_format export_rpz = {"rpz", "text/dns", EXPORT_SUBJECTS,
    begin, row, end};
