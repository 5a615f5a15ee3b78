#include <string.h>

#include "base/mem.h"
#include "sim/actor.h"
#include "sim/course.h"
#include "sim/judge.h"
#include "sim/settle.h"
#include "sim/verb.h"

#define SETTLE 1800000 /* ms: longest settling at the end */
#define LOOK 7200000 /* ms: longest time between two looks */

/* ---- Reading ---- */

/* Read the time at the beginning of a line; false if there is none. */
static bool
read_time(struct words *w, int64_t last, int64_t *ret)
{
	const char *text = w->v[0];
	bool more = *text == '+';
	int64_t span;
	size_t i;

	if (words_span(text + more, &span) != 0)
		return (false);
	*ret = more ? last + span : span;
	for (i = 1; i < w->n; i++)
		w->v[i - 1] = w->v[i];
	w->n--;
	return (true);
}

/* Take one line. Return what is wrong with it, NULL if nothing. */
static const char *
take_line(struct play *p, char *line, unsigned number)
{
	struct words *w = &p->steps[p->nsteps];
	int64_t *when = &p->times[p->nsteps], last;
	const struct verb *v;

	last = p->nsteps > 0 ? p->times[p->nsteps - 1] : -1;
	w->line = number;
	if (words_cut(line, w) != 0)
		return ("too many words");
	if (w->n == 0)
		return (w->noptions == 0 ? NULL : "a verb is missing");
	*when = last;
	if (read_time(w, last < 0 ? 0 : last, when) && *when < last)
		return ("this time lies before the one above");
	if (w->n == 0)
		return ("a verb is missing behind the time");
	v = verb_find(w->v[0]);
	if (v == NULL)
		return ("unknown verb");
	if (w->n < v->words + 1)
		return ("words are missing");
	p->nsteps++;
	return (NULL);
}

/* Numbers that are needed before anything is made. */
static const char *
take_size(const struct words *w, size_t *nodes, bool *real)
{
	size_t n = 0, k;

	if (strcmp(w->v[0], "signatures") == 0 && w->n == 2) {
		*real = strcmp(w->v[1], "real") == 0;
		return (*real || strcmp(w->v[1], "fake") == 0 ?
			NULL :
			"signatures are real or fake");
	}
	for (k = 0; w->n == 2 && w->v[1][k] >= '0' && w->v[1][k] <= '9'; k++)
		n = n * 10 + (size_t)(w->v[1][k] - '0');
	*nodes = n;
	return (n >= 1 && n <= STAGE_NODES ? NULL :
					     "nodes takes a number from 1 on");
}

static bool
is_size(const char *word)
{
	return (strcmp(word, "nodes") == 0 || strcmp(word, "signatures") == 0);
}

/* Read all lines. Return the number of mistakes. */
static unsigned
read_all(struct play *p, size_t *nodes, bool *real, struct buf *error)
{
	unsigned number = 0, wrong = 0;
	char *line = p->text, *end, copy[64];
	const char *why;
	struct words w;

	for (; line != NULL; line = end) {
		number++;
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		memset(copy, 0, sizeof(copy));
		memcpy(copy, line,
		    strlen(line) < 63 ? strlen(line) : (size_t)63);
		if (words_cut(copy, &w) == 0 && w.n > 0 && is_size(w.v[0]))
			why = take_size(&w, nodes, real);
		else
			why = take_line(p, line, number);
		if (why != NULL && wrong++ < 20)
			buf_printf(error, "%s:%u: %s\n", p->name, number, why);
	}
	return (wrong);
}

struct play *
play_new(const char *text, const struct play_setup *setup, struct buf *error)
{
	struct play *p = mem_zero(sizeof(*p));
	struct stage_setup stage = {.seed = setup->seed,
	    .nodes = 3,
	    .line = setup->line,
	    .arg = setup->arg};
	size_t lines = 1;
	bool real = true;
	const char *c;

	for (c = text; *c != '\0'; c++)
		lines += *c == '\n';
	p->name = setup->name;
	p->text = mem_string(text);
	p->steps = mem_zero(lines * sizeof(*p->steps));
	p->times = mem_zero(lines * sizeof(*p->times));
	if (read_all(p, &stage.nodes, &real, error) > 0) {
		play_free(p);
		return (NULL);
	}
	stage.signer = real || setup->honour ? setup->real : setup->fake;
	p->stage = stage_new(&stage);
	p->mask = mem_zero(stage.nodes * sizeof(*p->mask));
	p->later = mem_zero(stage.nodes * sizeof(*p->later));
	judge_begin(p->stage);
	return (p);
}

void
play_free(struct play *p)
{
	size_t i;

	if (p == NULL)
		return;
	if (p->stage != NULL)
		judge_end(p->stage);
	course_end(p->stage);
	for (i = 0; i < p->nimages; i++)
		disk_free(p->images[i].disk);
	mem_free(p->mask);
	mem_free(p->later);
	mem_free(p->steps);
	mem_free(p->times);
	mem_free(p->text);
	mem_free(p);
}

/* ---- Running ---- */

/* Look at a part of everything, again and again. */
static void
look(struct stage *s, void *arg)
{
	judge_look(s, 4);
	stage_plan(s, s->now + dice_between(&s->dice, LOOK / 10, LOOK), look,
	    arg);
}

static void
begin(struct play *p)
{
	size_t i;

	p->begun = true;
	for (i = 0; i < p->stage->n; i++)
		if (!p->later[i])
			actor_start(p->stage, &p->stage->actors[i]);
	stage_plan(p->stage, LOOK / 4, look, p);
}

int
play_run(struct play *p)
{
	struct stage *s = p->stage;
	const struct words *w;
	size_t i;

	for (i = 0; i < p->nsteps && !s->stopped; i++) {
		if (!p->begun && p->times[i] >= 0)
			begin(p);
		if (p->times[i] > s->now)
			course_run(s, p->times[i]);
		if (s->stopped)
			break;
		w = &p->steps[i];
		tale_mix(&s->tale, w->line);
		verb_find(w->v[0])->act(p, w);
		if (p->error[0] != '\0')
			return (-1);
		s->stopped = s->stopped || s->tale.broken != 0;
	}
	if (!p->begun)
		begin(p);
	if (!s->stopped && !p->loose)
		p->settling = settle_down(s, SETTLE);
	return (s->tale.broken != 0 ? -1 : 0);
}
