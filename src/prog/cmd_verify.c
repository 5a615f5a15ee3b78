/*
 * verify: check batches, cards, fork proofs and signed files without a node.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <virbl/batch.h>
#include <virbl/card.h>
#include <virbl/chain.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/conf.h"
#include "shell/filesig.h"
#include "shell/infile.h"
#include "shell/keyfile.h"

#include "commands.h"
#include "invite.h"
#include "out.h"

#define MOST ((size_t)1 << 30) /* bytes of a file */
#define TALK 65536 /* most bytes of complaints */
#define CARDS 1000 /* most files of --peers */

enum { PEERS = 1 };

/* What is known of names, and what came of it. */
struct verify {
	struct cmd_ctx *ctx;
	struct policy *names[CARDS];
	size_t n;
	uint8_t own[KEY_BYTES]; /* if name is not "" */
	char name[CARD_NAME + 1];
	json_t *results;
	size_t good, bad;
};

/* The name of ${key}: our own or one of --peers; NULL if it is not there. */
static const char *
name_of(const struct verify *v, const uint8_t key[KEY_BYTES])
{
	const struct policy *p;
	size_t i, k;

	if (v->name[0] != '\0' && memcmp(v->own, key, KEY_BYTES) == 0)
		return (v->name);
	for (i = 0; i < v->n; i++) {
		p = v->names[i];
		for (k = 1; k < p->nmembers; k++)
			if (memcmp(p->members[k].key, key, KEY_BYTES) == 0)
				return (p->members[k].name);
	}
	return (NULL);
}

/* Note one result; ${key} is who is meant, NULL if that cannot be told. */
static json_t *
note(struct verify *v, const char *what, const char *verdict,
    const uint8_t *key)
{
	json_t *o = json_object();
	char id[NODEID_TEXT];
	const char *name;

	json_object_set_new(o, "what", json_string(what));
	json_object_set_new(o, "verdict", json_string(verdict));
	if (key != NULL) {
		name = name_of(v, key);
		nodeid_format(key, id);
		json_object_set_new(o, "member", json_string(id));
		json_object_set_new(o, "name",
		    name != NULL ? json_string(name) : json_null());
	}
	json_array_append_new(v->results, o);
	if (strcmp(verdict, "ok") == 0)
		v->good++;
	else
		v->bad++;
	return (o);
}

/* Check one batch of ${len} bytes. */
static void
check_batch(struct verify *v, const uint8_t *bytes, size_t len)
{
	enum batch_verdict verdict;
	struct batch b;
	char when[TEXT_TIME];
	json_t *o;

	verdict = batch_decode(bytes, len, &b);
	if (verdict != BATCH_OK) {
		note(v, "batch", batch_verdict_name(verdict), NULL);
		return;
	}
	verdict = batch_verify(&b);
	o = note(v, "batch", batch_verdict_name(verdict), b.h.member);
	text_time_format((uint32_t)(b.h.created / 1000), when);
	json_object_set_new(o, "epoch", json_integer(b.h.epoch));
	json_object_set_new(o, "seq", json_integer((json_int_t)b.h.seq));
	json_object_set_new(o, "created", json_string(when));
	json_object_set_new(o, "records", json_integer(b.h.records));
	batch_free(&b);
}

static void
check_batches(struct verify *v, const uint8_t *bytes, size_t len)
{
	enum batch_verdict verdict;
	size_t n;

	while (len > 0) {
		verdict = batch_length(bytes, len, &n);
		if (verdict == BATCH_OK && n > len)
			verdict = BATCH_TRUNCATED;
		if (verdict != BATCH_OK) {
			/* Where the next one begins cannot be told. */
			note(v, "batch", batch_verdict_name(verdict), NULL);
			return;
		}
		check_batch(v, bytes, n);
		bytes += n;
		len -= n;
	}
}

static void
check_card(struct verify *v, const uint8_t *bytes, size_t len)
{
	struct card *card = mem_zero(sizeof(*card));
	const char *problem = card_decode(bytes, len, card);
	json_t *o;

	o = note(v, "card", problem == NULL ? "ok" : problem,
	    problem == NULL ? card->key : NULL);
	if (problem == NULL) {
		json_object_set_new(o, "version", json_integer(card->version));
		json_object_set_new(o, "says", json_string(card->name));
		json_object_set_new(o, "group", json_string(card->group));
	}
	mem_free(card);
}

static void
check_fork(struct verify *v, const uint8_t *bytes, size_t len)
{
	uint8_t member[KEY_BYTES];
	int rc = fork_proof_check(bytes, len, member);

	note(v, "fork proof", rc == 0 ? "ok" : "proves nothing",
	    rc == 0 ? member : NULL);
}

/* The own key and name, if they can be read. */
static bool
read_own(struct verify *v, uint8_t public[KEY_BYTES])
{
	struct conf *conf;
	struct buf error;
	struct key key;
	bool good;

	buf_init(&error, TALK);
	conf = conf_paths(v->ctx->config, &error);
	good = conf != NULL && keyfile_read(conf->key_file, &key, &error) == 0;
	if (good) {
		memcpy(public, key.public, KEY_BYTES);
		memcpy(v->own, key.public, KEY_BYTES);
		text_copy(v->name, sizeof(v->name), conf->name);
		key_wipe(&key);
	}
	conf_free(conf);
	buf_free(&error);
	return (good);
}

