/*
 * export_formats: the formats that stand in files of their own; export.c keeps
 * the table.
 */
#ifndef EXPORT_FORMATS_H
#define EXPORT_FORMATS_H

#include "view/export.h"

extern const struct export_format export_bind;
extern const struct export_format export_crowdsec;
extern const struct export_format export_ipset;
extern const struct export_format export_mikrotik;
extern const struct export_format export_misp;
extern const struct export_format export_nft;
extern const struct export_format export_postfix;
extern const struct export_format export_rbldnsd;
extern const struct export_format export_rpz;
extern const struct export_format export_stix;

#endif
