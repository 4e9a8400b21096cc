#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "queue/event.h"

/* A record as AWS writes it; %s: eventSource, eventName, the object's members. */
#define RECORD                                                                                               \
    "{\"eventVersion\":\"2.1\",\"eventSource\":\"%s\",\"awsRegion\":\"eu-west-1\",\"eventTime\":"            \
    "\"2026-11-23T15:00:26.694Z\",\"eventName\":\"%s\",\"s3\":{\"s3SchemaVersion\":\"1.0\",\"bucket\""       \
    ":{\"name\":\"originals\",\"arn\":\"arn:aws:s3:::originals\"},\"object\":{%s}}}"

static GPtrArray *parse(const char *body, EventProducer producer)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *events = event_parse(body, strlen(body), producer, &error);

    g_assert_no_error(error);
    return events;
}

static char *one_record(const char *source, const char *name, const char *members)
{
    g_autofree char *record = g_strdup_printf(RECORD, source, name, members);

    return g_strdup_printf("{\"Records\":[%s]}", record);
}

/* The text as a JSON string. */
static char *in_quotes(const char *text)
{
    g_autofree char *escaped = g_strescape(text, NULL);

    return g_strdup_printf("\"%s\"", escaped);
}

/* The key of the only event of a body. */
static void check_key(const char *body, EventProducer producer, const char *expected)
{
    g_autoptr(GPtrArray) events = parse(body, producer);
    const Event *event;

    g_assert_cmpuint(events->len, ==, 1);
    event = g_ptr_array_index(events, 0);
    g_assert_cmpstr(event->bucket, ==, "originals");
    g_assert_cmpstr(event->key, ==, expected);
}

Test(event, the_body_decides_how_its_key_is_encoded)
{
    const char *members = "\"key\":\"a+b%2Bc%C3%BC.jpg\"";
    g_autofree char *aws = one_record("aws:s3", "ObjectCreated:Put", members);
    g_autofree char *minio = one_record("minio:s3", "s3:ObjectCreated:Put", members);
    g_autofree char *ceph = one_record("ceph:s3", "ObjectCreated:Put", members);
    const char *bridge =
        "{\"version\":\"0\",\"detail-type\":\"Object Created\",\"source\":\"aws.s3\",\"detail\":"
        "{\"bucket\":{\"name\":\"originals\"},\"object\":{\"key\":\"a+b%2Bc%C3%BC.jpg\"}}}";

    check_key(aws, EVENT_FROM_BODY, "a b+c\xc3\xbc.jpg");
    check_key(minio, EVENT_FROM_BODY, "a b+c\xc3\xbc.jpg");
    check_key(ceph, EVENT_FROM_BODY, "a+b%2Bc%C3%BC.jpg");
    check_key(bridge, EVENT_FROM_BODY, "a+b%2Bc%C3%BC.jpg");
    check_key(bridge, EVENT_FROM_MINIO, "a+b%2Bc%C3%BC.jpg");
    check_key(aws, EVENT_FROM_CEPH, "a+b%2Bc%C3%BC.jpg");
    check_key(ceph, EVENT_FROM_AWS, "a b+c\xc3\xbc.jpg");
}

