#include <criterion/criterion.h>

#include "base/clock.h"
#include "daemon/dispatch/delay_queue.h"

static WorkObject *object(const char *key)
{
    WorkObject *made = g_new0(WorkObject, 1);

    made->key = g_strdup(key);
    made->outputs = g_array_new(FALSE, FALSE, sizeof(DiffOutput));
    return made;
}

typedef struct {
    DelayQueue *queue;
    GString *taken;
    guint calls;
} Heard;

static void on_due(void *data)
{
    Heard *heard = data;
    WorkObject *due;

    heard->calls++;
    while ((due = delay_queue_take(heard->queue)) != NULL) {
        g_string_append(heard->taken, due->key);
        work_object_free(due);
    }
}

Test(queue, each_is_taken_at_its_time_in_the_order_of_times, .timeout = 60)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Heard heard = {.taken = g_string_new(NULL)};
    const gint64 now = clock_now_us();

    heard.queue = delay_queue_new(context, on_due, &heard);
    cr_assert_null(delay_queue_take(heard.queue));
    delay_queue_add(heard.queue, object("c"), now + 60 * CLOCK_US_PER_MS);
    delay_queue_add(heard.queue, object("d"), now + 60 * CLOCK_US_PER_MS);
    delay_queue_add(heard.queue, object("a"), now - 1);
    delay_queue_add(heard.queue, object("b"), now + 30 * CLOCK_US_PER_MS);
    cr_assert_eq(delay_queue_count(heard.queue), 4);
    while (heard.taken->len < 4)
        g_main_context_iteration(context, TRUE);
    cr_assert_geq(clock_now_us(), now + 60 * CLOCK_US_PER_MS);
    cr_assert_str_eq(heard.taken->str, "abcd");
    cr_assert_leq(heard.calls, 4);
    cr_assert_eq(delay_queue_count(heard.queue), 0);
    delay_queue_free(heard.queue);
    g_string_free(heard.taken, TRUE);
}

Test(queue, what_waits_is_freed_with_them)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Heard heard = {.taken = g_string_new(NULL)};

    heard.queue = delay_queue_new(context, on_due, &heard);
    delay_queue_add(heard.queue, object("a"), clock_now_us());
    delay_queue_clear(heard.queue);
    cr_assert_eq(delay_queue_count(heard.queue), 0);
    while (g_main_context_iteration(context, FALSE))
        ;
    cr_assert_str_eq(heard.taken->str, "");
    delay_queue_add(heard.queue, object("b"), G_MAXINT64);
    delay_queue_free(heard.queue);
    delay_queue_free(NULL);
    g_string_free(heard.taken, TRUE);
}
