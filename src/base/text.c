#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define DAY_MS UINT64_C(86400000)
#define NEAR 32 /* longest word text_nearest() looks at */

static bool
digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Read digits from *s on and move it behind them; -1 if none or over max. */
static int
digits(const char **s, uint64_t max, uint64_t *ret)
{
	const char *p = *s;
	uint64_t v = 0;

	if (!digit(*p))
		return (-1);
	for (; digit(*p); p++) {
		uint64_t d = (uint64_t)(*p - '0');

		if (d > max || v > (max - d) / 10)
			return (-1);
		v = v * 10 + d;
	}
	*s = p;
	*ret = v;
	return (0);
}

int
text_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v;

	if (digits(&s, max, &v) == -1 || *s != '\0')
		return (-1);
	*ret = v;
	return (0);
}

int
text_milli(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v, scale;

	if (digits(&s, max / 1000, &v) == -1)
		return (-1);
	v *= 1000;
	if (*s == '.') {
		s++;
		if (!digit(*s))
			return (-1);
		for (scale = 100; digit(*s); s++, scale /= 10) {
			if (scale == 0)
				return (-1);
			v += (uint64_t)(*s - '0') * scale;
		}
	}
	if (*s != '\0' || v > max)
		return (-1);
	*ret = v;
	return (0);
}

/* Units of durations, greatest first. */
static const struct unit {
	const char *name;
	uint64_t ms;
} units[] = {
    {"d", DAY_MS},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

int
text_duration(const char *s, uint64_t *ret)
{
	uint64_t v;
	size_t i;

	if (digits(&s, 366 * DAY_MS, &v) == -1)
		return (-1);
	if (v == 0 && *s == '\0') {
		*ret = 0;
		return (0);
	}
	for (i = 0; i < UNITS; i++)
		if (strcmp(s, units[i].name) == 0)
			break;
	if (i == UNITS || v > 366 * DAY_MS / units[i].ms)
		return (-1);
	*ret = v * units[i].ms;
	return (0);
}

void
text_duration_format(uint64_t ms, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < UNITS - 1; i++)
		if (ms >= units[i].ms && ms % units[i].ms == 0)
			break;
	if (ms == 0)
		snprintf(out, size, "0s");
	else
		snprintf(out, size, "%" PRIu64 "%s", ms / units[i].ms,
		    units[i].name);
}

static bool
leap(int64_t y)
{
	return ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
}

/* Days from 1970-01-01 to the first of January of year y >= 1. */
static int64_t
days_before(int64_t y)
{
	y--;
	return (y * 365 + y / 4 - y / 100 + y / 400 - 719162);
}

static const uint8_t month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
    30, 31};

static int64_t
days_in(int64_t y, int64_t m)
{
	return (month_days[m - 1] + (m == 2 && leap(y) ? 1 : 0));
}

/* Read exactly n digits with a value of lo..hi, then the character after. */
static int
field(const char **s, unsigned n, int64_t lo, int64_t hi, const char *after)
{
	int64_t v = 0;

	for (; n > 0; n--, (*s)++) {
		if (!digit(**s))
			return (-1);
		v = v * 10 + (**s - '0');
	}
	if (v < lo || v > hi)
		return (-1);
	if (*after != '\0') {
		if (**s == '\0' || strchr(after, **s) == NULL)
			return (-1);
		(*s)++;
	}
	return ((int)v);
}

/* Read what follows the seconds: fraction and offset, in seconds. */
static int
offset(const char *s, int64_t *ret)
{
	int sign, h, m;

	if (*s == '.') {
		s++;
		if (!digit(*s))
			return (-1);
		while (digit(*s))
			s++;
	}
	*ret = 0;
	if (*s == 'Z' || *s == 'z')
		return (s[1] == '\0' ? 0 : -1);
	if (*s != '+' && *s != '-')
		return (-1);
	sign = *s++ == '+' ? 1 : -1;
	if ((h = field(&s, 2, 0, 23, ":")) == -1 ||
	    (m = field(&s, 2, 0, 59, "")) == -1 || *s != '\0')
		return (-1);
	*ret = sign * (h * 3600 + m * 60);
	return (0);
}