Test(event, an_event_of_a_real_gateway_is_read)
{
    const char *body =
        "{\"Records\":[{\"eventVersion\":\"2.2\",\"eventSource\":\"ceph:s3\",\"awsRegion\":\"\","
        "\"eventTime\":"
        "\"2026-11-23T15:00:26.694777Z\",\"eventName\":\"ObjectCreated:Put\",\"userIdentity\":{"
        "\"principalId\":"
        "\"lab\"},\"requestParameters\":{\"sourceIPAddress\":\"\"},\"responseElements\":{\"x-amz-request-"
        "id\":"
        "\"32067b42\",\"x-amz-id-2\":\"1023-default-default\"},\"s3\":{\"s3SchemaVersion\":\"1.0\","
        "\"configurationId\":\"events\",\"bucket\":{\"name\":\"lab\",\"ownerIdentity\":{\"principalId\":"
        "\"lab\"},"
        "\"arn\":\"arn:aws:s3:::lab\",\"id\":\"32067b42-9cc9\"},\"object\":{\"key\":"
        "\"dir/\xc3\xbcn\xc3\xaf code+plus & sp ace%41//x=?#.txt\",\"size\":\"3\",\"eTag\":"
        "\"764efa883dda1e11db47671c4a3bbd9e\",\"versionId\":\"\",\"sequencer\":\"0A55046B36618429\","
        "\"metadata\":[{\"key\":\"x-amz-meta-color\",\"val\":\"blue\"}],\"tags\":[]}},\"eventId\":"
        "\"1795446026\","
        "\"opaqueData\":\"\"}]}";
    g_autoptr(GPtrArray) events = parse(body, EVENT_FROM_BODY);
    const Event *event = g_ptr_array_index(events, 0);

    cr_assert_eq(event->kind, EVENT_CREATED);
    cr_assert_str_eq(event->name, "ObjectCreated:Put");
    cr_assert_str_eq(event->bucket, "lab");
    cr_assert_str_eq(event->key, "dir/\xc3\xbcn\xc3\xaf code+plus & sp ace%41//x=?#.txt");
    cr_assert_eq(event->size_bytes, 3);
    cr_assert_str_eq(event->etag, "764efa883dda1e11db47671c4a3bbd9e");
    cr_assert_null(event->version_id);
    cr_assert_null(event->sequencer, "Ceph's cannot be compared as text");
}

Test(event, names_tell_what_happened)
{
    static const struct {
        const char *name;
        EventKind kind;
    } cases[] = {
        {"ObjectCreated:Put", EVENT_CREATED},
        {"s3:ObjectCreated:Post", EVENT_CREATED},
        {"ObjectCreated:Copy", EVENT_CREATED},
        {"ObjectCreated:CompleteMultipartUpload", EVENT_CREATED},
        {"ObjectRestore:Completed", EVENT_CREATED},
        {"ObjectRestore:Post", EVENT_OTHER},
        {"s3:ObjectCreated:PutTagging", EVENT_OTHER},
        {"s3:ObjectCreated:PutRetention", EVENT_OTHER},
        {"s3:ObjectCreated:PutLegalHold", EVENT_OTHER},
        {"s3:ObjectCreated:DeleteTagging", EVENT_OTHER},
        {"s3:ObjectAccessed:Get", EVENT_OTHER},
        {"ObjectTagging:Put", EVENT_OTHER},
        {"ObjectRemoved:Delete", EVENT_REMOVED},
        {"ObjectRemoved:DeleteMarkerCreated", EVENT_REMOVED},
        {"LifecycleExpiration:Delete", EVENT_REMOVED},
        {"LifecycleTransition", EVENT_OTHER},
        {"ReducedRedundancyLostObject", EVENT_OTHER},
        {"TestEvent", EVENT_OTHER},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *body = one_record("aws:s3", cases[i].name, "\"key\":\"k\"");
        g_autoptr(GPtrArray) events = parse(body, EVENT_FROM_BODY);
        const Event *event = g_ptr_array_index(events, 0);

        cr_assert_eq(event->kind, cases[i].kind, "%s", cases[i].name);
        cr_assert_not(g_str_has_prefix(event->name, "s3:"));
    }
}

