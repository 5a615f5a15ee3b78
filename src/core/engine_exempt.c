/*
 * What is never listed because the local operator or its owner says so.
 *
 * The operator's list (waivers) decides here. What this node signs follows from
 * it: settle_own() compares the list with the own log and says what is missing,
 * so that a crash, an old disk or new prefixes need no case of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/engine_parts.h"

#define DAY 86400
#define WALK 1024 /* subjects looked at between two decisions */

/* ---- What an exemption touches ---- */

static void
touch(void *arg, uint64_t subject)
{
	struct engine *e = arg;

	touched_add(e->touched, subject, TOUCHED_ALL);
}

uint32_t
engine_exempt_settle(struct engine *e)
{
	return (exempts_settle(e->exempts, members_world(e->members),
	    wall_sec(e->now), touch, e));
}

/* Decide again about all that ${p} holds. */
static void
touch_prefix(struct engine *e, const struct prefix *p)
{
	uint64_t lo, hi, subjects[WALK];
	size_t from = 0, i, n;

	if (!e->started || prefix_range(p, &lo, &hi) != 0)
		return;
	if (lo == hi) {
		touch(e, lo);
		return;
	}
	while ((n = votes_walk(e->votes, &from, subjects, WALK)) > 0)
		for (i = 0; i < n; i++)
			if (subjects[i] >= lo && subjects[i] <= hi)
				touch(e, subjects[i]);
}

void
engine_exempt_statement(struct engine *e, size_t member, const struct record *r)
{
	struct stated s = {.subject = r->subject,
	    .time = r->last,
	    .revoked = r->kind == RECORD_REVOCATION};

	e->records++;
	exempts_add(e->exempts, member, &s);
	if (member != 0)
		return;
	if (map64_get(e->exempting, r->subject) == r->last)
		map64_set(e->exempting, r->subject, 0);
	e->unsettled = true;
}

/* ---- The operator's list ---- */

/* Return the one subject of ${p}, or -1 if it holds more. */
static int
single(const struct prefix *p, uint64_t *subject)
{
	uint64_t hi;

	return (prefix_range(p, subject, &hi) == 0 && *subject == hi ? 0 : -1);
}

/* True if ${x} is to be signed as an own mail server; store its subject. */
static bool
to_sign(const struct engine *e, const struct waiver *x, uint64_t *subject)
{
	const struct policy_member *own = &e->policy->members[0];
	size_t i;

	if (x->gone || x->local || single(&x->prefix, subject) != 0)
		return (false);
	for (i = 0; i < own->nprefixes; i++)
		if (prefix_contains(&own->prefixes[i], *subject))
			return (true);
	return (false);
}

static int
compare_stated(const void *a, const void *b)
{
	const struct stated *x = a, *y = b;

	return ((x->subject > y->subject) - (x->subject < y->subject));
}

/* What this node said last of ${subject}, NULL if nothing is remembered. */
static const struct stated *
own_statement(const struct engine *e, uint64_t subject)
{
	struct stated key = {.subject = subject};
	const struct stated *s;
	size_t n;

	s = exempts_of(e->exempts, 0, &n);
	if (s == NULL)
		return (NULL);
	return (bsearch(&key, s, n, sizeof(*s), compare_stated));
}

/* The prefix of an item as it is kept. */
static void
fold(const struct prefix *p, struct prefix *ret)
{
	uint64_t subject;

	*ret = *p;
	if (single(p, &subject) == 0)
		prefix_single(subject, ret);
}

enum item_verdict
engine_exempt_judge(const struct engine *e, const struct item *item)
{
	struct waiver x = {.local = item->local};
	const struct waiver *have;
	uint64_t subject;
	size_t i, n = e->waiving;

	fold(&item->prefix, &x.prefix);
	have = waivers_find(e->waivers, &x.prefix);
	if (have != NULL && !have->gone)
		return (ITEM_ACCEPTED);
	if (item->kind == RECORD_REVOCATION)
		return (ITEM_ABSENT);
	if (waivers_count(e->waivers) + e->waiving >= ENGINE_WAIVERS)
		return (ITEM_FULL);
	if (!to_sign(e, &x, &subject))
		return (ITEM_ACCEPTED);
	for (i = 0; (have = waivers_at(e->waivers, i)) != NULL; i++)
		n += to_sign(e, have, &subject);
	return (n >= ENGINE_SIGNED ? ITEM_FULL : ITEM_ACCEPTED);
}

/* Write that ${x} is to be kept (or forgotten). */
static void
write_waiver(struct engine *e, enum write_kind kind, const struct waiver *x)
{
	struct write *w = writes_add(e->writes, kind, NULL, 0);

	w->waiver = mem_dup(x, sizeof(*x));
	e->waiving++;
	engine_persist(e, w);
}

