/* Against a peer that answers as no emulator does. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "queue/sqs_queue.h"
#include "tests/queue/owner.h"
#include "tests/s3/peer.h"

#define JSON(status, length, body)                                                                           \
    "HTTP/1.1 " status "\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: " length             \
    "\r\nConnection: close\r\n\r\n" body

/* Two messages, "a" and "b". */
#define TWO                                                                                                  \
    JSON("200 OK", "88",                                                                                     \
         "{\"Messages\":[{\"Body\":\"a\",\"ReceiptHandle\":\"first\"},{\"Body\":\"b\",\"ReceiptHandle\":"    \
         "\"other\"}]}")

typedef struct {
    Peer peer;
    Owner owner;
    RequestCounters counters;
    HttpClient *http;
    CredentialsKeeper *keeper;
} Scene;

static Scene *scene_new(const char *const *script)
{
    Scene *scene = g_new0(Scene, 1);
    const QueueListener listener = owner_listener(&scene->owner);
    g_autoptr(Credentials) credentials = credentials_new("AKID", secret_new("secret", 6), NULL, "test");
    g_autofree char *endpoint = NULL;
    SqsOptions options = {.url = "https://sqs.eu-west-1.amazonaws.com/123456789012/photos",
                          .visibility_s = 60};

    owner_init(&scene->owner);
    peer_start(&scene->peer, script);
    endpoint = g_strdup_printf("http://127.0.0.1:%u", scene->peer.port);
    scene->http = http_client_new(scene->owner.context, NULL, &scene->counters, NULL);
    scene->keeper = credentials_keeper_new_fixed(credentials, scene->owner.context);
    options.endpoint = endpoint;
    options.http = scene->http;
    options.keeper = scene->keeper;
    scene->owner.queue = sqs_queue_new(&options, &listener, NULL);
    queue_receive(scene->owner.queue, 2);
    return scene;
}

static void scene_hold(Scene *scene, guint count)
{
    while (scene->owner.held->len < count)
        g_main_context_iteration(scene->owner.context, TRUE);
    queue_receive(scene->owner.queue, 0);
}

/* Closes the queue; all that the script has must have been asked for. */
static void scene_end(Scene *scene)
{
    owner_close(&scene->owner);
    peer_join(&scene->peer);
}

static void scene_free(Scene *scene)
{
    credentials_keeper_free(scene->keeper);
    http_client_free(scene->http);
    owner_clear(&scene->owner);
    peer_clear(&scene->peer);
    g_free(scene);
}

static const char *body_of(const Scene *scene, guint request)
{
    return strstr(g_ptr_array_index(scene->peer.requests, request), "\r\n\r\n") + 4;
}

Test(sqs_queue, requests_are_signed_for_sqs_in_its_region)
{
    const char *const script[] = {
        TWO, JSON("200 OK", "38", "{\"Successful\":[{\"Id\":\"0\"},{\"Id\":\"1\"}]}"), NULL};
    Scene *scene = scene_new(script);
    const char *authorization;

    scene_hold(scene, 2);
    scene_end(scene);
    authorization = peer_header(&scene->peer, 0, "Authorization: ");
    cr_assert_not_null(authorization);
    cr_assert_not_null(strstr(authorization, "/eu-west-1/sqs/aws4_request"), "%s", authorization);
    cr_assert_not_null(strstr(authorization, "content-type;host;"), "%s", authorization);
    cr_assert_not_null(strstr(authorization, "x-amz-target"), "%s", authorization);
    cr_assert(g_str_has_prefix(peer_header(&scene->peer, 0, "x-amz-target: "), "AmazonSQS.ReceiveMessage\r"));
    cr_assert(
        g_str_has_prefix(peer_header(&scene->peer, 0, "content-type: "), "application/x-amz-json-1.0\r"));
    cr_assert_not_null(strstr(body_of(scene, 0), "\"WaitTimeSeconds\":20"));
    cr_assert_not_null(strstr(body_of(scene, 0), "\"MaxNumberOfMessages\":2"));
    cr_assert(g_str_has_prefix(peer_header(&scene->peer, 1, "x-amz-target: "),
                               "AmazonSQS.ChangeMessageVisibilityBatch\r"));
    cr_assert_not_null(strstr(body_of(scene, 1), "\"VisibilityTimeout\":0"));
    scene_free(scene);
}

