#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#include "locals.h"
#include "where.h"

/* What a mail server refuses mail for. */
#define MAIL                                                            \
	(CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_MALWARE) | \
	    CATEGORY_BIT(CATEGORY_SPAM) | CATEGORY_BIT(CATEGORY_PHISH))

static void
set(json_t *o, const char *name, const char *text)
{
	json_object_set_new(o, name, json_string(text));
}

/* Capitals or small letters, with underscores; or only letters and digits. */
enum shape { UPPER, LOWER, WORD };

static void
set_symbol(json_t *o, const char *name, const char *text, enum shape shape)
{
	char out[CARD_NAME + 1];
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text))
			out[n++] = (char)(shape == UPPER ?
				toupper((unsigned char)*text) :
				*text);
		else if (shape != WORD)
			out[n++] = '_';
	out[n] = '\0';
	set(o, name, out);
}

/* The names of the list's sets, as the formats nft and ipset have them. */
static void
set_sets(json_t *o, const char *name)
{
	uint8_t hash[HASH_BYTES];
	char text[CARD_NAME + 8], hex[9];

	snprintf(text, sizeof(text), "%s%s",
	    isdigit((unsigned char)name[0]) ? "_" : "", name);
	set(o, "nft", text);
	snprintf(text, sizeof(text), "virbl-%s", name);
	if (strlen(name) > 16) {
		key_hash("virbl ipset 1", name, strlen(name), hash);
		text_hex(hash, 4, hex);
		snprintf(text, sizeof(text), "virbl-%.8s%s", name, hex);
	}
	set(o, "ipset", text);
}

static json_t *
list_values(const struct policy_list *l)
{
	json_t *o = json_object();
	char code[32], re[48];
	unsigned last = l->code & 255;

	snprintf(code, sizeof(code), "127.0.0.%u", last);
	snprintf(re, sizeof(re), "127\\.0\\.0\\.%u", last);
	set(o, "list", l->name);
	set_symbol(o, "LIST", l->name, UPPER);
	set_symbol(o, "list_word", l->name, WORD);
	set_symbol(o, "symbol", l->name, LOWER);
	set_sets(o, l->name);
	set(o, "zone", l->zone);
	set(o, "code", code);
	set(o, "code_re", re);
	return (o);
}

/* True if zone ${a} lies below zone ${b}. */
static bool
below(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return (n > m && a[n - m - 1] == '.' && strcasecmp(a + n - m, b) == 0);
}

/* The highest zones, each once, and texts that name them all. */
static void
put_zones(json_t *o, const struct policy *p)
{
	json_t *zones = json_array(), *item;
	struct buf list, routes;
	const char *zone;
	size_t i, k;

	buf_init(&list, 8192);
	buf_init(&routes, 8192);
	for (i = 0; i < p->nlists; i++) {
		zone = p->lists[i].zone;
		for (k = 0; k < p->nlists; k++)
			if (below(zone, p->lists[k].zone) ||
			    (k < i && strcasecmp(zone, p->lists[k].zone) == 0))
				break;
		if (zone[0] == '\0' || k < p->nlists)
			continue;
		item = json_object();
		set(item, "zone", zone);
		json_array_append_new(zones, item);
		buf_printf(&list, "%s\"%s\";", list.len > 0 ? " " : "", zone);
		buf_printf(&routes, "%s~%s", routes.len > 0 ? " " : "", zone);
	}
	json_object_set_new(o, "zones", zones);
	set(o, "zone_list", buf_string(&list));
	set(o, "zone_routes", buf_string(&routes));
	buf_free(&list);
	buf_free(&routes);
}

/* The lists with an answer of their own that a mail server asks. */
static void
put_mail(json_t *o, const struct policy *p, const bool *chosen)
{
	json_t *mail = json_array();
	const struct policy_list *l;
	struct buf zones;
	size_t i;

	buf_init(&zones, 8192);
	for (i = 0; i < p->nlists; i++) {
		l = &p->lists[i];
		if (l->zone[0] == '\0' || l->code == 0 ||
		    (chosen != NULL ? !chosen[i] :
				      (l->categories & ~MAIL) != 0))
			continue;
		if (zones.len == 0)
			set(o, "mail_zone", l->zone);
		buf_printf(&zones, "%s%s", zones.len > 0 ? ", " : "", l->zone);
		json_array_append_new(mail, list_values(l));
	}
	json_object_set_new(o, "mail", mail);
	set(o, "mail_zones", buf_string(&zones));
	buf_free(&zones);
}

/* The lists that have a zone and one answer. */
static void
put_dnslists(json_t *o, const struct policy *p, const bool *chosen)
{
	json_t *lists = json_array();
	size_t i;

	for (i = 0; i < p->nlists; i++)
		if (p->lists[i].zone[0] != '\0' && p->lists[i].code != 0 &&
		    (chosen == NULL || chosen[i]))
			json_array_append_new(lists, list_values(&p->lists[i]));
	json_object_set_new(o, "dnslists", lists);
}

/* The lists a firewall loads: "any" if there is one, else all. */
static void
put_lists(json_t *o, const struct policy *p, const bool *chosen)
{
	json_t *lists = json_array();
	const struct policy_list *any = policy_list_find(p, "any");
	size_t i;

	for (i = 0; i < p->nlists; i++)
		if (chosen != NULL ? chosen[i] :
				     any == NULL || any == &p->lists[i])
			json_array_append_new(lists, list_values(&p->lists[i]));
	json_object_set_new(o, "lists", lists);
}

static void
put_listeners(json_t *o, const struct conf *c)
{
	json_t *dns = json_array(), *http = json_array();
	struct where w = {"", ""};
	char text[80] = "";

	if (c->ndns > 0 && where_local(c->dns[0], &w) == 0)
		json_array_append_new(dns, json_object());
	set(o, "dns_address", w.address);
	set(o, "dns_port", w.port);
	if (where_local(c->http, &w) == 0) {
		json_array_append_new(http, json_object());
		snprintf(text, sizeof(text),
		    strchr(w.address, ':') != NULL ? "[%s]:%s" : "%s:%s",
		    w.address, w.port);
	}
	set(o, "http", text);
	json_object_set_new(o, "dns", dns);
	json_object_set_new(o, "has_http", http);
}

json_t *
locals_make(const struct cmd_ctx *ctx, const struct conf *c, const bool *chosen)
{
	json_t *o = json_object();
	struct buf command;

	buf_init(&command, 8192);
	buf_text(&command, "virbl");
	if (strcmp(ctx->config, CONF_DEFAULT) != 0)
		buf_printf(&command, " -c %s", ctx->config);
	set(o, "virbl", buf_string(&command));
	buf_free(&command);
	set(o, "mail_zone", "");
	put_zones(o, c->policy);
	put_mail(o, c->policy, chosen);
	put_lists(o, c->policy, chosen);
	put_dnslists(o, c->policy, chosen);
	put_listeners(o, c);
	return (o);
}
