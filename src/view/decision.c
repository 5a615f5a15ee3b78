#include <inttypes.h>
#include <stdio.h>

#include <virbl/card.h>
#include <virbl/key.h>
#include <virbl/subject.h>

#include "base/text.h"
#include "view/decision.h"

/* A number of its own for ${subject} that every reader of JSON keeps exact. */
static uint64_t
id(uint64_t subject)
{
	uint8_t hash[HASH_BYTES], bytes[8];
	uint64_t v = 0;
	unsigned i;

	if (subject_is_v4(subject))
		return (subject);
	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(subject >> 8 * i);
	key_hash("virbl decision 1", bytes, sizeof(bytes), hash);
	for (i = 0; i < 8; i++)
		v = v << 8 | hash[i];
	return (UINT64_C(1) << 52 | v >> 12);
}

void
decision_scenario(const char *list, char *out, size_t size)
{
	snprintf(out, size, DECISION_ORIGIN "/%s", list);
}

void
decision_duration(struct buf *out, int64_t seconds)
{
	int64_t s = seconds < 0 ? -seconds : seconds;

	if (seconds < 0)
		buf_text(out, "-");
	if (s >= 3600)
		buf_printf(out, "%" PRId64 "h", s / 3600);
	if (s >= 60)
		buf_printf(out, "%" PRId64 "m", s / 60 % 60);
	buf_printf(out, "%" PRId64 "s", s % 60);
}

void
decision_write(struct buf *out, const struct decision *d)
{
	char value[SUBJECT_TEXT], until[TEXT_TIME], scenario[CARD_NAME + 16];

	subject_format(d->subject, value);
	text_time_format(d->until, until);
	/* Names of lists are plain: card_name_valid() holds for them. */
	decision_scenario(d->list, scenario, sizeof(scenario));
	buf_printf(out,
	    "{\"id\":%" PRIu64 ",\"origin\":\"" DECISION_ORIGIN
	    "\",\"type\":\"" DECISION_TYPE
	    "\",\"scope\":\"%s\",\"value\":\"%s\",\"scenario\":\"%s\",",
	    id(d->subject), subject_is_v4(d->subject) ? "Ip" : "Range", value,
	    scenario);
	if (d->reason)
		buf_printf(out, "\"reason\":\"%s\",", scenario);
	buf_printf(out, "\"until\":\"%s\",\"duration\":\"", until);
	decision_duration(out, d->seconds);
	buf_text(out, "\"}");
}
