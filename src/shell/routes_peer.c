/*
 * What other nodes may ask (docs/protocol.md): heads, logs, the card.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/mem.h"
#include "base/text.h"
#include "form/gossip_msg.h"
#include "shell/clock.h"
#include "shell/routes_impl.h"

#define BYTES "application/octet-stream"

/* ---- Who calls ---- */

/* Remember a caller that is not a peer, for the operator to look at. */
static void
remember(struct node *node, const struct request *q)
{
	const char *header = q->header(q, "Virbl-Card");
	uint8_t bytes[CARD_BYTES];
	struct caller c;
	struct card card;
	size_t len = 0;

	memset(&c, 0, sizeof(c));
	memcpy(c.key, q->peer, KEY_BYTES);
	text_copy(c.from, sizeof(c.from), q->client);
	c.first = c.last = clock_wall().ms;
	if (header != NULL &&
	    sodium_base642bin(bytes, sizeof(bytes), header, strlen(header),
		NULL, &len, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	    card_decode(bytes, len, &card) == NULL &&
	    memcmp(card.key, q->peer, KEY_BYTES) == 0) {
		c.card = bytes;
		c.cardlen = len;
	}
	store_caller(node_store(node), &c);
}

/* A peer that may ask did so; it may add what it refused of what we sent. */
static void
called(struct node *node, const struct request *q)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	const char *n = q->query(q, "refused"), *verdict;
	uint64_t refused = 0;

	if (q->again)
		return;
	verdict = q->query(q, "verdict");
	if (n == NULL || text_u64(n, UINT64_MAX, &refused) != 0 ||
	    verdict == NULL || verdict[strspn(verdict, letters)] != '\0' ||
	    strlen(verdict) > ENGINE_VERDICT) {
		refused = 0;
		verdict = "";
	}
	node_called(node, q->peer, refused, verdict);
}

/* True if a peer calls; else the problem is in ${r}. */
static bool
from_peer(struct node *node, const struct request *q, struct response *r)
{
	const struct policy_member *m;
	bool known, trusted;

	if (q->peer == NULL) {
		routes_problem(r, 403,
		    "this route is for nodes that show their key",
		    "call with the node's own Ed25519 certificate");
		return (false);
	}
	m = policy_member_find(engine_policy(node_lock(node)), q->peer);
	known = m != NULL;
	trusted = known && m->trust > TRUST_NONE;
	node_unlock(node);
	if (trusted) {
		called(node, q);
		return (true);
	}
	if (known) {
		routes_problem(r, 403,
		    "this node does not replicate with yours",
		    "ask its operator");
	} else {
		remember(node, q);
		routes_problem(r, 403, "this node does not know yours yet",
		    "ask its operator to run virbl peer accept NAME");
	}
	return (false);
}

/* ---- GET /p/1/heads ---- */

struct heads {
	struct gossip_msg msg;
	struct head *list; /* owned */
};

/*
 * Collect what changed after ${since} in run ${instance}; of another run, all.
 * The number is in h->msg.n.
 */
static void
collect(struct node *node, uint64_t since, const char *instance,
    struct heads *h)
{
	char hex[2 * sizeof(h->msg.instance) + 1];
	const struct engine *e = node_lock(node);
	struct engine_state st;
	struct engine_member self;

	engine_state(e, &st);
	memcpy(h->msg.instance, st.instance, sizeof(st.instance));
	text_hex(st.instance, sizeof(st.instance), hex);
	if (instance == NULL || strcmp(instance, hex) != 0 || since > st.serial)
		since = 0;
	h->msg.cursor = st.serial;
	if (st.serial > since) {
		h->list = mem_array(NULL, GOSSIP_HEADS, sizeof(*h->list));
		h->msg.n = engine_heads(e, since, h->list, GOSSIP_HEADS,
		    &h->msg.cursor);
	}
	if (engine_member(e, 0, &self) == 0)
		h->msg.card = self.card;
	node_unlock(node);
}

void
routes_peer_heads(struct node *node, struct request *q, struct response *r)
{
	struct heads h = {.list = NULL};
	uint64_t since = 0, wait = 0;

	if (!from_peer(node, q, r) ||
	    routes_number(q, r, "since", UINT64_MAX, &since) != 0 ||
	    routes_number(q, r, "wait", ENGINE_WAIT, &wait) != 0)
		return;
	collect(node, since, q->query(q, "instance"), &h);
	r->status = 200;
	r->type = BYTES;
	if (h.msg.n == 0 && wait > 0 && !q->late) {
		r->wait_ms = (uint32_t)wait * 1000;
		r->wait_heads = true;
	} else {
		h.msg.clock = clock_wall().ms;
		gossip_msg_encode(&h.msg, h.list, &r->body);
	}
	mem_free(h.list);
}

/* ---- GET /p/1/log/{member}/{epoch}/{range} ---- */

/* Read "FROM-TO". */
static int
read_range(const char *text, uint64_t range[2])
{
	const char *dash = strchr(text, '-');
	char from[24];

	if (dash == NULL || dash == text ||
	    (size_t)(dash - text) >= sizeof(from))
		return (-1);
	memcpy(from, text, (size_t)(dash - text));
	from[dash - text] = '\0';
	if (text_u64(from, BATCH_SEQ_MAX, &range[0]) != 0 ||
	    text_u64(dash + 1, BATCH_SEQ_MAX, &range[1]) != 0 ||
	    range[0] == 0 || range[0] > range[1])
		return (-1);
	return (0);
}

void
routes_peer_log(struct node *node, struct request *q, struct response *r)
{
	uint8_t member[KEY_BYTES];
	uint64_t epoch, range[2];
	int n;

	if (!from_peer(node, q, r))
		return;
	if (text_unhex(q->args[0], member, KEY_BYTES) != 0 ||
	    text_u64(q->args[1], UINT32_MAX, &epoch) != 0 ||
	    read_range(q->args[2], range) != 0) {
		routes_problem(r, 400, "not a place in a log",
		    "ask for /p/1/log/MEMBERHEX/EPOCH/FROM-TO");
		return;
	}
	n = store_range(node_store(node), member, (uint32_t)epoch, range,
	    &r->body);
	if (n < 0)
		routes_problem(r, 500, "the database cannot be read", NULL);
	else if (n == 0)
		routes_problem(r, 404, "none of these batches is kept here",
		    NULL);
	else
		r->status = 200;
	if (n > 0)
		r->type = BYTES;
}

/* ---- GET /p/1/card ---- */

void
routes_peer_card(struct node *node, struct request *q, struct response *r)
{
	if (!from_peer(node, q, r))
		return;
	r->status = 200;
	r->type = BYTES;
	node_card(node, &r->body);
}
