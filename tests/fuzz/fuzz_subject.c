/* Subjects and prefixes that are read are written and read again alike. */
#include <assert.h>
#include <string.h>

#include <virbl/subject.h>

#include "fuzz.h"

static void
try_subject(const char *text)
{
	char out[SUBJECT_TEXT];
	uint64_t subject, again;

	if (subject_parse(text, &subject) != SUBJECT_OK)
		return;
	assert(subject_format(subject, out) == strlen(out));
	assert(subject_parse(out, &again) == SUBJECT_OK && again == subject);
}

static void
try_prefix(const char *text)
{
	char out[SUBJECT_TEXT];
	struct prefix p, again;
	uint64_t lo, hi;

	if (prefix_parse(text, &p) == -1)
		return;
	assert(prefix_format(&p, out) == strlen(out));
	assert(prefix_parse(out, &again) == 0);
	assert(memcmp(&p, &again, sizeof(p)) == 0);
	if (prefix_range(&p, &lo, &hi) == -1)
		return;
	assert(lo <= hi && subject_is_v4(lo) == subject_is_v4(hi));
	assert(prefix_contains(&p, lo) && prefix_contains(&p, hi));
	assert(lo == 0 || !prefix_contains(&p, lo - 1));
	assert(hi == UINT64_MAX || !prefix_contains(&p, hi + 1));
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
	try_subject(text);
	try_prefix(text);
	return (0);
}
