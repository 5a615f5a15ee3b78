#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/engine_parts.h"

#define TOPIC_WAKE UINT32_MAX /* of the agenda; others are racks */
#define TOUCHED_MOST 65536
#define GRACE 86400 /* s: votes this much older than all that counts */

/* ---- Votes ---- */

static void
add_vote(struct engine *e, uint64_t subject, const struct vote *vote,
    uint16_t categories)
{
	uint32_t now = engine_time_horizon(e);
	uint64_t oldest =
	    (uint64_t)vote->seen + members_world(e->members)->retention + GRACE;

	e->records++;
	if (oldest < now)
		return;
	votes_add(e->votes, subject, vote);
	if (!e->started)
		return; /* all is decided at the start */
	touched_add(e->touched, subject, categories);
	if (touched_count(e->touched) >= TOUCHED_MOST)
		engine_list_decide(e);
}

void
engine_list_vote(struct engine *e, size_t member, const struct record *r,
    uint32_t threat)
{
	struct vote v = {.member = (uint16_t)member, .seen = r->last};
	uint16_t categories = TOUCHED_ALL;

	switch (r->kind) {
	case RECORD_EXEMPTION:
	case RECORD_REVOCATION:
		engine_exempt_statement(e, member, r);
		return;
	case RECORD_SIGHTING:
		v.what = r->category;
		v.count = r->count;
		v.threat = threat;
		v.flags = r->flags;
		categories = CATEGORY_BIT(r->category);
		break;
	case RECORD_RETRACTION:
		v.what = VOTE_RETRACTION;
		break;
	default:
		v.what = VOTE_CLEARANCE;
	}
	add_vote(e, r->subject, &v, categories);
}

void
engine_list_batch(struct engine *e, size_t member, const struct batch *b)
{
	uint32_t numbers[BATCH_NAMES + 1];
	struct record r;
	size_t i;

	numbers[0] = 0;
	for (i = 0; i < b->h.names; i++)
		numbers[i + 1] = threats_number(e->threats, b->names[i].text,
		    b->names[i].len);
	for (i = 0; i < b->h.records; i++) {
		batch_record(b, i, &r);
		engine_list_vote(e, member, &r, numbers[r.threat]);
	}
}

void
engine_list_cleared(struct engine *e, uint64_t subject, uint32_t time)
{
	struct vote v = {.what = VOTE_CLEARED, .seen = time};

	add_vote(e, subject, &v, TOUCHED_ALL);
}

/* ---- Listings ---- */

static void
note_moved(struct engine *e, size_t list)
{
	e->moved_lists |= (uint16_t)(1u << list);
}

/* The list on rack ${r} moved, if the policy still has it. */
static void
note_rack(struct engine *e, size_t r)
{
	size_t i;

	for (i = 0; i < e->policy->nlists; i++)
		if (e->place[i] == r)
			note_moved(e, i);
}

/* List ${subject} on rack ${r} until ${until}, 0 not. True if it changed. */
static bool
set_until(struct engine *e, size_t r, uint64_t subject, uint32_t until)
{
	struct rack *rack = &e->racks[r];
	uint32_t now = wall_sec(e->now);
	uint32_t old = listing_until(rack->listing, subject);
	enum feed_op op = FEED_EXTENDED;

	if (old <= now)
		old = 0;
	if (old == until)
		return (false);
	listing_set(rack->listing, subject, until, now);
	if (old == 0)
		op = FEED_ADDED;
	else if (until == 0)
		op = FEED_REMOVED;
	feed_add(rack->feed, op, subject, until);
	/* An extension needs no entry: the earlier one will see it. */
	if (until != 0 && (old == 0 || until < old))
		agenda_add(e->agenda,
		    &(struct agenda_entry){.subject = subject,
			.time = until,
			.topic = (uint32_t)r});
	return (true);
}

/* Decide about ${subject} again at ${when}. */
static void
wake_at(struct engine *e, uint64_t subject, uint32_t when)
{
	uint32_t have = map64_get(e->wakes, subject);

	if (have != 0 && have <= when)
		return;
	map64_set(e->wakes, subject, when);
	agenda_add(e->agenda,
	    &(struct agenda_entry){.subject = subject,
		.time = when,
		.topic = TOPIC_WAKE});
}

