/* Against an emulator: tests/servers/sqs. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "tests/queue/sqs_bench.h"

#define PATIENCE_US (20 * CLOCK_US_PER_S)
#define READY       "ApproximateNumberOfMessages"
#define HIDDEN      "ApproximateNumberOfMessagesNotVisible"

Test(sqs, ten_thousand_messages_are_received_and_finished_once, .timeout = 170)
{
    SqsBench *bench = sqs_bench_new("many");
    g_autoptr(GHashTable) bodies = g_hash_table_new(g_str_hash, g_str_equal);

    sqs_bench_send(bench, 10000);
    sqs_bench_open(bench, 120, 100);
    while (bench->owner.bodies->len < 10000) {
        owner_run(&bench->owner, 1, PATIENCE_US);
        cr_assert_gt(bench->owner.held->len, 0, "%s", bench->owner.errors->str);
        cr_assert_leq(bench->owner.held->len, 100);
        owner_finish_all(&bench->owner);
    }
    owner_close(&bench->owner);
    for (guint i = 0; i < bench->owner.bodies->len; i++)
        g_hash_table_add(bodies, g_ptr_array_index(bench->owner.bodies, i));
    cr_assert_eq(bench->owner.bodies->len, 10000);
    cr_assert_eq(g_hash_table_size(bodies), 10000);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 0);
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 0);
    cr_assert_str_eq(bench->owner.errors->str, "");
    sqs_bench_free(bench);
}

Test(sqs, what_is_held_stays_hidden_and_closing_gives_it_back, .timeout = 120)
{
    SqsBench *bench = sqs_bench_new("extend");

    sqs_bench_send(bench, 15);
    sqs_bench_open(bench, 10, 15);
    owner_run(&bench->owner, 15, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 15);
    /* two and a half times the visibility timeout */
    owner_run(&bench->owner, 16, 25 * CLOCK_US_PER_S);
    cr_assert_eq(bench->owner.bodies->len, 15, "nobody else was given one");
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 15);
    for (guint i = 0; i < 5; i++)
        queue_finish(bench->owner.queue, g_ptr_array_index(bench->owner.held, i));
    owner_close(&bench->owner);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 10);
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 0);
    cr_assert_str_eq(bench->owner.errors->str, "");
    sqs_bench_free(bench);
}

Test(sqs, what_is_given_back_comes_after_its_delay_and_then_goes_to_the_dead_letters)
{
    SqsBench *bench = sqs_bench_new("delay");
    gint64 began_us;

    sqs_bench_send(bench, 1);
    sqs_bench_open(bench, 30, 5);
    for (guint receives = 1; receives <= 3; receives++) {
        owner_run(&bench->owner, 1, PATIENCE_US);
        cr_assert_eq(bench->owner.held->len, 1);
        cr_assert_eq(((QueueMessage *)g_ptr_array_index(bench->owner.held, 0))->receives, receives);
        began_us = clock_now_us();
        queue_give_back(bench->owner.queue, g_ptr_array_index(bench->owner.held, 0), TRUE,
                        CLOCK_US_PER_S / 2);
        g_ptr_array_set_size(bench->owner.held, 0);
        owner_run(&bench->owner, 1, receives < 3 ? PATIENCE_US : 3 * CLOCK_US_PER_S);
        if (receives < 3)
            cr_assert_geq(clock_now_us() - began_us, CLOCK_US_PER_S * 9 / 10);
    }
    cr_assert_eq(bench->owner.held->len, 0, "it was received as often as the redrive policy allows");
    cr_assert_eq(sqs_bench_count(bench, bench->dead_url, READY), 1);
    owner_close(&bench->owner);
    sqs_bench_free(bench);
}

Test(sqs, a_message_of_a_process_that_died_comes_again)
{
    SqsBench *bench = sqs_bench_new("dies");

    sqs_bench_send(bench, 1);
    sqs_bench_open(bench, 10, 5);
    owner_run(&bench->owner, 1, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 1);
    g_ptr_array_set_size(bench->owner.held, 0);
    g_clear_pointer(&bench->owner.queue, queue_free);
    sqs_bench_open(bench, 10, 5);
    owner_run(&bench->owner, 1, PATIENCE_US);
    cr_assert_eq(bench->owner.held->len, 1);
    cr_assert_eq(((QueueMessage *)g_ptr_array_index(bench->owner.held, 0))->receives, 2);
    owner_finish_all(&bench->owner);
    owner_close(&bench->owner);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 0);
    sqs_bench_free(bench);
}

Test(sqs, no_more_are_held_than_there_is_room_for)
{
    SqsBench *bench = sqs_bench_new("room");

    sqs_bench_send(bench, 30);
    sqs_bench_open(bench, 60, 3);
    owner_run(&bench->owner, 4, CLOCK_US_PER_S);
    cr_assert_eq(bench->owner.held->len, 3);
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 3, "and none waits here");
    queue_receive(bench->owner.queue, 14);
    owner_run(&bench->owner, 15, CLOCK_US_PER_S);
    cr_assert_eq(bench->owner.held->len, 14);
    owner_close(&bench->owner);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 30);
    sqs_bench_free(bench);
}

Test(sqs, a_refusal_is_said_in_its_own_words)
{
    SqsBench *bench = sqs_bench_new("none");

    g_free(bench->url);
    bench->url = g_strdup_printf("%s/000000000000/no-such-queue", bench->endpoint);
    sqs_bench_open(bench, 60, 3);
    owner_await_error(&bench->owner);
    cr_assert_not_null(strstr(bench->owner.errors->str, "QueueDoesNotExist"), "%s", bench->owner.errors->str);
    cr_assert_not(queue_status(bench->owner.queue).is_up);
    owner_close(&bench->owner);
    sqs_bench_free(bench);
}

Test(sqs, a_queue_that_cannot_be_named_is_an_error_of_the_configuration)
{
    SqsBench *bench = sqs_bench_new("config");
    const QueueListener listener = {0};
    SqsOptions options = {.url = "https://example.org/1/n", .http = bench->http, .keeper = bench->keeper};
    g_autoptr(GError) error = NULL;

    cr_assert_null(sqs_queue_new(&options, &listener, &error));
    cr_assert_not_null(strstr(error->message, "region"));
    options.url = "sqs";
    cr_assert_null(sqs_queue_new(&options, &listener, NULL));
    sqs_bench_free(bench);
}
