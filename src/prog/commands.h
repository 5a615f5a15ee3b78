/*
 * commands: every command of the control tool, one row each; virbl.c puts them
 * in order.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cmd.h"

#endif
