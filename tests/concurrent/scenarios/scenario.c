#include "scenario.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

void say(const char *what, const char *value)
{
    printf("%s: %s\n", what, value);
}

void say_bool(const char *what, gboolean value)
{
    say(what, value ? "true" : "false");
}

void say_int(const char *what, gint64 value)
{
    printf("%s: %" G_GINT64_FORMAT "\n", what, value);
}

static void append_value(GString *text, GVariant *value);

static void append_list(GString *text, GVariant *list)
{
    gsize n = g_variant_n_children(list);

    g_string_append_c(text, '[');
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(list, i);

        g_string_append(text, i > 0 ? ", " : "");
        append_value(text, item);
    }
    g_string_append_c(text, ']');
}

static void append_value(GString *text, GVariant *value)
{
    g_autoptr(GVariant) inner = NULL;

    switch (g_variant_classify(value)) {
    case G_VARIANT_CLASS_BOOLEAN:
        g_string_append(text, g_variant_get_boolean(value) ? "true" : "false");
        break;
    case G_VARIANT_CLASS_INT32: g_string_append_printf(text, "%d", g_variant_get_int32(value)); break;
    case G_VARIANT_CLASS_STRING: g_string_append(text, g_variant_get_string(value, NULL)); break;
    case G_VARIANT_CLASS_TUPLE: g_string_append(text, "none"); break; /* only () is used */
    case G_VARIANT_CLASS_VARIANT:
        inner = g_variant_get_variant(value);
        append_value(text, inner);
        break;
    default: append_list(text, value);
    }
}

void say_value(const char *what, GVariant *value)
{
    g_autoptr(GString) text = g_string_new(NULL);

    append_value(text, value);
    say(what, text->str);
}

void say_error(const char *what, const GError *error)
{
    switch (error_class(error)) {
    case ERROR_TRANSIENT: say(what, "timeout"); break;
    case ERROR_CANCELLED: say(what, "cancelled"); break;
    case ERROR_INPUT: printf("%s: error %s\n", what, error->message); break; /* as the targets fail */
    case ERROR_CRASH: say(what, "died"); break;
    default: say(what, "refused");
    }
}

void say_outcome(const char *what, GVariant *result, GError *error)
{
    if (error != NULL)
        say_error(what, error);
    else if (result != NULL)
        say_value(what, result);
    else
        say(what, "end");
    g_clear_error(&error);
}

void say_taken(const char *what, GVariant *result, GError *error)
{
    say_outcome(what, result, error);
    g_clear_pointer(&result, g_variant_unref);
}

void say_result(const char *what, Future *future, gint64 timeout_us)
{
    GError *error = NULL;
    GVariant *result = future_result(future, timeout_us, &error);

    say_outcome(what, result, error);
}

void say_exception(const char *what, Future *future, gint64 timeout_us)
{
    g_autoptr(GError) error = NULL;
    const GError *failure = future_exception(future, timeout_us, &error);

    if (error != NULL)
        say_error(what, error);
    else
        say(what, failure != NULL ? failure->message : "none");
}

void say_accepted(const char *what, gboolean accepted, GError *error)
{
    say(what, accepted ? "accepted" : "refused");
    g_clear_error(&error);
}

void say_states(Future *future)
{
    say_bool("done", future_done(future));
    say_bool("running", future_running(future));
    say_bool("cancelled", future_cancelled(future));
}

Loop *new_loop(void)
{
    g_autoptr(GError) error = NULL;
    Loop *loop = loop_new(NULL, &error);

    if (loop == NULL)
        g_error("%s", error->message);
    return loop;
}

/* Files */

void touch(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

    g_assert(fd >= 0);
    close(fd);
}

void touch_data(void *name)
{
    touch(name);
}

void wait_for_file(const char *name)
{
    while (access(name, F_OK) != 0)
        g_usleep(2000);
}

void serve_until_file(const char *name)
{
    while (access(name, F_OK) != 0) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
}

void write_line(const char *name, const char *text)
{
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    g_assert(fd_write_all(fd, line, strlen(line)));
    close(fd);
}

void say_lines(const char *name)
{
    g_autofree char *lines = NULL;

    if (!g_file_get_contents(name, &lines, NULL, NULL))
        lines = g_strdup("");
    g_strdelimit(g_strchomp(lines), "\n", ' ');
    say(name, lines);
}