static void
decide(struct engine *e, uint64_t subject, uint16_t categories)
{
	const struct policy *p = e->policy;
	const struct vote *votes;
	struct verdict v;
	uint32_t until;
	size_t i, n;
	int exempt = -1;

	votes = votes_get(e->votes, subject, &n);
	rule_prepare(e->rule, members_world(e->members), subject, votes, n,
	    wall_sec(e->now));
	for (i = 0; i < p->nlists; i++) {
		if ((p->lists[i].categories & categories) == 0)
			continue;
		rule_decide(e->rule, &p->lists[i], &v);
		until = v.reason >= RULE_TRUSTED ? v.until : 0;
		if (until != 0 && exempt < 0)
			exempt = engine_exempt(e, subject, NULL);
		if (set_until(e, e->place[i], subject, exempt > 0 ? 0 : until))
			note_moved(e, i);
	}
	if (rule_next(e->rule) != 0)
		wake_at(e, subject, rule_next(e->rule));
}

void
engine_list_decide(struct engine *e)
{
	uint16_t categories;
	uint64_t subject;
	size_t i;

	e->lapse = engine_exempt_settle(e);
	for (i = 0; i < touched_count(e->touched); i++) {
		subject = touched_at(e->touched, i, &categories);
		decide(e, subject, categories);
	}
	touched_reset(e->touched);
}

static int
compare_subjects(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

void
engine_list_decide_all(struct engine *e)
{
	size_t n = votes_subjects(e->votes), have = 0, from = 0, got, i;
	uint64_t *subjects = mem_array(NULL, n + 1, sizeof(*subjects));

	exempts_doubt(e->exempts);
	e->lapse = engine_exempt_settle(e);
	touched_reset(e->touched);
	while (have < n &&
	    (got = votes_walk(e->votes, &from, subjects + have, n - have)) > 0)
		have += got;
	/* The order of the hash must not show in the feeds. */
	qsort(subjects, have, sizeof(*subjects), compare_subjects);
	for (i = 0; i < have; i++)
		decide(e, subjects[i], TOUCHED_ALL);
	mem_free(subjects);
}

void
engine_list_wake(struct engine *e)
{
	uint32_t now = wall_sec(e->now), until;
	struct agenda_entry entry;
	struct rack *rack;

	while (agenda_take(e->agenda, now, &entry)) {
		if (entry.topic == TOPIC_WAKE) {
			if (map64_get(e->wakes, entry.subject) == entry.time)
				map64_set(e->wakes, entry.subject, 0);
			touched_add(e->touched, entry.subject, TOUCHED_ALL);
			continue;
		}
		rack = &e->racks[entry.topic];
		until = listing_until(rack->listing, entry.subject);
		if (until > now) {
			entry.time = until;
			agenda_add(e->agenda, &entry);
			feed_add(rack->feed, FEED_STANDS, entry.subject, until);
		} else if (until != 0) {
			listing_set(rack->listing, entry.subject, 0, now);
			feed_add(rack->feed, FEED_EXPIRED, entry.subject,
			    until);
			note_rack(e, entry.topic);
		}
	}
}

/* ---- Racks ---- */

static size_t
rack_for(struct engine *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->nracks; i++)
		if (strcmp(e->racks[i].name, name) == 0)
			return (i);
	e->racks = mem_array(e->racks, e->nracks + 1, sizeof(*e->racks));
	text_copy(e->racks[i].name, sizeof(e->racks[i].name), name);
	e->racks[i].listing = listing_new(e->hashkey);
	e->racks[i].feed = feed_new();
	return (e->nracks++);
}

static void
empty_rack(struct engine *e, size_t r)
{
	struct listing_row *rows;
	size_t i, n;

	n = listing_snapshot(e->racks[r].listing, wall_sec(e->now), &rows);
	for (i = 0; i < n; i++)
		set_until(e, r, rows[i].subject, 0);
	mem_free(rows);
}

void
engine_list_policy(struct engine *e)
{
	size_t i, r;
	bool used;

	for (i = 0; i < e->policy->nlists; i++)
		e->place[i] = rack_for(e, e->policy->lists[i].name);
	for (r = 0; r < e->nracks; r++) {
		used = false;
		for (i = 0; i < e->policy->nlists; i++)
			used = used || e->place[i] == r;
		if (!used)
			empty_rack(e, r);
	}
}