Test(event, every_record_of_a_message_counts)
{
    g_autofree char *first = g_strdup_printf(RECORD, "aws:s3", "ObjectCreated:Put", "\"key\":\"a\"");
    g_autofree char *second = g_strdup_printf(RECORD, "aws:s3", "ObjectRemoved:Delete", "\"key\":\"b\"");
    g_autofree char *body = g_strdup_printf("{\"Records\":[%s,%s]}", first, second);
    g_autofree char *bad = g_strdup_printf("{\"Records\":[%s,{}]}", first);
    g_autoptr(GPtrArray) events = parse(body, EVENT_FROM_BODY);

    cr_assert_eq(events->len, 2);
    cr_assert_str_eq(((const Event *)g_ptr_array_index(events, 0))->key, "a");
    cr_assert_str_eq(((const Event *)g_ptr_array_index(events, 1))->key, "b");
    cr_assert_eq(((const Event *)g_ptr_array_index(events, 1))->kind, EVENT_REMOVED);
    cr_assert_null(event_parse(bad, strlen(bad), EVENT_FROM_BODY, NULL), "a bad record is not passed over");
}

Test(event, what_sns_wraps_is_unwrapped)
{
    g_autofree char *body = one_record("aws:s3", "ObjectCreated:Put", "\"key\":\"a+b\"");

    for (guint wraps = 0; wraps <= EVENT_MAX_WRAPS + 1; wraps++) {
        if (wraps <= EVENT_MAX_WRAPS)
            check_key(body, EVENT_FROM_BODY, "a b");
        else
            cr_assert_null(event_parse(body, strlen(body), EVENT_FROM_BODY, NULL));
        {
            g_autofree char *inner = in_quotes(body);

            g_free(body);
            body = g_strdup_printf("{\"Type\":\"Notification\",\"MessageId\":\"m\",\"TopicArn\":"
                                   "\"arn:aws:sns:eu-west-1:123456789012:t\",\"Message\":%s}",
                                   inner);
        }
    }
}

Test(event, a_bridge_has_names_of_its_own)
{
    const char *body =
        "{\"version\":\"0\",\"id\":\"17793124\",\"detail-type\":\"Object Created\",\"source\":"
        "\"aws.s3\",\"account\":\"111122223333\",\"region\":\"ca-central-1\",\"resources\":[],"
        "\"detail\":{\"version\":\"0\",\"bucket\":{\"name\":\"originals\"},\"object\":{\"key\":"
        "\"a:b c\",\"size\":5,\"etag\":\"b1946ac9\",\"version-id\":\"IYV3p45B\",\"sequencer\":"
        "\"00617f08299329d189\"},\"reason\":\"PutObject\"}}";
    g_autoptr(GPtrArray) events = parse(body, EVENT_FROM_BODY);
    const Event *event = g_ptr_array_index(events, 0);

    cr_assert_eq(event->kind, EVENT_CREATED);
    cr_assert_str_eq(event->key, "a:b c");
    cr_assert_eq(event->size_bytes, 5);
    cr_assert_str_eq(event->etag, "b1946ac9");
    cr_assert_str_eq(event->version_id, "IYV3p45B");
    cr_assert_str_eq(event->sequencer, "00617F08299329D189");
}

Test(event, a_store_may_test_its_queue)
{
    g_autoptr(GPtrArray) events =
        parse("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"2014-10-13T15:57:02.089Z\","
              "\"Bucket\":\"originals\",\"RequestId\":\"5582815E1AEA5ADF\",\"HostId\":\"8cLeGAmw098X5cv4\"}",
              EVENT_FROM_BODY);

    cr_assert_eq(events->len, 0);
}

