/*
 * The engine among liars: bad batches, forks, false heads; and an honest node
 * that lost its disk, or whose key is used twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/gossip.h"
#include "core/listing.h"
#include "form/gossip_msg.h"
#include "world.h"

#define A 0xc0000201u /* 192.0.2.1 */

static bool
listed(struct world *w, size_t node, uint64_t subject)
{
	return (listing_until(engine_listing(world_engine(w, node), 0),
		    subject) > wall_sec((struct wall){world_now(w)}));
}

static struct engine_member
view(struct world *w, size_t node, size_t other)
{
	struct engine_member m;
	size_t i;

	for (i = 0; engine_member(world_engine(w, node), i, &m) == 0; i++)
		if (memcmp(m.head.member, world_key(w, other)->public, 32) == 0)
			return (m);
	fail();
	return (m);
}

/* True if ${path} asks for the log of ${node}. */
static bool
log_of(struct world *w, size_t node, const char *path)
{
	char want[80] = "p/1/log/";

	text_hex(world_key(w, node)->public, KEY_BYTES, want + 8);
	return (strncmp(path, want, strlen(want)) == 0);
}

static uint64_t
sum(struct world *w, size_t node, uint64_t subject)
{
	const struct vote *v;
	uint64_t count = 0;
	size_t i, n;

	v = engine_votes(world_engine(w, node), subject, &n);
	for (i = 0; i < n; i++)
		count += v[i].count;
	return (count);
}

/* ---- Bad batches ---- */

struct damage {
	const char *what;
	enum batch_verdict verdict;
	size_t offset;
	uint8_t flip;
};

/* Node 1 damages what it passes on to node 0 of node 2's log. */
static void
damage(struct world *w, size_t from, size_t to, const char *path,
    unsigned *status, struct buf *body)
{
	const struct damage *d = world_arg(w);

	(void)status;
	if (from != 1 || to != 0 || !log_of(w, 2, path) ||
	    body->len <= d->offset)
		return;
	body->data[d->offset] ^= d->flip;
}

static void
test_damaged(void **state)
{
	static const struct damage rows[] = {
	    {"magic", BATCH_MAGIC, 0, 1},
	    {"version", BATCH_VERSION, 4, 2},
	    {"kind", BATCH_KIND, 5, 2},
	    {"reserved", BATCH_RESERVED, 6, 1},
	    {"reserved at the end", BATCH_RESERVED, 183, 1},
	    {"member", BATCH_KEY, 8, 1},
	    {"key", BATCH_KEY, 40, 1},
	    {"epoch", BATCH_SEQ, 75, 6},
	    {"count", BATCH_SIZE, 79, 2},
	    {"length", BATCH_TRUNCATED, 106, 1},
	    {"record size", BATCH_SIZE, 109, 1},
	    {"root", BATCH_ROOT, 150, 1},
	    {"signature", BATCH_SIGNATURE, 190, 1},
	    {"unknown record kind", BATCH_RECORD, 248, 0x40},
	    {"record", BATCH_ROOT, 248 + 15, 2},
	    {"category", BATCH_RECORD, 248 + 1, 0x80},
	};
	struct engine_state s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct damage d = rows[i];
		struct world_setup setup = {.seed = i,
		    .nodes = 3,
		    .delay = 20,
		    .tamper = damage,
		    .arg = &d};
		struct world *w = world_new(&setup);

		world_run(w, 3000);
		/* Nothing comes from 2 but over 1, which spoils it ... */
		world_cut(w, 0, 2, true);
		world_tell(w, 1, A, 1);
		world_tell(w, 2, A, 1);
		world_tell(w, 2, A + 1, 1);
		world_run(w, 9000);
		engine_state(world_engine(w, 0), &s);
		if (s.batches[d.verdict] == 0)
			fail_msg("%s: no such verdict", d.what);
		assert_string_equal(view(w, 0, 1).rejection,
		    batch_verdict_name(d.verdict));
		assert_true(view(w, 0, 1).rejected > 0);
		/* Both sides know. */
		assert_string_equal(view(w, 1, 0).complaint,
		    batch_verdict_name(d.verdict));
		assert_in_range(view(w, 1, 0).complaints, 1,
		    view(w, 0, 1).rejected);
		assert_int_equal(world_traced(w, 1, "refuses batches"), 1);
		assert_int_equal(view(w, 0, 2).head.seq, 0);
		/* ... but what 1 says itself is not held up by that. */
		assert_true(view(w, 0, 1).head.seq > 0);
		assert_false(listed(w, 0, A));
		world_cut(w, 0, 2, false);
		world_run(w, 20000);
		assert_true(listed(w, 0, A));
		world_free(w);
	}
}

