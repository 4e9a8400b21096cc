/* Against a real broker: tests/servers/rabbitmq. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "queue/event.h"
#include "tests/queue/amqp_bench.h"

#define PATIENCE_US (20 * CLOCK_US_PER_S)
#define MOMENT_US   (300 * CLOCK_US_PER_MS)

static void check_all_finish(const char *type, gboolean is_tls)
{
    Bench *bench = bench_new("finish", type);
    guint done = 0;

    bench_publish(bench, 500);
    bench_open(bench, 20, is_tls);
    while (done < 500) {
        owner_run(&bench->owner, 1, PATIENCE_US);
        g_assert_cmpuint(bench->owner.held->len, >, 0);
        g_assert_cmpuint(bench->owner.held->len, <=, 20);
        done += bench->owner.held->len;
        owner_finish_all(&bench->owner);
    }
    for (guint i = 0; i < 500; i++)
        g_assert_cmpint(atoi(g_ptr_array_index(bench->owner.bodies, i)), ==, (int)i);
    owner_close(&bench->owner);
    g_assert_cmpuint(bench_ready(bench, ""), ==, 0);
    g_assert_cmpuint(bench_ready(bench, "-dead"), ==, 0);
    g_assert_cmpstr(bench->owner.errors->str, ==, "");
    bench_free(bench);
}

Test(amqp, what_is_finished_is_gone)
{
    check_all_finish("classic", FALSE);
}

Test(amqp, of_a_quorum_queue_too)
{
    check_all_finish("quorum", FALSE);
}

Test(amqp, and_over_tls)
{
    check_all_finish("classic", TRUE);
}

Test(amqp, what_is_not_finished_comes_again)
{
    Bench *bench = bench_new("again", "quorum");

    bench_publish(bench, 10);
    bench_open(bench, 10, FALSE);
    owner_run(&bench->owner, 10, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 10);
    for (guint i = 0; i < 4; i++)
        queue_finish(bench->owner.queue, g_ptr_array_index(bench->owner.held, i));
    cr_assert_eq(queue_status(bench->owner.queue).held, 6);
    owner_close(&bench->owner);
    g_usleep(MOMENT_US);
    cr_assert_eq(bench_ready(bench, ""), 6, "closing gives back what is held");

    bench_open(bench, 10, FALSE);
    owner_run(&bench->owner, 6, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 6);
    cr_assert_geq(((QueueMessage *)g_ptr_array_index(bench->owner.held, 0))->receives, 2);
    g_ptr_array_set_size(bench->owner.held, 0);
    g_clear_pointer(&bench->owner.queue, queue_free); /* as if the process had died */

    bench_open(bench, 10, FALSE);
    owner_run(&bench->owner, 6, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 6);
    owner_finish_all(&bench->owner);
    owner_close(&bench->owner);
    cr_assert_eq(bench_ready(bench, ""), 0);
    bench_free(bench);
}

Test(amqp, no_more_are_held_than_there_is_room_for)
{
    Bench *bench = bench_new("room", "classic");

    bench_publish(bench, 30);
    bench_open(bench, 20, FALSE);
    queue_receive(bench->owner.queue, 3);
    owner_run(&bench->owner, 4, MOMENT_US * 3);
    cr_assert_eq(bench->owner.held->len, 3);
    queue_receive(bench->owner.queue, 7);
    owner_run(&bench->owner, 8, MOMENT_US);
    cr_assert_eq(bench->owner.held->len, 7);
    queue_receive(bench->owner.queue, 0);
    owner_finish_all(&bench->owner);
    owner_run(&bench->owner, 1, MOMENT_US);
    cr_assert_eq(bench->owner.held->len, 0);
    owner_close(&bench->owner);
    g_usleep(MOMENT_US);
    cr_assert_eq(bench_ready(bench, ""), 23);
    bench_free(bench);
}

Test(amqp, what_is_given_back_comes_after_its_delay)
{
    Bench *bench = bench_new("delay", "quorum");
    gint64 began_us;

    bench_publish(bench, 1);
    bench_open(bench, 5, FALSE);
    owner_run(&bench->owner, 1, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 1);
    began_us = clock_now_us();
    queue_give_back(bench->owner.queue, g_ptr_array_index(bench->owner.held, 0), TRUE, CLOCK_US_PER_S);
    g_ptr_array_set_size(bench->owner.held, 0);
    owner_run(&bench->owner, 1, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 1);
    cr_assert_geq(clock_now_us() - began_us, CLOCK_US_PER_S - MOMENT_US / 10);
    cr_assert_eq(((QueueMessage *)g_ptr_array_index(bench->owner.held, 0))->receives, 2);
    owner_finish_all(&bench->owner);
    owner_close(&bench->owner);
    bench_free(bench);
}

