#include <string.h>

#include "view/html.h"

void
html_text(struct buf *out, const char *s)
{
	size_t n;

	for (; s != NULL && *s != '\0'; s++) {
		n = strcspn(s, "&<>\"'");
		buf_add(out, s, n);
		s += n;
		switch (*s) {
		case '&':
			buf_text(out, "&amp;");
			break;
		case '<':
			buf_text(out, "&lt;");
			break;
		case '>':
			buf_text(out, "&gt;");
			break;
		case '"':
			buf_text(out, "&quot;");
			break;
		case '\'':
			buf_text(out, "&#39;");
			break;
		default:
			return;
		}
	}
}

void
html_begin(struct buf *out, const char *title)
{
	buf_text(out,
	    "<!doctype html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>");
	html_text(out, title);
	buf_text(out,
	    "</title>\n<link rel=\"stylesheet\" href=\"/www/style.css\">\n"
	    "<link rel=\"icon\" href=\"/www/icon.svg\">\n</head>\n<body>\n"
	    "<header><a class=\"name\" href=\"/\">virbl</a></header>\n"
	    "<main>\n");
}

void
html_end(struct buf *out)
{
	buf_text(out,
	    "</main>\n<footer><p>This node lists addresses that sent worms or "
	    "other abuse to the members of its federation. It blocks nothing: "
	    "whoever uses the list decides what to do with it. <a "
	    "href=\"/#about\">How it works</a></p></footer>\n</body>\n"
	    "</html>\n");
}

void
html_search(struct buf *out, const char *address)
{
	buf_text(out,
	    "<form class=\"search\" action=\"/lookup\" method=\"get\">\n"
	    "<label for=\"ip\">Is this address listed?</label>\n"
	    "<input id=\"ip\" name=\"ip\" required maxlength=\"64\" "
	    "autocomplete=\"off\" spellcheck=\"false\" "
	    "placeholder=\"192.0.2.1 or 2001:db8::1\" value=\"");
	html_text(out, address);
	buf_text(out, "\">\n<button>Look up</button>\n</form>\n");
}
