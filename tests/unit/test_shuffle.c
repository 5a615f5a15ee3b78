/*
 * The order of arrival changes nothing: the same statements, in batches cut
 * anew, in any order, some more than once, give one digest.
 *
 *	test_shuffle [ROUNDS]
 *
 * Once with the votes and the rule alone, once through a whole engine that
 * fetches the batches from peers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include <virbl/batch.h>
#include <virbl/chain.h>
#include <virbl/engine.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"
#include "core/votes.h"
#include "form/gossip_msg.h"
#include "sim/model.h"

#define STATEMENTS 10000
#define SUBJECTS 600
#define MEMBERS 12
#define GROUPS 7
#define BATCHES STATEMENTS
#define END 1500000000u
#define SPAN (9 * 86400u)

struct statement {
	struct record record;
	unsigned member;
};

struct parcel {
	uint8_t *bytes;
	struct batch batch;
	unsigned member;
};

/* One arrival of everything at one node. */
struct arrival {
	struct votes *votes;
	struct parcel *parcels;
	size_t nparcels;
	struct head heads[MEMBERS];
	uint16_t numbers[MEMBERS]; /* under which the node knows a member */
};

static unsigned rounds = 50;
static struct statement statements[STATEMENTS];
static uint64_t subjects[SUBJECTS];
static struct key keys[MEMBERS];
static struct prefix owned[2];
static const uint8_t trusts[MEMBERS] = {TRUST_FULL, TRUST_VOTE, TRUST_VOTE,
    TRUST_VOTE, TRUST_FULL, TRUST_OBSERVE, TRUST_VOTE, TRUST_VOTE, TRUST_NONE,
    TRUST_VOTE, TRUST_VOTE, TRUST_VOTE};
static const uint32_t weights[GROUPS] = {1000, 500, 1000, 1500, 1000, 250,
    1000};

static const struct policy_list lists[] = {
    {.name = "two",
	.categories = 0x06,
	.window = 86400,
	.threshold = 2000,
	.cap = 2,
	.groups = 2,
	.hold = 86400},
    {.name = "all",
	.categories = 0xfe,
	.window = 7 * 86400,
	.threshold = 4500,
	.cap = 3,
	.groups = 3,
	.hold = 86400},
};

static struct record
random_record(uint64_t *rng, uint16_t serial)
{
	struct record r = {.subject = subjects[model_rng(rng) % SUBJECTS]};
	uint32_t kind = model_rng(rng) % 100;

	r.last = END - model_rng(rng) % SPAN;
	if (model_rng(rng) % 2 == 0) /* so that many share a minute */
		r.last = r.last / 7200 * 7200 + model_rng(rng) % 90;
	if (kind < 3)
		r.kind = RECORD_RETRACTION;
	else if (kind < 8) {
		/* Few subjects, so that owners clear more often than counts. */
		r.kind = RECORD_CLEARANCE;
		r.subject = subjects[model_rng(rng) % 20];
	} else if (kind < 14) {
		/* Few subjects, said often and taken back. */
		r.kind = kind < 11 ? RECORD_EXEMPTION : RECORD_REVOCATION;
		r.subject = subjects[model_rng(rng) % 40 * 15];
	} else {
		r.kind = RECORD_SIGHTING;
		r.category = (uint8_t)(1 + model_rng(rng) % 4);
		r.count = 1 + model_rng(rng) % 2;
		r.first = r.last;
		r.sport = serial; /* no two are equal */
		r.threat = (uint16_t)(model_rng(rng) % 3);
		r.flags = model_rng(rng) % 4;
	}
	return (r);
}

/* Equal records cannot stand in one batch: say each thing once. */
static bool
said_before(size_t n)
{
	const struct record *r = &statements[n].record;
	size_t i;

	if (r->kind == RECORD_SIGHTING)
		return (false);
	for (i = 0; i < n; i++)
		if (statements[i].member == statements[n].member &&
		    statements[i].record.kind == r->kind &&
		    statements[i].record.subject == r->subject &&
		    statements[i].record.last == r->last)
			return (true);
	return (false);
}

