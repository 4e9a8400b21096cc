#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "queue/event.h"
#include "queue/sqs_json.h"

Test(sqs_json, a_response_of_the_documentation_is_read)
{
    const char *text =
        "{\"Messages\": [{\"Attributes\": {\"SenderId\": \"AIDASSYFHUBOBT7F4XT75\", "
        "\"ApproximateFirstReceiveTimestamp\": \"1677112433437\", \"ApproximateReceiveCount\": \"3\", "
        "\"SentTimestamp\": \"1677112427387\"}, \"Body\": \"This is a test message\", \"MD5OfBody\": "
        "\"fafb00f5732ab283681e124bf8747ed1\", \"MessageId\": \"219f8380-5770-4cc2-8c3e-5c715e145f5e\", "
        "\"ReceiptHandle\": \"AQEBaZ+j5qUoOAoxlmrCQPkBm9njMWXqemmIG6shMHCO6fV20JrQYg\"}]}";
    g_autoptr(GPtrArray) messages = sqs_read_messages(text, strlen(text), NULL);
    const SqsMessage *message;

    cr_assert_eq(messages->len, 1);
    message = g_ptr_array_index(messages, 0);
    cr_assert_str_eq(message->body, "This is a test message");
    cr_assert_eq(message->body_bytes, 22);
    cr_assert_eq(message->receives, 3);
    cr_assert(g_str_has_prefix(message->receipt, "AQEBaZ"));
}

Test(sqs_json, what_is_damaged_or_has_no_receipt_is_left_out)
{
    const char *text =
        "{\"Messages\":[{\"Body\":\"a\",\"ReceiptHandle\":\"r\",\"MD5OfBody\":\"00\"},{\"Body\":\"a\"},"
        "{\"ReceiptHandle\":\"r\"},7,{\"Body\":\"a\",\"ReceiptHandle\":\"last\"}]}";
    g_autoptr(GPtrArray) messages = sqs_read_messages(text, strlen(text), NULL);
    g_autoptr(GPtrArray) none = sqs_read_messages("{}", 2, NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_eq(messages->len, 1);
    cr_assert_str_eq(((const SqsMessage *)g_ptr_array_index(messages, 0))->receipt, "last");
    cr_assert_eq(none->len, 0, "an empty queue");
    cr_assert_null(sqs_read_messages("<html>", 6, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
}

Test(sqs_json, a_body_that_is_too_large_is_not_kept)
{
    g_autofree char *body = g_strnfill(EVENT_MAX_BODY_BYTES + 1, 'b');
    g_autofree char *text =
        g_strdup_printf("{\"Messages\":[{\"Body\":\"%s\",\"ReceiptHandle\":\"r\"}]}", body);
    g_autoptr(GPtrArray) messages = sqs_read_messages(text, strlen(text), NULL);
    const SqsMessage *message = g_ptr_array_index(messages, 0);

    cr_assert_null(message->body);
    cr_assert_eq(message->body_bytes, EVENT_MAX_BODY_BYTES + 1);
}

Test(sqs_json, each_entry_of_a_batch_has_its_own_end)
{
    const char *text =
        "{\"Successful\":[{\"Id\":\"2\"},{\"Id\":\"77\"},{\"Id\":\"x\"}],\"Failed\":[{\"Id\":\"0\","
        "\"SenderFault\":"
        "true,\"Code\":\"ReceiptHandleIsInvalid\"},{\"Id\":\"1\",\"SenderFault\":false,\"Code\":"
        "\"InternalError\"}]}";
    SqsOutcome outcomes[4];

    cr_assert(sqs_read_batch(text, strlen(text), 4, outcomes, NULL));
    cr_assert_eq(outcomes[0], SQS_GONE);
    cr_assert_eq(outcomes[1], SQS_AGAIN);
    cr_assert_eq(outcomes[2], SQS_DONE);
    cr_assert_eq(outcomes[3], SQS_AGAIN, "it is not named");
    cr_assert_not(sqs_read_batch("[]", 2, 4, outcomes, NULL));
}

Test(sqs_json, an_error_has_a_code_without_its_namespace)
{
    const char *text =
        "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"The specified\\nqueue\"}";
    g_autofree char *code = NULL;
    g_autofree char *message = NULL;
    char *no_code = NULL;
    char *no_message = NULL;

    sqs_read_error(text, strlen(text), &code, &message);
    cr_assert_str_eq(code, "QueueDoesNotExist");
    cr_assert_str_eq(message, "The specified\\nqueue", "in one line");
    sqs_read_error("<html>", 6, &no_code, &no_message);
    cr_assert_null(no_code);
    cr_assert_null(no_message);
}

Test(sqs_json, requests_are_those_of_the_documentation)
{
    const char *const receipts[] = {"one", "t\"wo"};
    const guint visibilities_s[] = {0, 43200};
    g_autofree char *receive = sqs_write_receive("https://q/1/n", 10, 20, 120);
    g_autofree char *delete_batch = sqs_write_batch("https://q/1/n", receipts, NULL, 2);
    g_autofree char *change_batch = sqs_write_batch("https://q/1/n", receipts, visibilities_s, 2);

    cr_assert_str_eq(
        receive, "{\"QueueUrl\":\"https://q/1/n\",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20,"
                 "\"VisibilityTimeout\":120,\"MessageSystemAttributeNames\":[\"ApproximateReceiveCount\"],"
                 "\"AttributeNames\":[\"ApproximateReceiveCount\"]}");
    cr_assert_str_eq(delete_batch,
                     "{\"QueueUrl\":\"https://q/1/n\",\"Entries\":[{\"Id\":\"0\",\"ReceiptHandle\":\"one\"},"
                     "{\"Id\":\"1\",\"ReceiptHandle\":\"t\\\"wo\"}]}");
    cr_assert_str_eq(change_batch,
                     "{\"QueueUrl\":\"https://q/1/n\",\"Entries\":[{\"Id\":\"0\",\"ReceiptHandle\":\"one\","
                     "\"VisibilityTimeout\":0},{\"Id\":\"1\",\"ReceiptHandle\":\"t\\\"wo\","
                     "\"VisibilityTimeout\":43200}]}");
}
