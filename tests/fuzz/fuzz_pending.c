/* Stored reports that decode are encoded again byte for byte. */
#include <assert.h>
#include <string.h>

#include "form/pending.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char texts[PENDING_RECORDS][BATCH_NAME + 1];
	static const char *names[PENDING_RECORDS];
	static uint8_t out[PENDING_BYTES];
	static struct pending p;
	size_t i;

	if (pending_decode(data, size, &p) != NULL)
		return (0);
	assert(p.nrecords <= PENDING_RECORDS && p.nnames <= PENDING_RECORDS);
	for (i = 0; i < p.nrecords; i++)
		assert(p.records[i].threat <= p.nnames);
	for (i = 0; i < p.nnames; i++) {
		assert(p.names[i].len >= 1 && p.names[i].len <= BATCH_NAME);
		memcpy(texts[i], p.names[i].text, p.names[i].len);
		texts[i][p.names[i].len] = '\0';
		names[i] = texts[i];
	}
	assert(pending_encode(p.records, p.nrecords, names, p.nnames, out) ==
	    size);
	assert(memcmp(out, data, size) == 0);
	return (0);
}
