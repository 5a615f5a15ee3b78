#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "view/lookup.h"

struct looking {
	const struct engine *e;
	const struct rule_world *world;
	uint64_t subject;
	uint32_t at;
	const struct vote *votes; /* the engine's */
	size_t n;
	uint32_t cleared; /* sightings up to this do not count */
	uint32_t *retracted; /* by member, up to; owned */
	struct rule *rule;
	bool exempt; /* may not be listed */
	struct engine_exempt why;
	struct jsonw w;
};

static bool
is_sighting(const struct vote *v)
{
	return (v->what <= CATEGORY_MAX);
}

/* Does sighting ${v} weigh anything now? */
static bool
counts(const struct looking *l, const struct vote *v)
{
	return (v->member < l->world->nmembers &&
	    l->world->members[v->member].trust > TRUST_OBSERVE &&
	    v->seen <= l->at &&
	    (uint64_t)v->seen + l->world->retention > l->at &&
	    v->seen > l->cleared && v->seen > l->retracted[v->member]);
}

static void
prepare(struct looking *l)
{
	const struct vote *v;
	size_t i;

	l->world = engine_world(l->e);
	l->votes = engine_votes(l->e, l->subject, &l->n);
	l->exempt = engine_exempt(l->e, l->subject, &l->why);
	l->retracted =
	    mem_zero((l->world->nmembers + 1) * sizeof(*l->retracted));
	for (i = 0; i < l->n; i++) {
		v = &l->votes[i];
		if (v->what == VOTE_RETRACTION &&
		    v->member < l->world->nmembers &&
		    v->seen > l->retracted[v->member])
			l->retracted[v->member] = v->seen;
	}
	l->rule = rule_new();
	l->cleared =
	    rule_prepare(l->rule, l->world, l->subject, l->votes, l->n, l->at);
}

void
lookup_code(struct jsonw *w, uint32_t code)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u.%u", code >> 24 & 255,
	    code >> 16 & 255, code >> 8 & 255, code & 255);
	jsonw_string(w, code != 0 ? text : NULL);
}

static void
write_exempt(struct looking *l)
{
	const struct engine_exempt *x = &l->why;
	char text[SUBJECT_TEXT];
	struct jsonw *w = &l->w;

	jsonw_key(w, "exempt");
	if (!l->exempt) {
		jsonw_null(w);
		return;
	}
	prefix_format(&x->prefix, text);
	jsonw_object(w);
	jsonw_key(w, "prefix");
	jsonw_string(w, text);
	jsonw_key(w, "source");
	jsonw_string(w, x->source);
	jsonw_key(w, "line");
	if (x->line != 0)
		jsonw_u64(w, x->line);
	else
		jsonw_null(w);
	/* Which desk asked the operator is nobody's business. */
	jsonw_key(w, "member");
	jsonw_string(w, strcmp(x->source, "owner") == 0 ? x->by : NULL);
	jsonw_end_object(w);
}

/* The names of what was seen, the latest first. */
static void
write_threats(struct looking *l, const struct policy_list *list)
{
	uint32_t seen[LOOKUP_THREATS];
	size_t i, j, n = 0;
	const struct vote *v;

	jsonw_key(&l->w, "threats");
	jsonw_array(&l->w);
	for (i = l->n; i > 0 && n < LOOKUP_THREATS; i--) {
		v = &l->votes[i - 1];
		if (!is_sighting(v) || v->threat == 0 ||
		    (list->categories & CATEGORY_BIT(v->what)) == 0 ||
		    !counts(l, v))
			continue;
		for (j = 0; j < n && seen[j] != v->threat; j++)
			continue;
		if (j < n)
			continue;
		seen[n++] = v->threat;
		jsonw_string(&l->w, engine_threat(l->e, v->threat));
	}
	jsonw_end_array(&l->w);
}

/* Name and, if ${group}, group of member ${number}. */
static void
write_member(struct looking *l, uint16_t number, bool group)
{
	struct engine_member m;
	char id[NODEID_TEXT];
	bool known = engine_member(l->e, number, &m) == 0;

	jsonw_key(&l->w, "member");
	if (known && m.policy == NULL) {
		nodeid_format(m.head.member, id);
		jsonw_string(&l->w, id);
	} else {
		jsonw_string(&l->w, known ? m.policy->name : NULL);
	}
	if (!group)
		return;
	jsonw_key(&l->w, "group");
	jsonw_string(&l->w, known && m.policy != NULL ? m.policy->group : "");
}

/* What a member saw; ${all}: whether it counts, too. */
static void
write_sighting(struct looking *l, const struct vote *v, bool all)
{
	struct jsonw *w = &l->w;

	jsonw_object(w);
	write_member(l, v->member, true);
	jsonw_key(w, "category");
	jsonw_string(w, category_name(v->what));
	jsonw_key(w, "threat");
	jsonw_string(w, engine_threat(l->e, v->threat));
	jsonw_key(w, "count");
	jsonw_u64(w, v->count);
	jsonw_key(w, "seen");
	jsonw_time(w, v->seen);
	if (all) {
		jsonw_key(w, "counts");
		jsonw_bool(w, counts(l, v));
	}
	jsonw_end_object(w);
}

/*
 * The sightings that made it so: those in the window at the moment that ${v}
 * rests on, the newest first.
 */
