#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/chaos.h"
#include "sim/dice.h"

#define MINUTE 60000
#define HOUR (60 * MINUTE)
#define DAY (24ll * HOUR)
#define POOL 40 /* addresses that are reported */

/* A step to be written. */
struct entry {
	int64_t when;
	size_t number;
	char text[120];
};

struct chaos {
	struct dice dice;
	size_t nodes; /* without the twin */
	size_t liars; /* the last ones of them */
	bool twin; /* one more node */
	int64_t length; /* ms */
	struct entry *steps;
	size_t n, room;
};

static uint64_t
roll(struct chaos *c, uint64_t n)
{
	return (dice_roll(&c->dice, n));
}

static void at(struct chaos *c, int64_t when, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
at(struct chaos *c, int64_t when, const char *fmt, ...)
{
	struct entry *e;
	va_list ap;

	if (c->n == c->room) {
		c->room = c->room == 0 ? 64 : c->room * 2;
		c->steps = mem_array(c->steps, c->room, sizeof(*c->steps));
	}
	e = &c->steps[c->n];
	e->when = when;
	e->number = c->n++;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

/* A moment in the run, and a time of up to ${most} ms. */
static int64_t
moment(struct chaos *c)
{
	return (dice_between(&c->dice, MINUTE, c->length));
}

static int64_t
span(struct chaos *c, int64_t most)
{
	/* Short ones are as likely as long ones. */
	while (most > 1000 && roll(c, 3) == 0)
		most /= 8;
	return (dice_between(&c->dice, 1, most));
}

/* An honest node. */
static size_t
someone(struct chaos *c)
{
	return (roll(c, c->nodes - c->liars));
}

/* ---- What members say ---- */

static void
address(struct chaos *c, char *out, size_t size)
{
	unsigned i = (unsigned)roll(c, POOL);

	if (i % 5 == 4)
		snprintf(out, size, "2001:db8:%x::", i);
	else
		snprintf(out, size, "192.0.2.%u", i);
}

static void
traffic(struct chaos *c)
{
	static const char *const kinds[] = {"worm", "worm", "malware", "spam",
	    "scan", "bruteforce"};
	size_t n = 20 + roll(c, 150), i;
	char where[40];

	for (i = 0; i < n; i++) {
		address(c, where, sizeof(where));
		switch (roll(c, 40)) {
		case 0:
			at(c, moment(c), "retract n%zu %s", someone(c), where);
			break;
		case 1:
			at(c, moment(c), "clear n%zu %s", someone(c), where);
			break;
		case 2:
			at(c, moment(c), "report n%zu %s worm ago=%dm",
			    someone(c), where, (int)roll(c, 4 * 1440));
			break;
		default:
			at(c, moment(c), "report n%zu %s %s count=%d",
			    someone(c), where, kinds[roll(c, 6)],
			    1 + (int)roll(c, 3));
		}
	}
}

/* ---- Faults ---- */

static void
storms(struct chaos *c)
{
	static const struct {
		const char *what;
		unsigned most;
		const char *unit;
		const char *calm;
	} kinds[] = {{"loss", 30, "%", "0"}, {"repeat", 50, "%", "0"},
	    {"damage", 10, "%", "0"}, {"stall", 10, "%", "0"},
	    {"refuse", 20, "%", "0"}, {"delay", 60, "s", "50ms"},
	    {"lag", 30, "s", "20ms"}};
	size_t n = roll(c, 6), i, k;
	int64_t when;

	for (i = 0; i < n; i++) {
		k = roll(c, sizeof(kinds) / sizeof(kinds[0]));
		when = moment(c);
		at(c, when, "weather %s=%u%s", kinds[k].what,
		    1 + (unsigned)roll(c, kinds[k].most), kinds[k].unit);
		at(c, when + span(c, 8 * HOUR), "weather %s=%s", kinds[k].what,
		    kinds[k].calm);
	}
}

static void
partitions(struct chaos *c)
{
	size_t n = roll(c, 5), i, a, b;
	int64_t when;

	for (i = 0; i < n; i++) {
		when = moment(c);
		a = roll(c, c->nodes);
		b = roll(c, c->nodes);
		if (roll(c, 2) == 0) { /* one alone */
			at(c, when, "cut n%zu all", a);
			at(c, when + span(c, 12 * HOUR), "heal n%zu all", a);
		} else if (a != b) { /* two camps */
			a = a < b ? a : b;
			if (a + 1 >= c->nodes)
				continue;
			at(c, when, "cut n0-n%zu n%zu-n%zu", a, a + 1,
			    c->nodes - 1);
			at(c, when + span(c, 12 * HOUR), "heal");
		}
	}
}

/* Stop links one by one, release them in another order. */
static void
clogs(struct chaos *c)
{
	int64_t begin = moment(c), end = begin + span(c, 2 * HOUR);
	size_t n = roll(c, 2 * c->nodes), i, a, b;

	for (i = 0; i < n; i++) {
		a = roll(c, c->nodes);
		b = roll(c, c->nodes);
		if (a == b)
			continue;
		at(c, dice_between(&c->dice, begin, end), "clog n%zu n%zu", a,
		    b);
		at(c, dice_between(&c->dice, end, end + 10 * MINUTE),
		    "release n%zu n%zu", a, b);
	}
}

static void
deaths(struct chaos *c)
{
	static const char *const how[] = {"stop", "crash", "power", "memory"};
	size_t n = roll(c, 12), i;

	for (i = 0; i < n; i++)
		at(c, moment(c), "%s n%zu for=%lldms", how[roll(c, 4)],
		    someone(c), (long long)span(c, 6 * HOUR));
}

static void
pauses(struct chaos *c)
{
	size_t n = roll(c, 4), i, who;
	int64_t when;

	for (i = 0; i < n; i++) {
		who = someone(c);
		when = moment(c);
		if (roll(c, 2) == 0) {
			at(c, when, "pause n%zu %lldms", who,
			    (long long)span(c, DAY / 2));
		} else {
			at(c, when, "slow n%zu %dms", who,
			    50 + (int)roll(c, 2000));
			at(c, when + span(c, 4 * HOUR), "slow n%zu off", who);
		}
	}
}

static void
disks(struct chaos *c)
{
	size_t n = roll(c, 3), i, who;
	int64_t when;

	for (i = 0; i < n; i++) {
		who = someone(c);
		when = moment(c);
		if (roll(c, 1) == 0) {
			at(c, when, "disk n%zu ill", who);
			at(c, when + span(c, 4 * HOUR), "disk n%zu well", who);
		} else {
			at(c, when, "rot n%zu times=%d", who,
			    1 + (int)roll(c, 4));
			at(c, when + 1, "crash n%zu for=1s", who);
		}
	}
}

static void
rollbacks(struct chaos *c)
{
	size_t who = someone(c);
	int64_t when = moment(c);

	if (roll(c, 3) == 0) {
		at(c, when, "restore n%zu empty careful=yes", who);
		return;
	}
	at(c, when, "save n%zu old", who);
	at(c, when + span(c, DAY), "restore n%zu old careful=yes", who);
}

static void
clocks(struct chaos *c)
{
	size_t n = 1 + roll(c, 2), i, who;
	int64_t when;

	for (i = 0; i < n; i++) {
		who = someone(c);
		when = moment(c);
		at(c, when, "clock n%zu %s%lldms drift=%d", who,
		    roll(c, 1) == 0 ? "-" : "", (long long)span(c, 3ll * DAY),
		    (int)roll(c, 400) - 200);
		at(c, when + span(c, 6 * HOUR), "clock n%zu right", who);
	}
}

static void
changes(struct chaos *c)
{
	static const char *const levels[] = {"none", "observe", "vote", "full",
	    "vote"};
	size_t n = roll(c, 6), i, a, b;
	int64_t when;

	for (i = 0; i < n; i++) {
		a = someone(c);
		b = roll(c, c->nodes);
		when = moment(c);
		switch (roll(c, 5)) {
		case 0:
			at(c, when, "trust n%zu n%zu %s weight=%d.5", a, b,
			    levels[roll(c, 5)], (int)roll(c, 3));
			at(c, when + span(c, DAY), "trust n%zu n%zu vote", a,
			    b);
			break;
		case 1:
			at(c, when, "list n%zu worm threshold=%d groups=%d", a,
			    1 + (int)roll(c, 4), 1 + (int)roll(c, 3));
			break;
		case 2:
			at(c, when, "exempt n%zu 192.0.2.%d/29", a,
			    8 * (int)roll(c, 5));
			break;
		case 3:
			if (a == b)
				break;
			at(c, when, "forget n%zu n%zu", a, b);
			at(c, when + span(c, DAY / 2), "know n%zu n%zu", a, b);
			break;
		default:
			at(c, when, "list n%zu worm window=%dh hold=%dh", a,
			    1 + (int)roll(c, 60), 1 + (int)roll(c, 60));
		}
	}
}

/* ---- Liars ---- */

static void
lies(struct chaos *c)
{
	static const char *const kinds[] = {"withhold", "hide", "heads",
	    "claim", "floor", "replay", "forge", "garbage", "flood", "slow"};
	size_t i, k, n, who;
	char where[40];

	for (i = 0; i < c->liars; i++) {
		who = c->nodes - 1 - i;
		at(c, -1, "liar n%zu", who);
		n = roll(c, 5);
		for (k = 0; k < n; k++)
			at(c, moment(c), "lie n%zu %s=%d%%", who,
			    kinds[roll(c, 10)], 1 + (int)roll(c, 60));
		n = roll(c, 40);
		for (k = 0; k < n; k++) {
			address(c, where, sizeof(where));
			if (roll(c, 4) == 0)
				at(c, moment(c), "retract n%zu %s", who, where);
			else if (roll(c, 4) == 0)
				at(c, moment(c), "report n%zu 198.18.%d.0+%d",
				    who, (int)roll(c, 4),
				    1 + (int)roll(c, 200));
			else
				at(c, moment(c), "report n%zu %s", who, where);
		}
		if (roll(c, 2) == 0)
			at(c, c->length, "honest n%zu", who);
	}
}

/* The last liar's key is used by a second program. */
static void
twin(struct chaos *c)
{
	size_t who = c->nodes - 1, to = c->nodes, i;
	int64_t when = moment(c);

	at(c, -1, "later n%zu", to);
	if (roll(c, 2) == 0) {
		at(c, when, "save n%zu copy", who);
		when += span(c, DAY);
	}
	at(c, when, "twin n%zu n%zu", to, who);
	if (c->n > 0 && strncmp(c->steps[c->n - 2].text, "save", 4) == 0)
		at(c, when, "restore n%zu copy", to);
	at(c, when, "lie n%zu,n%zu deaf=%s", who, to,
	    roll(c, 2) == 0 ? "100%" : "0%");
	if (roll(c, 2) == 0)
		at(c, when, "hear n%zu off", to);
	/* Some honest nodes reach the second one at the member's address. */
	for (i = 0; i + c->liars < c->nodes; i++)
		if (roll(c, 2) == 0)
			at(c, when, "ask n%zu n%zu n%zu", i, who, to);
	at(c, when + 1, "start n%zu", to);
	for (i = 0; i < 5; i++)
		at(c, dice_between(&c->dice, when, c->length),
		    "report n%zu 192.0.2.%d", i % 2 == 0 ? who : to,
		    (int)roll(c, POOL));
}

/* ---- All together ---- */

static void
shape(struct chaos *c)
{
	size_t last = c->nodes - 1;

	switch (roll(c, 6)) {
	case 0:
		at(c, -1, "ring n0-n%zu", last);
		break;
	case 1:
		at(c, -1, "line n0-n%zu", last - c->liars);
		break;
	case 2:
		at(c, -1, "star n0 n0-n%zu", last);
		break;
	default:
		break;
	}
	if (roll(c, 3) == 0)
		at(c, -1, "own all n%zu 192.0.2.0/27", someone(c));
	if (roll(c, 3) == 0)
		at(c, -1, "list all worm groups=1 window=7d");
}

static int
compare(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->when != b->when)
		return (a->when < b->when ? -1 : 1);
	return ((a->number > b->number) - (a->number < b->number));
}

static void
write_time(struct buf *out, int64_t ms)
{
	if (ms >= DAY)
		buf_printf(out, "%dd", (int)(ms / DAY));
	if (ms % DAY >= HOUR)
		buf_printf(out, "%dh", (int)(ms % DAY / HOUR));
	if (ms % HOUR >= MINUTE)
		buf_printf(out, "%dm", (int)(ms % HOUR / MINUTE));
	buf_printf(out, "%dms ", (int)(ms % MINUTE));
}

void
chaos_write(uint64_t seed, size_t nodes, unsigned days, struct buf *out)
{
	static void (*const faults[])(struct chaos *) = {storms, partitions,
	    clogs, deaths, pauses, disks, rollbacks, clocks, changes};
	struct chaos c = {.dice = {seed * 0x2545f4914f6cdd1du + 1}};
	size_t i;

	c.nodes = nodes != 0 ? nodes : 3 + roll(&c, CHAOS_NODES - 2);
	c.length =
	    days != 0 ? days * (int64_t)DAY : HOUR + (int64_t)roll(&c, 3 * DAY);
	if (c.nodes > 3 && roll(&c, 2) == 0)
		c.liars = 1 + (c.nodes > 5 && roll(&c, 3) == 0);
	c.twin = false;
	buf_printf(out, "# seed %llu\nnodes %zu\nsignatures %s\n",
	    (unsigned long long)seed, c.nodes + c.twin,
	    roll(&c, 10) == 0 ? "real" : "fake");
	shape(&c);
	traffic(&c);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (roll(&c, 2) == 0)
			faults[i](&c);
	lies(&c);
	if (c.twin)
		twin(&c);
	qsort(c.steps, c.n, sizeof(*c.steps), compare);
	for (i = 0; i < c.n; i++) {
		if (c.steps[i].when >= 0)
			write_time(out, c.steps[i].when);
		buf_printf(out, "%s\n", c.steps[i].text);
	}
	if (roll(&c, 4) == 0) {
		write_time(out,
		    c.n > 0 && c.steps[c.n - 1].when > c.length ?
			c.steps[c.n - 1].when :
			c.length);
		buf_text(out, "settle\n+1s quiet 5d1m\n");
	}
	mem_free(c.steps);
}
