#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "view/dns_text.h"

#define CANDIDATES 64 /* sightings looked at */
#define WHERE 192 /* bytes for the URL: all but a threat fits before it */

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

/* The look-up of ${subject} at ${url}; "" if there is none. */
static void
look_up_url(const char *url, uint64_t subject, char out[WHERE])
{
	char text[SUBJECT_TEXT];
	size_t n = strlen(url);

	out[0] = '\0';
	if (n == 0)
		return;
	subject_format(subject, text);
	text[strcspn(text, "/")] = '\0';
	/* A URL that was cut off is worse than none. */
	if (snprintf(out, WHERE, ", %s%sv1/ip/%s", url,
		url[n - 1] == '/' ? "" : "/", text) >= WHERE)
		out[0] = '\0';
}

void
dns_text_write(const struct engine *e, const char *list, uint64_t subject,
    uint32_t now, char out[DNS_TEXT])
{
	const struct policy *p = engine_policy(e);
	const struct policy_list *l = policy_list_find(p, list);
	const char *threat, *category;
	char time[TEXT_TIME], where[WHERE];
	const struct vote *v = NULL;
	int room;

	if (l != NULL)
		v = latest(e, l, subject, now);
	if (v == NULL) {
		dns_text_brief(list, p->members[0].url, subject, out);
		return;
	}
	category = category_name(v->what);
	threat = engine_threat(e, v->threat);
	text_time_format(v->seen, time);
	look_up_url(p->members[0].url, subject, where);
	room = (int)(DNS_TEXT - sizeof(" , last seen ") - strlen(category) -
	    strlen(time) - strlen(where));
	snprintf(out, DNS_TEXT, "%s%s%.*s, last seen %s%s", category,
	    *threat != '\0' ? " " : "", room, threat, time, where);
}

void
dns_text_brief(const char *list, const char *url, uint64_t subject,
    char out[DNS_TEXT])
{
	char where[WHERE];

	look_up_url(url, subject, where);
	snprintf(out, DNS_TEXT, "listed on %s%s", list, where);
}
