/*
 * virbl-ask: prints the name of a node that is not a peer yet. It stands apart
 * so that virbl itself loads neither libcurl nor GnuTLS.
 *
 *	virbl-ask URL ID
 *
 * Exit status 0 and the name on a line, or 1 and why there is none.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include <virbl/card.h>

#include "base/buf.h"
#include "shell/tlscert.h"

#include "nodename.h"

#define MOST 65536 /* bytes of an answer */

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	buf_add(body, p, size * n);
	return (body->full ? 0 : size * n);
}

/* Get url into body; NULL or why not. */
static const char *
get(const char *url, const char *pin, struct buf *body)
{
	CURL *c = curl_easy_init();
	long status = 0;
	CURLcode rc;

	if (c == NULL)
		return ("cannot ask");
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	/* The pin is the check: there is no CA. */
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, pin);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)NODENAME_WAIT);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "virbl");
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	if (rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return ("another node answers at this URL");
	if (rc != CURLE_OK)
		return ("it does not answer");
	return (status == 200 ? NULL : "it does not tell its name");
}

/* Print the name in ${body}; NULL or why not. */
static const char *
say(const struct buf *body)
{
	const char *name;
	json_t *o;
	bool good;

	o = json_loadb((const char *)body->data, body->len,
	    JSON_REJECT_DUPLICATES, NULL);
	name = json_string_value(json_object_get(o, "name"));
	good = name != NULL && card_name_valid(name);
	if (good)
		puts(name);
	json_decref(o);
	return (good ? NULL : "it tells no valid name");
}

int
main(int argc, char **argv)
{
	uint8_t key[KEY_BYTES];
	char pin[TLSCERT_PIN];
	struct buf path, body;
	const char *why;
	size_t n;

	if (argc != 3 || sodium_init() == -1 ||
	    nodeid_parse(argv[2], key) != 0) {
		fprintf(stderr, "usage: virbl-ask URL ID\n");
		return (2);
	}
	n = strlen(argv[1]);
	buf_init(&path, CARD_URL + 16);
	buf_init(&body, MOST);
	buf_add(&path, argv[1], n > 0 && argv[1][n - 1] == '/' ? n - 1 : n);
	buf_text(&path, "/v1/node");
	tlscert_pin(key, pin);
	why = get(buf_string(&path), pin, &body);
	if (why == NULL)
		why = say(&body);
	if (why != NULL)
		puts(why);
	buf_free(&path);
	buf_free(&body);
	return (why == NULL ? 0 : 1);
}
