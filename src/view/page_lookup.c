#include <string.h>

#include <jansson.h>

#include "view/html.h"
#include "view/page_lookup.h"

#define ROWS 50 /* most sightings shown; the API has them all */

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s != NULL ? s : "");
}

static bool
flag(const json_t *o, const char *key)
{
	return (json_is_true(json_object_get(o, key)));
}

/* Begin a cell; narrow screens show the name of its column in it. */
static void
cell(struct buf *out, const char *label)
{
	buf_printf(out, "<td data-label=\"%s\"><span>", label);
}

static void
end_cell(struct buf *out)
{
	buf_text(out, "</span></td>");
}

/* A time as people read it: without the T and the Z. */
static void
put_time(struct buf *out, const char *rfc3339)
{
	if (strlen(rfc3339) < 19) {
		buf_text(out, "&ndash;");
		return;
	}
	buf_text(out, "<time datetime=\"");
	html_text(out, rfc3339);
	buf_printf(out, "\">%.10s %.8s UTC</time>", rfc3339, rfc3339 + 11);
}

static void
put_number(struct buf *out, const json_t *v)
{
	if (json_is_integer(v))
		buf_printf(out, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		buf_printf(out, "%.3g", json_real_value(v));
}

/* What the word of the ladder means to the one who is listed or not. */
static const char *
meaning(const char *reason)
{
	static const struct {
		const char *word;
		const char *text;
	} table[] = {
	    {"exempt", "never listed here"},
	    {"silent", "no sighting that counts"},
	    {"below", "too few sightings"},
	    {"alone", "seen, but by too few organisations"},
	    {"expired", "was listed; the time is over"},
	    {"trusted", "one fully trusted organisation saw enough"},
	    {"company", "enough organisations saw it"},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].word, reason) == 0)
			return (table[i].text);
	return (reason);
}

static void
put_threats(struct buf *out, const json_t *threats)
{
	const json_t *t;
	size_t i;

	json_array_foreach(threats, i, t)
	{
		buf_text(out, i > 0 ? ", " : "");
		html_text(out, json_string_value(t));
	}
}

static void
put_list(struct buf *out, const json_t *list)
{
	bool listed = flag(list, "listed");

	buf_printf(out,
	    "<tr class=\"%s\"><th scope=\"row\" data-label=\"List\"><span>",
	    listed ? "listed" : "clear");
	html_text(out, text(list, "list"));
	buf_text(out, "</span></th>");
	cell(out, "State");
	buf_text(out, listed ? "<strong>listed</strong>" : "not listed");
	end_cell(out);
	cell(out, "Why");
	html_text(out, meaning(text(list, "reason")));
	end_cell(out);
	cell(out, "Since");
	put_time(out, text(list, "since"));
	end_cell(out);
	cell(out, "Until");
	put_time(out, text(list, "until"));
	end_cell(out);
	cell(out, "Organisations");
	put_number(out, json_object_get(list, "groups"));
	end_cell(out);
	cell(out, "What was seen");
	put_threats(out, json_object_get(list, "threats"));
	end_cell(out);
	buf_text(out, "</tr>\n");
}

static void
put_lists(struct buf *out, const json_t *lists)
{
	const json_t *list;
	size_t i;

	buf_text(out,
	    "<h2>On which lists</h2>\n<div class=\"scroll\"><table>\n"
	    "<thead><tr><th>List</th><th>State</th><th>Why</th><th>Since</th>"
	    "<th>Until</th><th>Organisations</th><th>What was seen</th></tr>"
	    "</thead>\n<tbody>\n");
	json_array_foreach(lists, i, list) put_list(out, list);
	buf_text(out, "</tbody></table></div>\n");
}

/* One cell with the text of a member. */
static void
put_cell(struct buf *out, const char *label, const char *value)
{
	cell(out, label);
	html_text(out, value);
	end_cell(out);
}

static void
put_sighting(struct buf *out, const json_t *s)
{
	buf_text(out, "<tr>");
	cell(out, "Last seen");
	put_time(out, text(s, "seen"));
	end_cell(out);
	put_cell(out, "Member", text(s, "member"));
	put_cell(out, "Organisation", text(s, "group"));
	put_cell(out, "Category", text(s, "category"));
	put_cell(out, "Threat", text(s, "threat"));
	cell(out, "Times");
	put_number(out, json_object_get(s, "count"));
	end_cell(out);
	put_cell(out, "Counts", flag(s, "counts") ? "yes" : "no");
	buf_text(out, "</tr>\n");
}