int
text_time(const char *s, uint32_t *ret)
{
	int y, mon, d, h, min, sec, i;
	int64_t t, off;
	uint64_t v;

	if (text_u64(s, UINT32_MAX, &v) == 0) {
		*ret = (uint32_t)v;
		return (0);
	}
	if ((y = field(&s, 4, 1, 9999, "-")) == -1 ||
	    (mon = field(&s, 2, 1, 12, "-")) == -1 ||
	    (d = field(&s, 2, 1, 31, "Tt ")) == -1 ||
	    (h = field(&s, 2, 0, 23, ":")) == -1 ||
	    (min = field(&s, 2, 0, 59, ":")) == -1 ||
	    (sec = field(&s, 2, 0, 60, "")) == -1 || d > days_in(y, mon) ||
	    offset(s, &off) == -1)
		return (-1);
	t = days_before(y) + d - 1;
	for (i = 1; i < mon; i++)
		t += days_in(y, i);
	t = t * 86400 + h * 3600 + min * 60 + sec - off;
	if (t < 0 || t > UINT32_MAX)
		return (-1);
	*ret = (uint32_t)t;
	return (0);
}

void
text_time_format(uint32_t sec, char out[TEXT_TIME])
{
	int64_t days = sec / 86400, y, m;
	unsigned rest = sec % 86400;

	y = 1970 + days / 366;
	while (days_before(y + 1) <= days)
		y++;
	days -= days_before(y);
	for (m = 1; days >= days_in(y, m); m++)
		days -= days_in(y, m);
	snprintf(out, TEXT_TIME, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)y % 10000, (unsigned)m % 100, (unsigned)(days + 1) % 100,
	    rest / 3600, rest / 60 % 60, rest % 60);
}

void
text_milli_format(uint64_t milli, char *out, size_t size)
{
	unsigned part = milli % 1000, places = 3;

	while (places > 0 && part % 10 == 0) {
		part /= 10;
		places--;
	}
	if (places == 0)
		snprintf(out, size, "%" PRIu64, milli / 1000);
	else
		snprintf(out, size, "%" PRIu64 ".%0*u", milli / 1000,
		    (int)places, part);
}

void
text_hex(const uint8_t *p, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = hex[p[i] >> 4];
		out[2 * i + 1] = hex[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
nibble(char c)
{
	if (digit(c))
		return (c - '0');
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

int
text_unhex(const char *s, uint8_t *out, size_t n)
{
	size_t i;

	for (i = 0; i < 2 * n; i++)
		if (nibble(s[i]) == -1)
			return (-1);
	if (s[2 * n] != '\0')
		return (-1);
	for (i = 0; i < n; i++)
		out[i] =
		    (uint8_t)(nibble(s[2 * i]) << 4 | nibble(s[2 * i + 1]));
	return (0);
}

static unsigned
least(unsigned a, unsigned b)
{
	return (a < b ? a : b);
}

/* Edits (insert, delete, replace, swap neighbours) from a to b. */
static unsigned
distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned row[3][NEAR + 1];
	unsigned *now = row[0], *last = row[1], *before = row[2], *swap;
	size_t i, j;

	memset(row, 0, sizeof(row));
	for (j = 0; j <= nb; j++)
		now[j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		swap = before;
		before = last;
		last = now;
		now = swap;
		now[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			now[j] = least(least(now[j - 1], last[j]) + 1,
			    last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return (now[nb]);
}

const char *
text_nearest(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	unsigned low = 0, d;
	size_t i, nw, len = strlen(word);

	if (len == 0 || len > NEAR)
		return (NULL);
	for (i = 0; i < n; i++) {
		if ((nw = strlen(words[i])) > NEAR)
			continue;
		d = distance(word, len, words[i], nw);
		if (best == NULL || d < low) {
			best = words[i];
			low = d;
		}
	}
	/* A third of the letters wrong is another word. */
	return (low <= (len + 2) / 3 && low < len ? best : NULL);
}

int
text_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n >= size) {
		if (size > 0)
			dst[0] = '\0';
		return (-1);
	}
	memcpy(dst, src, n + 1);
	return (0);
}

/* Bytes of the character that begins at p, of n > 0 left; 0 if malformed. */
static size_t
utf8_length(const uint8_t *p, size_t n)
{
	size_t i, len;
	uint8_t lo = 0x80, hi = 0xbf; /* of the second byte */

	if (p[0] >= 0x01 && p[0] <= 0x7f)
		return (1);
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return (0);
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		lo = 0xa0; /* shorter form exists */
	else if (p[0] == 0xed)
		hi = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f; /* beyond U+10FFFF */
	if (len > n || p[1] < lo || p[1] > hi)
		return (0);
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (0);
	return (len);
}

bool
text_utf8(const void *p, size_t n)
{
	const uint8_t *s = p;
	size_t len;

	for (; n > 0; s += len, n -= len)
		if ((len = utf8_length(s, n)) == 0)
			return (false);
	return (true);
}

bool
text_name(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (i == 64 || s[i] < 0x20 || s[i] > 0x7e)
			return (false);
	return (i > 0 && s[0] != ' ' && s[i - 1] != ' ');
}