static void
test_strikes(void **state)
{
	struct damage d = {"signature", BATCH_SIGNATURE, 190, 1};
	struct world_setup setup = {.seed = 1,
	    .nodes = 3,
	    .delay = 20,
	    .tamper = damage,
	    .arg = &d};
	struct world *w = world_new(&setup);

	(void)state;
	world_run(w, 3000);
	world_cut(w, 0, 2, true);
	world_tell(w, 2, A, 1);
	world_run(w, 1500000);
	assert_int_equal(world_traced(w, 0, "too many bad batches"), 1);
	assert_in_range(view(w, 0, 1).rejected, GOSSIP_STRIKES,
	    2 * GOSSIP_STRIKES - 1);
	world_free(w);
}

/* ---- Forks ---- */

struct twin {
	uint8_t bytes[8][BATCH_HEADER + SIGNATURE_BYTES + 4 * RECORD_BYTES];
	size_t len[8];
	unsigned n;
};

/* The batch ${seq} of another log of node 1. */
static const uint8_t *
twin_batch(struct world *w, struct twin *t, unsigned seq, int64_t created)
{
	struct signer signer = key_signer(world_key(w, 1));
	uint8_t *out = mem_alloc(BATCH_BYTES);
	struct record r = {.kind = RECORD_SIGHTING,
	    .subject = A + 100,
	    .category = CATEGORY_WORM,
	    .count = 2,
	    .first = (uint32_t)(created / 1000),
	    .last = (uint32_t)(created / 1000)};
	struct batch_draft d = {.epoch = 1,
	    .floor = 1,
	    .card = 1,
	    .created = created};
	struct batch b;

	for (; t->n < seq; t->n++) {
		d.seq = t->n + 1;
		d.records = &r;
		d.nrecords = 1;
		if (t->n > 0) {
			assert_int_equal(batch_decode(t->bytes[t->n - 1],
					     t->len[t->n - 1], &b),
			    BATCH_OK);
			memcpy(d.prev, b.id, HASH_BYTES);
			d.created = b.h.created;
			batch_free(&b);
		}
		t->len[t->n] = batch_build(&d, &signer, out);
		memcpy(t->bytes[t->n], out, t->len[t->n]);
	}
	mem_free(out);
	return (t->bytes[seq - 1]);
}

/* Node 1 shows node 2 another log of its own than the rest. */
static void
two_faces(struct world *w, size_t from, size_t to, const char *path,
    unsigned *status, struct buf *body)
{
	struct twin *t = world_arg(w);
	unsigned long long lo, hi;
	unsigned epoch;

	(void)status;
	if (from != 1 || to != 2 || !log_of(w, 1, path) ||
	    sscanf(path + 8 + 64, "/%u/%llu-%llu", &epoch, &lo, &hi) != 3)
		return;
	buf_reset(body);
	for (; lo <= hi && lo <= 8; lo++)
		buf_add(body,
		    twin_batch(w, t, (unsigned)lo, world_now(w) - 5000),
		    t->len[lo - 1]);
}

static void
test_fork(void **state)
{
	struct twin t = {.n = 0};
	struct world_setup setup = {.seed = 2,
	    .nodes = 4,
	    .delay = 50,
	    .lag = 10,
	    .tamper = two_faces,
	    .arg = &t};
	struct world *w = world_new(&setup);
	size_t n;

	(void)state;
	world_run(w, 10000);
	world_tell(w, 0, A, 1);
	world_tell(w, 1, A, 1);
	world_run(w, 60000);
	for (n = 0; n < 4; n++) {
		if (n == 1)
			continue;
		if (!view(w, n, 1).frozen)
			continue;
		assert_string_equal(view(w, n, 1).state, "frozen");
		assert_int_equal(world_writes(w, n, WRITE_FROZEN), 1);
		assert_int_equal(world_traced(w, n, "forked"), 1);
		assert_false(listed(w, n, A));
	}
	assert_true(view(w, 2, 1).frozen);
	assert_true(view(w, 0, 1).frozen || view(w, 3, 1).frozen ||
	    view(w, 2, 1).frozen);
	/* It stays so after a restart, and others are not held up. */
	world_crash(w, 2);
	world_start(w, 2);
	world_tell(w, 0, A + 1, 1);
	world_tell(w, 3, A + 1, 1);
	world_run(w, 10000);
	assert_true(view(w, 2, 1).frozen);
	assert_false(listed(w, 2, A + 100));
	assert_true(listed(w, 2, A + 1));
	world_free(w);
}