/* Whose signature ${sig} is: the node's own or that of a card; else false. */
static bool
find_signer(struct verify *v, const struct buf *file,
    const uint8_t sig[SIGNATURE_BYTES], uint8_t signer[KEY_BYTES])
{
	const struct policy *p;
	size_t i, k;

	if (read_own(v, signer) &&
	    filesig_check(file->data, file->len, sig, signer) == 0)
		return (true);
	for (i = 0; i < v->n; i++) {
		p = v->names[i];
		for (k = 1; k < p->nmembers; k++) {
			memcpy(signer, p->members[k].key, KEY_BYTES);
			if (filesig_check(file->data, file->len, sig, signer) ==
			    0)
				return (true);
		}
	}
	return (false);
}

/* Check ${file} if there is a signature beside it; false if there is none. */
static bool
check_signed(struct verify *v, const char *path, const struct buf *file)
{
	uint8_t sig[SIGNATURE_BYTES], signer[KEY_BYTES];
	struct buf error;
	int rc;

	buf_init(&error, TALK);
	rc = filesig_read(path, sig, &error);
	if (rc == 0 && find_signer(v, file, sig, signer))
		note(v, "file", "ok", signer);
	else if (rc == 0)
		note(v, "file", "not signed by a key that is known here", NULL);
	else if (rc == -1)
		note(v, "file", buf_string(&error), NULL);
	buf_free(&error);
	return (rc != 1);
}

/* Tell what ${file} is by what is beside it or its first bytes; check it. */
static void
check_file(struct verify *v, const char *path, const struct buf *file)
{
	if (check_signed(v, path, file))
		return;
	if (file->len >= 8 && memcmp(file->data, FORK_PROOF_MAGIC, 8) == 0)
		check_fork(v, file->data, file->len);
	else if (file->len >= 4 && memcmp(file->data, "VRBC", 4) == 0)
		check_card(v, file->data, file->len);
	else
		check_batches(v, file->data, file->len);
}

/* Read the names in the cards of directory ${dir}. */
static int
read_names(struct verify *v, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct buf path;
	size_t n;

	if (d == NULL)
		return (cmd_fail(v->ctx, CMD_FAILED, "%s: %s", dir,
		    strerror(errno)));
	buf_init(&path, 8192);
	while (v->n < CARDS && (e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (n < 6 || strcmp(e->d_name + n - 5, ".conf") != 0)
			continue;
		buf_reset(&path);
		buf_printf(&path, "%s/%s", dir, e->d_name);
		v->names[v->n] = invite_card(v->ctx, buf_string(&path));
		if (v->names[v->n] != NULL)
			v->n++;
	}
	buf_free(&path);
	closedir(d);
	return (CMD_OK);
}

/* One line a result. */
static void
print_results(const struct verify *v)
{
	const json_t *o;
	const char *who;
	size_t i;

	json_array_foreach(v->results, i, o)
	{
		who = json_string_value(json_object_get(o, "name"));
		if (who == NULL)
			who = json_string_value(json_object_get(o, "member"));
		printf("%s", json_string_value(json_object_get(o, "what")));
		if (json_object_get(o, "seq") != NULL)
			printf(" %lld/%lld",
			    (long long)json_integer_value(
				json_object_get(o, "epoch")),
			    (long long)json_integer_value(
				json_object_get(o, "seq")));
		printf(": %s",
		    json_string_value(json_object_get(o, "verdict")));
		if (who != NULL) {
			printf(", signed by ");
			out_text(stdout, who);
		}
		putchar('\n');
	}
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct verify *v = mem_zero(sizeof(*v));
	const char *dir = cmd_option(ctx, PEERS);
	struct buf file, error;
	json_t *o;
	int rc = CMD_OK;

	(void)argc;
	v->ctx = ctx;
	v->results = json_array();
	buf_init(&file, MOST);
	buf_init(&error, TALK);
	if (key_sound() != 0)
		rc = cmd_fail(ctx, CMD_FAILED,
		    "this libsodium has CVE-2025-69277: upgrade it");
	if (rc == CMD_OK && dir != NULL)
		rc = read_names(v, dir);
	if (rc == CMD_OK && infile_read(argv[0], &file, NULL, &error) != 0)
		rc = cmd_fail(ctx, CMD_FAILED, "%s", buf_string(&error));
	if (rc == CMD_OK) {
		check_file(v, argv[0], &file);
		o = json_pack("{s:O, s:i, s:i}", "results", v->results, "good",
		    (int)v->good, "bad", (int)v->bad);
		if (!out_result(ctx, o))
			print_results(v);
		json_decref(o);
		if (v->good + v->bad == 0)
			rc =
			    cmd_fail(ctx, CMD_NOTHING, "%s: is empty", argv[0]);
		else if (v->bad > 0)
			rc = CMD_FAILED;
	}
	while (v->n > 0)
		policy_free(v->names[--v->n]);
	json_decref(v->results);
	buf_free(&file);
	buf_free(&error);
	mem_free(v);
	return (rc);
}

static const struct poptOption options[] = {
    {"peers", '\0', POPT_ARG_STRING, NULL, PEERS,
	"name the signers by the cards (*.conf) in this directory", "DIR"},
    POPT_TABLEEND,
};

const struct command cmd_verify = {
    "verify",
    "FILE [--peers DIR]",
    "check batches, a card, a fork proof or a signed file, without a node",
    run,
    options,
    1,
    1,
};
