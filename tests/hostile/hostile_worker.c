/* A compromised worker in place of the real one: tests messages by which it could deceive a supervisor. The
 * test writes what the worker does into a copy of the executable, in place of `conduct`. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "concurrent/child.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"
#include "daemon/protocol/roles.h"

/* volatile, since otherwise the compiler would assume the initial value */
static volatile char conduct[64] = "CONDUCT-OF-A-HOSTILE-WORKER";

/* Nearly the size limit of a message. */
#define MUCH ((gsize)3 << 20)

static Child *self;

static gboolean does(const char *what)
{
    char copy[sizeof conduct];

    for (gsize i = 0; i < sizeof copy; i++)
        copy[i] = conduct[i];
    return strcmp(copy, what) == 0;
}

static void note(gsize length)
{
    g_autofree char *text = g_strnfill(length, 'x');

    child_note(self, NOTE_IMAGER, g_variant_new(NOTE_IMAGER_TYPE, FALSE, text));
}

/* Sets every counter, each far too high, and adds failed outputs that were not requested. */
static void boast(ObjectResult *result)
{
    WorkerCounters *counters = &result->counters;

    memset(counters, 0xff, sizeof *counters);
    result->bytes_in = G_MAXUINT64;
    for (guint i = 0; i < 1000; i++) {
        const OutputResult output = {.number = i % 2, .size_bytes = G_MAXUINT64};

        g_array_append_val(result->outputs, output);
    }
}

static void answer(Call *call)
{
    g_autoptr(ObjectResult) result = object_result_new();
    g_autofree char *text = g_strnfill(does("texts") ? MUCH / 2 : 10, 'x');

    if (does("counters"))
        boast(result);
    else
        result->error = g_error_new_literal(error_quark(), ERROR_INPUT, text);
    if (does("throttling")) {
        result->counters.requests.retries = result->counters.requests.get = 1000000;
        result->counters.requests.retry_reasons[RETRY_THROTTLE] = 1000000;
    }
    call_return(call, object_result_to_variant(result), NULL);
}

/* A process that nobody waits for, and that has a child. */
static void leave_behind(void)
{
    if (fork() != 0)
        return;
    (void)setpgid(0, 0);
    (void)!fork();
    for (;;)
        pause();
}

static void object_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    if (does("notes"))
        note(MUCH);
    for (guint i = 0; does("flood") && i < 5000; i++)
        note(500);
    for (guint i = 0; does("questions") && i < 200; i++)
        future_unref(child_ask(self, call, "the keys", g_variant_new_string("please")));
    for (guint i = 0; does("output") && i < 5000; i++)
        g_printerr("a line of a log that is none %u\n", i);
    if (does("leftovers"))
        leave_behind();
    if (!does("questions")) /* it waits until it is ended */
        answer(call);
}

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    (void)args;
    (void)data;
    (void)error;
    self = child;
    return TRUE;
}

int main(void)
{
    static const CallTarget targets[] = {{TARGET_OBJECT, OBJECT_ARGS_TYPE, object_target}};
    const ChildOptions options = {.initializer = initialize, .table = {targets, G_N_ELEMENTS(targets), NULL}};
    GMainContext *context = g_main_context_new();
    int status;

    role_expect_parent(ROLE_WORKER);
    status = child_serve(&options, context);
    g_main_context_unref(context);
    return status;
}
