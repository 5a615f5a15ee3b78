/*
 * commands: every command of the control tool, one row each; virbl.c puts them
 * in order.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cmd.h"

extern const struct command cmd_check_config;
extern const struct command cmd_clear;
extern const struct command cmd_digest;
extern const struct command cmd_doctor;
extern const struct command cmd_export;
extern const struct command cmd_id;
extern const struct command cmd_ingest;
extern const struct command cmd_init;
extern const struct command cmd_integrate;
extern const struct command cmd_lookup;
extern const struct command cmd_peer;
extern const struct command cmd_rehearse;
extern const struct command cmd_reload;
extern const struct command cmd_removal;
extern const struct command cmd_report;
extern const struct command cmd_exempt;
extern const struct command cmd_retract;
extern const struct command cmd_status;
extern const struct command cmd_token;
extern const struct command cmd_web;
extern const struct command cmd_verify;

#endif
