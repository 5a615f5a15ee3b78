#include <string.h>

#include "base/mem.h"
#include "sim/actor.h"

/* What is waiting goes to the disk in one transaction. */
static void
begin(struct stage *s, struct actor *a)
{
	int64_t lag =
	    1 + (int64_t)dice_roll(&s->dice, (uint64_t)s->weather.lag);

	a->ncommit = a->nwrites;
	stage_add(s, s->now + lag + a->slow, HAP_COMMIT, a);
}

void
actor_disk_write(struct stage *s, struct actor *a, const struct action *act)
{
	struct diskrow *row;

	if (a->nwrites == a->writeroom) {
		a->writeroom = a->writeroom == 0 ? 16 : a->writeroom * 2;
		a->writes =
		    mem_array(a->writes, a->writeroom, sizeof(*a->writes));
	}
	row = &a->writes[a->nwrites++];
	memset(row, 0, sizeof(*row));
	row->kind = act->u.persist.kind;
	row->serial = act->u.persist.serial;
	row->pending = act->u.persist.pending;
	row->subject = act->u.persist.subject;
	row->time = act->u.persist.time;
	row->created = act->u.persist.created;
	if (act->u.persist.member != NULL)
		memcpy(row->member, act->u.persist.member, KEY_BYTES);
	if (act->u.persist.nids > 0) {
		row->nids = act->u.persist.nids;
		row->ids =
		    mem_dup(act->u.persist.ids, row->nids * sizeof(*row->ids));
	}
	if (row->kind == WRITE_OWN)
		row->blob = annals_add(s->annals, act->u.persist.bytes,
		    act->u.persist.len, a->number);
	else if (row->kind == WRITE_BATCH)
		row->blob = annals_find(s->annals, act->u.persist.id);
	else if (act->u.persist.waiver != NULL) {
		row->len = sizeof(*act->u.persist.waiver);
		row->bytes = mem_dup(act->u.persist.waiver, row->len);
	} else if (act->u.persist.len > 0) {
		row->len = act->u.persist.len;
		row->bytes = mem_dup(act->u.persist.bytes, row->len);
	}
	/* Nobody signed it, or it was not signed like this. */
	if (row->kind == WRITE_BATCH &&
	    (row->blob == NULL || row->blob->len != act->u.persist.len ||
		memcmp(row->blob->bytes, act->u.persist.bytes,
		    act->u.persist.len) != 0)) {
		tale_break(&s->tale, s->now, 4,
		    "n%zu takes a batch that nobody signed", a->number);
		a->nwrites--;
		return;
	}
	if (a->ncommit == 0)
		begin(s, a);
}

/* Write the first rows. Return the serial of the last one. */
static uint64_t
write_rows(struct stage *s, struct actor *a, bool tell)
{
	uint64_t serial = 0;
	size_t i;

	for (i = 0; i < a->ncommit; i++) {
		serial = a->writes[i].serial;
		if (tell && s->watch.written != NULL)
			s->watch.written(s, a, &a->writes[i]);
		if (disk_write(a->disk, &a->writes[i]) != 0)
			tale_break(&s->tale, s->now, 1,
			    "n%zu writes two own batches to one place",
			    a->number);
	}
	a->nwrites -= a->ncommit;
	memmove(a->writes, a->writes + a->ncommit,
	    a->nwrites * sizeof(*a->writes));
	a->ncommit = 0;
	return (serial);
}

void
actor_disk_commit(struct stage *s, struct actor *a)
{
	struct event event = {.type = EV_PERSISTED};

	if (a->ill) {
		stage_fault(s, FAULT_DISK);
		tale_say(&s->tale, s->now, "n%zu stops: its disk fails",
		    a->number);
		actor_stop(s, a, STOP_NOTHING);
		return;
	}
	event.u.persisted.serial = write_rows(s, a, true);
	if (a->nwrites > 0)
		begin(s, a);
	actor_step(s, a, &event);
}

void
actor_disk_stop(struct stage *s, struct actor *a, enum stop how)
{
	size_t i;

	if (how == STOP_COMMIT && a->ncommit > 0)
		write_rows(s, a, false);
	for (i = 0; i < a->nwrites; i++)
		disk_row_free(&a->writes[i]);
	a->nwrites = a->ncommit = 0;
}
