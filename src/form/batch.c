#include <assert.h>
#include <string.h>

#include <virbl/batch.h>

#include "base/mem.h"
#include "base/wire.h"
#include "form/batch_root.h"

#define MAGIC "VRBL"
#define VERSION 1
#define KIND 1
#define BODY_AT (BATCH_HEADER + SIGNATURE_BYTES)
#define LENGTH_AT 104 /* of the body, in the header */

static const char *const verdict_names[BATCH_VERDICTS] = {
    [BATCH_OK] = "ok",
    [BATCH_TRUNCATED] = "truncated",
    [BATCH_MAGIC] = "magic",
    [BATCH_VERSION] = "version",
    [BATCH_KIND] = "kind",
    [BATCH_RESERVED] = "reserved",
    [BATCH_SIZE] = "size",
    [BATCH_SEQ] = "seq",
    [BATCH_KEY] = "key",
    [BATCH_NAMETABLE] = "nametable",
    [BATCH_RECORD] = "record",
    [BATCH_ORDER] = "order",
    [BATCH_ROOT] = "root",
    [BATCH_SIGNATURE] = "signature",
};

const char *
batch_verdict_name(enum batch_verdict v)
{
	return (v < BATCH_VERDICTS ? verdict_names[v] : "unknown");
}

enum batch_verdict
batch_length(const uint8_t *bytes, size_t len, size_t *ret)
{
	struct reader r = {bytes + LENGTH_AT, 4, false};
	uint32_t body;

	if (len < BATCH_HEADER)
		return (BATCH_TRUNCATED);
	if (memcmp(bytes, MAGIC, 4) != 0)
		return (BATCH_MAGIC);
	if (bytes[4] != VERSION)
		return (BATCH_VERSION);
	if ((body = wire_u32(&r)) > BATCH_BODY)
		return (BATCH_SIZE);
	*ret = BODY_AT + body;
	return (BATCH_OK);
}

static bool
zero(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return (false);
	return (true);
}

/* Check counts and lengths against limits and each other. */
static bool
size_fits(const struct batch_header *h, unsigned record_size)
{
	uint32_t table;

	if (record_size != RECORD_BYTES || h->records > BATCH_RECORDS ||
	    h->names > BATCH_NAMES || h->names > h->records ||
	    h->body > BATCH_BODY || h->body < h->records * RECORD_BYTES)
		return (false);
	table = h->body - h->records * RECORD_BYTES;
	return (table >= h->names * 2 && table <= h->names * (BATCH_NAME + 1));
}

/* Check epoch, seq, floor, created and prev on their own. */
static bool
place_possible(const struct batch_header *h)
{
	bool first = h->epoch == 1 && h->seq == 1;

	return (h->epoch >= 1 && h->seq >= 1 && h->seq <= BATCH_SEQ_MAX &&
	    h->floor >= 1 && h->floor <= h->seq && h->created >= 0 &&
	    h->created <= BATCH_CREATED_MAX &&
	    zero(h->prev, HASH_BYTES) == first);
}

enum batch_verdict
batch_header_decode(const uint8_t *bytes, struct batch_header *ret)
{
	struct reader r = {bytes + 8, BATCH_HEADER - 8, false};
	struct batch_header h;
	unsigned record_size;

	if (memcmp(bytes, MAGIC, 4) != 0)
		return (BATCH_MAGIC);
	if (bytes[4] != VERSION)
		return (BATCH_VERSION);
	if (bytes[5] != KIND)
		return (BATCH_KIND);
	if (!zero(bytes + 6, 2) || !zero(bytes + 180, 4))
		return (BATCH_RESERVED);
	memcpy(h.member, wire_bytes(&r, KEY_BYTES), KEY_BYTES);
	memcpy(h.key, wire_bytes(&r, KEY_BYTES), KEY_BYTES);
	h.epoch = wire_u32(&r);
	h.records = wire_u32(&r);
	h.seq = wire_u64(&r);
	h.floor = wire_u64(&r);
	h.created = (int64_t)wire_u64(&r);
	h.body = wire_u32(&r);
	record_size = wire_u16(&r);
	h.names = wire_u16(&r);
	memcpy(h.prev, wire_bytes(&r, HASH_BYTES), HASH_BYTES);
	memcpy(h.root, wire_bytes(&r, HASH_BYTES), HASH_BYTES);
	h.card = wire_u32(&r);
	if (!size_fits(&h, record_size))
		return (BATCH_SIZE);
	if (!place_possible(&h))
		return (BATCH_SEQ);
	if (memcmp(h.key, h.member, KEY_BYTES) != 0)
		return (BATCH_KEY);
	*ret = h;
	return (BATCH_OK);
}

