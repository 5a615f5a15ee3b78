#include <string.h>

#include "base/mem.h"
#include "form/gossip_msg.h"
#include "sim/liar.h"

#define NOT_FOUND 404
#define OK 200
#define LATE 50000 /* ms: shortly before the asker gives up */
#define FLOOD 1000000 /* bytes */

static bool
rolls(struct stage *s, unsigned permille)
{
	if (!dice_permille(&s->dice, permille))
		return (false);
	stage_fault(s, FAULT_PROTOCOL);
	return (true);
}

static void
fill_random(struct stage *s, uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)dice_roll(&s->dice, 256);
}

/* ---- Heads ---- */

/* Invent a head above what is said of ${member}. */
static void
invent(struct stage *s, struct head *h, const uint8_t member[KEY_BYTES])
{
	if (h->epoch == 0) {
		memset(h, 0, sizeof(*h));
		memcpy(h->member, member, KEY_BYTES);
		h->epoch = 1;
		h->floor = 1;
	}
	fill_random(s, h->id, HASH_BYTES);
	if (dice_roll(&s->dice, 3) == 0)
		h->epoch += 1 + (uint32_t)dice_roll(&s->dice, 3);
	h->seq += 1 + dice_roll(&s->dice, 1000);
	if (dice_roll(&s->dice, 3) == 0)
		h->floor = h->seq;
}

/* Lie about the ${n} heads, of which there may be one more. Return how many. */
static size_t
lie_heads(struct stage *s, struct actor *a, const struct letter *l,
    struct head *heads, size_t n)
{
	size_t i, left = 0;

	for (i = 0; i < n; i++) {
		bool own = memcmp(heads[i].member, a->key.public, 32) == 0;

		if (!own && rolls(s, a->lies.hide))
			continue;
		heads[left] = heads[i];
		if (rolls(s, a->lies.heads))
			invent(s, &heads[left], NULL);
		if (rolls(s, a->lies.floor))
			heads[left].floor =
			    1 + dice_roll(&s->dice, heads[left].seq);
		left++;
	}
	if (left < GOSSIP_HEADS && rolls(s, a->lies.claim)) {
		memset(&heads[left], 0, sizeof(heads[left]));
		for (i = 0; i < left; i++)
			if (memcmp(heads[i].member, s->keys[l->from], 32) == 0)
				break;
		if (i == left)
			left++;
		invent(s, &heads[i], s->keys[l->from]);
	}
	return (left);
}

static void
answer_heads(struct stage *s, struct actor *a, const struct letter *l,
    struct buf *body)
{
	struct head *heads;
	struct gossip_msg m;
	size_t i;

	if (gossip_msg_decode(body->data, body->len, &m) != NULL)
		return;
	heads = mem_zero((m.n + 1) * sizeof(*heads));
	for (i = 0; i < m.n; i++)
		gossip_msg_head(&m, i, &heads[i]);
	m.n = lie_heads(s, a, l, heads, m.n);
	m.heads = NULL;
	buf_reset(body);
	gossip_msg_encode(&m, heads, body);
	mem_free(heads);
}

/* ---- Logs ---- */

static void
answer_log(struct stage *s, struct actor *a, struct letter *l, struct buf *body)
{
	size_t at;

	if (rolls(s, a->lies.withhold)) {
		l->status = NOT_FOUND;
		buf_reset(body);
	}
	if (body->len > 0 && rolls(s, a->lies.forge)) {
		at = dice_roll(&s->dice, body->len);
		body->data[at] ^= (uint8_t)(1u << dice_roll(&s->dice, 8));
	}
	if (rolls(s, a->lies.garbage)) {
		l->status = OK;
		buf_reset(body);
		at = 1 + dice_roll(&s->dice, 1000);
		fill_random(s, buf_room(body, at), at);
		body->len = at;
	}
	if (rolls(s, a->lies.flood)) {
		l->status = OK;
		memset(buf_room(body, FLOOD), 0x56, FLOOD);
		body->len += FLOOD;
	}
}

/* Play an earlier answer again, or keep this one for that. */
static void
replay(struct stage *s, struct actor *a, struct letter *l, struct buf *body)
{
	if (a->kept != NULL && rolls(s, a->lies.replay)) {
		l->status = a->kept->status;
		buf_reset(body);
		buf_add(body, a->kept->bytes, a->kept->len);
		return;
	}
	if (a->kept != NULL && dice_roll(&s->dice, 50) != 0)
		return;
	if (a->kept != NULL)
		mem_free(a->kept->bytes);
	else
		a->kept = mem_zero(sizeof(*a->kept));
	a->kept->status = l->status;
	a->kept->bytes = mem_dup(body->data, body->len);
	a->kept->len = body->len;
}

int64_t
liar_answer(struct stage *s, struct actor *a, struct letter *l,
    struct buf *body)
{
	if (l->status == OK && strncmp(l->path, "p/1/heads", 9) == 0)
		answer_heads(s, a, l, body);
	else if (strncmp(l->path, "p/1/log/", 8) == 0)
		answer_log(s, a, l, body);
	if (a->lies.replay > 0)
		replay(s, a, l, body);
	return (rolls(s, a->lies.slow) ? LATE : 0);
}

void
liar_hear(struct stage *s, struct actor *a, struct letter *l)
{
	struct head *heads;
	struct gossip_msg m;
	struct buf body;
	size_t i, n = 0;

	if (a->lies.deaf == 0 || l->status != OK ||
	    strncmp(l->path, "p/1/heads", 9) != 0 ||
	    gossip_msg_decode(l->bytes, l->len, &m) != NULL)
		return;
	heads = mem_zero((m.n + 1) * sizeof(*heads));
	for (i = 0; i < m.n; i++) {
		gossip_msg_head(&m, i, &heads[n]);
		n += memcmp(heads[n].member, a->key.public, KEY_BYTES) != 0;
	}
	m.n = n;
	m.heads = NULL;
	buf_init(&body, GOSSIP_BYTES);
	gossip_msg_encode(&m, heads, &body);
	mem_free(heads);
	mem_free(l->bytes);
	l->len = body.len;
	l->bytes = mem_dup(body.data, body.len);
	buf_free(&body);
	(void)s;
}
