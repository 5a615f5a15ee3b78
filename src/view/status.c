#include <string.h>

#include <sodium.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "view/lookup.h"
#include "view/metrics.h"
#include "view/peers.h"
#include "view/status.h"

#define UNHEARD 60 /* s until somebody should hold a batch */
#define MANY 1000 /* batches behind that are worth a word */

static void
write_string(struct jsonw *w, const char *key, const char *s)
{
	jsonw_key(w, key);
	jsonw_string(w, s);
}

static void
write_u64(struct jsonw *w, const char *key, uint64_t v)
{
	jsonw_key(w, key);
	jsonw_u64(w, v);
}

static void
write_bool(struct jsonw *w, const char *key, bool v)
{
	jsonw_key(w, key);
	jsonw_bool(w, v);
}

/* Program, run and place of the own log. */
static void
write_run(struct jsonw *w, const struct engine_state *st,
    const struct status_about *about)
{
	struct wall created = {st->head.created};
	char hex[2 * sizeof(st->instance) + 1];

	text_hex(st->instance, sizeof(st->instance), hex);
	write_string(w, "version", about->version);
	write_string(w, "instance", hex);
	write_u64(w, "epoch", st->head.epoch);
	write_u64(w, "seq", st->head.seq);
	jsonw_key(w, "created");
	jsonw_time(w, st->head.epoch != 0 ? wall_sec(created) : 0);
}

static void
write_duration(struct jsonw *w, const char *key, uint32_t sec)
{
	char text[32];

	text_duration_format((uint64_t)sec * 1000, text, sizeof(text));
	write_string(w, key, text);
}

/* What ${l} lists, by which numbers. */
static void
write_policy(struct jsonw *w, const struct policy_list *l)
{
	unsigned c;

	write_string(w, "list", l->name);
	jsonw_key(w, "categories");
	jsonw_array(w);
	for (c = 1; c <= CATEGORY_MAX; c++)
		if ((l->categories & CATEGORY_BIT(c)) != 0)
			jsonw_string(w, category_name(c));
	jsonw_end_array(w);
	write_duration(w, "window", l->window);
	write_duration(w, "hold", l->hold);
	jsonw_key(w, "threshold");
	jsonw_milli(w, l->threshold);
	write_u64(w, "cap", l->cap);
	write_u64(w, "groups", l->groups);
	jsonw_key(w, "code");
	lookup_code(w, l->code);
	write_string(w, "zone", l->zone);
}

