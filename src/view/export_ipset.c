/*
 * ipset: for `ipset restore`. A new set is filled beside the one in use, then
 * they change places. Sets are called virbl-LIST-4 and virbl-LIST-6.
 */
#include <string.h>

#include "base/text.h"
#include "view/export_formats.h"

/*
 * ipset's own names end at 31 bytes: of a long one the rest is a hash. A fixed
 * maxelem, because a set can only be declared again as it is.
 */
#define ROOM 16 /* of a list's name */
#define CREATE "maxelem 16777216 -exist\n"

static void
set(struct buf *out, const struct export_file *f, unsigned family)
{
	uint8_t hash[HASH_BYTES];
	char hex[9];

	if (strlen(f->list) <= ROOM) {
		buf_printf(out, "virbl-%s-%u", f->list, family);
		return;
	}
	key_hash("virbl ipset 1", f->list, strlen(f->list), hash);
	text_hex(hash, 4, hex);
	buf_printf(out, "virbl-%.*s%s-%u", ROOM - 8, f->list, hex, family);
}

/* One command on the set that is being made. */
static void
aside(struct buf *out, const struct export_file *f, unsigned family,
    const char *command)
{
	buf_printf(out, "%s ", command);
	set(out, f, family);
	buf_text(out, "-new");
}

static void
open_set(struct buf *out, const struct export_file *f, unsigned family)
{
	const char *type =
	    family == 4 ? " hash:ip family inet " : " hash:net family inet6 ";

	buf_text(out, "create ");
	set(out, f, family);
	buf_printf(out, "%s" CREATE, type);
	aside(out, f, family, "create");
	buf_printf(out, "%s" CREATE, type);
	aside(out, f, family, "flush");
	buf_text(out, "\n");
}

static void
close_set(struct buf *out, const struct export_file *f, unsigned family)
{
	aside(out, f, family, "swap");
	buf_text(out, " ");
	set(out, f, family);
	buf_text(out, "\n");
	aside(out, f, family, "destroy");
	buf_text(out, "\n");
}

static void
begin(struct buf *out, const struct export_file *f)
{
	if (f->family != 6)
		open_set(out, f, 4);
	else
		open_set(out, f, 6);
}

/* From IPv4 to IPv6. */
static void
turn(struct buf *out, const struct export_file *f)
{
	if (f->family != 0)
		return;
	close_set(out, f, 4);
	open_set(out, f, 6);
}

static void
row(struct buf *out, const struct export_file *f, const struct export_row *r)
{
	bool v4 = subject_is_v4(r->subject);
	char text[SUBJECT_TEXT];

	if (!v4 && f->rows == f->four)
		turn(out, f);
	subject_format(r->subject, text);
	aside(out, f, v4 ? 4 : 6, "add");
	buf_printf(out, " %s\n", text);
}

static void
end(struct buf *out, const struct export_file *f)
{
	if (f->rows == f->four)
		turn(out, f);
	close_set(out, f, f->family == 4 ? 4 : 6);
}

const struct export_format export_ipset = {"ipset", "text/plain; charset=utf-8",
    EXPORT_SUBJECTS, begin, row, end};
