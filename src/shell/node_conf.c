/*
 * The configuration in force and the own card made from it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/clock.h"
#include "shell/log.h"
#include "shell/node_impl.h"

const struct conf *
node_conf(struct node *node)
{
	pthread_rwlock_rdlock(&node->conf_lock);
	return (node->conf);
}

void
node_conf_release(struct node *node)
{
	pthread_rwlock_unlock(&node->conf_lock);
}

void
node_card(struct node *node, struct buf *out)
{
	pthread_rwlock_rdlock(&node->conf_lock);
	buf_add(out, node->card.data, node->card.len);
	pthread_rwlock_unlock(&node->conf_lock);
}

/* The card that ${conf} asks for, without version and time. */
static void
card_wanted(const struct conf *conf, const struct policy *policy,
    struct card *card)
{
	const struct policy_member *self = &policy->members[0];
	size_t i;

	memset(card, 0, sizeof(*card));
	memcpy(card->key, self->key, KEY_BYTES);
	text_copy(card->name, sizeof(card->name), conf->name);
	text_copy(card->group, sizeof(card->group), conf->group);
	text_copy(card->contact, sizeof(card->contact), conf->contact);
	if (conf->url[0] != '\0')
		text_copy(card->urls[card->nurls++], CARD_URL + 1, conf->url);
	for (i = 0; i < self->nprefixes && i < CARD_PREFIXES; i++)
		card->prefixes[card->nprefixes++] = self->prefixes[i];
}

/* Build ${card} into ${out}; 0, or -1 if a field is out of range. */
static int
card_sign(struct node *node, const struct card *card, struct buf *out)
{
	struct signer signer = key_signer(&node->key);
	uint8_t bytes[CARD_BYTES];
	size_t len = card_build(card, &signer, bytes);

	if (len == 0)
		return (-1);
	buf_reset(out);
	buf_add(out, bytes, len);
	return (0);
}

/*
 * True if ${old} and ${new} say the same. Both went through card_build() and
 * card_decode(), so that prefixes stand in one order.
 */
static bool
card_same(const struct card *old, const struct card *new)
{
	struct card a = *old, b = *new;

	a.version = b.version = 1;
	a.created = b.created = 0;
	return (memcmp(&a, &b, sizeof(a)) == 0);
}

/*
 * Append to ${out} the card for ${conf}: the stored one if it still says the
 * same, else the next version, stored.
 */
static int
card_make(struct node *node, const struct conf *conf,
    const struct policy *policy, struct buf *out)
{
	struct card want, had, fresh;
	struct buf stored;
	int rc = -1;

	buf_init(&stored, CARD_BYTES);
	card_wanted(conf, policy, &want);
	want.version = 1;
	want.created = clock_wall().ms;
	memset(&had, 0, sizeof(had));
	memset(&fresh, 0, sizeof(fresh));
	if (card_sign(node, &want, out) != 0 ||
	    card_decode(out->data, out->len, &fresh) != NULL)
		goto done;
	if (store_meta_get(node->store, "card", &stored) == 0 &&
	    card_decode(stored.data, stored.len, &had) == NULL) {
		if (card_same(&had, &fresh)) {
			buf_reset(out);
			buf_add(out, stored.data, stored.len);
			rc = 0;
			goto done;
		}
		want.version = had.version + 1;
		if (card_sign(node, &want, out) != 0)
			goto done;
	}
	rc = store_meta_put(node->store, "card", out->data, out->len);
done:
	buf_free(&stored);
	return (rc);
}

int
node_conf_start(struct node *node, struct buf *error)
{
	if (card_make(node, node->conf, node->conf->policy, &node->card) == 0)
		return (0);
	buf_text(error, "cannot make the node's card from its configuration");
	return (-1);
}

void
node_conf_card(struct node *node)
{
	struct event ev = {.type = EV_LOADED};
	struct buf card;

	buf_init(&card, CARD_BYTES);
	node_card(node, &card);
	ev.u.loaded.kind = LOADED_CARD;
	ev.u.loaded.bytes = card.data;
	ev.u.loaded.len = card.len;
	node_step(node, &ev);
	if (node->fetch != NULL)
		fetch_card(node->fetch, card.data, card.len);
	buf_free(&card);
}

