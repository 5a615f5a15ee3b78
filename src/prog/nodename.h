/*
 * nodename: asks a node that is not a peer yet how it is called.
 */
#ifndef NODENAME_H
#define NODENAME_H

#include <virbl/card.h>

#define NODENAME_WAIT	3	/* s */
#define NODENAME_WHY	128

/**
 * nodename_ask(url, key, name, why):
 * Ask the node at ${url}, pinned to ${key}, for the name on its card. Return
 * NULL and store it in ${name}; or ${why}, which says why there is none. Waits
 * at most NODENAME_WAIT seconds.
 */
const char *nodename_ask(const char *url, const uint8_t key[KEY_BYTES],
    char name[CARD_NAME + 1], char why[NODENAME_WHY]);

#endif
