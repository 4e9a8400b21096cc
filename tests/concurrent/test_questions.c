#include "concurrent/questions.h"

#include <criterion/criterion.h>

#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/wire.h"

static GMainContext *context;
static Channel *child, *parent;
static Questions *questions;
static guint64 last_asked; /* number of the last question that the parent has received */

static void child_hears(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    (void)fds;
    (void)data;
    questions_take(questions, number, payload);
}

static void parent_hears(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    (void)channel;
    (void)fds;
    (void)data;
    cr_assert_eq(number, (guint32)WIRE_ASK);
    g_variant_get_child(payload, 0, "t", &last_asked);
}

static void ends(Channel *channel, const GError *why, void *data)
{
    (void)channel;
    (void)why;
    (void)data;
}

static void setup(void)
{
    static const ChannelHandlers child_handlers = {child_hears, ends}, parent_handlers = {parent_hears, ends};
    int fds[2];

    cr_assert(channel_pair(fds, NULL));
    context = g_main_context_new();
    child = channel_new(fds[0], &wire_protocol, MESSAGE_DOWN, context, &child_handlers, NULL);
    parent = channel_new(fds[1], &wire_protocol, MESSAGE_UP, context, &parent_handlers, NULL);
    questions = questions_new(child, context);
}

static void teardown(void)
{
    questions_free(questions);
    channel_free(child);
    channel_free(parent);
    g_main_context_unref(context);
}

TestSuite(questions, .init = setup, .fini = teardown);

static Future *ask(void)
{
    return questions_ask(questions, 0, "what", g_variant_new("()"));
}

static void fails_with(Future *future, ErrorClass class)
{
    cr_assert(future_done(future));
    cr_assert_eq(error_class(future_exception(future, 0, NULL)), class);
}

Test(questions, an_answer_ends_the_question_that_it_names)
{
    g_autoptr(Future) first = ask();
    g_autoptr(Future) second = ask();

    while (last_asked < 2)
        g_main_context_iteration(context, TRUE);
    question_reply(parent, 2, g_variant_new_string("two"), NULL);
    while (!future_done(second))
        g_main_context_iteration(context, TRUE);
    cr_assert_str_eq(g_variant_get_string(future_result(second, 0, NULL), NULL), "two");
    cr_assert_not(future_done(first));
    question_reply(parent, 1, NULL, g_error_new_literal(error_quark(), ERROR_INPUT, "no"));
    while (!future_done(first))
        g_main_context_iteration(context, TRUE);
    fails_with(first, ERROR_INPUT);
}

Test(questions, an_answer_that_cannot_cross_is_a_refusal)
{
    g_autoptr(Future) asked = ask();

    question_reply(parent, 1, g_variant_new_handle(0), NULL);
    while (!future_done(asked))
        g_main_context_iteration(context, TRUE);
    fails_with(asked, ERROR_INTERNAL);
}

Test(questions, an_answer_to_nothing_is_ignored)
{
    g_autoptr(Future) asked = ask();

    question_reply(parent, 7, g_variant_new("()"), NULL);
    question_reply(parent, 1, g_variant_new("()"), NULL);
    question_reply(parent, 1, g_variant_new("()"), NULL);
    while (!future_done(asked))
        g_main_context_iteration(context, TRUE);
    while (g_main_context_iteration(context, FALSE))
        continue;
}

Test(questions, what_is_open_at_the_end_fails_and_so_does_what_comes_later)
{
    g_autoptr(Future) open = ask();
    g_autoptr(Future) late = NULL;

    questions_close(questions);
    fails_with(open, ERROR_CANCELLED);
    late = ask();
    fails_with(late, ERROR_CANCELLED);
}

Test(questions, one_that_is_not_wanted_any_more_is_cancelled_at_the_end)
{
    g_autoptr(Future) open = ask();

    cr_assert_not(future_cancel(open), "it runs");
    questions_close(questions);
    cr_assert(future_cancelled(open));
}

Test(questions, too_many_at_a_time_fail_at_once)
{
    Future *futures[CHILD_QUESTIONS_MAX];
    g_autoptr(Future) one_more = NULL;

    for (guint i = 0; i < CHILD_QUESTIONS_MAX; i++)
        futures[i] = ask();
    one_more = ask();
    fails_with(one_more, ERROR_LIMIT);
    for (guint i = 0; i < CHILD_QUESTIONS_MAX; i++) {
        cr_assert_not(future_done(futures[i]));
        future_unref(futures[i]);
    }
}

/* The child reads nothing here: the parent's answers accumulate. */
Test(questions, answers_that_nobody_reads_are_too_many)
{
    gsize told = 0;

    for (; !questions_are_too_many(parent, 4); told++)
        question_reply(parent, told, g_variant_new("()"), NULL);
    cr_assert_gt(told, (gsize)CHILD_QUESTIONS_MAX, "a child may have so many to read");
}
