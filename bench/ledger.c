/* Measures the CPU cost of the ledger: opening with its check, reading, writing, pruning.
 *
 *   bench_ledger FOLDER [ROWS]      creates FOLDER/bench.sqlite with so many failures (100000), removes it
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "ledger/ledger.h"

#define DEFAULT_ROWS 100000u
#define BATCH        1000u

/* CPU time, which other processes on this machine do not affect. Excludes waiting for the file system.
 */
static gint64 cpu_us(void)
{
    return (gint64)clock() * G_USEC_PER_SEC / CLOCKS_PER_SEC;
}

static Ledger *open_ledger(const char *path, LedgerCheck check)
{
    g_autofree char *aside = NULL;
    g_autoptr(GError) error = NULL;
    Ledger *ledger = ledger_open(path, check, &aside, &error);

    if (ledger == NULL)
        g_error("%s", error->message);
    return ledger;
}

static void say(const char *what, gint64 began_us, guint n)
{
    const double spent_us = (double)(cpu_us() - began_us);

    g_print("%-34s %9.1f ms  %8.2f us each\n", what, spent_us / 1000, spent_us / n);
}

static char *key_of(guint i)
{
    return g_strdup_printf("folder-%03u/photograph-%08u.jpg", i % 1000, i);
}

static void write_rows(Ledger *ledger, guint from, guint n)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_change_free);

    for (guint i = from; i < from + n; i++) {
        g_autofree char *key = key_of(i);
        const LedgerFailure failure = {.key = key,
                                       .output = "thumb",
                                       .etag = "\"d41d8cd98f00b204e9800998ecf8427e\"",
                                       .recipe = "0123456789abcdef",
                                       .engine = "thumbmill 0.1.0, libvips 8.14.1",
                                       .is_final = TRUE,
                                       .class = "input",
                                       .reason =
                                           "premature end of JPEG image (and then some words of reason)",
                                       .last_s = 1800000000};

        g_ptr_array_add(changes, ledger_change_new(LEDGER_FAILED, &failure));
    }
    if (!ledger_write(ledger, changes, NULL))
        g_error("cannot write");
}

static void recall_rows(Ledger *ledger, guint from, guint n, guint expected)
{
    guint found = 0;

    for (guint i = from; i < from + n; i++) {
        g_autofree char *key = key_of(i);
        g_autoptr(GPtrArray) rows = ledger_recall(ledger, key, NULL);

        found += rows->len;
    }
    if (found != expected)
        g_error("%u rows of %u", found, expected);
}

static void measure(const char *path, guint rows)
{
    Ledger *ledger = open_ledger(path, LEDGER_CHECK_DAILY);
    struct stat info;
    gint64 began_us = cpu_us();

    recall_rows(ledger, 0, rows, 0);
    say("asked while it is empty", began_us, rows);
    began_us = cpu_us();
    for (guint i = 0; i < rows; i += BATCH)
        write_rows(ledger, i, MIN(BATCH, rows - i));
    say("written, 1000 to a transaction", began_us, rows);
    ledger_close(ledger);
    if (g_stat(path, &info) == 0)
        g_print("%-34s %9.1f MB\n", "file", (double)info.st_size / 1e6);
    began_us = cpu_us();
    ledger = open_ledger(path, LEDGER_CHECK_NOW);
    say("opened and checked, once a day", began_us, rows);
    ledger_close(ledger);
    began_us = cpu_us();
    ledger = open_ledger(path, LEDGER_CHECK_DAILY);
    say("opened", began_us, rows);
    began_us = cpu_us();
    recall_rows(ledger, 0, rows, rows);
    say("asked for what is there", began_us, rows);
    began_us = cpu_us();
    recall_rows(ledger, rows, rows, 0);
    say("asked for what is not there", began_us, rows);
    began_us = cpu_us();
    if (!ledger_prune(ledger, 1800000000, LEDGER_MAX_FAILURES, NULL))
        g_error("cannot prune");
    say("cleaned up, once a day", began_us, rows);
    began_us = cpu_us();
    if (!ledger_prune_if_due(ledger, 1800000000, NULL))
        g_error("cannot prune");
    say("not cleaned up again", began_us, rows);
    ledger_close(ledger);
}

int main(int argc, char **argv)
{
    const guint rows = argc > 2 ? (guint)atoi(argv[2]) : DEFAULT_ROWS;
    g_autofree char *path = argc > 1 ? g_build_filename(argv[1], "bench.sqlite", NULL) : NULL;

    if (path == NULL || rows == 0) {
        g_printerr("usage: bench_ledger FOLDER [ROWS]\n");
        return 2;
    }
    measure(path, rows);
    return g_unlink(path) == 0 ? 0 : 1;
}
