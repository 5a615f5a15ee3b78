#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/listing.h"
#include "sim/actor.h"
#include "sim/judge.h"
#include "sim/oracle.h"

#define REQUESTS 5 /* of one node to one peer: a long-poll and four more */
#define REMEMBERED 6 /* days an acknowledged sighting is looked for */

/* A retraction that was acknowledged. */
struct withdrawn {
	size_t by;
	uint64_t subject;
	int64_t when;
};

struct judge {
	struct withdrawn *withdrawn;
	size_t nwithdrawn;
	uint64_t *honest; /* subjects that honest nodes reported */
	size_t nhonest;
};

/* ---- While it runs ---- */

static void
on_written(struct stage *s, struct actor *a, const struct diskrow *row)
{
	const struct blob *b = row->blob;
	const struct shelf *shelf;
	uint8_t key[KEY_BYTES];
	size_t i;

	if (row->kind == WRITE_FROZEN && a->honest) {
		s->tale.checks[10]++;
		if (fork_proof_check(row->bytes, row->len, key) != 0) {
			tale_break(&s->tale, s->now, 10,
			    "n%zu keeps a proof that proves nothing",
			    a->number);
			return;
		}
		for (i = 0; i < s->n; i++)
			if (memcmp(s->keys[i], key, KEY_BYTES) == 0 &&
			    !s->actors[i].suspect)
				tale_break(&s->tale, s->now, 10,
				    "n%zu convicts n%zu, which is honest",
				    a->number, i);
	}
	if (b == NULL || !a->honest)
		return;
	s->tale.checks[4]++;
	s->tale.checks[11]++;
	shelf = disk_shelf(a->disk, b->h.member);
	if (shelf != NULL && b->h.epoch == shelf->head.epoch &&
	    b->h.floor < shelf->head.floor && b->h.seq > shelf->head.seq)
		tale_break(&s->tale, s->now, 11,
		    "n%zu takes a batch with a lower floor", a->number);
}

static void
on_shown(struct stage *s, struct actor *a, struct blob *b)
{
	const struct blob *rival;

	if (memcmp(b->h.member, a->key.public, KEY_BYTES) != 0)
		return;
	s->tale.checks[1]++;
	b->shown = true;
	rival = annals_rival(s->annals, b);
	if (rival != NULL && !a->suspect)
		tale_break(&s->tale, s->now, 1,
		    "n%zu shows two batches %u/%llu", a->number,
		    (unsigned)b->h.epoch, (unsigned long long)b->h.seq);
}

static void
on_acked(struct stage *s, struct actor *a, const struct item *item)
{
	struct judge *j = s->judge;
	struct withdrawn *w;

	if (!a->honest)
		return;
	if (item->kind == RECORD_RETRACTION) {
		j->withdrawn = mem_array(j->withdrawn, j->nwithdrawn + 1,
		    sizeof(*j->withdrawn));
		w = &j->withdrawn[j->nwithdrawn++];
		w->by = a->number;
		w->subject = item->subject;
		w->when = s->now;
	}
	if (item->kind != RECORD_SIGHTING)
		return;
	j->honest = mem_array(j->honest, j->nhonest + 1, sizeof(*j->honest));
	j->honest[j->nhonest++] = item->subject;
}

static void
on_started(struct stage *s, struct actor *a)
{
	/* In whatever order the disk was read. */
	if (a->honest)
		oracle_check(s, a, 1);
}

void
judge_begin(struct stage *s)
{
	s->judge = mem_zero(sizeof(struct judge));
	s->watch.written = on_written;
	s->watch.shown = on_shown;
	s->watch.acked = on_acked;
	s->watch.started = on_started;
}

void
judge_end(struct stage *s)
{
	struct judge *j = s->judge;

	mem_free(j->withdrawn);
	mem_free(j->honest);
	mem_free(j);
	s->judge = NULL;
}

/* What ${a} acknowledged is on its disk. */
static void
check_acked(struct stage *s, struct actor *a)
{
	int64_t from = s->now - (int64_t)REMEMBERED * 86400000;
	uint64_t subject, want = 0;
	char text[SUBJECT_TEXT];
	size_t i, pick;

	if (a->nacked == 0)
		return;
	pick = dice_roll(&s->dice, a->nacked);
	subject = a->acked[pick].subject;
	for (i = 0; i < a->nacked; i++)
		if (a->acked[i].subject == subject && a->acked[i].when >= from)
			want += a->acked[i].count;
	s->tale.checks[16]++;
	if (oracle_logged(a, a->key.public, subject) >= want)
		return;
	subject_format(subject, text);
	tale_break(&s->tale, s->now, 16,
	    "n%zu lost acknowledged sightings of %s", a->number, text);
}