void
status_node(struct buf *out, const struct engine *e,
    const struct status_about *about)
{
	char b64[sodium_base64_ENCODED_LEN(CARD_BYTES,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	const struct policy_member *self = &engine_policy(e)->members[0];
	struct engine_state st;
	struct card card;
	struct jsonw w;
	size_t i;

	memset(&card, 0, sizeof(card));
	if (card_decode(about->card, about->cardlen, &card) != NULL)
		memset(&card, 0, sizeof(card));
	engine_state(e, &st);
	jsonw_init(&w, out);
	jsonw_object(&w);
	write_string(&w, "name", self->name);
	write_string(&w, "group", self->group);
	peers_id(&w, self->key);
	write_string(&w, "contact", card.contact);
	jsonw_key(&w, "urls");
	jsonw_array(&w);
	for (i = 0; i < card.nurls; i++)
		jsonw_string(&w, card.urls[i]);
	jsonw_end_array(&w);
	jsonw_key(&w, "prefixes");
	peers_prefixes(&w, self->prefixes, self->nprefixes);
	write_u64(&w, "card", card.version);
	jsonw_key(&w, "card_created");
	jsonw_time(&w, (uint32_t)(card.created / 1000));
	write_string(&w, "card_bytes",
	    about->cardlen <= CARD_BYTES ?
		sodium_bin2base64(b64, sizeof(b64), about->card, about->cardlen,
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING) :
		NULL);
	write_run(&w, &st, about);
	jsonw_key(&w, "lists");
	jsonw_array(&w);
	for (i = 0; i < engine_policy(e)->nlists; i++) {
		jsonw_object(&w);
		write_policy(&w, &engine_policy(e)->lists[i]);
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(out, "\n");
}

/*
 * Somebody should hold what was published a while ago. Peers say what they hold
 * when it changes, which takes them a round or two.
 */
static bool
unheard(const struct engine_state *st, const struct peers_count *peers,
    uint32_t at)
{
	struct wall created = {st->head.created};

	return (st->head.epoch != 0 && peers->connected > 0 &&
	    peers->holding == 0 && wall_sec(created) + UNHEARD < at);
}

/* Sentences for people about what is not as it should be. */
static void
write_warnings(struct jsonw *w, const struct engine *e,
    const struct engine_state *st, const struct peers_count *peers,
    const struct status_about *about)
{
	jsonw_key(w, "warnings");
	jsonw_array(w);
	if (about->refused != NULL && about->refused[0] != '\0')
		jsonw_string(w,
		    "the configuration was changed and is refused: the old "
		    "one is in force; virbl check-config says what is wrong");
	if (!engine_policy(e)->special)
		jsonw_string(w,
		    "special = off: private and documentation addresses can "
		    "be listed; this is for tests only");
	if (st->started && !st->publishing)
		jsonw_string(w,
		    "nothing is published until enough peers told how far "
		    "the own log went");
	if (peers->frozen > 0)
		jsonw_string(w,
		    "a member signed two histories: nothing more is taken "
		    "from it");
	if (peers->total > 0 && peers->connected == 0)
		jsonw_string(w,
		    "no peer is connected: lists rest on what came before");
	else if (unheard(st, peers, about->at))
		jsonw_string(w,
		    "no peer says that it holds what this node published: "
		    "they trust it not, or cannot reach it");
	if (peers->behind > MANY)
		jsonw_string(w,
		    "peers have much that is missing here: it is being "
		    "fetched, lists will change");
	jsonw_end_array(w);
}

static void
write_peers(struct jsonw *w, const struct peers_count *peers)
{
	jsonw_key(w, "peers");
	jsonw_object(w);
	write_u64(w, "total", peers->total);
	write_u64(w, "connected", peers->connected);
	write_u64(w, "unreachable", peers->unreachable);
	write_u64(w, "refused", peers->refused);
	write_u64(w, "frozen", peers->frozen);
	write_u64(w, "behind", peers->behind);
	write_u64(w, "holding", peers->holding);
	jsonw_end_object(w);
}

static void
write_counters(struct jsonw *w, const struct engine_state *st)
{
	unsigned i;

	jsonw_key(w, "items");
	jsonw_object(w);
	for (i = 0; i < ITEM_VERDICTS; i++)
		write_u64(w, metrics_item(i), st->items[i]);
	jsonw_end_object(w);
	jsonw_key(w, "batches");
	jsonw_object(w);
	for (i = 0; i < BATCH_VERDICTS; i++)
		write_u64(w, batch_verdict_name(i), st->batches[i]);
	jsonw_end_object(w);
	jsonw_key(w, "chains");
	jsonw_object(w);
	for (i = 0; i < CHAIN_VERDICTS; i++)
		write_u64(w, chain_verdict_name(i), st->chains[i]);
	jsonw_end_object(w);
}

static void
write_state(struct jsonw *w, const struct engine *e,
    const struct engine_state *st, const struct status_about *about)
{
	jsonw_key(w, "at");
	jsonw_time(w, about->at);
	write_u64(w, "uptime", (uint64_t)about->uptime / 1000);
	write_bool(w, "ready", about->ready);
	write_string(w, "state", about->ready ? "serving" : about->why);
	write_bool(w, "publishing", st->publishing);
	write_u64(w, "heard", st->heard);
	write_u64(w, "needed", st->needed);
	write_u64(w, "pending", st->pending);
	write_u64(w, "writes", st->writes);
	write_u64(w, "records", st->records);
	write_u64(w, "subjects", st->subjects);
	write_bool(w, "special", engine_policy(e)->special);
	jsonw_key(w, "exempt");
	jsonw_object(w);
	write_u64(w, "configured", engine_policy(e)->nexempts);
	write_u64(w, "operator", st->waivers);
	write_u64(w, "owners", st->owned);
	write_u64(w, "ignored", st->unowned);
	jsonw_end_object(w);
}

void
status_write(struct buf *out, const struct engine *e,
    const struct status_about *about)
{
	const struct policy *p = engine_policy(e);
	struct peers_count peers;
	struct engine_state st;
	struct jsonw w, skip;
	struct buf changed;
	size_t i;

	engine_state(e, &st);
	peers_count(e, &peers);
	jsonw_init(&w, out);
	jsonw_object(&w);
	write_string(&w, "name", p->members[0].name);
	write_string(&w, "group", p->members[0].group);
	peers_id(&w, p->members[0].key);
	write_run(&w, &st, about);
	write_state(&w, e, &st, about);
	write_warnings(&w, e, &st, &peers, about);
	write_peers(&w, &peers);
	/* Only the number of changed cards matters here. */
	buf_init(&changed, 16u << 20);
	jsonw_init(&skip, &changed);
	write_u64(&w, "pending_peers",
	    about->callers + peers_changed(&skip, e));
	buf_free(&changed);
	write_u64(&w, "pending_removals", about->pleas);
	write_counters(&w, &st);
	jsonw_key(&w, "dns");
	if (about->dns != NULL)
		about->dns(about->dns_arg, &w);
	else
		jsonw_null(&w);
	jsonw_key(&w, "exports");
	if (about->exports != NULL)
		about->exports(about->exports_arg, &w);
	else
		jsonw_null(&w);
	jsonw_key(&w, "lists");
	jsonw_array(&w);
	for (i = 0; i < p->nlists; i++) {
		jsonw_object(&w);
		write_policy(&w, &p->lists[i]);
		write_u64(&w, "count", about->counts[i]);
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(out, "\n");
}
