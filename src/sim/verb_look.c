/*
 * expect CONDITION		it holds now
 * within SPAN CONDITION	it holds at some moment before that has passed
 *	listed ADDRESS[+N] LIST NODES
 *	unlisted ADDRESS[+N] LIST NODES
 *	count N LIST NODES	so many subjects are on the list
 *	frozen NODE NODES	the second hold a proof against the first
 *	free NODE NODES		they do not
 *	publishing NODES
 *	silent NODES		they do not publish
 *	epoch N NODES		of their own log
 *	level NODES		they hold the same of those they follow
 *	said TEXT NODES		among their newest traces
 *	unsaid TEXT NODES
 *	blamed NODE NODES	the second refused batches that came from it
 *	blameless NODE NODES
 * settle [within=SPAN]		all faults end; all must become the same
 * quiet SPAN			nothing is reported; then nothing is listed
 * look				check everything now
 * loose			do not settle at the end
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/listing.h"
#include "sim/actor.h"
#include "sim/course.h"
#include "sim/judge.h"
#include "sim/settle.h"
#include "sim/verb.h"

#define POLL 100 /* ms between two looks */
#define SETTLE 1800000 /* ms: longest settling */

/* What is to hold for one node. */
typedef bool holds(struct play *p, struct actor *a, const struct words *w);

static bool
all_listed(struct play *p, struct actor *a, const struct words *w, bool want)
{
	uint32_t now = wall_sec((struct wall){actor_wall(p->stage, a)});
	long list = stance_list(&a->stance, w->v[3]);
	uint64_t first, count, i;

	if (list < 0 || words_subjects(w->v[2], &first, &count) != 0) {
		verb_wrong(p, "no such list or address: '%s' '%s'", w->v[3],
		    w->v[2]);
		return (false);
	}
	for (i = 0; i < count; i++)
		if ((listing_until(engine_listing(a->engine, (size_t)list),
			 first + i) > now) != want)
			return (false);
	return (true);
}

static bool
listed(struct play *p, struct actor *a, const struct words *w)
{
	return (all_listed(p, a, w, true));
}

static bool
unlisted(struct play *p, struct actor *a, const struct words *w)
{
	return (all_listed(p, a, w, false));
}

static bool
count(struct play *p, struct actor *a, const struct words *w)
{
	uint32_t now = wall_sec((struct wall){actor_wall(p->stage, a)});
	long list = stance_list(&a->stance, w->v[3]);
	struct listing_row *rows;
	size_t n;

	if (list < 0) {
		verb_wrong(p, "no such list: '%s'", w->v[3]);
		return (false);
	}
	n = listing_snapshot(engine_listing(a->engine, (size_t)list), now,
	    &rows);
	mem_free(rows);
	return (n == strtoul(w->v[2], NULL, 10));
}

/* How the engine of ${a} sees the node named ${name}. */
static bool
view_of(struct play *p, struct actor *a, const char *name,
    struct engine_member *m)
{
	bool one[STAGE_NODES];
	size_t i;

	if (!verb_nodes(p, name, one))
		return (false);
	for (i = 0; engine_member(a->engine, i, m) == 0; i++)
		for (size_t k = 0; k < p->stage->n; k++)
			if (one[k] &&
			    memcmp(m->head.member, p->stage->keys[k],
				KEY_BYTES) == 0)
				return (true);
	return (false);
}

static bool
frozen(struct play *p, struct actor *a, const struct words *w)
{
	struct engine_member m;

	return (view_of(p, a, w->v[2], &m) && m.frozen);
}

static bool
not_frozen(struct play *p, struct actor *a, const struct words *w)
{
	struct engine_member m;

	return (view_of(p, a, w->v[2], &m) && !m.frozen);
}

static bool
blamed(struct play *p, struct actor *a, const struct words *w)
{
	struct engine_member m;

	return (view_of(p, a, w->v[2], &m) && m.rejected > 0);
}

static bool
blameless(struct play *p, struct actor *a, const struct words *w)
{
	struct engine_member m;

	return (view_of(p, a, w->v[2], &m) && m.rejected == 0);
}

static bool
publishing(struct play *p, struct actor *a, const struct words *w)
{
	struct engine_state s;

	(void)p;
	(void)w;
	engine_state(a->engine, &s);
	return (s.publishing);
}

static bool
silent(struct play *p, struct actor *a, const struct words *w)
{
	return (!publishing(p, a, w));
}

static bool
epoch(struct play *p, struct actor *a, const struct words *w)
{
	struct engine_state s;

	(void)p;
	engine_state(a->engine, &s);
	return (s.head.epoch == strtoul(w->v[2], NULL, 10));
}