/* ---- False heads ---- */

struct lie {
	size_t about;
	uint32_t epoch;
	uint64_t seq;
	bool on;
	bool noid;
};

/* Node 1 announces to node 0 a head that does not exist. */
static void
announce(struct world *w, size_t from, size_t to, const char *path,
    unsigned *status, struct buf *body)
{
	const struct lie *lie = world_arg(w);
	struct head heads[8], *h;
	struct gossip_msg m;
	size_t i;

	(void)status;
	if (!lie->on || from != 1 || to != 0 ||
	    strncmp(path, "p/1/heads", 9) != 0)
		return;
	assert_null(gossip_msg_decode(body->data, body->len, &m));
	for (i = 0; i < m.n; i++) {
		gossip_msg_head(&m, i, &heads[i]);
		if (memcmp(heads[i].member, world_key(w, lie->about)->public,
			KEY_BYTES) == 0)
			break;
	}
	if (i == m.n)
		m.n++;
	h = &heads[i];
	memset(h, 0, sizeof(*h));
	memcpy(h->member, world_key(w, lie->about)->public, KEY_BYTES);
	memset(h->id, lie->noid ? 0 : 0x5a, HASH_BYTES);
	h->epoch = lie->epoch;
	h->seq = lie->seq;
	h->floor = 1;
	for (i++; i < m.n; i++)
		gossip_msg_head(&m, i, &heads[i]);
	m.heads = NULL;
	buf_reset(body);
	gossip_msg_encode(&m, heads, body);
}

static void
test_false_head(void **state)
{
	struct lie lie = {2, 7, 1000000, true, false};
	struct world_setup setup = {.seed = 3,
	    .nodes = 3,
	    .delay = 50,
	    .tamper = announce,
	    .arg = &lie};
	struct world *w = world_new(&setup);
	size_t i;

	(void)state;
	world_run(w, 5000);
	for (i = 0; i < 60; i++) {
		world_tell(w, 1, A + i, 1);
		world_tell(w, 2, A + i, 1);
		world_run(w, 2000);
	}
	world_run(w, 5000);
	for (i = 0; i < 60; i++)
		assert_true(listed(w, 0, A + i));
	assert_int_equal(view(w, 0, 1).rejected, 0);
	assert_int_equal(view(w, 0, 2).head.seq, view(w, 2, 2).head.seq);
	world_free(w);
}

/* Lies about the own head: at the start they cost an epoch, later nothing. */
static void
test_false_own_head(void **state)
{
	struct lie lie = {0, 1, 500, true, false};
	struct world_setup setup = {.seed = 4,
	    .nodes = 3,
	    .delay = 50,
	    .tamper = announce,
	    .arg = &lie};
	struct world *w = world_new(&setup);
	struct engine_state s;

	(void)state;
	world_tell(w, 0, A, 1);
	world_run(w, 60000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 2);
	assert_int_equal(world_traced(w, 0, "new epoch 2"), 1);
	assert_true(s.publishing);
	assert_int_equal(view(w, 2, 0).head.epoch, 2);
	/* While publishing, words do not count. */
	lie.epoch = 3;
	lie.seq = 9;
	world_tell(w, 1, A, 1);
	world_run(w, 3000);
	world_tell(w, 0, A + 1, 1);
	world_run(w, 120000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 2);
	assert_int_equal(world_traced(w, 0, "cannot show"), 1);
	assert_int_equal(view(w, 2, 0).head.seq, s.head.seq);
	assert_int_equal(s.pending, 0);
	/* Impossible ones are not even looked at. */
	lie.noid = true;
	world_crash(w, 0);
	world_start(w, 0);
	world_run(w, 60000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 2);
	lie.epoch = UINT32_MAX;
	lie.noid = false;
	world_crash(w, 0);
	world_start(w, 0);
	world_run(w, 60000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 2);
	assert_true(s.publishing);
	assert_true(listed(w, 2, A));
	world_free(w);
}

