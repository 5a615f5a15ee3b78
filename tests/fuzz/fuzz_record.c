/* created 4, names 2, record: what decodes is encoded as it was. */
#include <assert.h>
#include <string.h>

#include <virbl/record.h>

#include "base/wire.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = {data, size, false};
	uint8_t out[RECORD_BYTES];
	const uint8_t *in;
	struct record rec;
	uint32_t created = wire_u32(&r);
	uint16_t names = wire_u16(&r);

	if ((in = wire_bytes(&r, RECORD_BYTES)) == NULL)
		return (0);
	if (record_decode(in, names, created, &rec) != NULL)
		return (0);
	assert(rec.threat <= names && rec.last <= created);
	record_encode(&rec, out);
	assert(memcmp(in, out, RECORD_BYTES) == 0);
	return (0);
}
