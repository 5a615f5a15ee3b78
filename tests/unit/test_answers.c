/*
 * What the API says of a real engine: look-ups, peers, status, rows of lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"
#include "view/export.h"
#include "view/lookup.h"
#include "view/peers.h"
#include "view/problem.h"
#include "view/status.h"
#include "world.h"

#define A 0xc0000201u /* 192.0.2.1 */
#define B 0xc0000202u

static uint32_t
now(struct world *w)
{
	return (wall_sec((struct wall){world_now(w)}));
}

/* Parse what was written, which must be one JSON text; frees ${out}. */
static json_t *
parse(struct buf *out)
{
	json_error_t error;
	json_t *o;

	assert_false(out->full);
	o = json_loadb((const char *)out->data, out->len,
	    JSON_REJECT_DUPLICATES, &error);
	if (o == NULL)
		fail_msg("%s: %s", error.text, buf_string(out));
	buf_free(out);
	return (o);
}

static json_t *
lookup(struct world *w, size_t node, uint64_t subject)
{
	struct buf out;

	buf_init(&out, 1 << 24);
	lookup_write(&out, world_engine(w, node),
	    &(struct lookup){.subject = subject, .at = now(w)});
	return (parse(&out));
}

static json_t *
get(json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL)
		fail_msg("%s is missing", key);
	return (v);
}

static void
is_text(json_t *o, const char *key, const char *want)
{
	assert_true(json_is_string(get(o, key)));
	assert_string_equal(json_string_value(get(o, key)), want);
}

static void
is_number(json_t *o, const char *key, json_int_t want)
{
	assert_true(json_is_integer(get(o, key)));
	assert_int_equal(json_integer_value(get(o, key)), want);
}

static void
is_bool(json_t *o, const char *key, bool want)
{
	assert_true(json_is_boolean(get(o, key)));
	assert_int_equal(json_is_true(get(o, key)), want);
}

static void
is_time(json_t *o, const char *key, uint32_t want)
{
	char text[TEXT_TIME];

	text_time_format(want, text);
	is_text(o, key, text);
}

static struct world *
world(size_t nodes)
{
	struct world_setup s = {.seed = 3, .nodes = nodes, .delay = 5};

	return (world_new(&s));
}

static void
tell(struct world *w, size_t node, uint8_t kind, uint64_t subject)
{
	struct item i = {.subject = subject, .kind = kind};

	if (kind == RECORD_SIGHTING) {
		i.category = CATEGORY_WORM;
		i.count = 2;
		text_copy(i.threat, sizeof(i.threat), "Win.Worm.\"X\"");
	}
	world_report(w, node, &i, 1);
	world_run(w, 5000);
}

/* Nothing was ever heard of it. */
static void
test_unknown(void **state)
{
	struct world *w = world(1);
	json_t *o = lookup(w, 0, UINT64_C(0x20010db800010002)), *list;

	(void)state;
	is_text(o, "address", "2001:db8:1:2::/64");
	is_bool(o, "listed", false);
	assert_true(json_is_null(get(o, "exempt")));
	assert_int_equal(json_array_size(get(o, "lists")), 2);
	list = json_array_get(get(o, "lists"), 0);
	is_text(list, "list", "worm");
	is_text(list, "reason", "silent");
	is_number(list, "score", 0);
	assert_true(json_is_null(get(list, "since")));
	assert_true(json_is_null(get(list, "until")));
	assert_true(json_is_null(get(list, "last")));
	assert_int_equal(json_array_size(get(o, "sightings")), 0);
	assert_int_equal(json_array_size(get(o, "marks")), 0);
	json_decref(o);
	world_free(w);
}

static void
test_listed(void **state)
{
	struct world *w = world(1);
	uint32_t t = now(w);
	json_t *o, *list, *seen;

	(void)state;
	tell(w, 0, RECORD_SIGHTING, A);
	o = lookup(w, 0, A);
	is_text(o, "address", "192.0.2.1");
	is_bool(o, "listed", true);
	list = json_array_get(get(o, "lists"), 0);
	is_bool(list, "listed", true);
	is_text(list, "reason", "trusted");
	is_number(list, "score", 2);
	is_number(list, "groups", 1);
	is_time(list, "last", t);
	is_time(list, "since", t);
	is_time(list, "until",
	    t + engine_policy(world_engine(w, 0))->lists[0].hold);
	assert_string_equal(json_string_value(
				json_array_get(get(list, "threats"), 0)),
	    "Win.Worm.\"X\"");
	assert_int_equal(json_array_size(get(list, "reasons")), 1);
	seen = json_array_get(get(list, "reasons"), 0);
	is_number(seen, "count", 2);
	is_text(seen, "category", "worm");
	is_text(seen, "threat", "Win.Worm.\"X\"");
	is_time(seen, "seen", t);
	seen = json_array_get(get(o, "sightings"), 0);
	is_number(seen, "count", 2);
	is_text(seen, "category", "worm");
	is_bool(seen, "counts", true);
	is_time(seen, "seen", t);
	is_number(o, "sightings_left_out", 0);
	json_decref(o);
	world_free(w);
}

