/*
 * conf: the configuration file (libconfuse), peers.d and allow files, read
 * into one object.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>

#include "base/buf.h"
#include "shell/confexport.h"

#define CONF_DEFAULT "/etc/virbl/virbl.conf"
#define CONF_LISTENS 8 /* most DNS sockets, most proxies */
#define CONF_CLOSED 16 /* most DNS zones that are closed */
#define CONF_BYTES 16777216 /* most bytes of a file */
#define CONF_ERRORS 40 /* most problems that are described */

struct confwatch;

struct conf {
	char *file; /* as given */
	uint64_t number; /* of the reload that brought it, 0 none */
	/* node {}: */
	char name[CARD_NAME + 1];
	char group[CARD_GROUP + 1];
	char contact[CARD_CONTACT + 1];
	char url[CARD_URL + 1];
	char *key_file; /* default node.key beside the file */
	char *state; /* directory of the database */
	char *peers_dir; /* default peers.d beside the file */
	char *socket; /* Unix socket */
	char *user; /* to become when started as root; NULL none */
	/* listen {}: "ADDR:PORT", NULL where absent */
	char *peers;
	char *http;
	char *https;
	char *https_cert, *https_key;
	char *dns[CONF_LISTENS];
	size_t ndns;
	char *trusted_proxies[CONF_LISTENS];
	size_t nproxies;
	/* dns {}: */
	uint32_t dns_ttl; /* s */
	uint32_t dns_negative; /* s */
	uint32_t dns_rate; /* queries/s of a client's prefix, 0 any */
	char *dns_contact; /* name; NULL none */
	char *dns_ns[CONF_LISTENS]; /* names */
	size_t ndns_ns;
	struct prefix *dns_acl; /* who may ask; owned */
	size_t ndns_acl; /* 0 everybody */
	char dns_version[256]; /* for CHAOS askers, "" none */
	char *dns_closed[CONF_CLOSED]; /* zones */
	size_t ndns_closed;
	/* export NAME {}: */
	struct conf_export *exports; /* owned */
	size_t nexports;
	/* limits {}: */
	uint32_t connections; /* per listener */
	uint32_t per_address; /* connections per address */
	uint32_t requests; /* a second and client's prefix, 0 any number */
	uint32_t body; /* bytes of a request body */
	bool have_node; /* there is a node {} section */
	struct policy *policy; /* complete; policy_ready() was called */
	char *warnings; /* lines "FILE:LINE: ..." about things that are
				   accepted but do nothing; NULL none */
	struct confwatch *watch; /* for conf_changed() */
	size_t nwatch;
};

/**
 * conf_load(file, own, error):
 * Read ${file}, the peers.d directory and the allow files it names. ${own} is
 * the node's public key, or NULL for offline commands (a file with only
 * list sections is enough for them). Return NULL with one or more lines
 * "FILE:LINE: problem" (each with its newline) appended to ${error} if anything
 * is wrong, at most CONF_ERRORS of them. Any thread may call it. Free with
 * conf_free().
 */
struct conf *conf_load(const char *file, const uint8_t own[KEY_BYTES],
    struct buf *error);

/**
 * conf_paths(file, error):
 * As conf_load(), but read only what node {} tells (name, url and where things
 * are: key_file, state, socket, peers_dir), so that the key can be read first;
 * of the rest only the syntax is looked at, and there is no policy.
 */
struct conf *conf_paths(const char *file, struct buf *error);

/**
 * conf_cards(path, error):
 * Read a file that holds only peer sections, or all *.conf files of a
 * directory. Return a policy with them as members[1] and on (policy_ready()
 * was not called), or NULL with lines in ${error} as conf_load(). Free with
 * policy_free().
 */
struct policy *conf_cards(const char *path, struct buf *error);

/**
 * conf_policy(c):
 * Take the policy out of ${c}: it becomes the caller's.
 */
struct policy *conf_policy(struct conf *c);

/**
 * conf_changed(c, stamp):
 * True if an allow file or the peers.d directory changed since ${c} was
 * loaded. Store in *${stamp} a number for the state they are in now.
 */
bool conf_changed(const struct conf *c, uint64_t *stamp);

/**
 * conf_free(c):
 * Free ${c}; NULL is harmless.
 */
void conf_free(struct conf *c);

#endif
