#include <string.h>

#include "base/text.h"
#include "view/peers.h"

void
peers_id(struct jsonw *w, const uint8_t key[KEY_BYTES])
{
	char id[NODEID_TEXT], hex[2 * KEY_BYTES + 1];

	nodeid_format(key, id);
	text_hex(key, KEY_BYTES, hex);
	jsonw_key(w, "id");
	jsonw_string(w, id);
	jsonw_key(w, "key");
	jsonw_string(w, hex);
}

void
peers_prefixes(struct jsonw *w, const struct prefix *prefixes, size_t n)
{
	char text[SUBJECT_TEXT];
	size_t i;

	jsonw_array(w);
	for (i = 0; i < n; i++) {
		prefix_format(&prefixes[i], text);
		jsonw_string(w, text);
	}
	jsonw_end_array(w);
}

void
peers_card(struct jsonw *w, const struct card *card)
{
	size_t i;

	if (card == NULL) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_string(w, card->name);
	jsonw_key(w, "group");
	jsonw_string(w, card->group);
	jsonw_key(w, "contact");
	jsonw_string(w, card->contact);
	jsonw_key(w, "urls");
	jsonw_array(w);
	for (i = 0; i < card->nurls; i++)
		jsonw_string(w, card->urls[i]);
	jsonw_end_array(w);
	jsonw_key(w, "prefixes");
	peers_prefixes(w, card->prefixes, card->nprefixes);
	jsonw_key(w, "version");
	jsonw_u64(w, card->version);
	jsonw_key(w, "created");
	jsonw_time(w, (uint32_t)(card->created / 1000));
	jsonw_end_object(w);
}

static void
write_time(struct jsonw *w, const char *key, int64_t ms)
{
	struct wall t = {ms};

	jsonw_key(w, key);
	jsonw_time(w, wall_sec(t));
}

/* What only the operator is shown. */
static void
write_private(struct jsonw *w, const struct engine *e,
    const struct engine_member *m)
{
	jsonw_key(w, "trust");
	jsonw_string(w,
	    m->policy != NULL ? trust_name(m->policy->trust) : NULL);
	jsonw_key(w, "weight");
	jsonw_milli(w, m->policy != NULL ? m->policy->weight : 0);
	jsonw_key(w, "prefixes");
	peers_prefixes(w, m->policy != NULL ? m->policy->prefixes : NULL,
	    m->policy != NULL ? m->policy->nprefixes : 0);
	jsonw_key(w, "why");
	jsonw_string(w, m->why);
	jsonw_key(w, "rejected");
	jsonw_u64(w, m->rejected);
	jsonw_key(w, "rejection");
	jsonw_string(w, m->rejection);
	jsonw_key(w, "complaints");
	jsonw_u64(w, m->complaints);
	jsonw_key(w, "complaint");
	jsonw_string(w, m->complaint);
	jsonw_key(w, "lag");
	if (m->held_epoch != 0)
		jsonw_u64(w, peers_lag(e, m));
	else
		jsonw_null(w);
}

static void
write_member(struct jsonw *w, const struct engine *e,
    const struct engine_member *m, bool all)
{
	const struct policy_member *p = m->policy;

	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_string(w, p != NULL ? p->name : NULL);
	peers_id(w, p != NULL ? p->key : m->head.member);
	jsonw_key(w, "group");
	jsonw_string(w, p != NULL ? p->group : "");
	jsonw_key(w, "url");
	jsonw_string(w, p != NULL ? p->url : "");
	jsonw_key(w, "state");
	jsonw_string(w, m->state);
	jsonw_key(w, "epoch");
	jsonw_u64(w, m->head.epoch);
	jsonw_key(w, "seq");
	jsonw_u64(w, m->head.seq);
	write_time(w, "created", m->head.created);
	jsonw_key(w, "card");
	jsonw_u64(w, m->card);
	write_time(w, "contact", m->contact);
	jsonw_key(w, "behind");
	jsonw_u64(w, m->behind);
	jsonw_key(w, "accepted");
	jsonw_u64(w, m->accepted);
	jsonw_key(w, "frozen");
	jsonw_bool(w, m->frozen);
	if (all)
		write_private(w, e, m);
	jsonw_end_object(w);
}