Test(sqs_queue, what_fails_of_a_batch_is_sent_again_and_nothing_else)
{
    const char *const script[] = {TWO,
                                  JSON("200 OK", "92",
                                       "{\"Successful\":[{\"Id\":\"0\"}],\"Failed\":[{\"Id\":\"1\","
                                       "\"SenderFault\":false,\"Code\":\"InternalError\"}]}"),
                                  JSON("200 OK", "27", "{\"Successful\":[{\"Id\":\"0\"}]}"), NULL};
    const gint64 began_us = clock_now_us();
    Scene *scene = scene_new(script);

    scene_hold(scene, 2);
    queue_finish(scene->owner.queue, g_ptr_array_index(scene->owner.held, 0));
    queue_finish(scene->owner.queue, g_ptr_array_index(scene->owner.held, 1));
    scene_end(scene);
    cr_assert_geq(clock_now_us() - began_us, 100 * CLOCK_US_PER_MS, "after a pause");
    cr_assert_eq(scene->peer.requests->len, 3);
    cr_assert_not_null(strstr(body_of(scene, 1), "first"));
    cr_assert_not_null(strstr(body_of(scene, 1), "other"));
    cr_assert_null(strstr(body_of(scene, 2), "first"));
    cr_assert_not_null(strstr(body_of(scene, 2), "other"));
    scene_free(scene);
}

Test(sqs_queue, a_request_that_fails_is_sent_again_as_a_whole)
{
    const char *const script[] = {
        TWO, FAILED, JSON("200 OK", "38", "{\"Successful\":[{\"Id\":\"0\"},{\"Id\":\"1\"}]}"), NULL};
    Scene *scene = scene_new(script);

    scene_hold(scene, 2);
    queue_finish(scene->owner.queue, g_ptr_array_index(scene->owner.held, 0));
    queue_finish(scene->owner.queue, g_ptr_array_index(scene->owner.held, 1));
    owner_await_error(&scene->owner);
    queue_receive(scene->owner.queue, 2); /* there is room, but what was finished comes first */
    owner_run(&scene->owner, 3, 50 * CLOCK_US_PER_MS);
    queue_receive(scene->owner.queue, 0);
    scene_end(scene);
    cr_assert_eq(scene->peer.requests->len, 3);
    cr_assert_str_eq(body_of(scene, 1), body_of(scene, 2));
    cr_assert_not_null(strstr(scene->owner.errors->str, "DeleteMessageBatch: status 500"), "%s",
                       scene->owner.errors->str);
    scene_free(scene);
}

Test(sqs_queue, too_many_messages_in_flight_are_waited_for)
{
    const char *const script[] = {
        JSON("400 Bad Request", "62",
             "{\"__type\":\"com.amazonaws.sqs#OverLimit\",\"message\":\"OverLimit\"}"),
        TWO, JSON("200 OK", "38", "{\"Successful\":[{\"Id\":\"0\"},{\"Id\":\"1\"}]}"), NULL};
    Scene *scene = scene_new(script);
    const gint64 began_us = clock_now_us();

    scene_hold(scene, 2);
    cr_assert_geq(clock_now_us() - began_us, 100 * CLOCK_US_PER_MS);
    cr_assert_not_null(strstr(scene->owner.errors->str, "OverLimit"), "%s", scene->owner.errors->str);
    cr_assert(queue_status(scene->owner.queue).is_up);
    scene_end(scene);
    scene_free(scene);
}

Test(sqs_queue, a_handle_that_is_gone_is_not_tried_again)
{
    const char *const script[] = {TWO,
                                  JSON("200 OK", "100",
                                       "{\"Successful\":[{\"Id\":\"0\"}],\"Failed\":[{\"Id\":\"1\","
                                       "\"SenderFault\":true,\"Code\":\"ReceiptHandleIsInvalid\"}]}"),
                                  NULL};
    Scene *scene = scene_new(script);

    scene_hold(scene, 2);
    queue_finish(scene->owner.queue, g_ptr_array_index(scene->owner.held, 0));
    queue_finish(scene->owner.queue, g_ptr_array_index(scene->owner.held, 1));
    scene_end(scene);
    cr_assert_eq(scene->peer.requests->len, 2);
    scene_free(scene);
}
