#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/clock.h"

#include "progress.h"

#define BAR 30 /* columns */
#define REDRAW_MS 100

struct progress {
	const char *what;
	uint64_t total;
	struct mono drawn;
};

struct progress *
progress_start(const char *what, uint64_t total)
{
	struct progress *p;

	if (!isatty(STDERR_FILENO))
		return (NULL);
	p = mem_zero(sizeof(*p));
	p->what = what;
	p->total = total;
	p->drawn.ms = clock_mono().ms - REDRAW_MS;
	return (p);
}

void
progress_to(struct progress *p, uint64_t done)
{
	struct mono now;
	uint64_t full;

	if (p == NULL)
		return;
	now = clock_mono();
	if (now.ms - p->drawn.ms < REDRAW_MS)
		return;
	p->drawn = now;
	if (p->total == 0) {
		fprintf(stderr, "\r%s %llu ", p->what,
		    (unsigned long long)done);
		return;
	}
	if (done > p->total)
		done = p->total;
	full = (uint64_t)((double)done * BAR / (double)p->total);
	fprintf(stderr, "\r%s [%.*s%*s] %3u%% ", p->what, (int)full,
	    "##############################", (int)(BAR - full), "",
	    (unsigned)((double)done * 100 / (double)p->total));
}

void
progress_end(struct progress *p)
{
	if (p == NULL)
		return;
	fprintf(stderr, "\r%60s\r", "");
	mem_free(p);
}