/* ---- Old disks and copied keys ---- */

static void
test_old_disk(void **state)
{
	struct world_setup setup = {.seed = 5, .nodes = 3, .delay = 50};
	struct world *w = world_new(&setup);
	struct disk *old;
	struct head before;
	size_t i, n;

	(void)state;
	world_run(w, 5000);
	for (i = 0; i < 20; i++) {
		world_tell(w, 0, A + i, 1);
		world_run(w, 1500);
	}
	/* This one is on disk, not yet in a batch. */
	world_tell(w, 0, A + 50, 1);
	world_run(w, 1);
	world_tell(w, 0, A + 51, 3);
	world_run(w, 1);
	old = world_save(w, 0);
	for (i = 0; i < 20; i++) {
		world_run(w, 1500);
		world_tell(w, 0, A + i, 1);
	}
	world_run(w, 5000);
	before = view(w, 1, 0).head;
	world_crash(w, 0);
	world_restore(w, 0, old);
	world_start(w, 0);
	world_tell(w, 0, A + 60, 1);
	world_run(w, 20000);
	assert_true(view(w, 0, 0).head.epoch == before.epoch);
	assert_true(view(w, 0, 0).head.seq > before.seq);
	assert_int_equal(world_traced(w, 0, "publishing stopped"), 1);
	for (n = 1; n < 3; n++) {
		assert_false(view(w, n, 0).frozen);
		assert_memory_equal(view(w, n, 0).head.id,
		    view(w, 0, 0).head.id, HASH_BYTES);
	}
	for (n = 0; n < 3; n++) {
		for (i = 0; i < 20; i++)
			assert_int_equal(sum(w, n, A + i), 2);
		assert_int_equal(sum(w, n, A + 50), 1);
		assert_int_equal(sum(w, n, A + 51), 3);
		assert_int_equal(sum(w, n, A + 60), 1);
	}
	/* And once more from its disk. */
	world_crash(w, 0);
	world_start(w, 0);
	assert_int_equal(sum(w, 0, A + 51), 3);
	world_free(w);
}

/* Nobody serves node 0 its own log. */
static void
keep_back(struct world *w, size_t from, size_t to, const char *path,
    unsigned *status, struct buf *body)
{
	(void)from;
	if (to != 0 || !log_of(w, 0, path))
		return;
	*status = 404;
	buf_reset(body);
}

static void
test_lost_disk(void **state)
{
	struct world_setup setup = {.seed = 6,
	    .nodes = 3,
	    .delay = 50,
	    .tamper = keep_back};
	struct world *w = world_new(&setup);
	struct engine_state s;
	size_t n;

	(void)state;
	world_run(w, 5000);
	world_tell(w, 0, A, 1);
	world_run(w, 5000);
	for (n = 0; n < 2; n++) {
		world_crash(w, 0);
		world_restore(w, 0, NULL);
		world_start(w, 0);
		world_tell(w, 0, A + 1, 1);
		world_run(w, 60000);
		engine_state(world_engine(w, 0), &s);
		assert_int_equal(s.head.epoch, n + 2);
		assert_int_equal(view(w, 1, 0).head.epoch, n + 2);
		assert_false(view(w, 1, 0).frozen);
		assert_memory_equal(view(w, 2, 0).head.id, s.head.id,
		    HASH_BYTES);
	}
	world_free(w);
}

/* Two new epochs within a day are one too many, if the disk remembers. */
static void
test_bump_once(void **state)
{
	struct lie lie = {0, 1, 500, true, false};
	struct world_setup setup = {.seed = 7,
	    .nodes = 2,
	    .delay = 50,
	    .tamper = announce,
	    .arg = &lie};
	struct world *w = world_new(&setup);
	struct engine_state s;

	(void)state;
	world_run(w, 60000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 2);
	lie.epoch = 2;
	world_crash(w, 0);
	world_start(w, 0);
	world_run(w, 600000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 2);
	assert_false(s.publishing);
	assert_int_equal(world_traced(w, 0, "publishing waits"), 1);
	world_run(w, 86400000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.epoch, 3);
	assert_true(s.publishing);
	world_free(w);
}

