#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/listing.h"
#include "form/pending.h"
#include "sim/actor.h"
#include "sim/model.h"
#include "sim/oracle.h"

#define MINUTE 60

/* One statement on a disk. */
struct fact {
	uint64_t subject;
	struct vote vote; /* its member is the number of the node */
};

struct facts {
	const struct stage *stage;
	struct fact *list;
	size_t n, room;
	unsigned part;
	uint64_t salt;
};

/* What the rule is told of the world, by number of the node. */
struct view {
	struct rule_world world;
	struct rule_member *members;
	uint32_t *weights;
};

/* ---- Who counts ---- */

/* The first node with ${key}: the one whose number the member gets. */
static size_t
node_with(const struct stage *s, const uint8_t key[KEY_BYTES])
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (memcmp(s->keys[i], key, KEY_BYTES) == 0)
			break;
	return (i);
}

bool
oracle_frozen(const struct stage *s, const struct actor *a, size_t member)
{
	uint8_t key[KEY_BYTES];
	size_t i;

	for (i = 0; i < a->disk->n; i++)
		if (a->disk->rows[i].kind == WRITE_FROZEN &&
		    fork_proof_check(a->disk->rows[i].bytes,
			a->disk->rows[i].len, key) == 0 &&
		    memcmp(key, s->keys[member], KEY_BYTES) == 0)
			return (true);
	return (false);
}

static size_t
group_of(const struct stance *st, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (st->of[k].known && st->of[i].group[0] != '\0' &&
		    strcmp(st->of[k].group, st->of[i].group) == 0)
			return (k);
	return (i);
}

static void
view_make(const struct stage *s, const struct actor *a, struct view *v)
{
	const struct stance *st = &a->stance;
	uint32_t retention = POLICY_RETENTION_MIN;
	const struct regard *r;
	size_t i, g;

	memset(v, 0, sizeof(*v));
	v->members = mem_zero(s->n * sizeof(*v->members));
	v->weights = mem_zero(s->n * sizeof(*v->weights));
	for (i = 0; i < s->n; i++) {
		r = &st->of[i];
		g = group_of(st, i);
		v->members[i].group = (uint16_t)g;
		if (!r->known || oracle_frozen(s, a, i))
			continue;
		v->members[i].trust = (uint8_t)r->trust;
		v->members[i].prefixes = r->prefixes;
		v->members[i].nprefixes = r->nprefixes;
		if (r->trust > TRUST_OBSERVE && r->weight > v->weights[g])
			v->weights[g] = r->weight;
	}
	for (i = 0; i < st->nlists; i++)
		if (st->lists[i].window + st->lists[i].hold > retention)
			retention = st->lists[i].window + st->lists[i].hold;
	v->world.members = v->members;
	v->world.nmembers = s->n;
	v->world.weights = v->weights;
	v->world.ngroups = s->n;
	v->world.retention = retention;
}

static void
view_free(struct view *v)
{
	mem_free(v->members);
	mem_free(v->weights);
}

/* ---- What was said ---- */

static void
add_fact(struct facts *f, uint64_t subject, const struct vote *v)
{
	struct dice pick = {subject ^ f->salt};

	if (f->part > 1 && dice_roll(&pick, f->part) != 0)
		return;
	if (f->n == f->room) {
		f->room = f->room == 0 ? 256 : f->room * 2;
		f->list = mem_array(f->list, f->room, sizeof(*f->list));
	}
	f->list[f->n].subject = subject;
	f->list[f->n++].vote = *v;
}

static void
add_record(struct facts *f, size_t member, const struct record *r)
{
	struct vote v = {.member = (uint16_t)member, .seen = r->last};

	if (r->kind > RECORD_CLEARANCE)
		return; /* exemptions are no votes */
	if (r->kind == RECORD_SIGHTING) {
		v.what = r->category;
		v.count = r->count;
	} else
		v.what = r->kind == RECORD_RETRACTION ? VOTE_RETRACTION :
							VOTE_CLEARANCE;
	add_fact(f, r->subject, &v);
}

static void
gather(const struct stage *s, const struct actor *a, struct facts *f)
{
	const struct disk *d = a->disk;
	struct pending *p = mem_alloc(sizeof(*p));
	const struct shelf *shelf;
	struct vote v;
	size_t i, k, r, member;

	for (i = 0; i < d->nshelves; i++) {
		shelf = &d->shelves[i];
		member = node_with(s, shelf->member);
		for (k = 0; k < shelf->n; k++)
			for (r = 0; r < shelf->places[k].blob->h.records; r++)
				add_record(f, member,
				    &shelf->places[k].blob->records[r]);
	}
	for (i = 0; i < d->n; i++) {
		if (d->rows[i].kind == WRITE_CLEARED) {
			memset(&v, 0, sizeof(v));
			v.what = VOTE_CLEARED;
			v.seen = d->rows[i].time;
			add_fact(f, d->rows[i].subject, &v);
		}
		if (d->rows[i].kind != WRITE_PENDING ||
		    d->rows[i].bytes == NULL ||
		    pending_decode(d->rows[i].bytes, d->rows[i].len, p) != NULL)
			continue;
		member = node_with(s, a->key.public);
		for (r = 0; r < p->nrecords; r++)
			add_record(f, member, &p->records[r]);
	}
	mem_free(p);
}