/* Two nodes; what each said stands with its name, and both say the same. */
static void
test_company(void **state)
{
	struct item old = {.subject = A,
	    .kind = RECORD_SIGHTING,
	    .category = CATEGORY_WORM,
	    .count = 9};
	struct world *w = world(2);
	json_t *o, *p, *list;

	(void)state;
	/* Out of the window: no reason any more. */
	old.seen = now(w) - 2 * 86400;
	world_report(w, 0, &old, 1);
	tell(w, 0, RECORD_SIGHTING, A);
	tell(w, 1, RECORD_SIGHTING, A);
	world_run(w, 60000);
	o = lookup(w, 0, A);
	p = lookup(w, 1, A);
	list = json_array_get(get(o, "lists"), 0);
	is_text(list, "reason", "company");
	is_number(list, "groups", 2);
	assert_int_equal(json_array_size(get(o, "sightings")), 3);
	assert_int_equal(json_array_size(get(list, "reasons")), 2);
	assert_true(json_equal(get(list, "until"),
	    get(json_array_get(get(p, "lists"), 0), "until")));
	/* The newest stands first. */
	is_text(json_array_get(get(o, "sightings"), 0), "member",
	    engine_policy(world_engine(w, 1))->members[0].name);
	json_decref(o);
	json_decref(p);
	world_free(w);
}

static void
test_retracted(void **state)
{
	struct world *w = world(1);
	json_t *o, *mark;

	(void)state;
	tell(w, 0, RECORD_SIGHTING, A);
	tell(w, 0, RECORD_RETRACTION, A);
	o = lookup(w, 0, A);
	is_bool(o, "listed", false);
	is_text(json_array_get(get(o, "lists"), 0), "reason", "silent");
	assert_int_equal(json_array_size(get(json_array_get(get(o, "lists"), 0),
			     "reasons")),
	    0);
	is_bool(json_array_get(get(o, "sightings"), 0), "counts", false);
	mark = json_array_get(get(o, "marks"), 0);
	is_text(mark, "kind", "retraction");
	is_text(mark, "member",
	    engine_policy(world_engine(w, 0))->members[0].name);
	json_decref(o);
	world_free(w);
}

static void
test_cleared(void **state)
{
	struct world *w = world(1);
	json_t *o;

	(void)state;
	tell(w, 0, RECORD_SIGHTING, A);
	tell(w, 0, RECORD_CLEARANCE, A);
	o = lookup(w, 0, A);
	is_bool(o, "listed", false);
	is_bool(json_array_get(get(o, "sightings"), 0), "counts", false);
	is_text(json_array_get(get(o, "marks"), 0), "kind", "cleared");
	json_decref(o);
	world_free(w);
}

static struct policy *
exempting(struct world *w, size_t node)
{
	struct policy *p = world_policy(w, node);
	struct prefix prefix;

	assert_int_equal(prefix_parse("192.0.2.0/31", &prefix), 0);
	policy_exempt_add(p, &prefix, "allow/nl.txt", 12);
	assert_int_equal(prefix_parse("192.0.2.2/32", &prefix), 0);
	policy_exempt_add(p, &prefix, "relay", 0);
	policy_ready(p);
	return (p);
}

/* Exempt is the last gate: reasons are shown, but it is not listed. */
static void
test_exempt(void **state)
{
	struct world_setup s = {.seed = 1, .nodes = 1, .policy = exempting};
	struct world *w = world_new(&s);
	struct export_row row = {.subject = A};
	struct rule *rule = rule_new();
	json_t *o, *x;

	(void)state;
	tell(w, 0, RECORD_SIGHTING, A);
	o = lookup(w, 0, A);
	is_bool(o, "listed", false);
	is_text(json_array_get(get(o, "lists"), 0), "reason", "exempt");
	x = get(o, "exempt");
	is_text(x, "prefix", "192.0.2.0/31");
	is_text(x, "source", "allow/nl.txt");
	is_number(x, "line", 12);
	json_decref(o);
	o = lookup(w, 0, B);
	assert_true(json_is_null(get(get(o, "exempt"), "line")));
	json_decref(o);
	assert_false(export_detail(world_engine(w, 0), rule,
	    &engine_policy(world_engine(w, 0))->lists[0], now(w), &row));
	rule_free(rule);
	world_free(w);
}

