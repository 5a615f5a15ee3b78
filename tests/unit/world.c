#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"
#include "form/gossip_msg.h"
#include "world.h"

#define TRACES 4096

/* ---- What is written ---- */

struct stored {
	enum write_kind kind;
	uint64_t serial;
	uint8_t member[KEY_BYTES];
	struct batch_header h;
	uint8_t id[HASH_BYTES];
	uint8_t *bytes;
	size_t len;
	uint64_t pending;
	uint64_t subject;
	uint32_t time;
	int64_t created;
	struct write_id *ids;
	size_t nids;
	struct waiver waiver;
};

struct disk {
	struct stored *rows; /* batches, pending, cleared, frozen, cards, ids,
				waivers */
	size_t n;
	size_t room;
	struct head *heads;
	size_t nheads;
};

struct happening {
	struct happening *later;
	int64_t when;
	uint64_t serial;
	size_t node;
	unsigned life;
	enum { ARRIVE, ANSWER, FAIL, COMMIT, LATE } kind;
	uint64_t request;
	size_t from;
	unsigned fromlife;
	unsigned status;
	char path[200];
	uint8_t *bytes;
	size_t len;
	struct stored row;
};

struct node {
	struct key key;
	struct engine *engine; /* NULL: stopped */
	unsigned life;
	struct disk *disk;
	int64_t committed; /* when the last queued commit happens */
	uint64_t tickets;
	struct {
		uint8_t *verdicts;
		uint64_t ticket;
	} * replies;
	size_t nreplies;
	char *traces[TRACES];
	size_t ntraces;
	unsigned writes[WRITE_PRUNE + 1];
	struct happening *waiting; /* long-polls */
};

struct world {
	struct world_setup setup;
	struct node nodes[WORLD_NODES];
	bool cut[WORLD_NODES][WORLD_NODES];
	struct happening *queue; /* ascending by when, serial */
	uint64_t serial;
	int64_t now; /* mono ms */
	uint64_t rng;
	bool shuffle;
};

static uint64_t
chance(struct world *w, uint64_t n)
{
	uint64_t z = (w->rng += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (n == 0 ? 0 : (z ^ (z >> 31)) % n);
}

/* ---- Disks ---- */

static void
stored_free(struct stored *s)
{
	mem_free(s->bytes);
	mem_free(s->ids);
}

static void
stored_copy(struct stored *to, const struct stored *from)
{
	*to = *from;
	to->bytes = mem_dup(from->bytes, from->len);
	to->ids = mem_dup(from->ids, from->nids * sizeof(*from->ids));
}

void
world_disk_free(struct disk *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->n; i++)
		stored_free(&d->rows[i]);
	mem_free(d->rows);
	mem_free(d->heads);
	mem_free(d);
}

static void
drop_row(struct disk *d, size_t i)
{
	stored_free(&d->rows[i]);
	memmove(&d->rows[i], &d->rows[i + 1], (--d->n - i) * sizeof(*d->rows));
}

static void
raise_head(struct disk *d, const struct stored *row)
{
	size_t i;

	for (i = 0; i < d->nheads; i++)
		if (memcmp(d->heads[i].member, row->h.member, KEY_BYTES) == 0)
			break;
	if (i == d->nheads) {
		d->heads = mem_array(d->heads, ++d->nheads, sizeof(*d->heads));
		memset(&d->heads[i], 0, sizeof(d->heads[i]));
	}
	chain_advance(&d->heads[i], &row->h, row->id);
}

static bool
is_batch(const struct stored *s)
{
	return (s->kind == WRITE_OWN || s->kind == WRITE_BATCH);
}

static bool
is_waiver(const struct stored *s)
{
	return (s->kind == WRITE_WAIVER || s->kind == WRITE_WAIVED);
}