static int
compare_votes(const struct vote *a, const struct vote *b)
{
	if (a->seen != b->seen)
		return (a->seen < b->seen ? -1 : 1);
	if (a->member != b->member)
		return (a->member < b->member ? -1 : 1);
	return (a->what < b->what ? -1 : a->what > b->what);
}

static int
compare_facts(const void *x, const void *y)
{
	const struct fact *a = x, *b = y;

	if (a->subject != b->subject)
		return (a->subject < b->subject ? -1 : 1);
	return (compare_votes(&a->vote, &b->vote));
}

/* The fact before ${i} that it merges with, or ${i}. */
static size_t
merges_with(const struct fact *f, size_t i)
{
	const struct vote *v = &f[i].vote;
	size_t k;

	for (k = 0; k < i; k++) {
		if (f[k].vote.member != v->member || f[k].vote.what != v->what)
			continue;
		if (v->what == VOTE_RETRACTION || v->what == VOTE_CLEARED)
			return (k);
		if (v->what == VOTE_CLEARANCE ?
			f[k].vote.seen / 86400 == v->seen / 86400 :
			f[k].vote.seen / MINUTE == v->seen / MINUTE)
			return (k);
	}
	return (i);
}

/* Of each member and category the newest RULE_MINUTES stay. */
static size_t
newest(struct fact *f, size_t n)
{
	size_t i, k, later, left = n;

	for (i = n; i-- > 0;) {
		for (k = i + 1, later = 0; k < n; k++)
			later += f[k].vote.member == f[i].vote.member &&
			    f[k].vote.what == f[i].vote.what;
		if (later < RULE_MINUTES)
			continue;
		memmove(f + i, f + i + 1, (left - i - 1) * sizeof(*f));
		left--;
		n--;
	}
	return (left);
}

/* Merge the ${n} facts of one subject as the protocol says. Return how many. */
static size_t
merge(struct fact *f, size_t n)
{
	struct fact one;
	size_t i, k, left = 0;

	for (i = 0; i < n; i++) {
		one = f[i];
		f[left] = one;
		k = merges_with(f, left);
		if (k == left) {
			left++;
		} else if (one.vote.what == VOTE_CLEARANCE) {
			continue; /* ascending: the earlier one stays */
		} else {
			f[k].vote.seen = one.vote.seen;
			f[k].vote.count =
			    one.vote.count > UINT32_MAX - f[k].vote.count ?
			    UINT32_MAX :
			    f[k].vote.count + one.vote.count;
		}
	}
	qsort(f, left, sizeof(*f), compare_facts);
	return (n > RULE_MINUTES ? newest(f, left) : left);
}

/* ---- Comparing ---- */

/* The node whose key engine ${e} knows as member ${number}. */
static size_t
node_of(const struct stage *s, const struct engine *e, size_t number)
{
	struct engine_member m;

	if (engine_member(e, number, &m) != 0)
		return (s->n);
	return (node_with(s, m.head.member));
}

/* Compare what the engine remembers of a subject with the ${n} facts. */
static void
check_votes(struct stage *s, struct actor *a, const struct fact *f, size_t n,
    uint32_t oldest)
{
	const struct vote *v;
	char text[SUBJECT_TEXT];
	struct fact *is;
	size_t i, k, have, m = 0;

	v = engine_votes(a->engine, f[0].subject, &have);
	is = mem_array(NULL, have + 1, sizeof(*is));
	for (k = 0; k < have; k++) {
		if (v[k].seen < oldest)
			continue;
		is[m].subject = f[0].subject;
		is[m].vote = v[k];
		is[m++].vote.member = v[k].what == VOTE_CLEARED ?
		    0 :
		    (uint16_t)node_of(s, a->engine, v[k].member);
	}
	if (m > 0)
		qsort(is, m, sizeof(*is), compare_facts);
	for (i = k = 0; i < n; i++) {
		if (f[i].vote.seen < oldest)
			continue;
		if (k == m || compare_facts(&is[k], &f[i]) != 0 ||
		    is[k].vote.count != f[i].vote.count)
			break;
		k++;
	}
	mem_free(is);
	if (i == n && k == m)
		return;
	subject_format(f[0].subject, text);
	tale_break(&s->tale, s->now, 3,
	    "n%zu remembers %zu votes about %s, other than its disk holds",
	    a->number, m, text);
}

