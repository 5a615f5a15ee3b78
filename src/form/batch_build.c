#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <virbl/batch.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/wire.h"
#include "form/batch_root.h"

#define BODY_AT (BATCH_HEADER + SIGNATURE_BYTES)

/* A name of the draft, on its way into the table. */
struct entry {
	const char *text;
	uint16_t from; /* threat index in the draft */
};

struct table {
	struct entry *entries; /* ascending, used ones only, no repeats */
	size_t n;
	size_t bytes; /* on the wire */
	uint16_t *becomes; /* by threat index in the draft, of nnames + 1 */
};

static int
entry_compare(const void *a, const void *b)
{
	return (strcmp(((const struct entry *)a)->text,
	    ((const struct entry *)b)->text));
}

/* Make the name table of the draft. Free with table_free(). */
static void
table_make(struct table *t, const struct batch_draft *d)
{
	size_t i, n = 0;

	assert(d->nnames <= BATCH_NAMES);
	t->entries = mem_array(NULL, d->nnames, sizeof(*t->entries));
	t->becomes = mem_zero((d->nnames + 1) * sizeof(*t->becomes));
	t->n = t->bytes = 0;
	for (i = 0; i < d->nrecords; i++) {
		uint16_t threat = d->records[i].threat;

		assert(threat <= d->nnames);
		if (threat == 0 || t->becomes[threat] != 0)
			continue;
		t->becomes[threat] = 1;
		assert(text_name(d->names[threat - 1]));
		t->entries[n].text = d->names[threat - 1];
		t->entries[n++].from = threat;
	}
	if (n > 1)
		qsort(t->entries, n, sizeof(*t->entries), entry_compare);
	for (i = 0; i < n; i++) {
		if (t->n == 0 ||
		    entry_compare(&t->entries[t->n - 1], &t->entries[i]) != 0) {
			t->bytes += 1 + strlen(t->entries[i].text);
			t->entries[t->n++] = t->entries[i];
		}
		t->becomes[t->entries[i].from] = (uint16_t)t->n;
	}
}

static void
table_free(struct table *t)
{
	mem_free(t->entries);
	mem_free(t->becomes);
}

static int
record_compare(const void *a, const void *b)
{
	return (memcmp(a, b, RECORD_BYTES));
}

/* Write the records in order to out, and back into the draft. */
static void
put_records(const struct batch_draft *d, const struct table *t, uint8_t *out)
{
	uint8_t *p = out;
	const char *bad;
	size_t i;

	for (i = 0; i < d->nrecords; i++, p += RECORD_BYTES) {
		d->records[i].threat = t->becomes[d->records[i].threat];
		record_encode(&d->records[i], p);
	}
	if (d->nrecords > 1)
		qsort(out, d->nrecords, RECORD_BYTES, record_compare);
	p = out;
	for (i = 0; i < d->nrecords; i++, p += RECORD_BYTES) {
		assert(i == 0 || record_compare(p - RECORD_BYTES, p) < 0);
		bad = record_decode(p, t->n, (uint32_t)(d->created / 1000),
		    &d->records[i]);
		assert(bad == NULL);
		(void)bad;
	}
}

/* Write the name table to out. */
static void
put_names(const struct table *t, uint8_t *out)
{
	size_t i, len;

	for (i = 0; i < t->n; i++, out += len) {
		len = strlen(t->entries[i].text);
		*out++ = (uint8_t)len;
		memcpy(out, t->entries[i].text, len);
	}
}

size_t
batch_build(const struct batch_draft *draft, const struct signer *signer,
    uint8_t *out)
{
	struct writer w = {out, BATCH_HEADER, false};
	uint8_t root[HASH_BYTES], *body = out + BODY_AT;
	enum batch_verdict v;
	struct batch_header h;
	struct table t;
	size_t bytes;

	assert(draft->nrecords <= BATCH_RECORDS);
	table_make(&t, draft);
	bytes = draft->nrecords * RECORD_BYTES + t.bytes;
	if (bytes > BATCH_BODY) {
		table_free(&t);
		return (0);
	}
	put_records(draft, &t, body);
	put_names(&t, body + draft->nrecords * RECORD_BYTES);
	batch_root_hash(body, draft->nrecords, t.n, root);
	wire_put(&w, "VRBL\1\1\0\0", 8);
	wire_put(&w, signer->public, KEY_BYTES);
	wire_put(&w, signer->public, KEY_BYTES);
	wire_put_u32(&w, draft->epoch);
	wire_put_u32(&w, (uint32_t)draft->nrecords);
	wire_put_u64(&w, draft->seq);
	wire_put_u64(&w, draft->floor);
	wire_put_u64(&w, (uint64_t)draft->created);
	wire_put_u32(&w, (uint32_t)bytes);
	wire_put_u16(&w, RECORD_BYTES);
	wire_put_u16(&w, (uint16_t)t.n);
	wire_put(&w, draft->prev, HASH_BYTES);
	wire_put(&w, root, HASH_BYTES);
	wire_put_u32(&w, draft->card);
	wire_put_u32(&w, 0);
	assert(!w.bad && w.left == 0);
	table_free(&t);
	v = batch_header_decode(out, &h);
	assert(v == BATCH_OK);
	(void)v;
	signer->sign(signer->ctx, BATCH_SIG_DOMAIN, out, BATCH_HEADER,
	    out + BATCH_HEADER);
	return (BODY_AT + bytes);
}
