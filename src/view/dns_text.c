#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "view/dns_text.h"

#define CANDIDATES 64 /* sightings looked at */

/* True if the author withdrew sighting ${v}. */
static bool
retracted(const struct vote *votes, size_t n, const struct vote *v)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (votes[i].what == VOTE_RETRACTION &&
		    votes[i].member == v->member && votes[i].seen >= v->seen)
			return (true);
	return (false);
}

/* The latest sighting that counts on ${list}, NULL if there is none. */
static const struct vote *
latest(const struct engine *e, const struct policy_list *list, uint64_t subject,
    uint32_t now)
{
	const struct rule_world *world = engine_world(e);
	const struct vote *votes, *v;
	size_t n, i, looked = 0;

	votes = engine_votes(e, subject, &n);
	for (i = votes == NULL ? 0 : n; i > 0 && looked < CANDIDATES; i--) {
		v = &votes[i - 1];
		if (v->what > CATEGORY_MAX || v->seen > now ||
		    (list->categories & CATEGORY_BIT(v->what)) == 0 ||
		    v->member >= world->nmembers ||
		    world->members[v->member].trust <= TRUST_OBSERVE)
			continue;
		looked++;
		if (!retracted(votes, n, v))
			return (v);
	}
	return (NULL);
}

void
dns_text_write(const struct engine *e, const char *list, uint64_t subject,
    uint32_t now, char out[256])
{
	const struct policy *p = engine_policy(e);
	const struct policy_list *l = policy_list_find(p, list);
	const char *url = p->members[0].url, *threat;
	const struct vote *v = NULL;
	char text[SUBJECT_TEXT], time[TEXT_TIME];
	int at;

	if (l != NULL)
		v = latest(e, l, subject, now);
	if (v == NULL) {
		at = snprintf(out, 256, "listed on %s", list);
	} else {
		threat = engine_threat(e, v->threat);
		text_time_format(v->seen, time);
		at = snprintf(out, 256, "%s%s%.120s, last seen %s",
		    category_name(v->what), *threat != '\0' ? " " : "", threat,
		    time);
	}
	/* A URL that was cut off is worse than none. */
	subject_format(subject, text);
	text[strcspn(text, "/")] = '\0';
	if (*url != '\0' && (size_t)at + strlen(url) + strlen(text) + 10 < 256)
		snprintf(out + at, 256 - (size_t)at, ", %s%sv1/ip/%s", url,
		    url[strlen(url) - 1] == '/' ? "" : "/", text);
}
