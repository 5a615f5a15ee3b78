#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/actor.h"
#include "sim/liar.h"

#define NOTICE 10000 /* ms: most until a lost connection is noticed */
#define REPLAY 600000 /* ms: most until an answer comes again */

static void
letter_free(struct letter *l)
{
	mem_free(l->bytes);
	mem_free(l);
}

static struct letter *
letter_copy(const struct letter *l)
{
	struct letter *copy = mem_dup(l, sizeof(*l));

	copy->later = NULL;
	if (l->bytes != NULL)
		copy->bytes = mem_dup(l->bytes, l->len);
	return (copy);
}

static void
fail_at(struct stage *s, const struct letter *l, int64_t when, const char *why)
{
	struct happening *h = stage_add(s, when, HAP_FAIL, &s->actors[l->from]);

	h->life = l->life;
	h->number = l->request;
	h->why = why;
}

/* ---- On the way ---- */

static void
hold(struct stage *s, struct link *link, struct letter *l)
{
	struct letter **p;

	for (p = &link->held; *p != NULL; p = &(*p)->later)
		continue;
	*p = l;
	stage_fault(s, FAULT_CLOG);
}

/* A time for one way. */
static int64_t
way(struct stage *s)
{
	int64_t delay = dice_between(&s->dice, 1, s->weather.delay);

	if (delay > 1000)
		stage_fault(s, FAULT_DELAY);
	return (delay);
}

/* ${l} goes to whom it asks. */
static void
go(struct stage *s, struct letter *l)
{
	struct happening *h;

	if (s->actors[l->to].engine == NULL) {
		fail_at(s, l, s->now + 5, "connection refused");
		letter_free(l);
		return;
	}
	h = stage_add(s, s->now + way(s), HAP_ARRIVE, &s->actors[l->to]);
	h->letter = l;
}

/* ${l}, an answer, goes back. */
static void
go_back(struct stage *s, struct letter *l, int64_t after)
{
	struct happening *h;

	h = stage_add(s, s->now + after, HAP_ANSWER, &s->actors[l->from]);
	h->life = l->life;
	h->letter = l;
}

void
actor_post_release(struct stage *s, struct link *link)
{
	size_t from = (size_t)(link - s->links) / s->n;
	struct letter *l;

	link->clogged = false;
	while ((l = link->held) != NULL) {
		link->held = l->later;
		l->later = NULL;
		if (l->from == from)
			go(s, l);
		else
			go_back(s, l, way(s));
	}
}

/* ---- Asking ---- */

static void
remember(struct actor *a, uint64_t request, size_t to)
{
	if (a->nasked == a->askedroom) {
		a->askedroom = a->askedroom == 0 ? 16 : a->askedroom * 2;
		a->asked = mem_array(a->asked, a->askedroom, sizeof(*a->asked));
	}
	a->asked[a->nasked].request = request;
	a->asked[a->nasked++].to = to;
	if (a->nasked > a->most)
		a->most = a->nasked;
}

/* True if ${request} is still waited for; now it is no longer. */
static bool
forget(struct actor *a, uint64_t request)
{
	size_t i;

	for (i = 0; i < a->nasked; i++)
		if (a->asked[i].request == request) {
			a->asked[i] = a->asked[--a->nasked];
			return (true);
		}
	return (false);
}

/* The node at ${url}, "https://n12/". */
static size_t
node_at(const char *url)
{
	return ((size_t)strtoul(url + strlen("https://n"), NULL, 10));
}

void
actor_post_send(struct stage *s, struct actor *a, const struct action *act)
{
	size_t to = node_at(act->u.fetch.url);
	struct letter *l = mem_zero(sizeof(*l));
	struct link *link = stage_link(s, a->number, to);
	struct happening *h;

	l->from = a->number;
	l->to = to;
	l->life = a->life;
	l->request = act->u.fetch.request;
	text_copy(l->path, sizeof(l->path), act->u.fetch.path);
	remember(a, l->request, to);
	h = stage_add(s, s->now + (int64_t)act->u.fetch.seconds * 1000,
	    HAP_DEADLINE, a);
	h->number = l->request;
	if (memcmp(act->u.fetch.peer, s->keys[to], KEY_BYTES) != 0) {
		stage_fault(s, FAULT_UNREACHABLE);
		fail_at(s, l, s->now + 50, "it shows another key");
	} else if (dice_permille(&s->dice, s->weather.refuse)) {
		stage_fault(s, FAULT_UNREACHABLE);
		fail_at(s, l, s->now + 50, "no such host");
	} else if (link->cut || stage_link(s, to, a->number)->cut) {
		stage_fault(s, FAULT_PARTITION);
		fail_at(s, l, s->now + dice_between(&s->dice, 1000, NOTICE),
		    "no route");
	} else if (dice_permille(&s->dice, s->weather.loss)) {
		stage_fault(s, FAULT_LOSS);
		fail_at(s, l, s->now + dice_between(&s->dice, 1000, NOTICE),
		    "connection lost");
	} else if (link->clogged) {
		hold(s, link, l);
		return;
	} else {
		go(s, l);
		return;
	}
	letter_free(l);
}