static bool
said(struct play *p, struct actor *a, const struct words *w)
{
	size_t i;

	(void)p;
	for (i = a->nsaid > STAGE_SAID ? a->nsaid - STAGE_SAID : 0;
	     i < a->nsaid; i++)
		if (strstr(a->said[i % STAGE_SAID], w->v[2]) != NULL)
			return (true);
	return (false);
}

static bool
unsaid(struct play *p, struct actor *a, const struct words *w)
{
	return (!said(p, a, w));
}

static bool
level(struct play *p, struct actor *a, const struct words *w)
{
	char why[TALE_LINE];

	(void)a;
	(void)w;
	return (!judge_apart(p->stage, why, sizeof(why)));
}

static const struct {
	const char *word;
	size_t words; /* with the word, the nodes last */
	holds *holds;
} conditions[] = {
    {"listed", 4, listed},
    {"unlisted", 4, unlisted},
    {"count", 4, count},
    {"frozen", 3, frozen},
    {"free", 3, not_frozen},
    {"publishing", 2, publishing},
    {"silent", 2, silent},
    {"epoch", 3, epoch},
    {"level", 2, level},
    {"said", 3, said},
    {"unsaid", 3, unsaid},
    {"blamed", 3, blamed},
    {"blameless", 3, blameless},
};

/* The first node that the condition in ${w} does not hold for; NULL none. */
static struct actor *
first_without(struct play *p, const struct words *w)
{
	size_t i, k;

	for (k = 0; k < sizeof(conditions) / sizeof(conditions[0]); k++)
		if (strcmp(conditions[k].word, w->v[1]) == 0)
			break;
	if (k == sizeof(conditions) / sizeof(conditions[0]) ||
	    w->n != conditions[k].words + 1) {
		verb_wrong(p, "'%s' with so many words is no condition",
		    w->v[1]);
		return (NULL);
	}
	if (!verb_nodes(p, w->v[w->n - 1], p->mask))
		return (NULL);
	for (i = 0; i < p->stage->n && p->error[0] == '\0'; i++)
		if (p->mask[i] &&
		    (p->stage->actors[i].engine == NULL ||
			!conditions[k].holds(p, &p->stage->actors[i], w)))
			return (&p->stage->actors[i]);
	return (NULL);
}

static void
fail(struct play *p, const struct words *w, const struct actor *a)
{
	char text[TALE_LINE] = "";
	size_t i, n;

	for (i = 1; i < w->n; i++) {
		n = strlen(text);
		if (n + strlen(w->v[i]) + 2 < sizeof(text)) {
			text[n] = ' ';
			memcpy(text + n + (i > 1), w->v[i],
			    strlen(w->v[i]) + 1);
		}
	}
	tale_break(&p->stage->tale, p->stage->now, TALE_EXPECT,
	    "line %u: not so for n%zu: %s", w->line, a->number, text);
}

static void
expect(struct play *p, const struct words *w)
{
	struct actor *a = first_without(p, w);

	p->stage->tale.checks[0]++;
	if (a != NULL && p->error[0] == '\0')
		fail(p, w, a);
}

static void
within(struct play *p, const struct words *w)
{
	struct words rest = *w;
	int64_t span, end;
	struct actor *a;
	size_t i;

	if (w->n < 3 || words_span(w->v[1], &span) != 0) {
		verb_wrong(p, "'%s' is no duration", w->v[1]);
		return;
	}
	for (i = 1; i + 1 < w->n; i++)
		rest.v[i] = w->v[i + 1];
	rest.n--;
	end = p->stage->now + span;
	p->stage->tale.checks[0]++;
	while ((a = first_without(p, &rest)) != NULL && p->error[0] == '\0' &&
	    p->stage->now < end && !p->stage->stopped)
		course_run(p->stage, p->stage->now + POLL);
	if (a != NULL && p->error[0] == '\0')
		fail(p, &rest, a);
}

static void
settle(struct play *p, const struct words *w)
{
	int64_t span = SETTLE;

	verb_span_option(p, w, "within", &span);
	if (p->error[0] == '\0')
		p->settling = settle_down(p->stage, span);
}

static void
quiet(struct play *p, const struct words *w)
{
	int64_t span;

	if (words_span(w->v[1], &span) != 0) {
		verb_wrong(p, "'%s' is no duration", w->v[1]);
		return;
	}
	course_run(p->stage, p->stage->now + span);
	judge_empty(p->stage);
}

static void
look(struct play *p, const struct words *w)
{
	(void)w;
	judge_look(p->stage, 1);
}

static void
loose(struct play *p, const struct words *w)
{
	(void)w;
	p->loose = true;
}

const struct verb verb_look[] = {
    {"expect", 2, expect},
    {"within", 3, within},
    {"settle", 0, settle},
    {"quiet", 1, quiet},
    {"look", 0, look},
    {"loose", 0, loose},
    {NULL, 0, NULL},
};
