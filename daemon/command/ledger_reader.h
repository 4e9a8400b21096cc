/* What the commands share that read the ledger: failures and history. */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "config/model.h"
#include "daemon/protocol/exit_code.h"
#include "ledger/ledger.h"

/* What was asked for could be had: EXIT_CODE_DONE with *ret_ledger, NULL if no run has made it yet; owned by
 * the caller. Otherwise prints what is wrong. */
ExitCode command_ledger_open(const Config *config, Ledger **ret_ledger);

/* As clock_format_local(). Owned by the caller. */
char *command_ledger_time(gint64 seconds);

/* The same for programs, in UTC (RFC 3339). */
json_t *command_ledger_json_time(gint64 seconds);

/* An object in JSON with a list in it, printed item by item as they come: memory does not grow with it. */
typedef struct {
    const char *name; /* of the list */
    guint n;
} JsonList;

/* Prints an item; takes it. */
void json_list_add(JsonList *list, json_t *item);
void json_list_end(const JsonList *list);