static int
setup(void **state)
{
	uint8_t seed[KEY_SEED] = {0};
	uint64_t rng = 2004;
	size_t i;

	(void)state;
	assert_int_equal(prefix_parse("9.0.0.0/24", &owned[0]), 0);
	assert_int_equal(prefix_parse("2a00::/32", &owned[1]), 0);
	for (i = 0; i < SUBJECTS; i++)
		subjects[i] = i < SUBJECTS / 2 ?
		    0x09000000u + i :
		    UINT64_C(0x2a000000) << 32 | i << 24;
	for (i = 0; i < MEMBERS; i++) {
		seed[0] = (uint8_t)i;
		key_from_seed(&keys[i], seed);
	}
	for (i = 0; i < STATEMENTS; i++)
		do {
			statements[i].member = model_rng(&rng) % MEMBERS;
			statements[i].record = random_record(&rng, (uint16_t)i);
		} while (said_before(i));
	return (0);
}

/* Swap two things of ${size} bytes. */
static void
swap(void *base, size_t i, size_t j, size_t size)
{
	uint8_t *a = (uint8_t *)base + i * size;
	uint8_t *b = (uint8_t *)base + j * size, c;

	for (; size > 0; size--, a++, b++) {
		c = *a;
		*a = *b;
		*b = c;
	}
}

static void
shuffle(void *base, size_t n, size_t size, uint64_t *rng)
{
	for (; n > 1; n--)
		swap(base, n - 1, model_rng(rng) % n, size);
}

/* Make the next batch of ${member} of ${n} records. */
static void
parcel_add(struct arrival *a, unsigned member, struct record *records, size_t n,
    struct head *head)
{
	static const char *const names[] = {"Netsky", "Bagle"};
	static uint8_t out[BATCH_BYTES];
	struct signer signer = key_signer(&keys[member]);
	struct parcel *p = &a->parcels[a->nparcels++];
	struct batch_draft draft = {.seq = head->seq + 1,
	    .floor = 1,
	    .created = INT64_C(1000) * END,
	    .epoch = 1,
	    .card = 1,
	    .records = records,
	    .nrecords = n,
	    .names = names,
	    .nnames = 2};
	size_t len;

	memcpy(draft.prev, head->id, HASH_BYTES);
	len = batch_build(&draft, &signer, out);
	assert_int_not_equal(len, 0);
	p->member = member;
	p->bytes = mem_dup(out, len);
	assert_int_equal(batch_decode(p->bytes, len, &p->batch), BATCH_OK);
	if (head->seq == 0)
		assert_int_equal(batch_verify(&p->batch), BATCH_OK);
	chain_advance(head, &p->batch.h, p->batch.id);
}

/* Cut what everybody said into batches. */
static void
cut(struct arrival *a, uint64_t *rng)
{
	struct record records[100];
	struct head head;
	size_t i, n, most;
	unsigned m;

	shuffle(statements, STATEMENTS, sizeof(*statements), rng);
	for (m = 0; m < MEMBERS; m++) {
		memset(&head, 0, sizeof(head));
		most = 1 + model_rng(rng) % 100;
		for (i = n = 0; i < STATEMENTS; i++) {
			if (statements[i].member != m)
				continue;
			records[n++] = statements[i].record;
			if (n == most) {
				parcel_add(a, m, records, n, &head);
				most = 1 + model_rng(rng) % 100;
				n = 0;
			}
		}
		if (n > 0)
			parcel_add(a, m, records, n, &head);
	}
}