Test(event, what_is_no_event_is_refused_in_words)
{
    static const struct {
        const char *body;
        const char *words;
    } cases[] = {
        {"", "not a JSON object"},
        {"hello", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"{}", "no event"},
        {"{\"Records\":[{}]}", "eventSource"},
        {"{\"Records\":[{\"eventSource\":\"aws:sqs\",\"eventName\":\"x\"}]}", "\"aws:sqs\""},
        {"{\"Records\":[{\"eventSource\":\"aws:s3\"}]}", "no eventName"},
        {"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventVersion\":\"3.0\"}]}", "\"3.0\""},
        {"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\"}]}", "no bucket"},
        {"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":"
         "{\"name\":\"b\"},\"object\":{\"key\":\"a%2\"}}}]}",
         "the key of event ObjectCreated:Put"},
        {"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":"
         "{\"name\":\"b\"},\"object\":{\"key\":\"\"}}}]}",
         "no key"},
        {"{\"detail-type\":\"EC2 Instance\",\"source\":\"aws.ec2\",\"detail\":{}}", "aws.ec2"},
        {"{\"thumbmill\":2,\"bucket\":\"b\",\"keys\":[]}", "another version"},
        {"{\"thumbmill\":1,\"keys\":[]}", "without a bucket"},
        {"{\"Type\":\"Notification\",\"Message\":\"hello\"}", "SNS"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(event_parse(cases[i].body, strlen(cases[i].body), EVENT_FROM_BODY, &error));
        cr_assert_eq(error_class(error), ERROR_INPUT);
        cr_assert_not_null(strstr(error->message, cases[i].words), "%s: %s", cases[i].body, error->message);
    }
}

Test(event, a_key_has_a_limit)
{
    g_autofree char *longest = g_strnfill(1024, 'k');
    g_autofree char *good = g_strdup_printf("\"key\":\"%s\"", longest);
    g_autofree char *bad = g_strdup_printf("\"key\":\"%sk\"", longest);
    g_autofree char *good_body = one_record("ceph:s3", "ObjectCreated:Put", good);
    g_autofree char *bad_body = one_record("ceph:s3", "ObjectCreated:Put", bad);

    check_key(good_body, EVENT_FROM_BODY, longest);
    cr_assert_null(event_parse(bad_body, strlen(bad_body), EVENT_FROM_BODY, NULL));
}

Test(event, sequencers_order_the_events_of_a_key)
{
    static const struct {
        const char *a;
        const char *b;
        int order;
    } cases[] = {
        {"00", "01", -1},
        {"0A", "0a", 0},
        {"01", "0100", 0},
        {"01", "0101", -1},
        {"0055AED6DCD90281E5", "0055AED6DCD90281E4", 1},
        {"", "01", 0},
        {"zz", "01", 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *a = g_strdup_printf("\"key\":\"k\",\"sequencer\":\"%s\"", cases[i].a);
        g_autofree char *b = g_strdup_printf("\"key\":\"k\",\"sequencer\":\"%s\"", cases[i].b);
        g_autofree char *body_a = one_record("aws:s3", "ObjectCreated:Put", a);
        g_autofree char *body_b = one_record("aws:s3", "ObjectRemoved:Delete", b);
        g_autoptr(GPtrArray) events_a = parse(body_a, EVENT_FROM_BODY);
        g_autoptr(GPtrArray) events_b = parse(body_b, EVENT_FROM_BODY);
        int order = event_order(g_ptr_array_index(events_a, 0), g_ptr_array_index(events_b, 0));

        cr_assert_eq(order, cases[i].order, "%s and %s: %d", cases[i].a, cases[i].b, order);
    }
}

Test(event, our_own_messages_hold_any_key)
{
    const char *const keys[] = {"a", "a+b%41 \"\\", "\xff\xfe\x01", "\xc3\xbc//"};
    g_autofree char *body = event_write("originals", keys, G_N_ELEMENTS(keys));
    g_autoptr(GPtrArray) events = parse(body, EVENT_FROM_CEPH);

    cr_assert_eq(events->len, G_N_ELEMENTS(keys));
    for (guint i = 0; i < events->len; i++) {
        const Event *event = g_ptr_array_index(events, i);

        cr_assert_str_eq(event->key, keys[i]);
        cr_assert_str_eq(event->bucket, "originals");
        cr_assert_eq(event->kind, EVENT_CREATED);
    }
}

Test(event, producers_have_names)
{
    EventProducer producer = EVENT_FROM_BODY;

    cr_assert(event_producer_parse("minio", &producer));
    cr_assert_eq(producer, EVENT_FROM_MINIO);
    cr_assert(event_producer_parse("auto", &producer));
    cr_assert_eq(producer, EVENT_FROM_BODY);
    cr_assert_not(event_producer_parse("gcs", &producer));
}
