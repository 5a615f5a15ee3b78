#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "shell/delivery.h"
#include "shell/log.h"
#include "shell/meter.h"
#include "shell/node.h"
#include "shell/spool.h"
#include "view/sighting.h"

struct delivery {
	struct node *node;
	char *state;
	char names[DELIVERY_FILES][SPOOL_NAME];
	size_t n; /* files of this round */
	size_t next; /* the one to report next */
	bool waiting; /* its report is under way */
	int lock; /* on it while it is, else -1 */
};

/*
 * The namespace of ids in the spool: that of reports over the Unix socket, so
 * that `virbl report` may try the socket again after it wrote a file.
 */
#define SPACE 0

#define ADAPTER "spool" /* for the meter */

struct delivery *
delivery_new(struct node *node, const char *state)
{
	struct delivery *d = mem_zero(sizeof(*d));

	d->node = node;
	d->state = mem_string(state);
	d->lock = -1;
	return (d);
}

/* Let the file go. */
static void
leave(struct delivery *d)
{
	spool_leave(d->lock);
	d->lock = -1;
}

static void
spoil(struct delivery *d, const char *name, const char *why)
{
	int lock = d->lock;

	d->lock = -1;
	log_warn("spool: %s: %s: kept as %.*s.bad", name, why,
	    (int)strcspn(name, "."), name);
	if (spool_spoil(d->state, name, lock) != 0)
		log_error("spool: cannot rename %s: %s", name, strerror(errno));
}

/* All items of the file are on disk or refused for good. */
static void
on_answer(void *arg, const uint8_t *verdicts, size_t n)
{
	struct delivery *d = arg;
	const char *name = d->names[d->next];
	size_t i, refused = 0;
	int lock = d->lock;

	d->waiting = false;
	meter_verdicts(node_meter(d->node), ADAPTER, verdicts, n);
	for (i = 0; i < n; i++) {
		if (verdicts[i] == ITEM_BUSY) {
			leave(d);
			return; /* all of it again; ids count once */
		}
		refused += verdicts[i] > ITEM_DUPLICATE;
	}
	d->next++;
	d->lock = -1;
	if (refused > 0)
		log_warn("spool: %s: %zu of %zu sightings refused", name,
		    refused, n);
	if (spool_remove(d->state, name, lock) != 0)
		log_error("spool: cannot remove %s: %s", name, strerror(errno));
	delivery_poll(d);
}

/* Report one file; false if it has to wait. */
static bool
deliver(struct delivery *d)
{
	const char *name = d->names[d->next], *problem;
	struct sightings s;
	struct buf lines;
	bool sent = false;

	buf_init(&lines, SPOOL_BYTES);
	d->lock = spool_take(d->state, name, &lines);
	if (d->lock == -1) {
		/* Somebody is writing to it: in the next look. */
		if (errno != EWOULDBLOCK && errno != ENOENT)
			spoil(d, name, strerror(errno));
		buf_free(&lines);
		d->next++;
		return (true);
	}
	problem = sighting_read(lines.data, lines.len, SPACE, &s);
	buf_free(&lines);
	meter_intake(node_meter(d->node), ADAPTER, METER_UNPARSED,
	    problem != NULL ? 1 : s.nerrors);
	if (problem != NULL || s.n == 0) {
		spoil(d, name, problem != NULL ? problem : s.errors[0].text);
		d->next++;
		sent = true;
	} else {
		if (s.nerrors > 0)
			log_warn("spool: %s: %zu bad lines, the first is line "
				 "%zu: %s",
			    name, s.nerrors, s.errors[0].line,
			    s.errors[0].text);
		d->waiting = true;
		sent = node_report(d->node, s.items, s.n, on_answer, d) == 0;
		d->waiting = sent;
		if (!sent)
			leave(d);
	}
	if (problem == NULL)
		sighting_free(&s);
	return (sent);
}

void
delivery_poll(struct delivery *d)
{
	if (d == NULL || d->waiting)
		return;
	if (d->next == d->n) {
		d->next = 0;
		d->n = spool_list(d->state, d->names, DELIVERY_FILES);
	}
	while (d->next < d->n && !d->waiting)
		if (!deliver(d))
			break;
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	leave(d);
	mem_free(d->state);
	mem_free(d);
}