/* Take in one batch. Return false if something is missing before it. */
static bool
deliver(struct arrival *a, const struct parcel *p)
{
	struct head *head = &a->heads[p->member];
	struct record r;
	struct vote v;
	size_t i;

	switch (chain_judge(head, &p->batch.h, p->batch.id)) {
	case CHAIN_NEXT:
		break;
	case CHAIN_OLD:
		return (true);
	case CHAIN_GAP:
		return (false);
	default:
		fail_msg("a batch that breaks the chain");
	}
	for (i = 0; i < p->batch.h.records; i++) {
		batch_record(&p->batch, i, &r);
		if (r.kind > RECORD_CLEARANCE)
			continue; /* no vote; see exempted() */
		memset(&v, 0, sizeof(v));
		v.seen = r.last;
		v.count = r.count;
		v.threat = r.threat;
		v.member = a->numbers[p->member];
		v.what = r.kind == RECORD_SIGHTING ? r.category :
		    r.kind == RECORD_RETRACTION	   ? VOTE_RETRACTION :
						     VOTE_CLEARANCE;
		v.flags = r.flags;
		votes_add(a->votes, r.subject, &v);
	}
	chain_advance(head, &p->batch.h, p->batch.id);
	return (true);
}

/* Deliver all in any order, half of them twice; what came too soon waits. */
static void
deliver_all(struct arrival *a, uint64_t *rng)
{
	size_t *queue = mem_array(NULL, 2 * a->nparcels, sizeof(*queue));
	size_t i, n, left;

	for (i = n = 0; i < a->nparcels; i++) {
		queue[n++] = i;
		if (model_rng(rng) % 2 == 0)
			queue[n++] = i;
	}
	shuffle(queue, n, sizeof(*queue), rng);
	for (; n > 0; n = left)
		for (i = left = 0; i < n; i++)
			if (!deliver(a, &a->parcels[queue[i]]))
				queue[left++] = queue[i];
	mem_free(queue);
}

/* Make the world of this arrival over ${members}. */
static struct rule_world
world_of(const struct arrival *a, struct rule_member members[MEMBERS])
{
	struct rule_world world = {members, MEMBERS, weights, GROUPS,
	    8 * 86400};
	unsigned i;

	memset(members, 0, MEMBERS * sizeof(*members));
	for (i = 0; i < MEMBERS; i++) {
		members[a->numbers[i]].group = (uint16_t)(i % GROUPS);
		members[a->numbers[i]].trust = trusts[i];
		members[a->numbers[i]].prefixes = owned;
		members[a->numbers[i]].nprefixes = i < 4 ? 2 : 0;
	}
	return (world);
}

/* Add what is decided at ${now} to the digest. Return how many are listed. */
static unsigned
decide(const struct arrival *a, const struct policy_list *list, uint32_t now,
    crypto_hash_sha256_state *digest)
{
	struct rule_member members[MEMBERS];
	struct rule_world world = world_of(a, members);
	struct rule *rule = rule_new();
	const struct vote *votes;
	struct verdict v;
	uint32_t cleared;
	unsigned i, listed = 0;
	char text[128];
	size_t n;
	int len;

	for (i = 0; i < SUBJECTS; i++) {
		votes = votes_get(a->votes, subjects[i], &n);
		cleared =
		    rule_prepare(rule, &world, subjects[i], votes, n, now);
		rule_decide(rule, list, &v);
		listed += v.reason >= RULE_TRUSTED;
		len =
		    snprintf(text, sizeof(text), "%u %d %u %u %u %llu %u %u\n",
			i, (int)v.reason, v.since, v.until, v.last,
			(unsigned long long)v.score, v.groups, cleared);
		crypto_hash_sha256_update(digest, (const uint8_t *)text,
		    (unsigned)len);
	}
	rule_free(rule);
	return (listed);
}

/* Say and cut everything anew. */
static void
arrival_begin(struct arrival *a, uint64_t *rng)
{
	unsigned i;

	memset(a, 0, sizeof(*a));
	a->parcels = mem_array(NULL, BATCHES, sizeof(*a->parcels));
	for (i = 0; i < MEMBERS; i++)
		a->numbers[i] = (uint16_t)i;
	shuffle(a->numbers, MEMBERS, sizeof(*a->numbers), rng);
	cut(a, rng);
}

static void
arrival_end(struct arrival *a)
{
	size_t i;

	for (i = 0; i < a->nparcels; i++) {
		batch_free(&a->parcels[i].batch);
		mem_free(a->parcels[i].bytes);
	}
	mem_free(a->parcels);
	votes_free(a->votes);
}

