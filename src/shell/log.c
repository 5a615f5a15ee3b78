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
#define PART 16 /* longest name of a part */

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

/* The part of the daemon that ${msg} begins with; move *${msg} behind it. */
static int
part_of(const char **msg)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	size_t n = strspn(*msg, letters);

	if (n == 0 || n > PART || strncmp(*msg + n, ": ", 2) != 0)
		return (0);
	*msg += n + 2;
	return ((int)n);
}

/* Append ${msg} as a quoted string; others' texts may be in it. */
static int
quote(char *out, int n, const char *msg)
{
	out[n++] = '"';
	for (; *msg != '\0' && n < LINE - 4; msg++) {
		if (*msg == '"' || *msg == '\\')
			out[n++] = '\\';
		out[n++] =
		    (unsigned char)*msg < 0x20 || *msg == 0x7f ? ' ' : *msg;
	}
	out[n++] = '"';
	out[n++] = '\n';
	return (n);
}

static void __attribute__((format(printf, 2, 0)))
line(int level, const char *fmt, va_list ap)
{
	static const char *const words[] = {"", "", "", "error", "warning", "",
	    "info", "debug"};
	char out[LINE], text[LINE], stamp[TEXT_TIME];
	const char *msg = text, *part = text;
	int saved = errno, n, len;

	vsnprintf(text, sizeof(text), fmt, ap);
	len = part_of(&msg);
	if (len == 0) {
		part = "engine";
		len = (int)strlen(part);
	}
	if (journal) {
		n = snprintf(out, sizeof(out), "<%d>", level);
	} else {
		text_time_format(wall_sec(clock_wall()), stamp);
		n = snprintf(out, sizeof(out), "time=%s level=%s ", stamp,
		    words[level]);
	}
	n += snprintf(out + n, sizeof(out) - (size_t)n, "part=%.*s msg=", len,
	    part);
	n = quote(out, n, msg);
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