/* Write ${row}, which becomes the disk's. */
static void
disk_write(struct disk *d, struct stored *row)
{
	size_t i;

	if (is_batch(row))
		raise_head(d, row);
	for (i = d->n; i-- > 0;) {
		if (row->kind == WRITE_OWN && row->pending != 0 &&
		    d->rows[i].kind == WRITE_PENDING &&
		    d->rows[i].serial <= row->pending) {
			mem_free(d->rows[i].bytes);
			d->rows[i].bytes = NULL;
			d->rows[i].len = 0;
		}
		if (row->kind == WRITE_PRUNE && is_batch(&d->rows[i]) &&
		    d->rows[i].h.created < row->created)
			drop_row(d, i);
		else if (is_waiver(row) && is_waiver(&d->rows[i]) &&
		    memcmp(&row->waiver.prefix, &d->rows[i].waiver.prefix,
			sizeof(row->waiver.prefix)) == 0)
			drop_row(d, i);
	}
	if (row->kind == WRITE_PRUNE || row->kind == WRITE_WAIVED) {
		stored_free(row);
		return;
	}
	if (d->n == d->room) {
		d->room = d->room == 0 ? 64 : d->room * 2;
		d->rows = mem_array(d->rows, d->room, sizeof(*d->rows));
	}
	d->rows[d->n++] = *row;
}

/* ---- Happenings ---- */

static void
happening_free(struct happening *h)
{
	mem_free(h->bytes);
	mem_free(h);
}

static struct happening *
plan(struct world *w, int64_t after, size_t node)
{
	struct happening *h = mem_zero(sizeof(*h)), **p;

	h->when = w->now + after;
	h->serial = ++w->serial;
	h->node = node;
	h->life = w->nodes[node].life;
	for (p = &w->queue; *p != NULL && (*p)->when <= h->when;
	     p = &(*p)->later)
		continue;
	h->later = *p;
	*p = h;
	return (h);
}

static void step(struct world *w, size_t n, struct event *event);

static void
queue_commit(struct world *w, size_t n, const struct action *a)
{
	struct node *node = &w->nodes[n];
	struct happening *h;
	struct stored row = {.kind = a->u.persist.kind};
	int64_t lag;

	row.serial = a->u.persist.serial;
	row.bytes = mem_dup(a->u.persist.bytes, a->u.persist.len);
	row.len = a->u.persist.len;
	row.pending = a->u.persist.pending;
	row.subject = a->u.persist.subject;
	row.time = a->u.persist.time;
	row.created = a->u.persist.created;
	row.nids = a->u.persist.nids;
	row.ids = mem_dup(a->u.persist.ids, row.nids * sizeof(*row.ids));
	if (a->u.persist.waiver != NULL)
		row.waiver = *a->u.persist.waiver;
	if (a->u.persist.h != NULL) {
		row.h = *a->u.persist.h;
		memcpy(row.id, a->u.persist.id, HASH_BYTES);
	}
	if (a->u.persist.member != NULL)
		memcpy(row.member, a->u.persist.member, KEY_BYTES);
	if (w->setup.lag < 0) {
		stored_free(&row);
		return;
	}
	lag = (int64_t)chance(w, (uint64_t)w->setup.lag + 1);
	if (w->now + lag < node->committed)
		lag = node->committed - w->now;
	node->committed = w->now + lag;
	h = plan(w, lag, n);
	h->kind = COMMIT;
	h->row = row;
}

static size_t
node_with(const struct world *w, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < w->setup.nodes; i++)
		if (memcmp(w->nodes[i].key.public, key, KEY_BYTES) == 0)
			return (i);
	return (WORLD_NODES);
}

static void
queue_request(struct world *w, size_t n, const struct action *a)
{
	size_t to = node_with(w, a->u.fetch.peer);
	struct happening *h;

	bool down = to == WORLD_NODES || w->nodes[to].engine == NULL;

	if (down || w->cut[n][to] || chance(w, 1000) < w->setup.loss) {
		/* A closed port is noticed at once, a lost packet is not. */
		h = plan(w, down ? 5 : 1000 + (int64_t)chance(w, 4000), n);
		h->kind = FAIL;
		h->request = a->u.fetch.request;
		return;
	}
	h = plan(w, 1 + (int64_t)chance(w, (uint64_t)w->setup.delay), to);
	h->kind = ARRIVE;
	h->from = n;
	h->fromlife = w->nodes[n].life;
	h->request = a->u.fetch.request;
	snprintf(h->path, sizeof(h->path), "%s", a->u.fetch.path);
}

static void
keep_reply(struct node *node, const struct action *a)
{
	size_t i = node->nreplies++;

	node->replies =
	    mem_array(node->replies, node->nreplies, sizeof(*node->replies));
	node->replies[i].ticket = a->u.reply.ticket;
	node->replies[i].verdicts = mem_dup(a->u.reply.verdicts, a->u.reply.n);
}

