/* A heads message that decodes is encoded as it was. */
#include <assert.h>
#include <string.h>

#include "form/gossip_msg.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct head heads[GOSSIP_HEADS];
	struct gossip_msg m;
	struct buf out;
	size_t i;

	if (gossip_msg_decode(data, size, &m) != NULL)
		return (0);
	for (i = 0; i < m.n; i++)
		gossip_msg_head(&m, i, &heads[i]);
	buf_init(&out, GOSSIP_BYTES);
	gossip_msg_encode(&m, heads, &out);
	assert(!out.full && out.len == size);
	assert(memcmp(out.data, data, size) == 0);
	buf_free(&out);
	return (0);
}
