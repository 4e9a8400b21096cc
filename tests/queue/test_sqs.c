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

    sqs_bench_send(bench, 10000);
    sqs_bench_open(bench, 120, 100);
    while (g_hash_table_size(bench->bodies) < 10000) {
        sqs_bench_run(bench, 1, PATIENCE_US);
        cr_assert_gt(bench->held->len, 0, "%s", bench->errors->str);
        cr_assert_leq(bench->held->len, 100);
        sqs_bench_finish_all(bench);
    }
    sqs_bench_close(bench);
    cr_assert_eq(bench->received, 10000);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 0);
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 0);
    cr_assert_str_eq(bench->errors->str, "");
    sqs_bench_free(bench);
}

Test(sqs, what_is_held_stays_hidden_and_closing_gives_it_back, .timeout = 120)
{
    SqsBench *bench = sqs_bench_new("extend");

    sqs_bench_send(bench, 15);
    sqs_bench_open(bench, 10, 15);
    sqs_bench_run(bench, 15, PATIENCE_US);
    cr_assert_eq(bench->held->len, 15);
    /* two and a half times the visibility timeout */
    sqs_bench_run(bench, 16, 25 * CLOCK_US_PER_S);
    cr_assert_eq(bench->received, 15, "nobody else was given one");
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 15);
    for (guint i = 0; i < 5; i++)
        queue_finish(bench->queue, g_ptr_array_index(bench->held, i));
    sqs_bench_close(bench);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 10);
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 0);
    cr_assert_str_eq(bench->errors->str, "");
    sqs_bench_free(bench);
}

Test(sqs, what_is_given_back_comes_after_its_delay_and_then_goes_to_the_dead_letters)
{
    SqsBench *bench = sqs_bench_new("delay");
    gint64 began_us;

    sqs_bench_send(bench, 1);
    sqs_bench_open(bench, 30, 5);
    for (guint receives = 1; receives <= 3; receives++) {
        sqs_bench_run(bench, 1, PATIENCE_US);
        cr_assert_eq(bench->held->len, 1);
        cr_assert_eq(((QueueMessage *)g_ptr_array_index(bench->held, 0))->receives, receives);
        began_us = clock_now_us();
        queue_give_back(bench->queue, g_ptr_array_index(bench->held, 0), TRUE, CLOCK_US_PER_S / 2);
        g_ptr_array_set_size(bench->held, 0);
        sqs_bench_run(bench, 1, receives < 3 ? PATIENCE_US : 3 * CLOCK_US_PER_S);
        if (receives < 3)
            cr_assert_geq(clock_now_us() - began_us, CLOCK_US_PER_S * 9 / 10);
    }
    cr_assert_eq(bench->held->len, 0, "it was received as often as the redrive policy allows");
    cr_assert_eq(sqs_bench_count(bench, bench->dead_url, READY), 1);
    sqs_bench_close(bench);
    sqs_bench_free(bench);
}

Test(sqs, a_message_of_a_process_that_died_comes_again)
{
    SqsBench *bench = sqs_bench_new("dies");

    sqs_bench_send(bench, 1);
    sqs_bench_open(bench, 10, 5);
    sqs_bench_run(bench, 1, PATIENCE_US);
    cr_assert_eq(bench->held->len, 1);
    g_ptr_array_set_size(bench->held, 0);
    g_clear_pointer(&bench->queue, queue_free);
    sqs_bench_open(bench, 10, 5);
    sqs_bench_run(bench, 1, PATIENCE_US);
    cr_assert_eq(bench->held->len, 1);
    cr_assert_eq(((QueueMessage *)g_ptr_array_index(bench->held, 0))->receives, 2);
    sqs_bench_finish_all(bench);
    sqs_bench_close(bench);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 0);
    sqs_bench_free(bench);
}

Test(sqs, no_more_are_held_than_there_is_room_for)
{
    SqsBench *bench = sqs_bench_new("room");

    sqs_bench_send(bench, 30);
    sqs_bench_open(bench, 60, 3);
    sqs_bench_run(bench, 4, CLOCK_US_PER_S);
    cr_assert_eq(bench->held->len, 3);
    cr_assert_eq(sqs_bench_count(bench, bench->url, HIDDEN), 3, "and none waits here");
    queue_receive(bench->queue, 14);
    sqs_bench_run(bench, 15, CLOCK_US_PER_S);
    cr_assert_eq(bench->held->len, 14);
    sqs_bench_close(bench);
    cr_assert_eq(sqs_bench_count(bench, bench->url, READY), 30);
    sqs_bench_free(bench);
}

Test(sqs, a_refusal_is_said_in_its_own_words)
{
    SqsBench *bench = sqs_bench_new("none");

    g_free(bench->url);
    bench->url = g_strdup_printf("%s/000000000000/no-such-queue", bench->endpoint);
    sqs_bench_open(bench, 60, 3);
    while (bench->errors->len == 0)
        g_main_context_iteration(bench->context, TRUE);
    cr_assert_not_null(strstr(bench->errors->str, "QueueDoesNotExist"), "%s", bench->errors->str);
    cr_assert_not(queue_status(bench->queue).is_up);
    sqs_bench_close(bench);
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