/* ---- Serving ---- */

static void
serve_heads(struct world *w, size_t n, uint64_t since, struct buf *out)
{
	struct head *heads = mem_array(NULL, GOSSIP_HEADS, sizeof(*heads));
	struct gossip_msg m = {.clock = world_now(w)};
	struct engine_state s;

	engine_state(w->nodes[n].engine, &s);
	memcpy(m.instance, s.instance, 8);
	m.n = engine_heads(w->nodes[n].engine, since, heads, GOSSIP_HEADS,
	    &m.cursor);
	gossip_msg_encode(&m, heads, out);
	mem_free(heads);
}

static int
compare_rows(const void *a, const void *b)
{
	const struct stored *const *x = a, *const *y = b;

	return (((*x)->h.seq > (*y)->h.seq) - ((*x)->h.seq < (*y)->h.seq));
}

static unsigned
serve_log(const struct disk *d, const char *path, struct buf *out)
{
	const struct stored *found[ENGINE_RANGE];
	char hex[65];
	uint8_t member[KEY_BYTES];
	unsigned epoch;
	unsigned long long from, to;
	size_t i, n = 0;

	if (sscanf(path, "p/1/log/%64[0-9a-f]/%u/%llu-%llu", hex, &epoch, &from,
		&to) != 4 ||
	    text_unhex(hex, member, KEY_BYTES) != 0)
		return (400);
	for (i = 0; i < d->n && n < ENGINE_RANGE; i++) {
		const struct stored *s = &d->rows[i];

		if (is_batch(s) && memcmp(s->h.member, member, 32) == 0 &&
		    s->h.epoch == epoch && s->h.seq >= from && s->h.seq <= to)
			found[n++] = s;
	}
	qsort(found, n, sizeof(*found), compare_rows);
	for (i = 0; i < n; i++)
		if (out->len + found[i]->len <= ENGINE_RANGE_BYTES)
			buf_add(out, found[i]->bytes, found[i]->len);
	return (200);
}

/* True if a long-poll must wait. */
static bool
must_wait(struct world *w, const struct happening *h)
{
	unsigned long long since;
	char hex[17];
	int wait;
	struct engine_state s;
	uint8_t instance[8];

	if (h->kind == LATE ||
	    sscanf(h->path, "p/1/heads?since=%llu&instance=%16[0-9a-f]&wait=%d",
		&since, hex, &wait) != 3 ||
	    wait == 0)
		return (false);
	engine_state(w->nodes[h->node].engine, &s);
	return (text_unhex(hex, instance, 8) == 0 &&
	    memcmp(instance, s.instance, 8) == 0 && since >= s.serial);
}

static void
answer(struct world *w, struct happening *h)
{
	struct node *node = &w->nodes[h->node];
	const struct policy_member *m;
	unsigned long long since = 0;
	struct engine_state s;
	struct happening *back;
	uint8_t instance[8];
	struct buf body;
	char hex[17];
	unsigned status = 200, copies = 1;
	int64_t delay;

	buf_init(&body, ENGINE_RANGE_BYTES + 1000);
	m = policy_member_find(engine_policy(node->engine),
	    w->nodes[h->from].key.public);
	if (m == NULL || m->trust == TRUST_NONE) {
		status = 403;
	} else if (strncmp(h->path, "p/1/log/", 8) == 0) {
		status = serve_log(node->disk, h->path, &body);
	} else if (sscanf(h->path, "p/1/heads?since=%llu&instance=%16[0-9a-f]",
		       &since, hex) == 2) {
		engine_state(node->engine, &s);
		if (text_unhex(hex, instance, 8) != 0 ||
		    memcmp(instance, s.instance, 8) != 0)
			since = 0;
		serve_heads(w, h->node, since, &body);
	} else
		status = 404;
	if (w->setup.tamper != NULL)
		w->setup.tamper(w, h->node, h->from, h->path, &status, &body);
	if (w->cut[h->node][h->from] || chance(w, 1000) < w->setup.loss)
		copies = 0;
	else if (chance(w, 1000) < w->setup.repeat)
		copies = 2;
	delay = 1 + (int64_t)chance(w, (uint64_t)w->setup.delay);
	do {
		back = plan(w, copies == 0 ? 5000 : delay, h->from);
		back->kind = copies == 0 ? FAIL : ANSWER;
		back->life = h->fromlife;
		back->request = h->request;
		back->status = status;
		back->bytes = mem_dup(body.data, body.len);
		back->len = body.len;
		delay += (int64_t)chance(w, 10000);
	} while (copies > 0 && --copies > 0);
	buf_free(&body);
	happening_free(h);
}