Test(amqp, what_is_set_aside_is_a_dead_letter)
{
    Bench *bench = bench_new("dead", "quorum");

    bench_publish(bench, 2);
    bench_open(bench, 5, FALSE);
    owner_run(&bench->owner, 2, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 2);
    queue_set_aside(bench->owner.queue, g_ptr_array_index(bench->owner.held, 0));
    queue_finish(bench->owner.queue, g_ptr_array_index(bench->owner.held, 1));
    owner_close(&bench->owner);
    g_usleep(MOMENT_US);
    cr_assert_eq(bench_ready(bench, ""), 0);
    cr_assert_eq(bench_ready(bench, "-dead"), 1);
    bench_free(bench);
}

Test(amqp, a_message_may_be_empty_or_too_large)
{
    Bench *bench = bench_new("large", "classic");
    g_autofree char *largest = g_strnfill(EVENT_MAX_BODY_BYTES + 1, 'm');

    bench_publish_body(bench, "", 0);
    bench_publish_body(bench, largest, EVENT_MAX_BODY_BYTES);
    bench_publish_body(bench, largest, EVENT_MAX_BODY_BYTES + 1);
    bench_open(bench, 5, FALSE);
    owner_run(&bench->owner, 3, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 3);
    cr_assert_str_eq(g_ptr_array_index(bench->owner.bodies, 0), "");
    cr_assert_eq(strlen(g_ptr_array_index(bench->owner.bodies, 1)), EVENT_MAX_BODY_BYTES);
    cr_assert_null(((QueueMessage *)g_ptr_array_index(bench->owner.held, 2))->body);
    cr_assert_eq(((QueueMessage *)g_ptr_array_index(bench->owner.held, 2))->body_bytes,
                 EVENT_MAX_BODY_BYTES + 1);
    owner_finish_all(&bench->owner);
    owner_close(&bench->owner);
    cr_assert_eq(bench_ready(bench, ""), 0);
    bench_free(bench);
}

Test(amqp, a_queue_that_is_deleted_is_missed_and_found_again)
{
    Bench *bench = bench_new("deleted", "classic");
    amqp_bytes_t name = amqp_cstring_bytes(bench->name);

    bench_open(bench, 5, FALSE);
    while (bench->owner.ups == 0)
        g_main_context_iteration(bench->owner.context, TRUE);
    amqp_queue_delete(bench->publisher, 1, name, 0, 0);
    owner_run(&bench->owner, 1, MOMENT_US * 5);
    cr_assert_not_null(strstr(bench->owner.errors->str, "deleted or moved"), "%s", bench->owner.errors->str);
    cr_assert_not_null(strstr(bench->owner.errors->str, "404 NOT_FOUND"), "%s", bench->owner.errors->str);
    amqp_queue_declare(bench->publisher, 1, name, 0, 1, 0, 0, amqp_empty_table);
    bench_publish(bench, 1);
    owner_run(&bench->owner, 1, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 1);
    cr_assert_eq(bench->owner.ups, 2);
    owner_finish_all(&bench->owner);
    owner_close(&bench->owner);
    bench_free(bench);
}

Test(amqp, a_refusal_is_said_in_the_brokers_words)
{
    Bench *bench = bench_new("refused", "classic");
    const QueueListener listener = owner_listener(&bench->owner);
    g_autoptr(Secret) wrong = secret_new("wrong", strlen("wrong"));
    g_autofree char *url = g_strdup_printf("amqp://%s:%s", variable("AMQP_HOST"), variable("AMQP_PORT"));
    AmqpOptions options = {
        .url = url, .user = variable("AMQP_USER"), .password = wrong, .queue = bench->name, .prefetch = 1};

    bench->owner.queue = amqp_queue_new(&options, bench->owner.context, &listener, NULL);
    owner_await_error(&bench->owner);
    cr_assert_not_null(strstr(bench->owner.errors->str, "403 ACCESS_REFUSED"), "%s",
                       bench->owner.errors->str);
    cr_assert_null(strstr(bench->owner.errors->str, "wrong"));
    owner_close(&bench->owner);
    options.url = "amqp:no";
    cr_assert_null(amqp_queue_new(&options, bench->owner.context, &listener, NULL));
    bench_free(bench);
}

