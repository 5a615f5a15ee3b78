/*
 * Load statements into a whole engine, in the order they stand in, and print
 * what it makes of them: subject, cleared up to, listed until, one a line.
 *
 *	clearances NOW < STATEMENTS
 *
 *	member NUMBER GROUP TRUST PREFIX...
 *	batch NUMBER COUNT
 *	KIND SUBJECT TIME CATEGORY SIGHTINGS	(COUNT times)
 *
 * SUBJECT is a number, KIND 1 sighting, 2 retraction, 3 clearance. The list has
 * all categories and the defaults. Member 0 is the own node.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virbl/batch.h>
#include <virbl/chain.h>
#include <virbl/engine.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"

#define MEMBERS 64
#define CREATED INT64_C(1700000000000) /* after all that is said */
#define LINE 256
#define SUBJECTS 4096

struct reading {
	struct policy *policy;
	struct key keys[MEMBERS];
	struct head heads[MEMBERS];
	uint8_t **batches; /* in the order they stand in */
	size_t *lens;
	size_t n;
};

static void
die(const char *what)
{
	fprintf(stderr, "clearances: %s\n", what);
	exit(2);
}

static void
read_member(struct reading *r, char *words)
{
	struct policy_member m = {.weight = 1000};
	struct prefix prefixes[8];
	char *save = NULL, *word = strtok_r(words, " \n", &save);
	unsigned n = (unsigned)strtoul(word, NULL, 10);
	uint8_t seed[KEY_SEED] = {(uint8_t)n};

	if (n >= MEMBERS)
		die("too many members");
	key_from_seed(&r->keys[n], seed);
	memcpy(m.key, r->keys[n].public, KEY_BYTES);
	snprintf(m.name, sizeof(m.name), "m%u", n);
	text_copy(m.group, sizeof(m.group), strtok_r(NULL, " \n", &save));
	m.trust = (enum trust)trust_find(strtok_r(NULL, " \n", &save));
	m.prefixes = prefixes;
	while ((word = strtok_r(NULL, " \n", &save)) != NULL)
		if (m.nprefixes == 8 ||
		    prefix_parse(word, &prefixes[m.nprefixes++]) != 0)
			die("bad prefix");
	if (n > 0 && policy_member_add(r->policy, &m) != NULL)
		die("bad member");
	if (n == 0) {
		text_copy(r->policy->members[0].group, CARD_GROUP + 1, m.group);
		memcpy(r->policy->members[0].key, m.key, KEY_BYTES);
		r->policy->members[0].nprefixes = m.nprefixes;
		r->policy->members[0].prefixes =
		    mem_dup(prefixes, m.nprefixes * sizeof(*prefixes));
	}
}

static void
read_batch(struct reading *r, const char *words)
{
	static struct record records[BATCH_RECORDS];
	static uint8_t out[BATCH_BYTES];
	struct batch_draft draft = {.floor = 1,
	    .epoch = 1,
	    .card = 1,
	    .created = CREATED,
	    .records = records};
	unsigned member, kind, category;
	struct signer signer;
	char line[LINE];
	struct batch b;
	size_t i;

	if (sscanf(words, "%u %zu", &member, &draft.nrecords) != 2 ||
	    member >= MEMBERS || draft.nrecords > BATCH_RECORDS)
		die("bad batch");
	memset(records, 0, sizeof(records));
	for (i = 0; i < draft.nrecords; i++) {
		if (fgets(line, sizeof(line), stdin) == NULL ||
		    sscanf(line, "%u %" SCNu64 " %" SCNu32 " %u %" SCNu32,
			&kind, &records[i].subject, &records[i].last, &category,
			&records[i].count) != 5)
			die("bad record");
		records[i].kind = (uint8_t)kind;
		records[i].category = (uint8_t)category;
		if (kind == RECORD_SIGHTING)
			records[i].first = records[i].last;
	}
	signer = key_signer(&r->keys[member]);
	draft.seq = r->heads[member].seq + 1;
	memcpy(draft.prev, r->heads[member].id, HASH_BYTES);
	r->batches = mem_array(r->batches, r->n + 1, sizeof(*r->batches));
	r->lens = mem_array(r->lens, r->n + 1, sizeof(*r->lens));
	r->lens[r->n] = batch_build(&draft, &signer, out);
	r->batches[r->n] = mem_dup(out, r->lens[r->n]);
	if (batch_decode(out, r->lens[r->n], &b) != BATCH_OK)
		die("a batch that cannot be read");
	r->n++;
	chain_advance(&r->heads[member], &b.h, b.id);
	batch_free(&b);
}

static void
step(struct engine *e, struct event *ev, uint32_t now)
{
	struct actions actions;

	ev->now.ms = INT64_C(1000) * now;
	if (engine_step(e, ev, &actions) != 0)
		die("the engine stopped");
}

static void
print(const struct engine *e, uint32_t now)
{
	static uint64_t subjects[SUBJECTS];
	struct rule *rule = rule_new();
	const struct vote *votes;
	uint32_t cleared, until;
	size_t from = 0, n, i, nvotes;

	n = engine_subjects(e, &from, subjects, SUBJECTS);
	for (i = 0; i < n; i++) {
		votes = engine_votes(e, subjects[i], &nvotes);
		cleared = rule_prepare(rule, engine_world(e), subjects[i],
		    votes, nvotes, now);
		until = listing_until(engine_listing(e, 0), subjects[i]);
		printf("%" PRIu64 " %" PRIu32 " %" PRIu32 "\n", subjects[i],
		    cleared, until > now ? until : 0);
	}
	rule_free(rule);
}

int
main(int argc, char **argv)
{
	struct policy_list list = {.name = "oracle",
	    .categories = 0xfe,
	    .window = 86400,
	    .hold = 86400,
	    .threshold = 2000,
	    .cap = 2,
	    .groups = 2};
	struct reading *r = mem_zero(sizeof(*r));
	struct event ev;
	struct engine_setup setup;
	struct engine *e;
	char line[LINE];
	uint64_t now;
	size_t i;

	if (argc != 2 || text_u64(argv[1], UINT32_MAX, &now) != 0)
		die("usage: clearances NOW < STATEMENTS");
	r->policy = policy_new();
	r->policy->special = r->policy->hear_head = false;
	policy_list_add(r->policy, &list);
	while (fgets(line, sizeof(line), stdin) != NULL)
		if (strncmp(line, "member ", 7) == 0)
			read_member(r, line + 7);
		else if (strncmp(line, "batch ", 6) == 0)
			read_batch(r, line + 6);
		else
			die("a line that is neither member nor batch");
	policy_ready(r->policy);
	memset(&setup, 7, sizeof(setup));
	setup.signer = key_signer(&r->keys[0]);
	setup.policy = r->policy;
	e = engine_new(&setup);
	for (i = 0; i < r->n; i++) {
		memset(&ev, 0, sizeof(ev));
		ev.type = EV_LOADED;
		ev.u.loaded.kind = LOADED_BATCH;
		ev.u.loaded.bytes = r->batches[i];
		ev.u.loaded.len = r->lens[i];
		step(e, &ev, (uint32_t)now);
		mem_free(r->batches[i]);
	}
	memset(&ev, 0, sizeof(ev));
	ev.type = EV_START;
	step(e, &ev, (uint32_t)now);
	print(e, (uint32_t)now);
	engine_free(e);
	mem_free(r->batches);
	mem_free(r->lens);
	mem_free(r);
	return (0);
}