/* Answer the long-polls of ${n} that need not wait any more. */
static void
wake(struct world *w, size_t n)
{
	struct happening **p = &w->nodes[n].waiting, *h;

	while ((h = *p) != NULL) {
		if (must_wait(w, h)) {
			p = &h->later;
			continue;
		}
		*p = h->later;
		answer(w, h);
	}
}

/* ---- Steps ---- */

static void
step(struct world *w, size_t n, struct event *event)
{
	struct node *node = &w->nodes[n];
	struct actions acts;
	bool moved = false;
	size_t i;

	event->now.ms = world_now(w);
	event->mono.ms = w->now;
	if (engine_step(node->engine, event, &acts) != 0)
		abort();
	for (i = 0; i < acts.n; i++) {
		const struct action *a = &acts.list[i];

		switch (a->type) {
		case ACT_PERSIST:
			queue_commit(w, n, a);
			break;
		case ACT_FETCH:
			queue_request(w, n, a);
			break;
		case ACT_REPLY:
			keep_reply(node, a);
			break;
		case ACT_MOVED:
			moved = moved || a->u.moved.heads;
			break;
		case ACT_TRACE:
			if (getenv("WORLD_TRACE") != NULL)
				printf("%9.3f %zu %d %s\n",
				    (double)w->now / 1000, n, a->u.trace.level,
				    a->u.trace.text);
			if (node->ntraces < TRACES)
				node->traces[node->ntraces++] =
				    mem_string(a->u.trace.text);
			break;
		}
	}
	if (moved)
		wake(w, n);
}

static void
commit(struct world *w, struct happening *h)
{
	struct event event = {.type = EV_PERSISTED};

	event.u.persisted.serial = h->row.serial;
	w->nodes[h->node].writes[h->row.kind]++;
	disk_write(w->nodes[h->node].disk, &h->row);
	step(w, h->node, &event);
}

/* Whoever asked ${h} notices in time that there will be no answer. */
static void
no_answer(struct world *w, const struct happening *h)
{
	struct happening *f = plan(w, 1000, h->from);

	f->kind = FAIL;
	f->life = h->fromlife;
	f->request = h->request;
}

/* The request ${h} arrives: tell the engine of whoever asks. */
static void
called(struct world *w, const struct happening *h)
{
	struct event event = {.type = EV_CALLED};
	const char *said = strstr(h->path, "&refused=");
	unsigned long long refused = 0;
	char verdict[ENGINE_VERDICT + 1] = "";

	if (w->cut[h->node][h->from])
		return;
	if (said != NULL &&
	    sscanf(said, "&refused=%llu&verdict=%15[a-z]", &refused, verdict) !=
		2)
		abort();
	event.u.called.key = w->nodes[h->from].key.public;
	event.u.called.refused = refused;
	event.u.called.verdict = verdict;
	step(w, h->node, &event);
}

static void
happen(struct world *w, struct happening *h)
{
	struct node *node = &w->nodes[h->node];
	struct event event = {.type = EV_FETCHED};
	struct happening *late;

	if (h->life != node->life || node->engine == NULL) {
		if (h->kind == COMMIT)
			stored_free(&h->row);
		if (h->kind == ARRIVE)
			no_answer(w, h);
		happening_free(h);
		return;
	}
	switch (h->kind) {
	case COMMIT:
		commit(w, h);
		break;
	case ANSWER:
		event.u.fetched.request = h->request;
		event.u.fetched.status = h->status;
		event.u.fetched.bytes = h->bytes;
		event.u.fetched.len = h->len;
		step(w, h->node, &event);
		break;
	case FAIL:
		event.type = EV_FAILED;
		event.u.failed.request = h->request;
		event.u.failed.reason = "lost";
		step(w, h->node, &event);
		break;
	case ARRIVE:
		called(w, h);
		if (!must_wait(w, h)) {
			answer(w, h);
			return;
		}
		late = plan(w, ENGINE_WAIT * 1000, h->node);
		late->kind = LATE;
		late->serial = h->serial;
		late->request = h->request;
		h->later = node->waiting;
		node->waiting = h;
		return;
	case LATE:
		for (struct happening **p = &node->waiting; *p != NULL;
		     p = &(*p)->later) {
			late = *p;
			if (late->serial != h->serial)
				continue;
			*p = late->later;
			late->kind = LATE;
			answer(w, late);
			break;
		}
		break;
	}
	happening_free(h);
}