static void
check_subject(struct stage *s, struct actor *a, const struct view *v,
    const struct fact *f, size_t n)
{
	uint32_t now = wall_sec((struct wall){actor_wall(s, a)}), want, is;
	struct vote *votes = mem_array(NULL, n + 1, sizeof(*votes));
	char text[SUBJECT_TEXT];
	struct verdict verdict;
	size_t i;

	for (i = 0; i < n; i++)
		votes[i] = f[i].vote;
	for (i = 0; i < a->stance.nlists; i++) {
		model_decide(&v->world, &a->stance.lists[i], f[0].subject,
		    votes, n, now, &verdict);
		want = verdict.reason >= RULE_TRUSTED ? verdict.until : 0;
		if (stance_exempt(&a->stance, f[0].subject))
			want = 0;
		is = listing_until(engine_listing(a->engine, i), f[0].subject);
		is = is > now ? is : 0;
		s->tale.checks[3]++;
		if (is == want)
			continue;
		subject_format(f[0].subject, text);
		tale_break(&s->tale, s->now, 3,
		    "n%zu lists %s on %s until %+ld s, the rule says %+ld s",
		    a->number, text, a->stance.lists[i].name,
		    is == 0 ? 0L : (long)(is - now),
		    want == 0 ? 0L : (long)(want - now));
	}
	mem_free(votes);
}

/* True if one of the facts is about ${subject}. */
static bool
has_fact(const struct facts *f, uint64_t subject)
{
	size_t lo = 0, hi = f->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (f->list[mid].subject < subject)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo < f->n && f->list[lo].subject == subject);
}

/* Everything listed must be known from the facts, and not be exempt. */
static void
check_rows(struct stage *s, struct actor *a, const struct facts *f)
{
	uint32_t now = wall_sec((struct wall){actor_wall(s, a)});
	struct listing_row *rows;
	size_t i, k, n;

	for (i = 0; i < a->stance.nlists; i++) {
		n = listing_snapshot(engine_listing(a->engine, i), now, &rows);
		for (k = 0; k < n; k++) {
			s->tale.checks[6]++;
			if (stance_exempt(&a->stance, rows[k].subject))
				tale_break(&s->tale, s->now, 6,
				    "n%zu lists what is exempt", a->number);
			if (!has_fact(f, rows[k].subject))
				tale_break(&s->tale, s->now, 3,
				    "n%zu lists what nobody reported",
				    a->number);
		}
		mem_free(rows);
	}
}

void
oracle_check(struct stage *s, struct actor *a, unsigned part)
{
	struct facts f = {.stage = s, .part = part};
	struct event event = {.type = EV_TICK};
	uint32_t now, oldest;
	struct view v;
	size_t i, end, n;

	if (a->engine == NULL || a->paused > s->now)
		return;
	f.salt = dice_roll(&s->dice, UINT64_MAX);
	/* After a jump of the clock the engine may be asleep. */
	actor_step(s, a, &event);
	if (a->engine == NULL)
		return;
	view_make(s, a, &v);
	now = wall_sec((struct wall){actor_wall(s, a)});
	oldest = now > v.world.retention ? now - v.world.retention : 0;
	gather(s, a, &f);
	if (f.n > 0)
		qsort(f.list, f.n, sizeof(*f.list), compare_facts);
	if (part <= 1)
		check_rows(s, a, &f);
	for (i = 0; i < f.n; i = end) {
		for (end = i + 1;
		     end < f.n && f.list[end].subject == f.list[i].subject;
		     end++)
			continue;
		n = merge(f.list + i, end - i);
		check_votes(s, a, f.list + i, n, oldest);
		check_subject(s, a, &v, f.list + i, n);
	}
	mem_free(f.list);
	view_free(&v);
}

uint64_t
oracle_logged(const struct actor *a, const uint8_t key[KEY_BYTES],
    uint64_t subject)
{
	const struct shelf *shelf = disk_shelf(a->disk, key);
	const struct diskrow *row;
	struct pending *p;
	uint64_t n = 0;
	size_t i, k;

	for (i = 0; shelf != NULL && i < shelf->n; i++)
		for (k = 0; k < shelf->places[i].blob->h.records; k++)
			if (shelf->places[i].blob->records[k].subject ==
			    subject)
				n += shelf->places[i].blob->records[k].count;
	if (memcmp(key, a->key.public, KEY_BYTES) != 0)
		return (n);
	p = mem_alloc(sizeof(*p));
	for (i = 0; i < a->disk->n; i++) {
		row = &a->disk->rows[i];
		if (row->kind != WRITE_PENDING || row->bytes == NULL ||
		    pending_decode(row->bytes, row->len, p) != NULL)
			continue;
		for (k = 0; k < p->nrecords; k++)
			if (p->records[k].subject == subject)
				n += p->records[k].count;
	}
	mem_free(p);
	return (n);
}
