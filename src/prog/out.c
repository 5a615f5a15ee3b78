#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#include "out.h"

#define CELL_BYTES 4096 /* longest cell of a table */

void
out_json(const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (len > 0)
		fwrite(p, 1, len, stdout);
	putchar('\n');
}

bool
out_result(const struct cmd_ctx *ctx, const json_t *v)
{
	if (!ctx->json)
		return (false);
	/* More digits would show 0.1 as it is stored, not as it was sent. */
	json_dumpf(v, stdout,
	    JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	putchar('\n');
	return (true);
}

static void
add_text(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		buf_add(b, c < 0x20 || c == 0x7f ? "?" : text, 1);
	}
}

static void
add_value(struct buf *b, const json_t *v)
{
	size_t i;

	switch (v == NULL ? JSON_NULL : json_typeof(v)) {
	case JSON_STRING:
		add_text(b, json_string_value(v));
		break;
	case JSON_INTEGER:
		buf_printf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		break;
	case JSON_REAL:
		buf_printf(b, "%.6g", json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_text(b, json_is_true(v) ? "yes" : "no");
		break;
	case JSON_ARRAY:
		/* Deeper ones are for programs. */
		for (i = 0; i < json_array_size(v); i++) {
			const json_t *e = json_array_get(v, i);

			if (i > 0)
				buf_text(b, ",");
			if (!json_is_array(e))
				add_value(b, e);
		}
		if (i == 0)
			buf_text(b, "-");
		break;
	default:
		buf_text(b, "-");
		break;
	}
}

void
out_text(FILE *to, const char *text)
{
	if (text == NULL)
		text = "-";
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		putc(c < 0x20 || c == 0x7f ? '?' : c, to);
	}
}

void
out_value(FILE *to, const json_t *v)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	add_value(&b, v);
	fputs(buf_string(&b), to);
	buf_free(&b);
}

const json_t *
out_member(const json_t *o, const char *key)
{
	char part[64];
	const char *dot;
	size_t n;

	while ((dot = strchr(key, '.')) != NULL) {
		n = (size_t)(dot - key);
		if (n >= sizeof(part))
			return (NULL);
		memcpy(part, key, n);
		part[n] = '\0';
		o = json_object_get(o, part);
		key = dot + 1;
	}
	return (json_object_get(o, key));
}

/* Columns on the screen: bytes that begin a character. */
static size_t
width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (n);
}

static void
cell(struct buf *b, const json_t *row, const struct out_column *c)
{
	buf_reset(b);
	b->full = false;
	if (row == NULL)
		buf_text(b, c->title);
	else
		add_value(b, out_member(row, c->key));
}

static void
print_row(struct buf *b, const json_t *row, const struct out_column *columns,
    const size_t *widths, size_t n)
{
	size_t i, pad;

	for (i = 0; i < n; i++) {
		cell(b, row, &columns[i]);
		fputs(buf_string(b), stdout);
		if (i + 1 == n)
			break;
		pad = widths[i] + 2 - width(buf_string(b));
		printf("%*s", (int)pad, "");
	}
	putchar('\n');
}

void
out_table(const struct cmd_ctx *ctx, const json_t *rows,
    const struct out_column *columns, size_t n)
{
	size_t *widths = mem_array(NULL, n, sizeof(*widths));
	size_t i, r, w;
	struct buf b;

	buf_init(&b, CELL_BYTES);
	for (i = 0; i < n; i++) {
		widths[i] = width(columns[i].title);
		for (r = 0; r < json_array_size(rows); r++) {
			cell(&b, json_array_get(rows, r), &columns[i]);
			if ((w = width(buf_string(&b))) > widths[i])
				widths[i] = w;
		}
	}
	if (ctx->color)
		fputs("\033[1m", stdout);
	print_row(&b, NULL, columns, widths, n);
	if (ctx->color)
		fputs("\033[0m", stdout);
	for (r = 0; r < json_array_size(rows); r++)
		print_row(&b, json_array_get(rows, r), columns, widths, n);
	buf_free(&b);
	mem_free(widths);
}