void
peers_write(struct buf *out, const struct engine *e, bool all)
{
	struct engine_member m;
	struct jsonw w;
	size_t i;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "peers");
	jsonw_array(&w);
	for (i = 0; engine_member(e, i, &m) == 0; i++)
		/* Of one that is no longer configured there may be no key. */
		if (m.policy != NULL || m.head.epoch != 0)
			write_member(&w, e, &m, all);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(out, "\n");
}

uint64_t
peers_lag(const struct engine *e, const struct engine_member *m)
{
	struct engine_state st;

	engine_state(e, &st);
	if (m->held_epoch != st.head.epoch)
		return (st.head.seq);
	return (st.head.seq > m->held_seq ? st.head.seq - m->held_seq : 0);
}

void
peers_count(const struct engine *e, struct peers_count *ret)
{
	struct engine_member m;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 1; engine_member(e, i, &m) == 0; i++) {
		if (m.policy == NULL)
			continue;
		ret->total++;
		if (m.frozen)
			ret->frozen++;
		else if (strcmp(m.state, "connected") == 0)
			ret->connected++;
		else if (strcmp(m.state, "unreachable") == 0)
			ret->unreachable++;
		else if (strcmp(m.state, "refused") == 0)
			ret->refused++;
		if (m.behind > ret->behind)
			ret->behind = m.behind;
		if (m.held_epoch != 0 && peers_lag(e, &m) == 0)
			ret->holding++;
	}
}

/* ---- Cards against what was accepted ---- */

static bool
has_prefix(const struct prefix *list, size_t n, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].family == p->family && list[i].len == p->len &&
		    memcmp(list[i].addr, p->addr, sizeof(p->addr)) == 0)
			return (true);
	return (false);
}

static bool
prefixes_differ(const struct card *card, const struct policy_member *p)
{
	size_t i;

	for (i = 0; i < card->nprefixes; i++)
		if (!has_prefix(p->prefixes, p->nprefixes, &card->prefixes[i]))
			return (true);
	for (i = 0; i < p->nprefixes; i++)
		if (!has_prefix(card->prefixes, card->nprefixes,
			&p->prefixes[i]))
			return (true);
	return (false);
}

/* A card without URLs proposes none. */
static bool
url_differs(const struct card *card, const struct policy_member *p)
{
	size_t i;

	for (i = 0; i < card->nurls; i++)
		if (strcmp(card->urls[i], p->url) == 0)
			return (false);
	return (card->nurls > 0);
}

/* Which of the three differ. */
struct differs {
	bool group;
	bool url;
	bool prefixes;
};

static bool
compare(const struct card *card, const struct policy_member *p,
    struct differs *d)
{
	d->group = strcmp(card->group, p->group) != 0;
	d->url = url_differs(card, p);
	d->prefixes = prefixes_differ(card, p);
	return (d->group || d->url || d->prefixes);
}

static void
write_changed(struct jsonw *w, const struct card *card,
    const struct policy_member *p, const struct differs *d)
{
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_string(w, p->name);
	peers_id(w, p->key);
	jsonw_key(w, "card");
	peers_card(w, card);
	jsonw_key(w, "differs");
	jsonw_array(w);
	if (d->group)
		jsonw_string(w, "group");
	if (d->url)
		jsonw_string(w, "url");
	if (d->prefixes)
		jsonw_string(w, "prefixes");
	jsonw_end_array(w);
	jsonw_key(w, "accepted");
	jsonw_object(w);
	jsonw_key(w, "group");
	jsonw_string(w, p->group);
	jsonw_key(w, "url");
	jsonw_string(w, p->url);
	jsonw_key(w, "prefixes");
	peers_prefixes(w, p->prefixes, p->nprefixes);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

size_t
peers_changed(struct jsonw *w, const struct engine *e)
{
	struct engine_member m;
	struct differs d;
	struct card card;
	const uint8_t *bytes;
	size_t i, len, n = 0;

	jsonw_array(w);
	for (i = 1; engine_member(e, i, &m) == 0; i++) {
		bytes = engine_card(e, i, &len);
		if (m.policy == NULL || bytes == NULL ||
		    card_decode(bytes, len, &card) != NULL ||
		    !compare(&card, m.policy, &d))
			continue;
		write_changed(w, &card, m.policy, &d);
		n++;
	}
	jsonw_end_array(w);
	return (n);
}
