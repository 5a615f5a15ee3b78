/* Numbers, times and durations that are read are written and read alike. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"

static void
try_numbers(const char *s)
{
	uint64_t n, again;
	char out[32];

	if (text_u64(s, 1000, &n) == 0)
		assert(n <= 1000);
	if (text_milli(s, UINT32_MAX, &n) == 0) {
		assert(n <= UINT32_MAX);
		text_milli_format(n, out, sizeof(out));
		assert(text_milli(out, UINT32_MAX, &again) == 0 && again == n);
	}
}

static void
try_times(const char *s)
{
	char out[TEXT_TIME], duration[32];
	uint32_t at, then;
	uint64_t n, again;

	if (text_time(s, &at) == 0) {
		text_time_format(at, out);
		assert(text_time(out, &then) == 0 && then == at);
	}
	if (text_duration(s, &n) == 0) {
		text_duration_format(n, duration, sizeof(duration));
		assert(text_duration(duration, &again) == 0 && again == n);
	}
}

static void
try_words(const char *s, size_t size)
{
	static const char *const words[] = {"window", "hold", "threshold"};
	uint8_t bytes[16];
	char hex[33];

	text_nearest(s, words, 3);
	text_utf8(s, size);
	if (text_name(s))
		assert(strlen(s) <= 64 && text_utf8(s, strlen(s)));
	if (text_unhex(s, bytes, sizeof(bytes)) == 0) {
		text_hex(bytes, sizeof(bytes), hex);
		assert(strcmp(hex, s) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256];

	if (size >= sizeof(text))
		return (0);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_numbers(text);
	try_times(text);
	try_words(text, size);
	return (0);
}
