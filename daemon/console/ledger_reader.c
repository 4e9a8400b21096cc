#include "daemon/console/ledger_reader.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json_format.h"
#include "daemon/state/state_files.h"

ExitCode command_ledger_open(const Config *config, Ledger **ret_ledger)
{
    g_autofree char *path = state_ledger(config, g_getenv(STATE_VARIABLE));
    g_autoptr(GError) error = NULL;

    if (path == NULL) {
        g_printerr("%s: no ledger: neither state_directory nor $" STATE_VARIABLE " is set\n",
                   g_get_prgname());
        return EXIT_CODE_USAGE;
    }
    *ret_ledger = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return EXIT_CODE_DONE;
    *ret_ledger = ledger_open_existing(path, &error);
    if (*ret_ledger != NULL)
        return EXIT_CODE_DONE;
    g_printerr("%s: %s%s\n", g_get_prgname(), error->message,
               error_class(error) == ERROR_INPUT ? " (the next run starts a new one)" : "");
    return EXIT_CODE_UNUSABLE;
}

char *command_ledger_time(gint64 seconds)
{
    return clock_format_local(seconds * CLOCK_US_PER_S);
}

json_t *command_ledger_json_time(gint64 seconds)
{
    g_autofree char *text = clock_format_iso(seconds * CLOCK_US_PER_S);

    return json_string(text);
}

static void print_head(const JsonList *list)
{
    g_print("{\"format\": " JSON_FORMAT_TEXT ", \"%s\": [\n", list->name);
}

void json_list_add(JsonList *list, json_t *item)
{
    char *text = json_dumps(item, JSON_COMPACT | JSON_REAL_PRECISION(15));

    if (list->n == 0)
        print_head(list);
    g_print("%s%s", list->n++ == 0 ? "" : ",\n", text);
    free(text);
    json_decref(item);
}

void json_list_end(const JsonList *list)
{
    if (list->n == 0)
        print_head(list);
    g_print("%s]}\n", list->n == 0 ? "" : "\n");
}
