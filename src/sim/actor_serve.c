#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "form/gossip_msg.h"
#include "sim/actor.h"

#define OK 200
#define BAD 400
#define FORBIDDEN 403
#define NOT_FOUND 404

/* What follows ${word} in ${path} as a number; 0 if it is not there. */
static uint64_t
number_after(const char *path, const char *word)
{
	const char *p = strstr(path, word);

	return (p == NULL ? 0 : strtoull(p + strlen(word), NULL, 10));
}

/* True if the run that gave the cursor in ${path} is the present one. */
static bool
same_run(const char *path, const uint8_t instance[8])
{
	const char *p = strstr(path, "instance=");
	char hex[17];

	text_hex(instance, 8, hex);
	return (p != NULL && strncmp(p + strlen("instance="), hex, 16) == 0);
}

static bool
serve_heads(struct stage *s, struct actor *a, struct letter *l, struct buf *out)
{
	struct gossip_msg m = {.clock = actor_wall(s, a)};
	struct engine_state state;
	struct engine_member self;
	uint64_t since = number_after(l->path, "since=");

	engine_state(a->engine, &state);
	if (!same_run(l->path, state.instance) || since > state.serial)
		since = 0;
	m.cursor = state.serial;
	if (since >= state.serial && !l->late &&
	    number_after(l->path, "wait=") > 0)
		return (false);
	memcpy(m.instance, state.instance, sizeof(m.instance));
	if (state.serial > since)
		m.n = engine_heads(a->engine, since, s->heads, GOSSIP_HEADS,
		    &m.cursor);
	if (m.n == 0 && !l->late && number_after(l->path, "wait=") > 0) {
		return (false);
	}
	if (engine_member(a->engine, 0, &self) == 0)
		m.card = self.card;
	gossip_msg_encode(&m, s->heads, out);
	l->status = OK;
	return (true);
}

/* Append one stored batch. Return false if there is no more room. */
static bool
add_batch(struct stage *s, struct actor *a, const struct place *p,
    struct buf *out)
{
	if (out->len + p->blob->len > ENGINE_RANGE_BYTES)
		return (false);
	buf_add(out, p->rotten != NULL ? p->rotten : p->blob->bytes,
	    p->blob->len);
	if (s->watch.shown != NULL)
		s->watch.shown(s, a, p->blob);
	return (true);
}

static void
serve_log(struct stage *s, struct actor *a, struct letter *l, struct buf *out)
{
	uint8_t member[KEY_BYTES];
	const struct shelf *shelf;
	char hex[2 * KEY_BYTES + 1];
	uint64_t epoch, from, to;
	char *end;
	size_t i, n = 0;

	l->status = BAD;
	memcpy(hex, l->path + strlen("p/1/log/"), sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	if (text_unhex(hex, member, KEY_BYTES) != 0)
		return;
	epoch = strtoull(l->path + strlen("p/1/log/") + 65, &end, 10);
	from = strtoull(end + 1, &end, 10);
	to = strtoull(end + 1, NULL, 10);
	shelf = disk_shelf(a->disk, member);
	l->status = NOT_FOUND;
	for (i = shelf == NULL ? 0 : shelf->n; i > 0; i--)
		if (shelf->places[i - 1].blob->h.epoch < epoch ||
		    (shelf->places[i - 1].blob->h.epoch == epoch &&
			shelf->places[i - 1].blob->h.seq < from))
			break;
	for (; shelf != NULL && i < shelf->n && n < ENGINE_RANGE; i++, n++) {
		const struct batch_header *h = &shelf->places[i].blob->h;

		if (h->epoch != epoch || h->seq > to ||
		    !add_batch(s, a, &shelf->places[i], out))
			break;
		l->status = OK;
	}
}

static void
serve_card(struct actor *a, struct letter *l, struct buf *out)
{
	const uint8_t *card;
	size_t len;

	card = engine_card(a->engine, 0, &len);
	l->status = card == NULL ? NOT_FOUND : OK;
	if (card != NULL)
		buf_add(out, card, len);
}

bool
actor_serve(struct stage *s, struct actor *a, struct letter *l, struct buf *out)
{
	const struct policy_member *m;

	m = policy_member_find(engine_policy(a->engine), s->keys[l->from]);
	if (m == NULL || m->trust == TRUST_NONE) {
		l->status = FORBIDDEN;
		return (true);
	}
	if (strncmp(l->path, "p/1/heads?", 10) == 0)
		return (serve_heads(s, a, l, out));
	if (strncmp(l->path, "p/1/log/", 8) == 0)
		serve_log(s, a, l, out);
	else if (strcmp(l->path, "p/1/card") == 0)
		serve_card(a, l, out);
	else
		l->status = NOT_FOUND;
	return (true);
}
