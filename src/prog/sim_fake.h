/*
 * sim_fake: signatures that cost next to nothing, for the simulator alone.
 *
 * virbl-sim is linked so that all calls of key_verify() come here first
 * (--wrap); the daemon is not, so that no switch of it can do this.
 */
#ifndef SIM_FAKE_H
#define SIM_FAKE_H

#include <virbl/key.h>

/**
 * sim_fake_signer(key):
 * Return a signer for ${key} whose signatures only this program accepts.
 */
struct signer sim_fake_signer(const struct key *key);

/**
 * sim_real_signer(key):
 * As key_signer().
 */
struct signer sim_real_signer(const struct key *key);

#endif
