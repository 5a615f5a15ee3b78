#include <assert.h>
#include <string.h>

#include "base/wire.h"
#include "form/gossip_msg.h"

#define MAGIC "VRBH"
#define VERSION 1

static void
put_head(struct writer *w, const struct head *h)
{
	wire_put(w, h->member, KEY_BYTES);
	wire_put(w, h->id, HASH_BYTES);
	wire_put_u64(w, h->seq);
	wire_put_u64(w, h->floor);
	wire_put_u64(w, (uint64_t)h->created);
	wire_put_u32(w, h->epoch);
	wire_put_u32(w, 0);
}

void
gossip_msg_encode(const struct gossip_msg *m, const struct head *heads,
    struct buf *out)
{
	size_t i, len = GOSSIP_FIXED + m->n * GOSSIP_HEAD;
	struct writer w = {NULL, len, false};

	assert(m->n <= GOSSIP_HEADS);
	if ((w.p = buf_room(out, len)) == NULL)
		return;
	wire_put(&w, MAGIC "\1\0\0\0", 8);
	wire_put(&w, m->instance, sizeof(m->instance));
	wire_put_u64(&w, m->cursor);
	wire_put_u64(&w, (uint64_t)m->clock);
	wire_put_u32(&w, m->card);
	wire_put_u32(&w, (uint32_t)m->n);
	for (i = 0; i < m->n; i++)
		put_head(&w, &heads[i]);
	assert(!w.bad && w.left == 0);
	out->len += len;
}

/* Read one head of GOSSIP_HEAD bytes; -1 if a field is out of range. */
static int
get_head(const uint8_t *bytes, struct head *h)
{
	struct reader r = {bytes, GOSSIP_HEAD, false};

	memcpy(h->member, wire_bytes(&r, KEY_BYTES), KEY_BYTES);
	memcpy(h->id, wire_bytes(&r, HASH_BYTES), HASH_BYTES);
	h->seq = wire_u64(&r);
	h->floor = wire_u64(&r);
	h->created = (int64_t)wire_u64(&r);
	h->epoch = wire_u32(&r);
	if (wire_u32(&r) != 0 || h->epoch == 0 || h->seq == 0 ||
	    h->seq > BATCH_SEQ_MAX || h->floor == 0 ||
	    h->floor > BATCH_SEQ_MAX || h->created < 0 ||
	    h->created > BATCH_CREATED_MAX)
		return (-1);
	return (0);
}

const char *
gossip_msg_decode(const uint8_t *bytes, size_t len, struct gossip_msg *ret)
{
	struct reader r = {bytes, len, false};
	struct gossip_msg m;
	struct head head;
	size_t i;

	if (len < GOSSIP_FIXED)
		return ("cut short");
	if (memcmp(bytes, MAGIC, 4) != 0)
		return ("bad magic");
	if (bytes[4] != VERSION)
		return ("unknown version");
	if (memcmp(bytes + 5, "\0\0", 3) != 0)
		return ("reserved bytes set");
	wire_bytes(&r, 8);
	memcpy(m.instance, wire_bytes(&r, 8), 8);
	m.cursor = wire_u64(&r);
	m.clock = (int64_t)wire_u64(&r);
	m.card = wire_u32(&r);
	m.n = wire_u32(&r);
	m.heads = r.p;
	if (m.clock < 0 || m.clock > BATCH_CREATED_MAX)
		return ("bad time");
	if (m.n > GOSSIP_HEADS)
		return ("too many heads");
	if (r.left < m.n * GOSSIP_HEAD)
		return ("cut short");
	if (r.left > m.n * GOSSIP_HEAD)
		return ("bytes left over");
	for (i = 0; i < m.n; i++)
		if (get_head(m.heads + i * GOSSIP_HEAD, &head) == -1)
			return ("bad head");
	*ret = m;
	return (NULL);
}

void
gossip_msg_head(const struct gossip_msg *m, size_t i, struct head *ret)
{
	int rc;

	assert(i < m->n);
	rc = get_head(m->heads + i * GOSSIP_HEAD, ret);
	assert(rc == 0);
	(void)rc;
}
