#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/digests.h"
#include "shell/exporter.h"
#include "shell/node.h"

#define CHUNK 256 /* subjects looked at under the engine's lock at once */
#define PLAIN_CHUNK 4096 /* rows written at once without it */

struct exporter {
	struct node *node;
	struct policy_list list;
	const struct export_format *format;
	struct export_file file; /* its list is the name in ${list} */
	uint32_t now;
	struct listing_row *rows; /* owned */
	size_t next, end; /* rows to come */
	struct rule *rule; /* if the format has details */
	bool begun, ended;
};

/* Name what ${ask} gets of ${l} with ${digest}. */
static void
make_tag(const struct listref *l, const struct exporter_ask *ask,
    const struct digest *digest, char tag[EXPORTER_TAG])
{
	char hex[2 * HASH_BYTES + 1], prefix[SUBJECT_TEXT] = "";
	uint8_t hash[HASH_BYTES];
	struct buf text;

	buf_init(&text, 4096);
	if (ask->filter.within)
		prefix_format(&ask->filter.prefix, prefix);
	text_hex(digest->sha256, sizeof(digest->sha256), hex);
	buf_printf(&text, "%s %s %u %s %zu %s %lu %lu", hex, ask->format->name,
	    ask->filter.family, prefix, ask->filter.limit, l->list.name,
	    (unsigned long)l->list.code, (unsigned long)ask->serial);
	/* What the digest does not tell. */
	if (ask->format->needs != EXPORT_SUBJECTS || ask->filter.limit != 0) {
		text_hex(l->instance, sizeof(l->instance), hex);
		buf_printf(&text, " %s %llu", hex,
		    (unsigned long long)l->generation);
	}
	if (ask->format->needs == EXPORT_DETAILS)
		buf_printf(&text, " %llu", (unsigned long long)l->records);
	key_hash("virbl etag 1", text.data, text.len, hash);
	buf_free(&text);
	text_hex(hash, 16, tag);
}

void
exporter_tag(struct node *node, const struct listref *l,
    const struct exporter_ask *ask, uint32_t now, char tag[EXPORTER_TAG])
{
	struct digest digest;

	digests_get(node_digests(node), l->listing, now, &digest);
	make_tag(l, ask, &digest, tag);
}

/* A number that is another one when the list is another one. */
static uint32_t
zone_serial(const struct digest *d)
{
	const uint8_t *p = d->sha256;
	uint32_t v = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];

	return (v != 0 ? v : 1);
}

struct exporter *
exporter_new(struct node *node, const struct listref *l,
    const struct exporter_ask *ask, uint32_t now, char tag[EXPORTER_TAG])
{
	struct exporter *x = mem_zero(sizeof(*x));
	struct digest digest;
	size_t n;

	x->node = node;
	x->list = l->list;
	x->format = ask->format;
	x->now = now;
	n = digests_snapshot(node_digests(node), l->listing, now, &x->rows,
	    &digest);
	make_tag(l, ask, &digest, tag);
	x->end = export_select(x->rows, n, &ask->filter);
	/* Which rows a limit keeps can change while the list does not. */
	if (ask->filter.limit != 0)
		digest_rows(x->rows, x->end, &digest);
	x->file.family = ask->filter.family;
	x->file.serial = ask->serial != 0 ? ask->serial : zone_serial(&digest);
	export_begin(&x->file, &x->list, x->rows, x->end);
	if (x->format->needs == EXPORT_DETAILS)
		x->rule = rule_new();
	return (x);
}

/* Write the next rows; what is no longer listed is left out. */
static void
write_rows(struct exporter *x, struct buf *out)
{
	size_t stop = x->next +
	    (x->format->needs == EXPORT_DETAILS ? CHUNK : PLAIN_CHUNK);
	const struct engine *e = NULL;
	struct export_row row;

	if (x->format->needs == EXPORT_DETAILS)
		e = node_lock(x->node);
	for (; x->next < x->end && x->next < stop; x->next++) {
		row.subject = x->rows[x->next].subject;
		row.until = x->rows[x->next].until;
		if (e != NULL &&
		    !export_detail(e, x->rule, &x->list, x->now, &row))
			continue;
		x->format->row(out, &x->file, &row);
		x->file.rows++;
		x->file.four += subject_is_v4(row.subject);
	}
	if (e != NULL)
		node_unlock(x->node);
}

void
exporter_more(void *arg, struct buf *out)
{
	struct exporter *x = arg;

	if (!x->begun)
		x->format->begin(out, &x->file);
	x->begun = true;
	/* Nothing written would be the end. */
	do {
		write_rows(x, out);
	} while (out->len == 0 && x->next < x->end);
	if (x->next == x->end && !x->ended) {
		x->format->end(out, &x->file);
		x->ended = true;
	}
}

size_t
exporter_rows(const struct exporter *x)
{
	return (x->file.rows);
}

void
exporter_free(void *arg)
{
	struct exporter *x = arg;

	if (x == NULL)
		return;
	mem_free(x->rows);
	rule_free(x->rule);
	mem_free(x);
}
