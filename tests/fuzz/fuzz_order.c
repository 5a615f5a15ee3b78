/* An order is read whole, or refused with a sentence and nothing owned. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "view/order.h"

static void
try_address(const uint8_t *data, size_t size)
{
	char text[SUBJECT_TEXT];
	uint64_t subject, again;

	if (order_address(data, size, &subject) != NULL)
		return;
	subject_format(subject, text);
	assert(subject_parse(text, &again) == SUBJECT_OK && again == subject);
}

static void
try_token(const uint8_t *data, size_t size)
{
	struct order_token t;
	char text[SUBJECT_TEXT];
	struct prefix again;
	size_t i;

	if (order_token(data, size, &t) != NULL)
		return;
	assert(t.name[0] != '\0' && strlen(t.name) <= ORDER_NAME);
	assert(memchr(t.role, '\0', sizeof(t.role)) != NULL);
	assert(t.nprefixes <= ORDER_PREFIXES);
	for (i = 0; i < t.nprefixes; i++) {
		prefix_format(&t.prefixes[i], text);
		assert(prefix_parse(text, &again) == 0);
	}
	mem_free(t.prefixes);
}

/* One address is a /32 or a /64, and all of it can be listed. */
static void
try_exempt(const uint8_t *data, size_t size)
{
	struct order_exempt x;
	uint64_t lo, hi;

	if (order_exempt(data, size, &x) != NULL)
		return;
	assert(prefix_range(&x.prefix, &lo, &hi) == 0);
	assert(x.prefix.len <= (x.prefix.family == 4 ? 32 : 64));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_address(data, size);
	try_token(data, size);
	try_exempt(data, size);
	return (0);
}