/* Say what a reload cannot change. */
static void
warn_fixed(const struct conf *old, const struct conf *new)
{
	static const char *const what[] = {"listen peers", "listen http",
	    "listen https", "node state", "node socket"};
	const char *a[] = {old->peers, old->http, old->https, old->state,
	    old->socket};
	const char *b[] = {new->peers, new->http, new->https, new->state,
	    new->socket};
	size_t i;

	for (i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		if ((a[i] == NULL) != (b[i] == NULL) ||
		    (a[i] != NULL && strcmp(a[i], b[i]) != 0))
			log_warn("reload: %s changes only at a restart",
			    what[i]);
	for (i = 0; i < old->ndns && i < new->ndns; i++)
		if (strcmp(old->dns[i], new->dns[i]) != 0)
			break;
	if (i < old->ndns || i < new->ndns)
		log_warn("reload: listen dns changes only at a restart");
}

/* Put ${conf} and ${card} in force and send the policy to the engine. */
static uint64_t
take_over(struct node *node, struct conf *conf, struct buf *card)
{
	struct letter *l = mem_zero(sizeof(*l));
	struct conf *old;
	struct buf swap;

	l->type = LETTER_POLICY;
	l->policy = conf_policy(conf);
	l->number = ++node->reloads;
	pthread_rwlock_wrlock(&node->conf_lock);
	old = node->conf;
	conf->number = node->reloads;
	node->conf = conf;
	swap = node->card;
	node->card = *card;
	*card = swap;
	buf_reset(&node->refusal);
	pthread_rwlock_unlock(&node->conf_lock);
	warn_fixed(old, conf);
	conf_free(old);
	inbox_put(node->inbox, l);
	uv_async_send(&node->wake);
	return (node->reloads);
}

/* Wait until the engine took reload ${number}; false if it stopped before. */
static bool
await_taken(struct node *node, uint64_t number)
{
	bool taken;

	pthread_mutex_lock(&node->taken_mutex);
	while (node->taken < number && !node->ended)
		pthread_cond_wait(&node->taken_cond, &node->taken_mutex);
	taken = node->taken >= number;
	pthread_mutex_unlock(&node->taken_mutex);
	return (taken);
}

void
node_conf_end(struct node *node)
{
	pthread_mutex_lock(&node->taken_mutex);
	node->ended = true;
	pthread_cond_broadcast(&node->taken_cond);
	pthread_mutex_unlock(&node->taken_mutex);
}

/* Remember that a reload was refused because of ${error}. */
static void
refuse(struct node *node, const struct buf *error)
{
	pthread_rwlock_wrlock(&node->conf_lock);
	buf_reset(&node->refusal);
	buf_add(&node->refusal, error->data, error->len);
	pthread_rwlock_unlock(&node->conf_lock);
}

void
node_refused(struct node *node, struct buf *out)
{
	pthread_rwlock_rdlock(&node->conf_lock);
	buf_add(out, node->refusal.data, node->refusal.len);
	pthread_rwlock_unlock(&node->conf_lock);
}

int
node_reload(struct node *node, struct buf *error)
{
	struct conf *conf;
	struct buf card;
	uint64_t number = 0;

	buf_init(&card, CARD_BYTES);
	pthread_mutex_lock(&node->reload_mutex);
	conf = conf_load(node->file, node->key.public, error);
	if (conf != NULL && card_make(node, conf, conf->policy, &card) != 0) {
		buf_text(error, "cannot make the node's card");
		conf_free(conf);
		conf = NULL;
	}
	if (conf != NULL)
		number = take_over(node, conf, &card);
	else
		refuse(node, error);
	pthread_mutex_unlock(&node->reload_mutex);
	buf_free(&card);
	if (conf == NULL)
		return (-1);
	log_info("node: configuration read again");
	/* The engine's own thread takes it when it returns to its loop. */
	if (pthread_equal(pthread_self(), node->thread) ||
	    await_taken(node, number))
		return (0);
	buf_text(error, "this node is stopping");
	return (-1);
}