static void
write_reasons(struct looking *l, const struct policy_list *list,
    const struct verdict *v)
{
	uint64_t moment = v->until == 0 ? 0 : (uint64_t)v->until - list->hold;
	const struct vote *vote;
	size_t i, n = 0;

	jsonw_key(&l->w, "reasons");
	jsonw_array(&l->w);
	for (i = l->n; i > 0 && n < LOOKUP_REASONS; i--) {
		vote = &l->votes[i - 1];
		if (!is_sighting(vote) || vote->seen > moment ||
		    vote->seen + (uint64_t)list->window <= moment ||
		    (list->categories & CATEGORY_BIT(vote->what)) == 0 ||
		    !counts(l, vote))
			continue;
		write_sighting(l, vote, false);
		n++;
	}
	jsonw_end_array(&l->w);
}

/* Return true if listed. */
static bool
decide(struct looking *l, const struct policy_list *list, struct verdict *ret)
{
	rule_decide(l->rule, list, ret);
	if (l->exempt)
		ret->reason = RULE_EXEMPT;
	return (ret->reason == RULE_TRUSTED || ret->reason == RULE_COMPANY);
}

static void
write_list(struct looking *l, const struct policy_list *list)
{
	struct verdict v;
	struct jsonw *w = &l->w;
	bool listed = decide(l, list, &v);

	jsonw_object(w);
	jsonw_key(w, "list");
	jsonw_string(w, list->name);
	jsonw_key(w, "listed");
	jsonw_bool(w, listed);
	jsonw_key(w, "reason");
	jsonw_string(w, rule_reason_text(v.reason));
	jsonw_key(w, "since");
	jsonw_time(w, v.since);
	jsonw_key(w, "until");
	jsonw_time(w, v.until);
	jsonw_key(w, "last");
	jsonw_time(w, v.last);
	jsonw_key(w, "score");
	jsonw_milli(w, v.score);
	jsonw_key(w, "groups");
	jsonw_u64(w, v.groups);
	jsonw_key(w, "code");
	lookup_code(w, list->code);
	jsonw_key(w, "zone");
	jsonw_string(w, list->zone);
	write_threats(l, list);
	write_reasons(l, list, &v);
	jsonw_end_object(w);
}

static void
write_lists(struct looking *l)
{
	const struct policy *p = engine_policy(l->e);
	bool listed = false;
	struct verdict v;
	size_t i;

	for (i = 0; i < p->nlists && !listed; i++)
		listed = decide(l, &p->lists[i], &v);
	jsonw_key(&l->w, "listed");
	jsonw_bool(&l->w, listed);
	write_exempt(l);
	jsonw_key(&l->w, "lists");
	jsonw_array(&l->w);
	for (i = 0; i < p->nlists; i++)
		write_list(l, &p->lists[i]);
	jsonw_end_array(&l->w);
}

/* The newest first. */
static void
write_sightings(struct looking *l)
{
	size_t i, n = 0;

	jsonw_key(&l->w, "sightings");
	jsonw_array(&l->w);
	for (i = l->n; i > 0; i--)
		if (is_sighting(&l->votes[i - 1]) && n++ < LOOKUP_SIGHTINGS)
			write_sighting(l, &l->votes[i - 1], true);
	jsonw_end_array(&l->w);
	jsonw_key(&l->w, "sightings_left_out");
	jsonw_u64(&l->w, n > LOOKUP_SIGHTINGS ? n - LOOKUP_SIGHTINGS : 0);
}

static void
write_marks(struct looking *l)
{
	const struct vote *v;
	struct jsonw *w = &l->w;
	size_t i, n = 0;

	jsonw_key(w, "marks");
	jsonw_array(w);
	for (i = l->n; i > 0 && n < LOOKUP_SIGHTINGS; i--) {
		v = &l->votes[i - 1];
		if (is_sighting(v))
			continue;
		n++;
		jsonw_object(w);
		jsonw_key(w, "kind");
		jsonw_string(w,
		    v->what == VOTE_RETRACTION	  ? "retraction" :
			v->what == VOTE_CLEARANCE ? "clearance" :
						    "cleared");
		write_member(l, v->member, false);
		jsonw_key(w, "time");
		jsonw_time(w, v->seen);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
write_acts(struct looking *l, const struct lookup *ask)
{
	const struct lookup_act *a;
	struct jsonw *w = &l->w;
	char role[16];
	size_t i;

	jsonw_key(w, "acts");
	jsonw_array(w);
	for (i = 0; i < ask->nacts; i++) {
		a = &ask->acts[i];
		snprintf(role, sizeof(role), "%.*s", (int)strcspn(a->who, " "),
		    a->who);
		jsonw_object(w);
		jsonw_key(w, "time");
		jsonw_time(w, a->time);
		jsonw_key(w, "act");
		jsonw_string(w, a->act);
		jsonw_key(w, "by");
		jsonw_string(w, ask->names ? a->who : role);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

void
lookup_write(struct buf *out, const struct engine *e, const struct lookup *ask)
{
	struct looking l = {.e = e, .subject = ask->subject, .at = ask->at};
	char text[SUBJECT_TEXT];

	prepare(&l);
	subject_format(ask->subject, text);
	jsonw_init(&l.w, out);
	jsonw_object(&l.w);
	jsonw_key(&l.w, "address");
	jsonw_string(&l.w, text);
	jsonw_key(&l.w, "at");
	jsonw_time(&l.w, ask->at);
	write_lists(&l);
	write_sightings(&l);
	write_marks(&l);
	write_acts(&l, ask);
	jsonw_end_object(&l.w);
	buf_text(out, "\n");
	rule_free(l.rule);
	mem_free(l.retracted);
}
