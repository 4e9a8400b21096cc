#include "concurrent/questions.h"

#include "base/error.h"
#include "concurrent/value.h"
#include "concurrent/wire.h"

struct Questions {
    Channel *channel;
    GMainContext *context;
    GHashTable *open; /* of Future by number */
    guint64 last_number;
    gboolean is_closed;
};

Questions *questions_new(Channel *channel, GMainContext *context)
{
    Questions *questions = g_new0(Questions, 1);

    questions->channel = channel;
    questions->context = g_main_context_ref(context);
    questions->open = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return questions;
}

void questions_free(Questions *questions)
{
    if (questions == NULL)
        return;
    questions_close(questions);
    g_hash_table_unref(questions->open);
    g_main_context_unref(questions->context);
    g_free(questions);
}

static gboolean may_ask(const Questions *questions, const char *name, GVariant *value, GError **error)
{
    if (questions->is_closed) {
        error_set(error, ERROR_CANCELLED, "%s: the parent has ended", name);
        return FALSE;
    }
    if (g_hash_table_size(questions->open) >= CHILD_QUESTIONS_MAX) {
        error_set(error, ERROR_LIMIT, "%s: %u questions are already open", name, CHILD_QUESTIONS_MAX);
        return FALSE;
    }
    return value_may_cross(value, NULL, name, error);
}

Future *questions_ask(Questions *questions, guint64 task, const char *name, GVariant *value)
{
    g_autoptr(GVariant) sunk = g_variant_ref_sink(value);
    Future *future = future_new(questions->context);
    GError *error = NULL;
    guint64 number;

    (void)future_begin(future);
    if (!may_ask(questions, name, sunk, &error)) {
        future_set_exception(future, error);
        return future;
    }
    number = ++questions->last_number;
    g_hash_table_insert(questions->open, g_memdup2(&number, sizeof number), future_ref(future));
    channel_send(questions->channel, WIRE_ASK, g_variant_new("(ttsv)", number, task, name, sunk), NULL);
    return future;
}

/* Owned by the caller; NULL if the question is not open. */
static Future *take_open(Questions *questions, guint64 number)
{
    void *key = NULL;
    void *future = NULL;

    (void)g_hash_table_steal_extended(questions->open, &number, &key, &future);
    g_free(key);
    return future;
}

void questions_take(Questions *questions, guint32 message, GVariant *payload)
{
    g_autoptr(Future) future = NULL;
    g_autoptr(GVariant) answer = NULL;
    const char *text;
    guint64 number;
    gint32 class;

    g_variant_get_child(payload, 0, "t", &number);
    future = take_open(questions, number);
    if (future == NULL)
        return;
    if (message == WIRE_ANSWER) {
        g_variant_get_child(payload, 1, "v", &answer);
        future_set_result(future, answer, NULL);
    } else {
        g_variant_get(payload, "(ti&s)", NULL, &class, &text);
        future_set_exception(future,
                             g_error_new_literal(error_quark(), (int)error_class_from_int(class), text));
    }
}

void questions_close(Questions *questions)
{
    g_autoptr(GList) futures = g_hash_table_get_values(questions->open);

    questions->is_closed = TRUE;
    g_hash_table_remove_all(questions->open);
    for (GList *l = futures; l != NULL; l = l->next) {
        g_autoptr(Future) future = l->data;

        future_set_exception(
            future, g_error_new_literal(error_quark(), ERROR_CANCELLED, "the parent has ended: no answer"));
    }
}

/* Messages that may be queued for a child that respects the limits: CHILD_QUESTIONS_MAX answers; each of its
 * tasks, the cancellation of each, and as many cancellations of tasks that it has answered since; and its
 * initialisation. */
gboolean questions_are_too_many(const Channel *channel, guint tasks_in_flight)
{
    return channel_backlog(channel) > CHILD_QUESTIONS_MAX + 3 * tasks_in_flight + 1;
}

void question_reply(Channel *channel, guint64 number, GVariant *answer, GError *why)
{
    g_autoptr(GVariant) value = answer != NULL ? g_variant_ref_sink(answer) : NULL;
    g_autoptr(GError) error = why;

    if (value != NULL && value_may_cross(value, NULL, "the answer", &error)) {
        channel_send(channel, WIRE_ANSWER, g_variant_new("(tv)", number, value), NULL);
    } else {
        g_autofree char *text = g_utf8_make_valid(error->message, -1);

        channel_send(channel, WIRE_REFUSAL, g_variant_new("(tis)", number, (gint32)error_class(error), text),
                     NULL);
    }
}
