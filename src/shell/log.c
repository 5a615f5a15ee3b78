#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "shell/clock.h"
#include "shell/log.h"

#define LINE 2048 /* longest line; the rest is cut off */

/* How lines look; set once by log_open(), before there are threads. */
static bool journal;
static bool debug;

/* Is stderr the stream that $JOURNAL_STREAM names, and not redirected? */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return (false);
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return (strcmp(stream, own) == 0);
}

void
log_open(int verbose)
{
	journal = is_journal();
	debug = verbose != 0;
}

/* Make the ${n} bytes at ${s} one line: others' texts may be in them. */
static void
flatten(char *s, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s[i] = ' ';
}

static void __attribute__((format(printf, 2, 0)))
line(int level, const char *fmt, va_list ap)
{
	static const char *const words[] = {"", "", "",
	    "error: ", "warning: ", "", "", "debug: "};
	char out[LINE], stamp[TEXT_TIME];
	int saved = errno, n, m;

	if (journal) {
		n = snprintf(out, sizeof(out), "<%d>", level);
	} else {
		text_time_format(wall_sec(clock_wall()), stamp);
		n = snprintf(out, sizeof(out), "%s %s", stamp, words[level]);
	}
	m = vsnprintf(out + n, sizeof(out) - (size_t)n - 1, fmt, ap);
	if (m > 0)
		n += m < LINE - n - 1 ? m : LINE - n - 2;
	flatten(out, n);
	out[n++] = '\n';
	/* Nothing can be done about a log that cannot be written. */
	if (write(STDERR_FILENO, out, (size_t)n) != n)
		errno = saved;
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(3, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(4, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(6, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!debug)
		return;
	va_start(ap, fmt);
	line(7, fmt, ap);
	va_end(ap);
}
