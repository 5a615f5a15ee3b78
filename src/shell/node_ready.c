/*
 * Whether a node serves, and since when.
 */
#include "shell/clock.h"
#include "shell/node_impl.h"

#define PATIENCE 10000 /* ms: engine or disk may be busy so long */

int64_t
node_uptime(struct node *node)
{
	return (clock_mono().ms - node->born.ms);
}

bool
node_ready(struct node *node, struct buf *why)
{
	int64_t now = clock_mono().ms, busy;
	const struct node_dns *dns = node_dns(node);
	struct store_stats st;

	if (!atomic_load(&node->started)) {
		buf_text(why, "starting or stopping");
		return (false);
	}
	busy = now - atomic_load(&node->turned);
	if (busy > PATIENCE) {
		buf_printf(why,
		    "the engine has been busy for %lld s: nothing is decided "
		    "meanwhile",
		    (long long)busy / 1000);
		return (false);
	}
	store_stats(node->store, &st);
	if (st.since != 0 && now - st.since > PATIENCE) {
		buf_printf(why,
		    "the disk has not taken a write for %lld s: nothing is "
		    "acknowledged meanwhile",
		    (long long)(now - st.since) / 1000);
		return (false);
	}
	return (dns == NULL || dns->ready(dns->arg, why));
}