/* The node whose tick is due first, and when; WORLD_NODES if none by then. */
static size_t
next_tick(const struct world *w, int64_t by, int64_t *when)
{
	size_t i, found = WORLD_NODES;
	struct mono m;

	for (i = 0; i < w->setup.nodes; i++) {
		if (w->nodes[i].engine == NULL)
			continue;
		m = engine_next(w->nodes[i].engine);
		if (m.ms < by || (m.ms == by && found == WORLD_NODES)) {
			by = m.ms;
			found = i;
		}
	}
	*when = by;
	return (found);
}

void
world_run(struct world *w, int64_t ms)
{
	int64_t end = w->now + ms, when;
	struct event event = {.type = EV_TICK};
	struct happening *h;
	size_t n;

	for (;;) {
		n = next_tick(w, end, &when);
		h = w->queue;
		if (h != NULL && h->when <= when) {
			w->queue = h->later;
			w->now = h->when;
			happen(w, h);
		} else if (n < WORLD_NODES) {
			if (when > w->now)
				w->now = when;
			/* A tick that changes nothing must not stop time. */
			event.type = EV_TICK;
			step(w, n, &event);
			if (engine_next(w->nodes[n].engine).ms <= w->now)
				w->now++;
		} else
			break;
		if (w->now >= end)
			break;
	}
	w->now = end;
}

/* ---- Nodes ---- */

struct policy *
world_policy(struct world *w, size_t node)
{
	struct policy_list worm = {.name = "worm",
	    .categories =
		CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_MALWARE),
	    .window = 86400,
	    .hold = 86400,
	    .threshold = 2000,
	    .cap = 2,
	    .groups = 2};
	struct policy_list any = worm;
	struct policy *p = policy_new();
	struct policy_member m;
	size_t i;

	text_copy(any.name, sizeof(any.name), "any");
	any.categories = 0xfe;
	policy_list_add(p, &worm);
	policy_list_add(p, &any);
	p->special = false;
	p->hear_head = true;
	memcpy(p->members[0].key, w->nodes[node].key.public, KEY_BYTES);
	snprintf(p->members[0].name, CARD_NAME, "n%zu", node);
	snprintf(p->members[0].group, CARD_GROUP, "G%zu", node);
	p->members[0].trust = TRUST_FULL;
	p->members[0].weight = 1000;
	for (i = 0; i < w->setup.nodes; i++) {
		if (i == node)
			continue;
		memset(&m, 0, sizeof(m));
		memcpy(m.key, w->nodes[i].key.public, KEY_BYTES);
		snprintf(m.name, sizeof(m.name), "n%zu", i);
		snprintf(m.group, sizeof(m.group), "G%zu", i);
		snprintf(m.url, sizeof(m.url), "https://n%zu/", i);
		m.trust = TRUST_VOTE;
		m.weight = 1000;
		if (policy_member_add(p, &m) != NULL)
			abort();
	}
	return (p);
}

static struct policy *
make_policy(struct world *w, size_t n)
{
	struct policy *p;

	if (w->setup.policy != NULL)
		return (w->setup.policy(w, n));
	p = world_policy(w, n);
	policy_ready(p);
	return (p);
}

static void
load(struct world *w, size_t n, enum loaded_kind kind, const struct stored *s)
{
	struct event event = {.type = EV_LOADED};
	size_t i;

	event.u.loaded.kind = kind;
	event.u.loaded.bytes = s->bytes;
	event.u.loaded.len = s->len;
	event.u.loaded.serial = s->serial;
	event.u.loaded.subject = s->subject;
	event.u.loaded.time = s->time;
	event.u.loaded.waiver = &s->waiver;
	if (kind != LOADED_ID) {
		step(w, n, &event);
		return;
	}
	for (i = 0; i < s->nids; i++) {
		event.u.loaded.idhash = s->ids[i].hash;
		event.u.loaded.time = s->ids[i].expires;
		step(w, n, &event);
	}
}