static void
put_sightings(struct buf *out, const json_t *sightings)
{
	const json_t *s;
	size_t i, n = json_array_size(sightings);

	buf_text(out, "<h2>Who saw what</h2>\n");
	if (n == 0) {
		buf_text(out, "<p>Nobody reported this address.</p>\n");
		return;
	}
	buf_text(out,
	    "<div class=\"scroll\"><table>\n<thead><tr><th>Last seen</th>"
	    "<th>Member</th><th>Organisation</th><th>Category</th>"
	    "<th>Threat</th><th>Times</th><th>Counts</th></tr></thead>\n"
	    "<tbody>\n");
	json_array_foreach(sightings, i, s)
	{
		if (i == ROWS)
			break;
		put_sighting(out, s);
	}
	buf_text(out, "</tbody></table></div>\n");
	if (n > ROWS)
		buf_printf(out,
		    "<p>The newest %d of %zu; the API has the others.</p>\n",
		    ROWS, n);
}

static void
put_marks(struct buf *out, const json_t *marks)
{
	const json_t *m;
	size_t i;

	if (json_array_size(marks) == 0)
		return;
	buf_text(out, "<h2>Withdrawn and cleared</h2>\n<ul>\n");
	json_array_foreach(marks, i, m)
	{
		buf_text(out, "<li>");
		html_text(out, text(m, "kind"));
		buf_text(out, " by ");
		html_text(out, text(m, "member"));
		buf_text(out, ", ");
		put_time(out, text(m, "time"));
		buf_text(out, "</li>\n");
	}
	buf_text(out, "</ul>\n");
}

static void
put_exempt(struct buf *out, const json_t *x)
{
	if (!json_is_object(x))
		return;
	buf_text(out, "<p>It lies in ");
	html_text(out, text(x, "prefix"));
	buf_text(out, ", which this node never lists (");
	html_text(out, text(x, "source"));
	buf_text(out, ").</p>\n");
}

/* What whoever is listed can do about it. */
static void
put_advice(struct buf *out, const char *address)
{
	buf_text(out,
	    "<h2>Is this yours?</h2>\n<ol>\n<li>Find the machine that sent "
	    "this and clean it: the time and the name of the threat above "
	    "tell your provider which customer it was.</li>\n<li>Nothing "
	    "else is needed: the listing ends by itself when nothing more is "
	    "seen.</li>\n<li>If it is clean already, ask for an early "
	    "end:</li>\n</ol>\n<form class=\"removal\" action=\"/v1/removal\" "
	    "method=\"post\">\n<input type=\"hidden\" name=\"address\" "
	    "value=\"");
	html_text(out, address);
	buf_text(out,
	    "\">\n<label for=\"contact\">How the operator can reach you "
	    "(optional)</label>\n<input id=\"contact\" name=\"contact\" "
	    "maxlength=\"200\">\n<label for=\"statement\">What was wrong, and "
	    "what was done about it</label>\n<textarea id=\"statement\" "
	    "name=\"statement\" rows=\"3\" maxlength=\"1000\"></textarea>\n"
	    "<button>Ask for removal</button>\n<p>Sent from the listed "
	    "address itself it works at once, at most twice a week. A new "
	    "sighting lists it again.</p>\n</form>\n");
}

static void
put_page(struct buf *out, const json_t *root)
{
	const char *address = text(root, "address");
	bool listed = flag(root, "listed");

	html_search(out, address);
	buf_printf(out, "<h1 class=\"%s\">", listed ? "listed" : "clear");
	html_text(out, address);
	buf_printf(out, "%s</h1>\n", listed ? " is listed" : " is not listed");
	put_exempt(out, json_object_get(root, "exempt"));
	put_lists(out, json_object_get(root, "lists"));
	put_sightings(out, json_object_get(root, "sightings"));
	put_marks(out, json_object_get(root, "marks"));
	if (listed)
		put_advice(out, address);
	buf_text(out, "<p>As of ");
	put_time(out, text(root, "at"));
	buf_text(out, ". The same for programs: <a href=\"/v1/ip/");
	html_text(out, address);
	buf_text(out, "\">JSON</a>.</p>\n");
}

int
page_lookup_write(struct buf *out, const void *json, size_t len)
{
	json_t *root = json_loadb(json, len, 0, NULL);

	if (!json_is_object(root)) {
		json_decref(root);
		return (-1);
	}
	html_begin(out, text(root, "address"));
	put_page(out, root);
	html_end(out);
	json_decref(root);
	return (0);
}

void
page_lookup_ask(struct buf *out, const char *address, const char *problem)
{
	html_begin(out, "Look up an address");
	if (problem != NULL) {
		buf_text(out, "<p class=\"problem\" role=\"alert\">");
		html_text(out, problem);
		buf_text(out, "</p>\n");
	}
	html_search(out, address);
	html_end(out);
}