/* Many sightings: the newest are shown, the others counted. */
static void
test_many(void **state)
{
	struct world *w = world(1);
	struct item *items = mem_zero(1100 * sizeof(*items));
	json_t *o;
	size_t i;

	(void)state;
	for (i = 0; i < 1100; i++) {
		items[i].subject = A;
		items[i].kind = RECORD_SIGHTING;
		items[i].category = CATEGORY_WORM;
		items[i].count = 1;
		items[i].seen = now(w) - (uint32_t)i * 60;
	}
	world_report(w, 0, items, 1100);
	world_run(w, 5000);
	o = lookup(w, 0, A);
	assert_int_equal(json_array_size(get(o, "sightings")),
	    LOOKUP_SIGHTINGS);
	is_number(o, "sightings_left_out", 100);
	is_time(json_array_get(get(o, "sightings"), 0), "seen", items[0].seen);
	json_decref(o);
	mem_free(items);
	world_free(w);
}

/* The rows of an export say what the look-up says. */
static void
test_detail(void **state)
{
	struct world *w = world(2);
	const struct policy_list *list;
	struct rule *rule = rule_new();
	struct export_row row = {.subject = A};
	struct listing_row *rows;

	(void)state;
	tell(w, 0, RECORD_SIGHTING, A);
	tell(w, 1, RECORD_SIGHTING, A);
	world_run(w, 60000);
	list = &engine_policy(world_engine(w, 0))->lists[0];
	assert_int_equal(listing_snapshot(engine_listing(world_engine(w, 0), 0),
			     now(w), &rows),
	    1);
	assert_true(
	    export_detail(world_engine(w, 0), rule, list, now(w), &row));
	assert_int_equal(row.verdict.until, rows[0].until);
	assert_int_equal(row.verdict.groups, 2);
	assert_string_equal(row.threat, "Win.Worm.\"X\"");
	row.subject = B;
	assert_false(
	    export_detail(world_engine(w, 0), rule, list, now(w), &row));
	mem_free(rows);
	rule_free(rule);
	world_free(w);
}

static json_t *
peers(struct world *w, size_t node, bool all)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	peers_write(&out, world_engine(w, node), all);
	return (parse(&out));
}

static void
test_peers(void **state)
{
	struct world *w = world(3);
	struct peers_count count;
	json_t *o, *m;

	(void)state;
	tell(w, 1, RECORD_SIGHTING, A);
	world_run(w, 60000);
	o = peers(w, 0, true);
	assert_int_equal(json_array_size(get(o, "peers")), 3);
	m = json_array_get(get(o, "peers"), 0);
	is_text(m, "state", "self");
	is_text(m, "trust", "full");
	m = json_array_get(get(o, "peers"), 1);
	is_text(m, "state", "connected");
	is_text(m, "trust", "vote");
	is_number(m, "weight", 1);
	is_number(m, "epoch", 1);
	is_bool(m, "frozen", false);
	json_decref(o);
	/* Strangers do not learn whom the operator trusts. */
	o = peers(w, 0, false);
	m = json_array_get(get(o, "peers"), 1);
	assert_null(json_object_get(m, "trust"));
	assert_null(json_object_get(m, "why"));
	json_decref(o);
	peers_count(world_engine(w, 0), &count);
	assert_int_equal(count.total, 2);
	assert_int_equal(count.connected, 2);
	assert_int_equal(count.unreachable + count.refused + count.frozen, 0);
	world_cut(w, 0, 2, true);
	world_run(w, 120000);
	peers_count(world_engine(w, 0), &count);
	assert_int_equal(count.connected, 1);
	assert_int_equal(count.unreachable, 1);
	world_free(w);
}

/* A member that is no longer configured keeps its votes and its identity. */
static void
test_dropped(void **state)
{
	struct world *w = world(2);
	struct policy *p = policy_new();
	struct policy_list list = engine_policy(world_engine(w, 0))->lists[0];
	char id[NODEID_TEXT];
	json_t *o;

	(void)state;
	tell(w, 1, RECORD_SIGHTING, A);
	world_run(w, 60000);
	memcpy(p->members[0].key, world_key(w, 0)->public, KEY_BYTES);
	assert_null(policy_list_add(p, &list));
	policy_ready(p);
	world_set_policy(w, 0, p);
	world_run(w, 1000);
	nodeid_format(world_key(w, 1)->public, id);
	o = peers(w, 0, true);
	assert_true(
	    json_is_null(get(json_array_get(get(o, "peers"), 1), "name")));
	is_text(json_array_get(get(o, "peers"), 1), "id", id);
	json_decref(o);
	o = lookup(w, 0, A);
	is_bool(o, "listed", false);
	if (json_array_size(get(o, "sightings")) > 0) {
		is_text(json_array_get(get(o, "sightings"), 0), "member", id);
		is_bool(json_array_get(get(o, "sightings"), 0), "counts",
		    false);
	}
	json_decref(o);
	world_free(w);
}

