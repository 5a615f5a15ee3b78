#include <pthread.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/conns.h"

struct conn {
	struct conns *set;
	struct conn *next, **back;
	int fd;
	enum conn_phase phase;
	int64_t since; /* mono ms */
};

struct conns {
	pthread_mutex_t mutex;
	struct conn *first;
};

static const int64_t limits[CONN_PHASES] = {
    [CONN_NEW] = 10000,
    [CONN_IDLE] = 60000,
    [CONN_BODY] = 30000,
    [CONN_ANSWER] = 600000,
    [CONN_PARKED] = INT64_MAX,
};

struct conns *
conns_new(void)
{
	struct conns *set = mem_zero(sizeof(*set));

	pthread_mutex_init(&set->mutex, NULL);
	return (set);
}

struct conn *
conns_add(struct conns *set, int fd)
{
	struct conn *c = mem_zero(sizeof(*c));

	c->set = set;
	c->fd = fd;
	c->phase = CONN_NEW;
	c->since = clock_mono().ms;
	pthread_mutex_lock(&set->mutex);
	c->next = set->first;
	c->back = &set->first;
	if (c->next != NULL)
		c->next->back = &c->next;
	set->first = c;
	pthread_mutex_unlock(&set->mutex);
	return (c);
}

void
conns_phase(struct conn *c, enum conn_phase phase)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->set->mutex);
	c->phase = phase;
	c->since = clock_mono().ms;
	pthread_mutex_unlock(&c->set->mutex);
}

void
conns_remove(struct conn *c)
{
	struct conns *set;

	if (c == NULL)
		return;
	set = c->set;
	pthread_mutex_lock(&set->mutex);
	*c->back = c->next;
	if (c->next != NULL)
		c->next->back = c->back;
	pthread_mutex_unlock(&set->mutex);
	mem_free(c);
}

void
conns_enforce(struct conns *set)
{
	int64_t now = clock_mono().ms;
	struct conn *c;

	pthread_mutex_lock(&set->mutex);
	for (c = set->first; c != NULL; c = c->next)
		if (c->fd != -1 && now - c->since > limits[c->phase]) {
			shutdown(c->fd, SHUT_RDWR);
			c->since = now;
		}
	pthread_mutex_unlock(&set->mutex);
}

void
conns_free(struct conns *set)
{
	if (set == NULL)
		return;
	pthread_mutex_destroy(&set->mutex);
	mem_free(set);
}