/* One round with the votes alone. */
static void
arrive(uint64_t *rng, char hex[65])
{
	struct arrival a;
	uint8_t hashkey[16] = {(uint8_t)model_rng(rng)}, sum[32];
	crypto_hash_sha256_state digest;
	unsigned i, listed;
	uint32_t now;

	arrival_begin(&a, rng);
	a.votes = votes_new(hashkey);
	deliver_all(&a, rng);
	crypto_hash_sha256_init(&digest);
	for (now = END; now >= END - 2 * 86400; now -= 40000)
		for (i = 0; i < 2; i++) {
			listed = decide(&a, &lists[i], now, &digest);
			assert_in_range(listed, 20, SUBJECTS - 20);
		}
	crypto_hash_sha256_final(&digest, sum);
	text_hex(sum, sizeof(sum), hex);
	arrival_end(&a);
}

/* ---- Through an engine ---- */

/* An answer on its way. */
struct answer {
	uint64_t request;
	unsigned status;
	struct buf body;
};

/* A node that fetches everything, and its disk, of which only the end counts. */
struct node {
	struct engine *engine;
	const struct arrival *arrival;
	struct answer *answers;
	size_t nanswers;
	uint64_t written; /* latest serial */
	uint64_t durable;
	int64_t mono;
	uint64_t *rng;
};

/* A policy that knows the members in the order of this arrival. */
static struct policy *
make_policy(const struct arrival *a, const struct key *own)
{
	struct policy *p = policy_new();
	struct policy_member m;
	unsigned n, i;

	p->special = p->hear_head = false;
	memcpy(p->members[0].key, key_signer(own).public, KEY_BYTES);
	for (i = 0; i < 2; i++)
		assert_null(policy_list_add(p, &lists[i]));
	for (n = 0; n < MEMBERS; n++)
		for (i = 0; i < MEMBERS; i++) {
			if (a->numbers[i] != n)
				continue;
			memset(&m, 0, sizeof(m));
			memcpy(m.key, key_signer(&keys[i]).public, KEY_BYTES);
			snprintf(m.name, sizeof(m.name), "m%u", i);
			snprintf(m.group, sizeof(m.group), "g%u", i % GROUPS);
			snprintf(m.url, sizeof(m.url), "https://m%u/", i);
			m.trust = (enum trust)trusts[i];
			m.weight = weights[i % GROUPS];
			m.prefixes = owned;
			m.nprefixes = i < 4 ? 2 : 0;
			assert_null(policy_member_add(p, &m));
		}
	policy_ready(p);
	return (p);
}

/* All heads: every peer has everything. */
static void
serve_heads(const struct arrival *a, struct buf *out)
{
	struct gossip_msg m = {.instance = {1},
	    .cursor = 1,
	    .clock = INT64_C(1000) * END,
	    .n = MEMBERS};
	struct head heads[MEMBERS];
	const struct parcel *p;

	memset(heads, 0, sizeof(heads));
	for (p = a->parcels; p < a->parcels + a->nparcels; p++)
		chain_advance(&heads[p->member], &p->batch.h, p->batch.id);
	gossip_msg_encode(&m, heads, out);
}

/* What was asked for or the first part of it, some of it twice. */
static void
serve_log(const struct arrival *a, const char *path, struct buf *out,
    uint64_t *rng)
{
	unsigned long long from, to;
	uint8_t member[KEY_BYTES];
	const struct parcel *p;
	unsigned epoch, most;
	char hex[65];

	assert_int_equal(sscanf(path, "p/1/log/%64[0-9a-f]/%u/%llu-%llu", hex,
			     &epoch, &from, &to),
	    4);
	assert_int_equal(text_unhex(hex, member, KEY_BYTES), 0);
	most = 1 + model_rng(rng) % 20;
	for (p = a->parcels; p < a->parcels + a->nparcels && most > 0; p++) {
		if (memcmp(p->batch.h.member, member, KEY_BYTES) != 0 ||
		    p->batch.h.seq < from || p->batch.h.seq > to)
			continue;
		most--;
		buf_add(out, p->bytes, p->batch.len);
		if (model_rng(rng) % 4 == 0)
			buf_add(out, p->bytes, p->batch.len);
	}
}

