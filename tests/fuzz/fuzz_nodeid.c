/* A node ID that is read is written and read again as the same key. */
#include <assert.h>
#include <string.h>

#include <virbl/key.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[KEY_BYTES], again[KEY_BYTES];
	char text[256], id[NODEID_TEXT];

	if (size >= sizeof(text))
		return (0);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (nodeid_parse(text, key) == -1)
		return (0);
	nodeid_format(key, id);
	assert(nodeid_parse(id, again) == 0);
	assert(memcmp(key, again, KEY_BYTES) == 0);
	return (0);
}