/* Compare names as byte strings; a prefix sorts first. */
static int
name_compare(const struct batch_name *a, const struct batch_name *b)
{
	int c = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return (c != 0 ? c : a->len - b->len);
}

/* Read the name table into names, of h.names; false if not canonical. */
static bool
read_names(const struct batch *b, struct batch_name *names)
{
	size_t at = BODY_AT + (size_t)b->h.records * RECORD_BYTES;
	struct reader r = {b->bytes + at, b->len - at, false};
	const uint8_t *p;
	size_t i, j;

	for (i = 0; i < b->h.names; i++) {
		names[i].len = wire_u8(&r);
		p = wire_bytes(&r, names[i].len);
		if (p == NULL || names[i].len == 0 ||
		    names[i].len > BATCH_NAME || p[0] == ' ' ||
		    p[names[i].len - 1] == ' ')
			return (false);
		for (j = 0; j < names[i].len; j++)
			if (p[j] < 0x20 || p[j] > 0x7e)
				return (false);
		names[i].text = (const char *)p;
		if (i > 0 && name_compare(&names[i - 1], &names[i]) >= 0)
			return (false);
	}
	return (r.left == 0);
}

/* Check every record, their order, and that each name is used. */
static enum batch_verdict
check_records(const struct batch *b)
{
	uint32_t created = (uint32_t)(b->h.created / 1000);
	uint8_t used[BATCH_NAMES + 1] = {0};
	const uint8_t *p = b->records;
	struct record r;
	size_t i;

	for (i = 0; i < b->h.records; i++, p += RECORD_BYTES) {
		if (record_decode(p, b->h.names, created, &r) != NULL)
			return (BATCH_RECORD);
		if (i > 0 && memcmp(p - RECORD_BYTES, p, RECORD_BYTES) >= 0)
			return (BATCH_ORDER);
		used[r.threat] = 1;
	}
	if (memchr(used + 1, 0, b->h.names) != NULL)
		return (BATCH_NAMETABLE);
	return (BATCH_OK);
}

enum batch_verdict
batch_decode(const uint8_t *bytes, size_t len, struct batch *ret)
{
	enum batch_verdict v;
	struct batch b;

	if (len < BATCH_HEADER)
		return (BATCH_TRUNCATED);
	if ((v = batch_header_decode(bytes, &b.h)) != BATCH_OK)
		return (v);
	if (len < BODY_AT + (size_t)b.h.body)
		return (BATCH_TRUNCATED);
	if (len > BODY_AT + (size_t)b.h.body)
		return (BATCH_SIZE);
	b.bytes = bytes;
	b.len = len;
	b.records = bytes + BODY_AT;
	b.names = mem_array(NULL, b.h.names, sizeof(*b.names));
	v = read_names(&b, b.names) ? check_records(&b) : BATCH_NAMETABLE;
	if (v != BATCH_OK) {
		mem_free(b.names);
		return (v);
	}
	key_hash(BATCH_ID_DOMAIN, bytes, BATCH_HEADER, b.id);
	*ret = b;
	return (BATCH_OK);
}

enum batch_verdict
batch_verify(const struct batch *b)
{
	uint8_t hash[HASH_BYTES];

	batch_root_hash(b->records, b->h.records, b->h.names, hash);
	if (memcmp(hash, b->h.root, HASH_BYTES) != 0)
		return (BATCH_ROOT);
	if (key_verify(b->h.key, BATCH_SIG_DOMAIN, b->bytes, BATCH_HEADER,
		b->bytes + BATCH_HEADER) == -1)
		return (BATCH_SIGNATURE);
	return (BATCH_OK);
}

void
batch_record(const struct batch *b, size_t i, struct record *ret)
{
	const char *bad;

	assert(i < b->h.records);
	bad = record_decode(b->records + i * RECORD_BYTES, b->h.names,
	    UINT32_MAX, ret);
	assert(bad == NULL);
	(void)bad;
}

void
batch_free(struct batch *b)
{
	mem_free(b->names);
	memset(b, 0, sizeof(*b));
}