/* The longest time for which one turn of the main loop took, until a message is held. */
static gint64 slowest_turn_us(Bench *bench, gint64 limit_us)
{
    const gint64 until_us = clock_now_us() + limit_us;
    gint64 slowest_us = 0;

    while (bench->owner.held->len == 0 && clock_now_us() < until_us) {
        const gint64 began_us = clock_now_us();

        g_main_context_iteration(bench->owner.context, FALSE);
        slowest_us = MAX(slowest_us, clock_now_us() - began_us);
        g_usleep(CLOCK_US_PER_MS);
    }
    return slowest_us;
}

Test(amqp, a_broker_that_restarts_loses_nothing_and_nobody_waits_for_it, .timeout = 120)
{
    Bench *bench = bench_new("restart", "quorum");
    gint64 slowest_us;
    guint found = 0;
    GPtrArray *lost;

    bench_publish(bench, 40);
    bench_open(bench, 10, FALSE);
    owner_run(&bench->owner, 10, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 10);
    owner_finish_all(&bench->owner);
    owner_run(&bench->owner, 10, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 10);

    lost = g_ptr_array_copy(bench->owner.held, NULL, NULL);
    g_ptr_array_set_size(bench->owner.held, 0);
    bench_server("stop");
    amqp_destroy_connection(bench->publisher);
    slowest_us = slowest_turn_us(bench, 3 * CLOCK_US_PER_S);
    cr_assert_gt(bench->owner.errors->len, 0);
    for (guint i = 0; i < lost->len; i++)
        queue_finish(bench->owner.queue, g_ptr_array_index(lost, i));
    g_ptr_array_unref(lost);
    cr_assert_eq(queue_status(bench->owner.queue).lost, 10, "the broker took them back");
    bench_server("start");
    bench_reconnect(bench);

    g_ptr_array_set_size(bench->owner.bodies, 0);
    slowest_us = MAX(slowest_us, slowest_turn_us(bench, 2 * PATIENCE_US));
    while (bench->owner.held->len > 0) {
        found += bench->owner.held->len;
        owner_finish_all(&bench->owner);
        owner_run(&bench->owner, 1, MOMENT_US * 3);
    }
    owner_close(&bench->owner);
    cr_assert_eq(found, 30, "%u: all that were not finished, and no others", found);
    cr_assert_eq(bench_ready(bench, ""), 0);
    cr_assert_lt(slowest_us, 500 * CLOCK_US_PER_MS, "%d us", (int)slowest_us);
    bench_free(bench);
}

Test(amqp, a_broker_that_stands_still_is_given_up_and_nobody_waits_for_it, .timeout = 120)
{
    Bench *bench = bench_new("still", "classic");
    gint64 slowest_us;
    gint64 began_us;

    bench_publish(bench, 1);
    bench_open(bench, 10, FALSE);
    owner_run(&bench->owner, 1, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 1);
    g_ptr_array_set_size(bench->owner.held, 0);

    began_us = clock_now_us();
    bench_signal(SIGSTOP);
    slowest_us = slowest_turn_us(bench, 3 * AMQP_HEARTBEAT_S * CLOCK_US_PER_S);
    bench_signal(SIGCONT);
    cr_assert_gt(bench->owner.errors->len, 0, "two heartbeats were missing");
    cr_assert_eq(queue_status(bench->owner.queue).held, 1, "it is still with its owner");

    slowest_us = MAX(slowest_us, slowest_turn_us(bench, PATIENCE_US));
    cr_assert_eq(bench->owner.held->len, 1, "and comes again");
    cr_assert_lt(clock_now_us() - began_us, 60 * CLOCK_US_PER_S);
    cr_assert_lt(slowest_us, 500 * CLOCK_US_PER_MS, "%d us", (int)slowest_us);
    owner_finish_all(&bench->owner);
    owner_close(&bench->owner);
    cr_assert_eq(bench_ready(bench, ""), 0);
    bench_free(bench);
}