static int
compare_places(const void *a, const void *b)
{
	const struct stored *const *x = a, *const *y = b;
	int c = memcmp((*x)->h.member, (*y)->h.member, KEY_BYTES);

	if (c != 0)
		return (c);
	if ((*x)->h.epoch != (*y)->h.epoch)
		return ((*x)->h.epoch < (*y)->h.epoch ? -1 : 1);
	return (compare_rows(a, b));
}

/* Exchange neighbours of different members, often. */
static void
interleave(struct world *w, struct stored **batches, size_t n)
{
	struct stored *s;
	size_t i, k;

	for (k = 0; n > 1 && k < n * n; k++) {
		i = chance(w, n - 1);
		s = batches[i];
		if (memcmp(s->h.member, batches[i + 1]->h.member, 32) == 0)
			continue;
		batches[i] = batches[i + 1];
		batches[i + 1] = s;
	}
}

static void
load_disk(struct world *w, size_t n)
{
	static const struct {
		enum write_kind kind;
		enum loaded_kind as;
	} order[] = {{WRITE_CARD, LOADED_CARD}, {WRITE_FROZEN, LOADED_FROZEN},
	    {WRITE_CLEARED, LOADED_CLEARED}, {WRITE_WAIVER, LOADED_WAIVER},
	    {WRITE_PENDING, LOADED_ID}, {WRITE_PENDING, LOADED_PENDING}};
	struct disk *d = w->nodes[n].disk;
	struct event event = {.type = EV_LOADED};
	struct stored **batches = mem_array(NULL, d->n + 1, sizeof(*batches));
	size_t i, k, nb = 0;

	for (i = 0; i < d->nheads; i++) {
		event.u.loaded.kind = LOADED_HEAD;
		event.u.loaded.head = &d->heads[i];
		step(w, n, &event);
	}
	for (i = 0; i < d->n; i++)
		if (is_batch(&d->rows[i]))
			batches[nb++] = &d->rows[i];
	qsort(batches, nb, sizeof(*batches), compare_places);
	if (w->shuffle)
		interleave(w, batches, nb);
	for (i = 0; i < nb; i++)
		load(w, n, LOADED_BATCH, batches[i]);
	mem_free(batches);
	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < d->n; i++)
			if (d->rows[i].kind == order[k].kind &&
			    (order[k].as != LOADED_PENDING ||
				d->rows[i].bytes != NULL))
				load(w, n, order[k].as, &d->rows[i]);
}

void
world_start(struct world *w, size_t n)
{
	struct node *node = &w->nodes[n];
	struct engine_setup setup = {.signer = key_signer(&node->key)};
	struct event event = {.type = EV_START};
	size_t i;

	assert(node->engine == NULL);
	for (i = 0; i < sizeof(setup.seed); i++)
		setup.seed[i] = (uint8_t)chance(w, 256);
	setup.policy = make_policy(w, n);
	node->engine = engine_new(&setup);
	load_disk(w, n);
	step(w, n, &event);
}

void
world_crash(struct world *w, size_t n)
{
	struct node *node = &w->nodes[n];
	struct happening *h;

	engine_free(node->engine);
	node->engine = NULL;
	node->life++;
	node->committed = 0;
	while ((h = node->waiting) != NULL) {
		node->waiting = h->later;
		h->later = NULL;
		no_answer(w, h);
		happening_free(h);
	}
}

struct disk *
world_save(struct world *w, size_t n)
{
	const struct disk *from = w->nodes[n].disk;
	struct disk *d = mem_zero(sizeof(*d));
	size_t i;

	d->n = d->room = from->n;
	d->rows = mem_array(NULL, from->n + 1, sizeof(*d->rows));
	for (i = 0; i < from->n; i++) {
		stored_copy(&d->rows[i], &from->rows[i]);
		if (from->rows[i].bytes == NULL) {
			mem_free(d->rows[i].bytes);
			d->rows[i].bytes = NULL;
		}
	}
	d->nheads = from->nheads;
	d->heads = mem_dup(from->heads, from->nheads * sizeof(*d->heads));
	return (d);
}

void
world_restore(struct world *w, size_t n, struct disk *disk)
{
	assert(w->nodes[n].engine == NULL);
	world_disk_free(w->nodes[n].disk);
	w->nodes[n].disk = disk != NULL ? disk : mem_zero(sizeof(struct disk));
}