static void
serve(struct node *n, uint64_t request, const char *path)
{
	struct answer *a;

	n->answers =
	    mem_array(n->answers, n->nanswers + 1, sizeof(*n->answers));
	a = &n->answers[n->nanswers++];
	a->request = request;
	a->status = 200;
	buf_init(&a->body, ENGINE_RANGE_BYTES);
	if (strncmp(path, "p/1/heads", 9) == 0)
		serve_heads(n->arrival, &a->body);
	else if (strncmp(path, "p/1/log/", 8) == 0)
		serve_log(n->arrival, path, &a->body, n->rng);
	else
		a->status = 404;
}

static void
step(struct node *n, struct event *event)
{
	struct actions actions;
	size_t i;

	event->now.ms = INT64_C(1000) * END;
	event->mono.ms = n->mono;
	assert_int_equal(engine_step(n->engine, event, &actions), 0);
	for (i = 0; i < actions.n; i++)
		if (actions.list[i].type == ACT_PERSIST)
			n->written = actions.list[i].u.persist.serial;
		else if (actions.list[i].type == ACT_FETCH)
			serve(n, actions.list[i].u.fetch.request,
			    actions.list[i].u.fetch.path);
}

/* Some answer arrives, is lost, or arrives and stays on its way. */
static void
take_answer(struct node *n)
{
	size_t i = model_rng(n->rng) % n->nanswers;
	struct answer a = n->answers[i];
	struct event event = {.type = EV_FETCHED};
	unsigned luck = model_rng(n->rng) % 16;

	if (luck != 1)
		n->answers[i] = n->answers[--n->nanswers];
	event.u.fetched.request = a.request;
	event.u.fetched.status = a.status;
	event.u.fetched.bytes = a.body.data;
	event.u.fetched.len = a.body.len;
	if (luck == 0) {
		event.type = EV_FAILED;
		event.u.failed.request = a.request;
		event.u.failed.reason = "lost";
	}
	step(n, &event);
	if (luck != 1)
		buf_free(&a.body);
}

/* One of the things that can happen next. */
static void
happen(struct node *n)
{
	struct event event = {.type = EV_PERSISTED};

	n->mono += model_rng(n->rng) % 500;
	if (n->durable < n->written && model_rng(n->rng) % 3 == 0) {
		n->durable +=
		    1 + model_rng(n->rng) % (uint32_t)(n->written - n->durable);
		event.u.persisted.serial = n->durable;
		step(n, &event);
	} else if (n->nanswers > 0 && model_rng(n->rng) % 8 != 0)
		take_answer(n);
	else {
		event.type = EV_TICK;
		step(n, &event);
	}
}

/* True if all batches of all members that count have arrived. */
static bool
complete(const struct node *n)
{
	struct engine_state s;
	size_t want = 0, i;

	for (i = 0; i < n->arrival->nparcels; i++)
		if (trusts[n->arrival->parcels[i].member] != TRUST_NONE)
			want += n->arrival->parcels[i].batch.h.records;
	engine_state(n->engine, &s);
	assert_true(s.records <= want);
	return (s.records == want);
}

/* Does ${member} exempt ${subject}, by all that it ever said? */
static bool
exempted_by(unsigned member, uint64_t subject)
{
	uint32_t exempt = 0, revoked = 0;
	const struct record *r;
	size_t i;

	for (i = 0; i < STATEMENTS; i++) {
		r = &statements[i].record;
		if (statements[i].member != member || r->subject != subject)
			continue;
		if (r->kind == RECORD_EXEMPTION && r->last > exempt)
			exempt = r->last;
		if (r->kind == RECORD_REVOCATION && r->last > revoked)
			revoked = r->last;
	}
	return (exempt > revoked && exempt >= END - 8 * 86400);
}

