/* Whatever is read is either one good item or one described line. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "view/sighting.h"

static void
check_item(const struct item *it)
{
	char text[SUBJECT_TEXT];
	uint64_t subject;

	assert(it->kind == RECORD_SIGHTING);
	assert(category_name(it->category) != NULL);
	assert(basis_name(it->basis) != NULL);
	assert((it->flags & ~SIGHTING_FLAGS) == 0);
	assert(it->count >= 1);
	assert(it->threat[0] == '\0' || text_name(it->threat));
	subject_format(it->subject, text);
	assert(subject_parse(text, &subject) == SUBJECT_OK);
	assert(subject == it->subject);
}

static void
check(const struct sightings *s)
{
	size_t i, j, line = 0;

	for (i = 0, j = 0; i < s->n || j < s->nerrors;) {
		if (j == s->nerrors ||
		    (i < s->n && s->lines[i] < s->errors[j].line)) {
			assert(s->lines[i] > line);
			line = s->lines[i];
			check_item(&s->items[i++]);
			continue;
		}
		assert(s->errors[j].line > line);
		line = s->errors[j].line;
		assert(s->errors[j].text[0] != '\0');
		j++;
	}
	assert(s->n + s->nerrors <= ENGINE_REPORT + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sightings s;

	if (sighting_read(data, size, 1, &s) == NULL) {
		check(&s);
		sighting_free(&s);
	} else {
		assert(s.n == 0 && s.nerrors == 0 && s.items == NULL);
	}
	return (0);
}
