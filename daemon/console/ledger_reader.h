/* Helpers of the commands that read the ledger: failures and history. */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "config/model.h"
#include "daemon/protocol/exit_code.h"
#include "ledger/ledger.h"

/* Opens the ledger: EXIT_CODE_DONE with *ret_ledger, which is owned by the caller, and NULL if no run has
 * created the ledger yet. Otherwise prints the error. */
ExitCode command_ledger_open(const Config *config, Ledger **ret_ledger);

/* See clock_format_local(). Owned by the caller. */
char *command_ledger_time(gint64 seconds);

/* The same time for programs, in UTC (RFC 3339). */
json_t *command_ledger_json_time(gint64 seconds);

/* A JSON object with a list in it, whose items are printed as they are added, so that memory does not grow
 * with the list. */
typedef struct {
    const char *name; /* of the list */
    guint n;
} JsonList;

/* Prints an item, which is taken. */
void json_list_add(JsonList *list, json_t *item);
void json_list_end(const JsonList *list);
