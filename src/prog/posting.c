#include <stdio.h>

#include <sodium.h>

#include "base/text.h"

#include "posting.h"

enum cmd_exit
posting_send(struct client *c, const struct posting_lines *lines,
    struct posting *p, struct answer *a)
{
	char adapter[64], unparsed[64];
	const char *const headers[] = {adapter, unparsed, NULL};
	struct client_call call = {.method = "POST",
	    .path = "/v1/sightings",
	    .type = "application/x-ndjson",
	    .headers = headers,
	    .body = lines->bytes,
	    .len = lines->len};
	json_t *o, *accepted, *duplicate;
	enum cmd_exit rc;

	snprintf(adapter, sizeof(adapter), "Virbl-Adapter: %s", lines->adapter);
	snprintf(unparsed, sizeof(unparsed), "Virbl-Unparsed: %llu",
	    (unsigned long long)lines->unparsed);
	rc = client_do(c, &call, a);
	*p = (struct posting){0};
	if (rc != CMD_OK && a->status != 422)
		return (rc);
	o = json_loadb((const char *)a->body.data, a->body.len, 0, NULL);
	accepted = json_object_get(o, "accepted");
	duplicate = json_object_get(o, "duplicate");
	p->rejected = json_incref(json_object_get(o, "rejected"));
	if (json_is_array(p->rejected) && json_is_integer(accepted) &&
	    json_is_integer(duplicate)) {
		p->accepted = (uint64_t)json_integer_value(accepted);
		p->duplicate = (uint64_t)json_integer_value(duplicate);
		rc = CMD_OK;
	} else if (rc == CMD_OK) {
		buf_text(&a->error, "the daemon's answer cannot be read");
		rc = CMD_FAILED;
	}
	if (rc != CMD_OK)
		posting_free(p);
	json_decref(o);
	return (rc);
}

void
posting_id(char id[POSTING_ID])
{
	uint8_t r[(POSTING_ID - 1) / 2];

	randombytes_buf(r, sizeof(r));
	text_hex(r, sizeof(r), id);
}

void
posting_free(struct posting *p)
{
	json_decref(p->rejected);
	p->rejected = NULL;
}