/* Members 0 to 3 own most of it, and all of them count. */
static bool
exempted(uint64_t subject)
{
	unsigned m;

	if (!prefix_contains(&owned[0], subject) &&
	    !prefix_contains(&owned[1], subject))
		return (false);
	for (m = 0; m < 4; m++)
		if (exempted_by(m, subject))
			return (true);
	return (false);
}

/* An engine must list what the votes alone give, but for what is exempt. */
static void
assert_same(const struct node *n, struct arrival *a, uint64_t *rng)
{
	struct rule_member members[MEMBERS];
	struct rule_world world = world_of(a, members);
	struct rule *rule = rule_new();
	const uint8_t hashkey[16] = {0};
	const struct vote *votes;
	struct verdict v;
	unsigned exempt = 0;
	uint32_t until;
	size_t i, k, len;

	a->votes = votes_new(hashkey);
	deliver_all(a, rng);
	for (i = 0; i < SUBJECTS; i++) {
		votes = votes_get(a->votes, subjects[i], &len);
		rule_prepare(rule, &world, subjects[i], votes, len, END);
		for (k = 0; k < 2; k++) {
			rule_decide(rule, &lists[k], &v);
			if (v.until > END && exempted(subjects[i])) {
				exempt++;
				v.until = 0;
			}
			until = listing_until(engine_listing(n->engine, k),
			    subjects[i]);
			assert_int_equal(until > END ? until : 0,
			    v.until > END ? v.until : 0);
		}
	}
	assert_in_range(exempt, 5, SUBJECTS / 10);
	rule_free(rule);
}

/* One round through an engine. */
static void
fetch(uint64_t *rng, char hex[65])
{
	struct event start = {.type = EV_START};
	struct node n = {.rng = rng};
	struct engine_setup setup;
	struct listing_row *rows;
	crypto_hash_sha256_state digest;
	struct arrival a;
	struct key own;
	uint8_t seed[KEY_SEED] = {99}, sum[32];
	size_t i, k, listed;

	arrival_begin(&a, rng);
	n.arrival = &a;
	key_from_seed(&own, seed);
	memset(&setup, (int)(model_rng(rng) % 256), sizeof(setup));
	setup.signer = key_signer(&own);
	setup.policy = make_policy(&a, &own);
	n.engine = engine_new(&setup);
	step(&n, &start);
	while (!complete(&n))
		happen(&n);
	assert_same(&n, &a, rng);
	crypto_hash_sha256_init(&digest);
	for (i = 0; i < 2; i++) {
		listed =
		    listing_snapshot(engine_listing(n.engine, i), END, &rows);
		assert_in_range(listed, 20, SUBJECTS - 20);
		for (k = 0; k < listed; k++) {
			crypto_hash_sha256_update(&digest,
			    (uint8_t *)&rows[k].subject, sizeof(uint64_t));
			crypto_hash_sha256_update(&digest,
			    (uint8_t *)&rows[k].until, sizeof(uint32_t));
		}
		mem_free(rows);
	}
	crypto_hash_sha256_final(&digest, sum);
	text_hex(sum, sizeof(sum), hex);
	for (i = 0; i < n.nanswers; i++)
		buf_free(&n.answers[i].body);
	mem_free(n.answers);
	engine_free(n.engine);
	arrival_end(&a);
}

/* ---- Rounds ---- */

static void
repeat(void (*round)(uint64_t *rng, char hex[65]))
{
	uint64_t rng = 1;
	char first[65], hex[65];
	unsigned i;

	round(&rng, first);
	for (i = 1; i < rounds; i++) {
		round(&rng, hex);
		if (strcmp(hex, first) != 0)
			fail_msg("round %u: %s is not %s", i, hex, first);
	}
	print_message("%u rounds: %s\n", rounds, first);
}

static void
test_votes(void **state)
{
	(void)state;
	repeat(arrive);
}

static void
test_engine(void **state)
{
	(void)state;
	repeat(fetch);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_votes),
	    cmocka_unit_test(test_engine),
	};

	if (getenv("VIRBL_SLOW") != NULL)
		rounds = 3;
	if (argc > 1)
		rounds = (unsigned)strtoul(argv[1], NULL, 10);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
