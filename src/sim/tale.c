#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/tale.h"

void
tale_moment(int64_t now, char *out, size_t size)
{
	int64_t s = now / 1000;

	snprintf(out, size, "%dd%02d:%02d:%02d.%03d", (int)(s / 86400),
	    (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60),
	    (int)(now % 1000));
}

static void write_line(struct tale *t, int64_t now, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
write_line(struct tale *t, int64_t now, const char *fmt, va_list ap)
{
	char *line = t->lines[t->n++ % TALE_LINES];
	int n;

	tale_moment(now, line, TALE_LINE);
	n = (int)strlen(line);
	line[n++] = ' ';
	vsnprintf(line + n, (size_t)(TALE_LINE - n), fmt, ap);
	if (t->line != NULL)
		t->line(t->arg, line);
}

void
tale_say(struct tale *t, int64_t now, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(t, now, fmt, ap);
	va_end(ap);
}

void
tale_break(struct tale *t, int64_t now, unsigned number, const char *fmt, ...)
{
	va_list ap;

	if (t->broken != 0)
		return;
	t->broken = number;
	t->when = now;
	va_start(ap, fmt);
	vsnprintf(t->how, sizeof(t->how), fmt, ap);
	va_end(ap);
	tale_say(t, now, "BROKEN I%u: %s", number, t->how);
}

void
tale_mix(struct tale *t, uint64_t value)
{
	t->print = (t->print ^ value) * 0x9e3779b97f4a7c15u;
	t->print ^= t->print >> 29;
}

const char *
tale_fault_name(enum fault f)
{
	static const char *const names[FAULTS] = {
	    [FAULT_LOSS] = "loss",
	    [FAULT_DELAY] = "delay",
	    [FAULT_REPLAY] = "replay",
	    [FAULT_PARTITION] = "partition",
	    [FAULT_CLOG] = "clog",
	    [FAULT_DAMAGE] = "damage",
	    [FAULT_UNREACHABLE] = "unreachable",
	    [FAULT_CRASH] = "crash",
	    [FAULT_POWER] = "power",
	    [FAULT_DISK] = "disk",
	    [FAULT_ROT] = "rot",
	    [FAULT_ROLLBACK] = "rollback",
	    [FAULT_MEMORY] = "memory",
	    [FAULT_PAUSE] = "pause",
	    [FAULT_CLOCK] = "clock",
	    [FAULT_FORK] = "fork",
	    [FAULT_CONTENT] = "content",
	    [FAULT_PROTOCOL] = "protocol",
	    [FAULT_KEY] = "key",
	    [FAULT_CHANGE] = "change",
	};

	return (names[f]);
}
