#include <assert.h>
#include <string.h>

#include "base/wire.h"
#include "form/pending.h"

#define MAGIC "VRBP"
#define VERSION 1

size_t
pending_encode(const struct record *records, size_t n, const char *const *names,
    size_t nnames, uint8_t *out)
{
	struct writer w = {.p = out, .left = PENDING_BYTES};
	uint8_t record[RECORD_BYTES];
	size_t i, len;

	assert(n <= PENDING_RECORDS && nnames <= n);
	wire_put(&w, MAGIC, 4);
	wire_put_u8(&w, VERSION);
	wire_put_u8(&w, 0);
	wire_put_u16(&w, (uint16_t)nnames);
	wire_put_u32(&w, (uint32_t)n);
	for (i = 0; i < n; i++) {
		record_encode(&records[i], record);
		wire_put(&w, record, sizeof(record));
	}
	for (i = 0; i < nnames; i++) {
		len = strlen(names[i]);
		assert(len >= 1 && len <= BATCH_NAME);
		wire_put_u8(&w, (uint8_t)len);
		wire_put(&w, names[i], len);
	}
	assert(!w.bad);
	return (PENDING_BYTES - w.left);
}

static const char *
decode_records(struct reader *r, struct pending *ret)
{
	const uint8_t *bytes;
	const char *error;
	size_t i;

	for (i = 0; i < ret->nrecords; i++) {
		bytes = wire_bytes(r, RECORD_BYTES);
		if (bytes == NULL)
			return ("cut short");
		/* No batch holds it yet, so no creation bounds its times. */
		error = record_decode(bytes, ret->nnames, UINT32_MAX,
		    &ret->records[i]);
		if (error != NULL)
			return (error);
	}
	return (NULL);
}

/* A name must be one that a batch can hold, or none could ever be cut. */
static bool
name_valid(const struct batch_name *name)
{
	size_t i;

	if (name->text == NULL || name->len == 0 || name->len > BATCH_NAME ||
	    name->text[0] == ' ' || name->text[name->len - 1] == ' ')
		return (false);
	for (i = 0; i < name->len; i++)
		if (name->text[i] < 0x20 || name->text[i] > 0x7e)
			return (false);
	return (true);
}

const char *
pending_decode(const uint8_t *bytes, size_t len, struct pending *ret)
{
	struct reader r = {.p = bytes, .left = len};
	const uint8_t *magic = wire_bytes(&r, 4);
	const char *error;
	size_t i;

	if (magic == NULL || memcmp(magic, MAGIC, 4) != 0)
		return ("not pending reports");
	if (wire_u8(&r) != VERSION)
		return ("unknown version");
	if (wire_u8(&r) != 0)
		return ("reserved bits set");
	ret->nnames = wire_u16(&r);
	ret->nrecords = wire_u32(&r);
	if (ret->nrecords > PENDING_RECORDS || ret->nnames > ret->nrecords)
		return ("too many records or names");
	error = decode_records(&r, ret);
	if (error != NULL)
		return (error);
	for (i = 0; i < ret->nnames; i++) {
		ret->names[i].len = wire_u8(&r);
		ret->names[i].text =
		    (const char *)wire_bytes(&r, ret->names[i].len);
		if (!name_valid(&ret->names[i]))
			return ("impossible name");
	}
	if (r.bad || r.left != 0)
		return ("length does not match");
	return (NULL);
}