static void
check_bounds(struct stage *s, struct actor *a)
{
	struct engine_state state;
	struct engine_member m;
	size_t i, peers = 0;

	engine_state(a->engine, &state);
	s->tale.checks[12]++;
	for (i = 1; engine_member(a->engine, i, &m) == 0; i++)
		peers += m.policy != NULL && m.policy->url[0] != '\0';
	if (state.writes > ENGINE_WRITES || state.pending > ENGINE_PENDING ||
	    a->nasked > REQUESTS * (peers + 1))
		tale_break(&s->tale, s->now, 12,
		    "n%zu: %zu writes, %zu pending, %zu requests", a->number,
		    state.writes, state.pending, a->nasked);
}

/* Nobody honest is blamed for what it could not know. */
static void
check_blame(struct stage *s, struct actor *a)
{
	struct engine_member m;
	size_t i, k;

	if (a->spoilt > 0)
		return; /* what came was changed on the way */
	for (i = 1; engine_member(a->engine, i, &m) == 0; i++) {
		for (k = 0; k < s->n; k++)
			if (memcmp(s->keys[k], m.head.member, KEY_BYTES) == 0)
				break;
		if (k == s->n || !s->actors[k].honest || s->actors[k].rotten)
			continue;
		s->tale.checks[14]++;
		/* A fork is the author's doing, not the relay's. */
		if (m.rejected > 0 && strcmp(m.rejection, "fork") != 0 &&
		    strcmp(m.rejection, "break") != 0)
			tale_break(&s->tale, s->now, 14,
			    "n%zu blames n%zu, which is honest: %s", a->number,
			    k, m.rejection);
	}
}

static bool
honestly_seen(const struct judge *j, uint64_t subject)
{
	size_t i;

	for (i = j->nhonest; i > 0; i--)
		if (j->honest[i - 1] == subject)
			return (true);
	return (false);
}

/* As many groups as may be wrong never list what no honest node saw. */
static void
check_safety(struct stage *s, struct actor *a)
{
	struct judge *j = s->judge;
	uint32_t now = wall_sec((struct wall){actor_wall(s, a)});
	struct listing_row *rows;
	size_t i, l, n, liars = 0;
	bool full = false;

	for (i = 0; i < s->n; i++) {
		if (s->actors[i].honest)
			continue;
		liars++;
		full = full || a->stance.of[i].trust == TRUST_FULL;
	}
	for (l = 0; l < a->stance.nlists; l++) {
		if (full || liars >= a->stance.lists[l].groups)
			continue;
		n = listing_snapshot(engine_listing(a->engine, l), now, &rows);
		for (i = 0; i < n; i++) {
			s->tale.checks[5]++;
			if (!honestly_seen(j, rows[i].subject))
				tale_break(&s->tale, s->now, 5,
				    "n%zu lists what only liars reported",
				    a->number);
		}
		mem_free(rows);
	}
}

void
judge_look(struct stage *s, unsigned part)
{
	struct actor *a;
	size_t i;

	for (i = 0; i < s->n && s->tale.broken == 0; i++) {
		a = &s->actors[i];
		if (!a->honest || a->engine == NULL || a->paused > s->now)
			continue;
		oracle_check(s, a, part);
		if (a->engine == NULL)
			continue;
		check_acked(s, a);
		check_bounds(s, a);
		check_blame(s, a);
		if (part <= 1)
			check_safety(s, a);
	}
}

void
judge_forget(struct stage *s, struct actor *a)
{
	struct judge *j = s->judge;
	size_t i, left = 0;

	a->nacked = 0;
	for (i = 0; i < j->nwithdrawn; i++)
		if (j->withdrawn[i].by != a->number)
			j->withdrawn[left++] = j->withdrawn[i];
	j->nwithdrawn = left;
}

/* ---- When all is settled ---- */

/* True if ${a} takes what node ${m} says. */
static bool
follows(const struct actor *a, size_t m)
{
	return (a->honest && a->engine != NULL && a->stance.of[m].known &&
	    a->stance.of[m].trust != TRUST_NONE);
}

/* True if the batches of one log on two disks differ, but for expired ones. */
static bool
logs_differ(const struct shelf *x, const struct shelf *y, int64_t oldest)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < x->n && x->places[i].blob->h.created < oldest)
			i++;
		while (k < y->n && y->places[k].blob->h.created < oldest)
			k++;
		if (i == x->n || k == y->n)
			return (i != x->n || k != y->n);
		if (x->places[i++].blob != y->places[k++].blob)
			return (true);
	}
}