void
engine_exempt_accept(struct engine *e, const struct item *item)
{
	struct waiver x = {.local = item->local,
	    .gone = item->kind == RECORD_REVOCATION,
	    .time = wall_sec(e->now)};
	const struct stated *s;
	uint64_t subject;
	uint32_t flying;

	fold(&item->prefix, &x.prefix);
	text_copy(x.by, sizeof(x.by), item->threat);
	if (single(&x.prefix, &subject) == 0) {
		/* Not before anything this node ever said of it. */
		s = own_statement(e, subject);
		flying = map64_get(e->exempting, subject);
		if (s != NULL && s->time > x.time)
			x.time = s->time;
		if (flying > x.time)
			x.time = flying;
	}
	write_waiver(e, WRITE_WAIVER, &x);
}

void
engine_exempt_durable(struct engine *e, const struct write *w)
{
	e->waiving--;
	if (w->kind == WRITE_WAIVER)
		waivers_set(e->waivers, w->waiver);
	else
		waivers_drop(e->waivers, &w->waiver->prefix);
	touch_prefix(e, &w->waiver->prefix);
	e->unsettled = true;
}

void
engine_exempt_load(struct engine *e, const struct waiver *x)
{
	struct waiver folded = *x;

	fold(&x->prefix, &folded.prefix);
	waivers_set(e->waivers, &folded);
}

/* ---- The own log ---- */

/* What is to be said in one go. */
struct saying {
	struct engine *e;
	struct record records[EXEMPTS_KEPT];
	size_t n;
};

static void
say(struct saying *g, uint64_t subject, enum record_kind kind,
    const struct stated *before)
{
	struct record *r = &g->records[g->n];
	uint32_t now = wall_sec(g->e->now);

	if (g->n == EXEMPTS_KEPT) {
		g->e->unsettled = true;
		return;
	}
	memset(r, 0, sizeof(*r));
	r->kind = (uint8_t)kind;
	r->subject = subject;
	r->last =
	    before != NULL && before->time >= now ? before->time + 1 : now;
	map64_set(g->e->exempting, subject, r->last);
	g->n++;
}

/* Compare ${x} with what this node said last of it. */
static void
settle_row(struct saying *g, const struct waiver *x, uint64_t subject,
    bool wanted)
{
	const struct stated *s = own_statement(g->e, subject);
	uint32_t now = wall_sec(g->e->now);

	if (s != NULL && s->time > x->time &&
	    (s->revoked ? !x->local : x->gone || x->local)) {
		/* The operator said so later, on a disk that was lost. */
		write_waiver(g->e, WRITE_WAIVED, x);
	} else if (wanted) {
		if (s == NULL || s->revoked || (uint64_t)s->time + DAY <= now)
			say(g, subject, RECORD_EXEMPTION, s);
	} else if (s != NULL && !s->revoked && (x->gone || x->local)) {
		say(g, subject, RECORD_REVOCATION, s);
	} else if (x->gone) {
		write_waiver(g->e, WRITE_WAIVED, x);
	}
}

static void
settle_rows(struct saying *g)
{
	const struct waiver *x;
	uint64_t subject;
	size_t i, signing = 0;
	bool wanted;

	for (i = 0; (x = waivers_at(g->e->waivers, i)) != NULL; i++) {
		wanted =
		    to_sign(g->e, x, &subject) && signing++ < ENGINE_SIGNED;
		if (single(&x->prefix, &subject) == 0) {
			if (map64_get(g->e->exempting, subject) == 0)
				settle_row(g, x, subject, wanted);
		} else if (x->gone)
			write_waiver(g->e, WRITE_WAIVED, x);
	}
}

/* What this node exempts in its log but not in its list was said on a disk
   that was lost: list it. */
static void
settle_log(struct engine *e)
{
	struct waiver x = {.by = "own log"};
	const struct stated *s;
	size_t i, n;

	s = exempts_of(e->exempts, 0, &n);
	for (i = 0; i < n; i++) {
		if (s[i].revoked || map64_get(e->exempting, s[i].subject) != 0)
			continue;
		prefix_single(s[i].subject, &x.prefix);
		x.time = s[i].time;
		if (waivers_find(e->waivers, &x.prefix) == NULL)
			write_waiver(e, WRITE_WAIVER, &x);
	}
}

void
engine_exempt_pump(struct engine *e)
{
	struct saying *g;

	/* Nothing is said before the own log was heard: it may know more. */
	if (!e->unsettled || !e->started || !e->own.published || e->waiving > 0)
		return;
	e->unsettled = false;
	g = mem_alloc(sizeof(*g));
	g->e = e;
	g->n = 0;
	settle_rows(g);
	settle_log(e);
	if (g->n > 0)
		engine_report_own(e, g->records, g->n);
	mem_free(g);
}