void
actor_post_fail(struct stage *s, struct actor *a, uint64_t request,
    const char *why)
{
	struct event event = {.type = EV_FAILED};

	if (!forget(a, request))
		return;
	event.u.failed.request = request;
	event.u.failed.reason = why;
	actor_step(s, a, &event);
}

/* ---- Answering ---- */

/* Cut ${l} off or change it, as a bad line or proxy might. */
static void
damage(struct stage *s, struct letter *l)
{
	stage_fault(s, FAULT_DAMAGE);
	if (dice_roll(&s->dice, 2) == 0) {
		l->len = dice_roll(&s->dice, l->len);
	} else {
		l->bytes[dice_roll(&s->dice, l->len)] ^=
		    (uint8_t)(1u << dice_roll(&s->dice, 8));
	}
	/* Whoever sends it is not to blame. */
	s->actors[l->from].spoilt++;
}

/* Send the answer ${l}, ${after} ms from now at the earliest. */
static void
send_back(struct stage *s, struct letter *l, int64_t after)
{
	const struct weather *w = &s->weather;
	struct link *link = stage_link(s, l->to, l->from);

	if (link->cut || stage_link(s, l->from, l->to)->cut) {
		stage_fault(s, FAULT_PARTITION);
	} else if (dice_permille(&s->dice, w->loss)) {
		stage_fault(s, FAULT_LOSS);
		fail_at(s, l, s->now + dice_between(&s->dice, 1, NOTICE),
		    "connection lost");
	} else if (dice_permille(&s->dice, w->stall)) {
		stage_fault(s, FAULT_DAMAGE);
	} else if (link->clogged) {
		hold(s, link, l);
		return;
	} else {
		if (l->len > 0 && dice_permille(&s->dice, w->damage))
			damage(s, l);
		if (dice_permille(&s->dice, w->repeat)) {
			stage_fault(s, FAULT_REPLAY);
			go_back(s, letter_copy(l),
			    dice_between(&s->dice, 1, REPLAY));
		}
		go_back(s, l, after + way(s));
		return;
	}
	letter_free(l);
}

/* The honest answer is in ${body}; now it is what ${a} makes of it. */
static void
answer(struct stage *s, struct actor *a, struct letter *l, struct buf *body)
{
	int64_t after = 0;

	if (!a->honest)
		after = liar_answer(s, a, l, body);
	l->len = body->len;
	l->bytes = mem_dup(body->data, body->len);
	send_back(s, l, after);
}

void
actor_post_arrive(struct stage *s, struct actor *a, struct letter *l)
{
	struct event event = {.type = EV_CALLED};
	struct happening *h;
	struct buf body;

	if (a->stance.of[l->from].known &&
	    a->stance.of[l->from].trust != TRUST_NONE) {
		event.u.called.key = s->keys[l->from];
		event.u.called.verdict = "";
		actor_step(s, a, &event);
		if (a->engine == NULL) {
			fail_at(s, l, s->now + 5, "connection reset");
			letter_free(l);
			return;
		}
	}
	buf_init(&body, ENGINE_RANGE_BYTES + 1000);
	if (actor_serve(s, a, l, &body)) {
		answer(s, a, l, &body);
	} else {
		l->serial = ++s->serial;
		h = stage_add(s, s->now + ENGINE_WAIT * 1000, HAP_LATE, a);
		h->number = l->serial;
		l->later = a->waiting;
		a->waiting = l;
	}
	buf_free(&body);
}

/* Take up the waiting letter at ${p} again; it may go on waiting. */
static bool
take_up(struct stage *s, struct actor *a, struct letter **p)
{
	struct letter *l = *p;
	struct buf body;
	bool ready;

	buf_init(&body, ENGINE_RANGE_BYTES + 1000);
	ready = actor_serve(s, a, l, &body);
	if (ready) {
		*p = l->later;
		l->later = NULL;
		answer(s, a, l, &body);
	}
	buf_free(&body);
	return (ready);
}

void
actor_post_wake(struct stage *s, struct actor *a)
{
	struct letter **p = &a->waiting;

	while (*p != NULL)
		if (!take_up(s, a, p))
			p = &(*p)->later;
}

void
actor_post_late(struct stage *s, struct actor *a, uint64_t serial)
{
	struct letter **p;

	for (p = &a->waiting; *p != NULL; p = &(*p)->later)
		if ((*p)->serial == serial) {
			(*p)->late = true;
			take_up(s, a, p);
			return;
		}
}

void
actor_post_answer(struct stage *s, struct actor *a, struct letter *l)
{
	struct event event = {.type = EV_FETCHED};

	forget(a, l->request);
	if (!a->honest)
		liar_hear(s, a, l);
	event.u.fetched.request = l->request;
	event.u.fetched.status = l->status;
	event.u.fetched.bytes = l->bytes;
	event.u.fetched.len = l->len;
	tale_mix(&s->tale, l->len << 16 ^ l->status);
	actor_step(s, a, &event);
	letter_free(l);
}

void
actor_post_stop(struct stage *s, struct actor *a)
{
	struct letter *l;

	a->nasked = 0;
	while ((l = a->waiting) != NULL) {
		a->waiting = l->later;
		fail_at(s, l, s->now + 5, "connection reset");
		letter_free(l);
	}
}
