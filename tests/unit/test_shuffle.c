/*
 * The order of arrival changes nothing: the same statements, in batches cut
 * anew, in any order, some more than once, give one digest.
 *
 *	test_shuffle [ROUNDS]
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

#include "base/mem.h"
#include "base/text.h"
#include "core/votes.h"
#include "model.h"

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
    {.categories = 0x06,
	.window = 86400,
	.threshold = 2000,
	.cap = 2,
	.groups = 2,
	.hold = 86400},
    {.categories = 0xfe,
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

/* Add what is decided at ${now} to the digest. Return how many are listed. */
static unsigned
decide(const struct arrival *a, const struct policy_list *list, uint32_t now,
    crypto_hash_sha256_state *digest)
{
	struct rule_member members[MEMBERS];
	struct rule_world world = {members, MEMBERS, weights, GROUPS,
	    8 * 86400};
	struct rule *rule = rule_new();
	const struct vote *votes;
	struct verdict v;
	uint32_t cleared;
	unsigned i, listed = 0;
	char text[128];
	size_t n;
	int len;

	memset(members, 0, sizeof(members));
	for (i = 0; i < MEMBERS; i++) {
		members[a->numbers[i]].group = (uint16_t)(i % GROUPS);
		members[a->numbers[i]].trust = trusts[i];
		members[a->numbers[i]].prefixes = owned;
		members[a->numbers[i]].nprefixes = i < 4 ? 2 : 0;
	}
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

/* One round: everything said anew, cut anew, delivered anew. */
static void
arrive(uint64_t *rng, char hex[65])
{
	struct arrival a = {.nparcels = 0};
	uint8_t hashkey[16] = {(uint8_t)model_rng(rng)}, sum[32];
	crypto_hash_sha256_state digest;
	unsigned i, listed;
	uint32_t now;

	a.votes = votes_new(hashkey);
	a.parcels = mem_array(NULL, BATCHES, sizeof(*a.parcels));
	for (i = 0; i < MEMBERS; i++)
		a.numbers[i] = (uint16_t)i;
	shuffle(a.numbers, MEMBERS, sizeof(*a.numbers), rng);
	cut(&a, rng);
	deliver_all(&a, rng);
	crypto_hash_sha256_init(&digest);
	for (now = END; now >= END - 2 * 86400; now -= 40000)
		for (i = 0; i < 2; i++) {
			listed = decide(&a, &lists[i], now, &digest);
			assert_in_range(listed, 20, SUBJECTS - 20);
		}
	crypto_hash_sha256_final(&digest, sum);
	text_hex(sum, sizeof(sum), hex);
	for (i = 0; i < a.nparcels; i++) {
		batch_free(&a.parcels[i].batch);
		mem_free(a.parcels[i].bytes);
	}
	mem_free(a.parcels);
	votes_free(a.votes);
}

static void
test_shuffle(void **state)
{
	uint64_t rng = 1;
	char first[65], hex[65];
	unsigned round;

	(void)state;
	arrive(&rng, first);
	for (round = 1; round < rounds; round++) {
		arrive(&rng, hex);
		if (strcmp(hex, first) != 0)
			fail_msg("round %u: %s is not %s", round, hex, first);
	}
	print_message("%u rounds: %s\n", rounds, first);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shuffle),
	};

	if (argc > 1)
		rounds = (unsigned)strtoul(argv[1], NULL, 10);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