/* Node 1 holds a batch signed with node 0's key that node 0 never made. */
static void
other_program(struct world *w, size_t from, size_t to, const char *path,
    unsigned *status, struct buf *body)
{
	struct signer signer = key_signer(world_key(w, 0));
	struct batch_draft d = {.epoch = 1, .floor = 1, .card = 1};
	bool *on = world_arg(w);
	struct gossip_msg m;
	struct head h;
	uint8_t *out;
	struct batch b;
	size_t len;

	(void)status;
	if (!*on || from != 1 || to != 0)
		return;
	out = mem_alloc(BATCH_BYTES);
	d.seq = 1;
	d.created = WORLD_START;
	len = batch_build(&d, &signer, out);
	if (log_of(w, 0, path)) {
		buf_reset(body);
		buf_add(body, out, len);
	} else if (strncmp(path, "p/1/heads", 9) == 0) {
		assert_int_equal(batch_decode(out, len, &b), BATCH_OK);
		assert_null(gossip_msg_decode(body->data, body->len, &m));
		memset(&h, 0, sizeof(h));
		memcpy(h.member, b.h.member, KEY_BYTES);
		memcpy(h.id, b.id, HASH_BYTES);
		h.epoch = 1;
		h.seq = 1;
		h.floor = 1;
		h.created = d.created;
		m.n = 1;
		buf_reset(body);
		gossip_msg_encode(&m, &h, body);
		batch_free(&b);
	}
	mem_free(out);
}

static void
test_copied_key(void **state)
{
	bool on = false;
	struct world_setup setup = {.seed = 8,
	    .nodes = 3,
	    .delay = 50,
	    .tamper = other_program,
	    .arg = &on};
	struct world *w = world_new(&setup);
	struct engine_state s;

	(void)state;
	world_run(w, 5000);
	world_tell(w, 0, A, 1);
	world_run(w, 5000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.seq, 1);
	on = true;
	world_run(w, 60000);
	assert_int_equal(world_traced(w, 0, "publishing ended"), 1);
	world_tell(w, 0, A + 1, 2);
	world_run(w, 10000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.seq, 1);
	assert_false(s.publishing);
	assert_int_equal(s.pending, 1);
	/* Intake and the own listing go on. */
	assert_true(listed(w, 0, A + 1));
	world_free(w);
}

/* Before enough peers were heard nothing is published, but all else works. */
static void
test_hear(void **state)
{
	struct world_setup setup = {.seed = 9, .nodes = 3, .delay = 50};
	struct world *w;
	struct engine_state s;

	(void)state;
	w = world_new(&setup);
	world_crash(w, 2);
	world_cut(w, 0, 1, true);
	world_crash(w, 0);
	world_start(w, 0);
	world_tell(w, 0, A, 2);
	world_run(w, 60000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.seq, 0);
	assert_int_equal(s.needed, 2);
	assert_int_equal(s.heard, 0);
	assert_true(listed(w, 0, A));
	world_cut(w, 0, 1, false);
	world_run(w, 70000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.heard, 1);
	assert_int_equal(s.head.seq, 0);
	world_start(w, 2);
	world_run(w, 70000);
	engine_state(world_engine(w, 0), &s);
	assert_true(s.publishing);
	assert_true(s.head.seq > 0);
	/* Or the operator decides not to wait. */
	world_cut(w, 0, 1, true);
	world_cut(w, 0, 2, true);
	world_crash(w, 0);
	world_start(w, 0);
	world_run(w, 10000);
	engine_state(world_engine(w, 0), &s);
	assert_false(s.publishing);
	struct policy *p = world_policy(w, 0);
	p->hear_head = false;
	policy_ready(p);
	world_set_policy(w, 0, p);
	world_run(w, 1000);
	engine_state(world_engine(w, 0), &s);
	assert_true(s.publishing);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_strikes),
	    cmocka_unit_test(test_fork),
	    cmocka_unit_test(test_false_head),
	    cmocka_unit_test(test_false_own_head),
	    cmocka_unit_test(test_old_disk),
	    cmocka_unit_test(test_lost_disk),
	    cmocka_unit_test(test_bump_once),
	    cmocka_unit_test(test_copied_key),
	    cmocka_unit_test(test_hear),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