static size_t
card_make(struct world *w, size_t node, const char *group,
    uint8_t out[CARD_BYTES])
{
	struct signer signer = key_signer(world_key(w, node));
	static struct card card;

	memset(&card, 0, sizeof(card));
	card.version = 1;
	card.created = world_now(w);
	text_copy(card.name, sizeof(card.name), "node");
	text_copy(card.group, sizeof(card.group), group);
	return (card_build(&card, &signer, out));
}

static void
test_status(void **state)
{
	struct world *w = world(2);
	const size_t counts[2] = {1, 2};
	uint8_t card[CARD_BYTES];
	struct status_about about = {.version = "9.9",
	    .uptime = 61999,
	    .at = now(w),
	    .ready = true,
	    .why = "",
	    .callers = 3,
	    .counts = counts};
	struct buf out;
	json_t *o;

	(void)state;
	tell(w, 0, RECORD_SIGHTING, A);
	about.card = card;
	about.cardlen = card_make(w, 0, "G", card);
	buf_init(&out, 1 << 20);
	status_write(&out, world_engine(w, 0), &about);
	o = parse(&out);
	is_text(o, "version", "9.9");
	is_text(o, "state", "serving");
	is_number(o, "uptime", 61);
	is_number(get(o, "items"), "accepted", 1);
	is_number(get(o, "peers"), "total", 1);
	is_number(json_array_get(get(o, "lists"), 1), "count", 2);
	is_number(o, "epoch", 1);
	/* Cards may wait too, callers do. */
	assert_true(json_integer_value(get(o, "pending_peers")) >= 3);
	/* Special ranges are allowed in these worlds, and that is said. */
	is_bool(o, "special", false);
	assert_non_null(
	    strstr(json_string_value(json_array_get(get(o, "warnings"), 0)),
		"special = off"));
	json_decref(o);
	buf_init(&out, 1 << 20);
	status_node(&out, world_engine(w, 0), &about);
	o = parse(&out);
	is_number(o, "card", 1);
	is_number(o, "epoch", 1);
	assert_int_equal(json_string_length(get(o, "card_bytes")),
	    (about.cardlen * 8 + 5) / 6);
	json_decref(o);
	about.ready = false;
	about.why = "starting or stopping";
	/* A damaged card is shown as it is, its fields empty. */
	card[40] ^= 1;
	buf_init(&out, 1 << 20);
	status_write(&out, world_engine(w, 0), &about);
	status_node(&out, world_engine(w, 0), &about);
	assert_non_null(strstr(buf_string(&out), "\"starting or stopping\""));
	assert_non_null(strstr(buf_string(&out), "\"card\":0"));
	buf_free(&out);
	world_free(w);
}

static void
test_problem(void **state)
{
	struct buf out;
	json_t *o;

	(void)state;
	buf_init(&out, 4096);
	problem_write(&out, 404, "there is no list '\"\xff'", "a hint");
	o = parse(&out);
	is_text(o, "type", "about:blank");
	is_text(o, "title", "Not Found");
	is_number(o, "status", 404);
	is_text(o, "detail", "there is no list '\"\xef\xbf\xbd'");
	is_text(o, "hint", "a hint");
	json_decref(o);
	problem_write(&out, 599, "x", NULL);
	o = parse(&out);
	is_text(o, "title", "Error");
	assert_null(json_object_get(o, "hint"));
	json_decref(o);
}

static void
test_code(void **state)
{
	struct jsonw w;
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	jsonw_init(&w, &out);
	jsonw_array(&w);
	lookup_code(&w, 0x7f0000ff);
	lookup_code(&w, 0);
	jsonw_end_array(&w);
	assert_string_equal(buf_string(&out), "[\"127.0.0.255\",null]");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_listed),
	    cmocka_unit_test(test_company),
	    cmocka_unit_test(test_retracted),
	    cmocka_unit_test(test_cleared),
	    cmocka_unit_test(test_exempt),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_detail),
	    cmocka_unit_test(test_peers),
	    cmocka_unit_test(test_dropped),
	    cmocka_unit_test(test_status),
	    cmocka_unit_test(test_problem),
	    cmocka_unit_test(test_code),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
