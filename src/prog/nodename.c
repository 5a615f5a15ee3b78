#include <curl/curl.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
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

const char *
nodename_ask(const char *url, const uint8_t key[KEY_BYTES],
    char name[CARD_NAME + 1])
{
	char pin[TLSCERT_PIN];
	struct buf path, body;
	const char *why, *said;
	size_t n = strlen(url);
	json_t *o = NULL;

	buf_init(&path, CARD_URL + 16);
	buf_init(&body, MOST);
	buf_add(&path, url, n > 0 && url[n - 1] == '/' ? n - 1 : n);
	buf_text(&path, "/v1/node");
	tlscert_pin(key, pin);
	why = get(buf_string(&path), pin, &body);
	if (why == NULL) {
		o = json_loadb((const char *)body.data, body.len,
		    JSON_REJECT_DUPLICATES, NULL);
		said = json_string_value(json_object_get(o, "name"));
		if (said == NULL || !card_name_valid(said))
			why = "it tells no valid name";
		else
			text_copy(name, CARD_NAME + 1, said);
	}
	json_decref(o);
	buf_free(&path);
	buf_free(&body);
	return (why);
}
