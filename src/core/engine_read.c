#include <string.h>

#include "core/engine_parts.h"

const struct policy *
engine_policy(const struct engine *e)
{
	return (e->policy);
}

static uint64_t
newest_arrival(const struct engine *e)
{
	long number = journal_newest(e->journal);

	if (number < 0)
		return (0);
	return (journal_get(e->journal, (size_t)number)->arrival);
}

/* Count what members exempt: what is in force and what is not. */
static void
count_exempts(const struct engine *e, struct engine_state *ret)
{
	const struct rule_world *world = members_world(e->members);
	uint64_t now = wall_sec(e->now);
	const struct stated *s;
	size_t i, j, n;

	for (i = 1; i < world->nmembers; i++) {
		s = exempts_of(e->exempts, i, &n);
		for (j = 0; j < n; j++)
			if (s[j].works)
				ret->owned++;
			else if (!s[j].revoked &&
			    world->members[i].trust > TRUST_OBSERVE &&
			    s[j].time + (uint64_t)world->retention >= now)
				ret->unowned++;
	}
}

void
engine_state(const struct engine *e, struct engine_state *ret)
{
	const struct entry *own = journal_get(e->journal, 0);

	memset(ret, 0, sizeof(*ret));
	if (own != NULL)
		ret->head = own->durable;
	ret->started = e->started;
	ret->publishing = e->started &&
	    hearing_say(&e->hearing, &own->next) == HEARING_PUBLISH;
	ret->heard = (unsigned)e->hearing.npeers;
	ret->needed = e->hearing.needed;
	ret->pending = backlog_count(e->backlog) + e->unwritten;
	ret->writes = e->writes != NULL ? writes_count(e->writes) : 0;
	memcpy(ret->items, e->items, sizeof(ret->items));
	memcpy(ret->batches, e->batches, sizeof(ret->batches));
	memcpy(ret->chains, e->chains, sizeof(ret->chains));
	ret->records = e->records;
	ret->subjects = votes_subjects(e->votes);
	ret->waivers = waivers_count(e->waivers);
	count_exempts(e, ret);
	memcpy(ret->instance, e->instance, sizeof(ret->instance));
	ret->serial = newest_arrival(e);
}

/* The word for how member ${number} stands as a peer. */
static const char *
state_word(const struct engine *e, size_t number, enum peer_state state)
{
	const struct member *m = members_get(e->members, number);

	if (number == 0)
		return ("self");
	if (m->frozen)
		return ("frozen");
	if (m->policy == NULL || m->policy->trust == TRUST_NONE)
		return ("off");
	if (m->policy->url[0] == '\0')
		return ("no url");
	switch (state) {
	case PEER_CONNECTED:
		return ("connected");
	case PEER_UNREACHABLE:
		return ("unreachable");
	case PEER_REFUSED:
		return ("refused");
	default:
		return ("connecting");
	}
}

int
engine_member(const struct engine *e, size_t i, struct engine_member *ret)
{
	const struct entry *entry = journal_get(e->journal, i);
	struct peer_status status;

	if (members_get(e->members, i) == NULL)
		return (-1);
	memset(ret, 0, sizeof(*ret));
	gossip_status(e->gossip, i, &status);
	ret->policy = members_get(e->members, i)->policy;
	if (entry != NULL) {
		ret->head = entry->durable;
		ret->accepted = entry->accepted;
		ret->records = entry->records;
		ret->refused = entry->refused;
	}
	ret->card = i < e->ncards ? e->cards[i].version : 0;
	ret->frozen = members_get(e->members, i)->frozen;
	ret->state = state_word(e, i, status.state);
	ret->why = status.why;
	ret->contact = status.contact;
	ret->behind = gossip_behind(e->gossip, i);
	ret->rejected = status.rejected;
	ret->rejection = status.rejection;
	ret->complaints = status.complaints;
	ret->complaint = status.complaint;
	gossip_said(e->gossip, i, 0, &ret->held_epoch, &ret->held_seq);
	return (0);
}

/* Heads of members that are not replicated are nobody's business. */
static bool
announced(const struct engine *e, size_t number)
{
	const struct member *m = members_get(e->members, number);

	return (m->policy != NULL && m->policy->trust != TRUST_NONE &&
	    journal_get(e->journal, number)->durable.epoch != 0);
}

size_t
engine_heads(const struct engine *e, uint64_t since, struct head *out,
    size_t max, uint64_t *cursor)
{
	const struct entry *entry;
	size_t at = (size_t)(journal_newest(e->journal) + 1), first = 0, n = 0;

	/* From the newest back: what is new is mostly little. */
	for (; at != 0; at = entry->prev) {
		entry = journal_get(e->journal, at - 1);
		if (entry->arrival <= since)
			break;
		first = at;
	}
	*cursor = newest_arrival(e);
	for (at = first; at != 0; at = entry->later) {
		entry = journal_get(e->journal, at - 1);
		if (!announced(e, at - 1))
			continue;
		if (n == max) {
			/* Go on with this one. */
			*cursor = entry->arrival - 1;
			break;
		}
		out[n++] = entry->durable;
	}
	return (n);
}

struct listing *
engine_listing(const struct engine *e, size_t list)
{
	if (list >= e->policy->nlists)
		return (NULL);
	return (e->racks[e->place[list]].listing);
}

const struct feed *
engine_feed(const struct engine *e, size_t list)
{
	if (list >= e->policy->nlists)
		return (NULL);
	return (e->racks[e->place[list]].feed);
}

const struct vote *
engine_votes(const struct engine *e, uint64_t subject, size_t *n)
{
	return (votes_get(e->votes, subject, n));
}

const char *
engine_threat(const struct engine *e, uint32_t number)
{
	return (threats_name(e->threats, number));
}

const struct rule_world *
engine_world(const struct engine *e)
{
	return (members_world(e->members));
}

size_t
engine_subjects(const struct engine *e, size_t *from, uint64_t *out, size_t max)
{
	return (votes_walk(e->votes, from, out, max));
}

const uint8_t *
engine_card(const struct engine *e, size_t i, size_t *len)
{
	if (i >= e->ncards || e->cards[i].bytes == NULL) {
		*len = 0;
		return (NULL);
	}
	*len = e->cards[i].len;
	return (e->cards[i].bytes);
}

const char *
item_verdict_text(enum item_verdict v)
{
	switch (v) {
	case ITEM_DUPLICATE:
		return ("this id was accepted before; nothing to do");
	case ITEM_FUTURE:
		return ("the time lies in the future; check the sender's "
			"clock");
	case ITEM_OLD:
		return ("the time lies before what is kept; send newer "
			"sightings");
	case ITEM_WITHDRAWN:
		return ("the subject was retracted up to a later time; leave "
			"the time out if it was seen again now");
	case ITEM_BUSY:
		return ("too much is waiting; send it again later");
	case ITEM_FULL:
		return ("no more can be exempted: at most 4096 prefixes, 256 "
			"of them as own mail servers; remove one first");
	case ITEM_ABSENT:
		return ("it is not exempted by this node's operator");
	case ITEM_ACCEPTED:
	case ITEM_VERDICTS:
		break;
	}
	return ("");
}
