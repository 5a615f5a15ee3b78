/*
 * Looking at the engine from other threads.
 */
#include <time.h>

#include "shell/clock.h"
#include "shell/node_impl.h"

#define PAUSE 100000 /* ns between two tries to get the lock */

const struct engine *
node_lock(struct node *node)
{
	pthread_rwlock_rdlock(&node->lock);
	return (node->engine);
}

const struct engine *
node_lock_soon(struct node *node, unsigned ms)
{
	const struct timespec pause = {0, PAUSE};
	int64_t end = clock_mono().ms + ms;

	while (pthread_rwlock_tryrdlock(&node->lock) != 0) {
		if (clock_mono().ms >= end)
			return (NULL);
		nanosleep(&pause, NULL);
	}
	return (node->engine);
}

void
node_unlock(struct node *node)
{
	pthread_rwlock_unlock(&node->lock);
}
