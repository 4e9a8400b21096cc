/* The messages that are logged, for a test that looks at them: each followed by ";". Between log_begin() and
 * log_end(), which are a suite's init and fini. */
#pragma once

#include "base/log.h"

static GString *logged;

static void on_log(LogLevel level, const char *message, GVariant *fields, void *data)
{
    (void)level;
    (void)fields;
    (void)data;
    g_string_append_printf(logged, "%s;", message);
}

static void log_begin(void)
{
    logged = g_string_new(NULL);
    log_set_sink(on_log, NULL);
}

static void log_end(void)
{
    log_set_sink(NULL, NULL);
    g_string_free(logged, TRUE);
}