static bool
member_apart(struct stage *s, size_t m, char *why, size_t size)
{
	int64_t oldest = STAGE_START + s->now - POLICY_RETENTION_MIN * 1000ll;
	const struct actor *first = NULL, *a;
	const struct shelf *x = NULL, *y;
	size_t i;

	for (i = 0; i < s->n; i++) {
		a = &s->actors[i];
		if (!follows(a, m))
			continue;
		y = disk_shelf(a->disk, s->keys[m]);
		if (first == NULL) {
			first = a;
			x = y;
			continue;
		}
		if (oracle_frozen(s, first, m) != oracle_frozen(s, a, m)) {
			snprintf(why, size,
			    "n%zu or n%zu alone has a proof against n%zu",
			    first->number, a->number, m);
			return (true);
		}
		if (oracle_frozen(s, a, m) || x == y)
			continue;
		if (x == NULL || y == NULL ||
		    memcmp(x->head.id, y->head.id, HASH_BYTES) != 0) {
			snprintf(why, size,
			    "n%zu has n%zu at %u/%llu, n%zu at %u/%llu",
			    first->number, m, x == NULL ? 0 : x->head.epoch,
			    x == NULL ? 0ull : (unsigned long long)x->head.seq,
			    a->number, y == NULL ? 0 : y->head.epoch,
			    y == NULL ? 0ull : (unsigned long long)y->head.seq);
			return (true);
		}
		if (logs_differ(x, y, oldest)) {
			snprintf(why, size,
			    "n%zu and n%zu have different logs of n%zu below "
			    "one head",
			    first->number, a->number, m);
			return (true);
		}
	}
	return (false);
}

bool
judge_apart(struct stage *s, char *why, size_t size)
{
	size_t m;

	s->tale.checks[2]++;
	for (m = 0; m < s->n; m++) {
		if (s->actors[m].engine == NULL && s->actors[m].honest) {
			snprintf(why, size, "n%zu does not run", m);
			return (true);
		}
		if (member_apart(s, m, why, size))
			return (true);
	}
	return (false);
}

/* Conflicting batches on honest disks convict their author everywhere. */
static void
check_forks(struct stage *s)
{
	const struct blob *b, *rival;
	const struct shelf *shelf;
	size_t place = 0, i, m;
	bool held;

	while ((b = annals_walk(s->annals, &place)) != NULL) {
		rival = annals_rival(s->annals, b);
		if (rival == NULL || !b->shown)
			continue;
		s->tale.checks[10]++;
		for (m = 0; memcmp(s->keys[m], b->h.member, KEY_BYTES) != 0;)
			m++;
		for (i = 0, held = false; i < s->n; i++) {
			shelf = disk_shelf(s->actors[i].disk, b->h.member);
			held = held ||
			    (follows(&s->actors[i], m) && shelf != NULL &&
				disk_holds(shelf, b));
		}
		for (i = 0; held && i < s->n; i++) {
			shelf = disk_shelf(s->actors[i].disk, b->h.member);
			if (!follows(&s->actors[i], m) || shelf == NULL ||
			    !disk_holds(shelf, rival) ||
			    oracle_frozen(s, &s->actors[i], m))
				continue;
			tale_break(&s->tale, s->now, 10,
			    "n%zu holds a batch %u/%llu of n%zu, others "
			    "another one, and nobody is convicted",
			    i, (unsigned)b->h.epoch,
			    (unsigned long long)b->h.seq, m);
		}
	}
}

static bool
has_mark(const struct stage *s, const struct actor *a,
    const struct withdrawn *w)
{
	const struct vote *v;
	struct engine_member m;
	size_t i, n;

	v = engine_votes(a->engine, w->subject, &n);
	for (i = 0; i < n; i++)
		if (v[i].what == VOTE_RETRACTION &&
		    engine_member(a->engine, v[i].member, &m) == 0 &&
		    memcmp(m.head.member, s->keys[w->by], KEY_BYTES) == 0)
			return (true);
	return (false);
}

static void
check_withdrawn(struct stage *s)
{
	struct judge *j = s->judge;
	const struct withdrawn *w;
	size_t i, k;

	for (k = 0; k < j->nwithdrawn; k++) {
		w = &j->withdrawn[k];
		if (w->when < s->now - (int64_t)REMEMBERED * 86400000 ||
		    s->actors[w->by].skewed)
			continue;
		for (i = 0; i < s->n; i++) {
			if (!follows(&s->actors[i], w->by) ||
			    oracle_frozen(s, &s->actors[i], w->by) ||
			    s->actors[i].skewed)
				continue;
			s->tale.checks[8]++;
			if (!has_mark(s, &s->actors[i], w))
				tale_break(&s->tale, s->now, 8,
				    "n%zu does not know a retraction by n%zu",
				    i, w->by);
		}
	}
}

void
judge_last(struct stage *s)
{
	check_forks(s);
	check_withdrawn(s);
}

void
judge_empty(struct stage *s)
{
	struct listing_row *rows;
	struct actor *a;
	size_t i, l;

	for (i = 0; i < s->n; i++) {
		a = &s->actors[i];
		for (l = 0;
		     a->honest && a->engine != NULL && l < a->stance.nlists;
		     l++) {
			s->tale.checks[7]++;
			if (listing_snapshot(engine_listing(a->engine, l),
				wall_sec((struct wall){actor_wall(s, a)}),
				&rows) > 0)
				tale_break(&s->tale, s->now, 7,
				    "n%zu still lists what nobody sees any "
				    "more",
				    i);
			mem_free(rows);
		}
	}
}