struct world *
world_new(const struct world_setup *setup)
{
	struct world *w = mem_zero(sizeof(*w));
	uint8_t seed[KEY_SEED] = {0};
	size_t i;

	w->setup = *setup;
	w->rng = setup->seed;
	w->now = 1000000;
	for (i = 0; i < setup->nodes; i++) {
		seed[0] = (uint8_t)(i + 1);
		key_from_seed(&w->nodes[i].key, seed);
		w->nodes[i].disk = mem_zero(sizeof(struct disk));
	}
	for (i = 0; i < setup->nodes; i++)
		world_start(w, i);
	return (w);
}

void
world_free(struct world *w)
{
	struct happening *h;
	size_t i, k;

	for (i = 0; i < w->setup.nodes; i++) {
		struct node *node = &w->nodes[i];

		if (node->engine != NULL)
			world_crash(w, i);
		world_disk_free(node->disk);
		for (k = 0; k < node->nreplies; k++)
			mem_free(node->replies[k].verdicts);
		mem_free(node->replies);
		for (k = 0; k < node->ntraces; k++)
			mem_free(node->traces[k]);
	}
	while ((h = w->queue) != NULL) {
		w->queue = h->later;
		if (h->kind == COMMIT)
			stored_free(&h->row);
		happening_free(h);
	}
	mem_free(w);
}

/* ---- Talking to them ---- */

int64_t
world_now(const struct world *w)
{
	return (WORLD_START + w->now - 1000000);
}

struct engine *
world_engine(struct world *w, size_t n)
{
	return (w->nodes[n].engine);
}

const struct key *
world_key(struct world *w, size_t n)
{
	return (&w->nodes[n].key);
}

void *
world_arg(struct world *w)
{
	return (w->setup.arg);
}

uint64_t
world_report(struct world *w, size_t n, const struct item *items, size_t count)
{
	struct event event = {.type = EV_REPORT};

	event.u.report.ticket = ++w->nodes[n].tickets;
	event.u.report.items = items;
	event.u.report.n = count;
	step(w, n, &event);
	return (w->nodes[n].tickets);
}

const uint8_t *
world_verdicts(struct world *w, size_t n, uint64_t ticket)
{
	size_t i;

	for (i = 0; i < w->nodes[n].nreplies; i++)
		if (w->nodes[n].replies[i].ticket == ticket)
			return (w->nodes[n].replies[i].verdicts);
	return (NULL);
}

uint64_t
world_tell(struct world *w, size_t n, uint64_t subject, unsigned count)
{
	struct item item = {.subject = subject,
	    .kind = RECORD_SIGHTING,
	    .category = CATEGORY_WORM,
	    .count = count,
	    .threat = "Win.Worm.Sober-G"};

	return (world_report(w, n, &item, 1));
}

void
world_set_policy(struct world *w, size_t n, struct policy *p)
{
	struct event event = {.type = EV_POLICY};

	event.u.policy = p;
	step(w, n, &event);
}

void
world_cut(struct world *w, size_t a, size_t b, bool on)
{
	w->cut[a][b] = w->cut[b][a] = on;
}

void
world_shuffle(struct world *w, bool on)
{
	w->shuffle = on;
}

void
world_lag(struct world *w, int64_t ms)
{
	w->setup.lag = ms;
}

void
world_digest(struct world *w, size_t n, size_t list, uint8_t out[HASH_BYTES])
{
	struct listing_row *rows;
	char text[SUBJECT_TEXT];
	struct buf b;
	size_t i, count;

	buf_init(&b, 1u << 28);
	count = listing_snapshot(engine_listing(w->nodes[n].engine, list),
	    wall_sec((struct wall){world_now(w)}), &rows);
	for (i = 0; i < count; i++) {
		subject_format(rows[i].subject, text);
		buf_printf(&b, "%s\n", text);
	}
	key_hash("", b.data, b.len, out);
	mem_free(rows);
	buf_free(&b);
}

unsigned
world_traced(struct world *w, size_t n, const char *part)
{
	unsigned found = 0;
	size_t i;

	for (i = 0; i < w->nodes[n].ntraces; i++)
		found += strstr(w->nodes[n].traces[i], part) != NULL;
	return (found);
}

unsigned
world_writes(struct world *w, size_t n, enum write_kind kind)
{
	return (w->nodes[n].writes[kind]);
}
