#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "batch/upload_headers.h"
#include "daemon/access/s3_ask.h"
#include "daemon/doctor/advice.h"
#include "daemon/doctor/exam.h"
#include "s3/aws/digest.h"
#include "s3/checksum.h"
#include "s3/etag.h"
#include "s3/list_xml.h"
#include "store/bucket_store.h"

/* Attempts per request. The user is waiting, and should see the error of a server that fails twice in a
 * row. */
#define ATTEMPTS 2u

/* S3 tolerates 15 minutes. */
#define MAX_SKEW_S   (15 * 60)
#define QUIET_SKEW_S 60

/* As s3_ask(), with few attempts. */
static gboolean ask(const Exam *exam, const S3CallOptions *options, S3Answer *ret_answer)
{
    S3CallOptions few = *options;

    few.attempts = ATTEMPTS;
    ret_answer->max_body_bytes = LIMIT_LIST_BYTES;
    return s3_ask(exam->loop, store_client(exam->store), &few, ret_answer);
}

/* The advice is owned by the caller. */
static char *advice_on(const Exam *exam, const S3Answer *answer, const char *right)
{
    const Endpoint *endpoint = s3_client_endpoint(store_client(exam->store));

    return advice_for(&(AdviceCase){answer->curl_code, answer->status, answer->code, right,
                                    endpoint_is_https(endpoint), endpoint_base_path(endpoint)});
}

/* Adds a finding for the response; TRUE if it succeeded. right: the permission that the request needs. */
static gboolean note_answer(const Exam *exam, const char *check, const S3Answer *answer, const char *right,
                            const char *words)
{
    g_autofree char *advice = NULL;

    if (answer->error == NULL) {
        exam_note(exam, check, FINDING_OK, words, NULL);
        return TRUE;
    }
    advice = advice_on(exam, answer, right);
    exam_note(exam, check, FINDING_FAILED, answer->error->message, advice);
    return FALSE;
}

static void note_untried(const Exam *exam, const char *const *checks)
{
    for (; *checks != NULL; checks++)
        exam_note(exam, *checks, FINDING_UNTRIED, NULL, NULL);
}

/* Adds the bucket's endpoint, and the server's time. */

static void note_endpoint(const Exam *exam, const S3Answer *answer)
{
    const Endpoint *endpoint = s3_client_endpoint(store_client(exam->store));
    g_autofree char *path = endpoint_path(endpoint, "");
    g_autofree char *url = endpoint_url(endpoint, path, NULL);
    g_autofree char *advice = NULL;

    if (answer->curl_code == 0 && answer->status != 0) {
        exam_note(exam, "endpoint", FINDING_OK, url, NULL);
        return;
    }
    advice = advice_on(exam, answer, "");
    exam_note(exam, "endpoint", FINDING_FAILED, answer->error->message, advice);
}

static void note_region(const Exam *exam, const char *before)
{
    const char *region = endpoint_region(s3_client_endpoint(store_client(exam->store)));
    g_autofree char *advice = NULL;

    if (strcmp(region, before) == 0) {
        exam_note(exam, "region", FINDING_OK, region, NULL);
        return;
    }
    advice = g_strdup_printf(
        "Set s3.region to %s: otherwise each run starts with a request to the wrong region.", region);
    exam_note(exam, "region", FINDING_WARNING, region, advice);
}

static void note_clock(const Exam *exam, const S3Answer *answer)
{
    gint64 skew_s = answer->date_s - clock_wall_us() / CLOCK_US_PER_S;
    g_autofree char *words = NULL;

    if (answer->date_s < 0) {
        exam_note(exam, "clock", FINDING_UNTRIED, "the server does not send its time", NULL);
        return;
    }
    words = ABS(skew_s) <= QUIET_SKEW_S
                ? g_strdup("matches this machine's clock")
                : g_strdup_printf("the server's clock is %" G_GINT64_FORMAT " s %s this machine's",
                                  ABS(skew_s), skew_s > 0 ? "ahead of" : "behind");
    if (ABS(skew_s) <= MAX_SKEW_S)
        exam_note(exam, "clock", FINDING_OK, words, NULL);
    else
        exam_note(exam, "clock", FINDING_WARNING, words,
                  "Set this machine's clock (NTP) or the server's: until then, requests are signed with the "
                  "server's time once it has refused the first one.");
}

/* Returns the first object that can be read, or NULL if there is none; *ret_n is the number of objects on the
 * page. Owned by the caller. Sets the answer's error if the response is not a listing. */
static char *first_key(const Exam *exam, S3Answer *answer, guint *ret_n)
{
    g_autoptr(ListXml) list = list_xml_new(s3_client_dialect(store_client(exam->store))->lists_by_marker);
    g_auto(S3Page) page = {0};

    if (!list_xml_feed(list, answer->body->data, answer->body->len, &answer->error) ||
        !list_xml_finish(list, &page, &answer->error))
        return NULL;
    *ret_n = page.objects->len;
    for (guint i = 0; i < page.objects->len; i++) {
        const S3Object *object = g_ptr_array_index(page.objects, i);

        if (strcmp(object->key, store_prefix(exam->store)) != 0 && !s3_object_is_archived(object))
            return g_strdup(object->key);
    }
    return NULL;
}

/* Lists the bucket. FALSE if further tests are useless. *ret_listed: whether the listing succeeded, so that
 * *ret_key is a result of first_key(). */
static gboolean look_around(const Exam *exam, char **ret_key, gboolean *ret_listed)
{
    const Endpoint *endpoint = s3_client_endpoint(store_client(exam->store));
    g_autofree char *before = g_strdup(endpoint_region(endpoint));
    const Sigv4Pair query[] = {{"encoding-type", "url"},
                               {"max-keys", "100"},
                               {"prefix", store_prefix(exam->store)},
                               {"list-type", "2"}};
    gboolean by_marker = s3_client_dialect(store_client(exam->store))->lists_by_marker;
    g_auto(S3Answer) answer = {.body = g_byte_array_new()};
    guint n = 0;

    if (!ask(exam,
             &(S3CallOptions){.kind = HTTP_LIST,
                              .key = "",
                              .query = query,
                              .query_count = G_N_ELEMENTS(query) - (by_marker ? 1 : 0)},
             &answer))
        return FALSE;
    note_endpoint(exam, &answer);
    if (answer.status == 0)
        return FALSE;
    note_region(exam, before);
    note_clock(exam, &answer);
    if (answer.error == NULL)
        *ret_key = first_key(exam, &answer, &n);
    if (!exam->is_destination && answer.error == NULL && n == 0)
        *ret_listed = exam_note_nothing_listed(exam);
    else
        *ret_listed = note_answer(exam, "list", &answer, "s3:ListBucket", NULL);
    return TRUE;
}

/* Reads one byte of one object: a source is not changed. */

static void read_first(const Exam *exam, const char *key, gboolean is_listed)
{
    static const char *const headers[] = {"Range: bytes=0-0", NULL};
    g_autofree char *quoted = key != NULL ? quote_key(key) : NULL;
    g_auto(S3Answer) answer = {0};

    if (key == NULL)
        exam_note(exam, "get", FINDING_UNTRIED, is_listed ? "no object to read" : NULL, NULL);
    else if (ask(exam, &(S3CallOptions){.kind = HTTP_GET, .key = key, .headers = headers}, &answer))
        (void)note_answer(exam, "get", &answer, "s3:GetObject", quoted);
}

/* The probe object in the destination is stored, tested and deleted. */

static const char *const probe_checks[] = {"etag", "get", "conditional put", "delete", NULL};

static S3CallOptions probe_put(const char *key, const char *const *headers)
{
    return (S3CallOptions){.kind = HTTP_PUT,
                           .key = key,
                           .headers = headers,
                           .body = EXAM_PROBE_TEXT,
                           .body_bytes = strlen(EXAM_PROBE_TEXT)};
}

static void note_etag(const Exam *exam, const S3Answer *answer)
{
    guint8 md5[DIGEST_MD5_BYTES];
    g_autofree char *hex = NULL;

    digest_md5(EXAM_PROBE_TEXT, strlen(EXAM_PROBE_TEXT), md5);
    hex = digest_hex(md5, sizeof md5);
    if (answer->etag == NULL || !etag_is_like_md5(answer->etag))
        exam_note(exam, "etag", FINDING_NO, "is not an MD5: uploads cannot be verified", NULL);
    else if (g_ascii_strcasecmp(answer->etag, hex) == 0)
        exam_note(exam, "etag", FINDING_OK, "is the MD5 of the upload", NULL);
    else
        /* Correct for a bucket that encrypts with KMS: a run recognises that from the response. */
        exam_note(exam, "etag", FINDING_WARNING, "looks like an MD5 but is not the MD5 of the upload",
                  "If uploads fail because of this, set s3.verify_etag: false.");
}

static gboolean get_probe(const Exam *exam, const char *key)
{
    g_auto(S3Answer) answer = {.body = g_byte_array_new()};

    if (!ask(exam, &(S3CallOptions){.kind = HTTP_GET, .key = key}, &answer))
        return FALSE;
    if (answer.error == NULL && (answer.body->len != strlen(EXAM_PROBE_TEXT) ||
                                 memcmp(answer.body->data, EXAM_PROBE_TEXT, answer.body->len) != 0))
        error_set(&answer.error, ERROR_PERMANENT,
                  "the object that was read differs from the one that was written");
    if (answer.error != NULL && answer.status == 403)
        exam_note(exam, "get", FINDING_NO, answer.error->message,
                  "Runs need this permission only for the folder destination.state.");
    else
        (void)note_answer(exam, "get", &answer, "s3:GetObject", NULL);
    return TRUE;
}

/* A conditional PUT of an object that exists already: a server that supports the condition refuses it. */
static gboolean put_again(const Exam *exam, const char *key)
{
    static const char *const headers[] = {"If-None-Match: *", NULL};
    const S3CallOptions put = probe_put(key, headers);
    g_auto(S3Answer) answer = {0};

    if (!ask(exam, &put, &answer))
        return FALSE;
    if (answer.status == 412)
        exam_note(exam, "conditional put", FINDING_OK, "If-None-Match: * is honoured", NULL);
    else if (answer.error == NULL)
        exam_note(exam, "conditional put", FINDING_NO, "If-None-Match: * is ignored", NULL);
    else
        exam_note(exam, "conditional put", FINDING_NO, answer.error->message, NULL);
    return TRUE;
}

static gboolean put_with_checksum_of(const Exam *exam, const char *key, const char *text,
                                     S3Answer *ret_answer)
{
    const Checksum checksum = (Checksum)exam->config->destination.s3.checksum;
    g_autofree char *value = checksum_compute(checksum, text, strlen(text));
    g_autofree char *line = g_strconcat(checksum_header(checksum), ": ", value, NULL);
    const char *const headers[] = {line, NULL};
    const S3CallOptions put = probe_put(key, headers);

    return ask(exam, &put, ret_answer);
}

/* A PUT with the checksum of other bytes: a server that verifies checksums refuses it. */
static gboolean check_checksum(const Exam *exam, const char *key)
{
    g_auto(S3Answer) right = {0};
    g_auto(S3Answer) wrong = {0};

    if (exam->config->destination.s3.checksum == CONFIG_CHECKSUM_NONE)
        return TRUE;
    if (!put_with_checksum_of(exam, key, EXAM_PROBE_TEXT, &right))
        return FALSE;
    if (right.error != NULL) {
        exam_note(exam, "checksum", FINDING_FAILED, right.error->message,
                  "The upload without a checksum succeeded: try another s3.checksum, or none.");
        return TRUE;
    }
    if (!put_with_checksum_of(exam, key, "", &wrong))
        return FALSE;
    if (wrong.error != NULL)
        exam_note(exam, "checksum", FINDING_OK, "a wrong checksum is refused", NULL);
    else
        exam_note(exam, "checksum", FINDING_NO, "a wrong checksum is accepted: the server does not verify it",
                  NULL);
    return TRUE;
}

static void delete_probe(const Exam *exam, const char *key)
{
    g_autofree char *quoted = quote_key(key);
    g_autofree char *advice = NULL;
    g_auto(S3Answer) answer = {0};

    if (!ask(exam, &(S3CallOptions){.kind = HTTP_DELETE, .key = key}, &answer))
        return;
    if (answer.error == NULL) {
        exam_note(exam, "delete", FINDING_OK, NULL, NULL);
        return;
    }
    /* Runs never delete anything. */
    advice = g_strdup_printf("Remove %s by hand. Runs do not need this permission.", quoted);
    exam_note(exam, "delete", FINDING_NO, answer.error->message, advice);
}

/* Stores the probe object with the headers of an output's uploads, except for metadata. */
static gboolean put_as(const Exam *exam, const char *key, guint number)
{
    g_autofree char *check = g_strdup_printf("put as %s", config_output(exam->config, number)->name);
    g_auto(GStrv) headers = upload_headers(exam->config, number, &(UploadSource){0}, NULL);
    const S3CallOptions put = probe_put(key, (const char *const *)headers);
    g_auto(S3Answer) answer = {0};

    if (!ask(exam, &put, &answer))
        return FALSE;
    if (answer.error != NULL && answer.status / 100 != 2 && answer.status != 403)
        exam_note(exam, check, FINDING_FAILED, answer.error->message,
                  "The upload without these headers succeeded: correct acl, storage_class, encryption, "
                  "kms_key or tags of this output, or remove what the server does not support.");
    else
        (void)note_answer(exam, check, &answer,
                          "s3:PutObject, and for acl or tags s3:PutObjectAcl or s3:PutObjectTagging", NULL);
    return TRUE;
}

static gboolean put_as_outputs(const Exam *exam, const char *key)
{
    for (guint i = 0; i < exam->config->outputs->len; i++) {
        const OutputConfig *output = config_output(exam->config, i);
        gboolean is_plain = output->acl == CONFIG_ACL_NONE && output->storage_class == NULL &&
                            output->encryption == CONFIG_ENCRYPTION_NONE && output->tags->len == 0;

        if (!is_plain && !put_as(exam, key, i))
            return FALSE;
    }
    return TRUE;
}

static void write_probe(const Exam *exam)
{
    g_autofree char *key = g_strconcat(store_prefix(exam->store), exam->probe, NULL);
    const S3CallOptions put = probe_put(key, NULL);
    g_auto(S3Answer) answer = {0};

    if (!ask(exam, &put, &answer))
        return;
    if (!note_answer(exam, "put", &answer, "s3:PutObject", NULL)) {
        note_untried(exam, probe_checks);
        return;
    }
    note_etag(exam, &answer);
    if (get_probe(exam, key) && put_again(exam, key) && check_checksum(exam, key) &&
        put_as_outputs(exam, key))
        delete_probe(exam, key);
}

void exam_bucket(const Exam *exam)
{
    static const char *const source_checks[] = {"region", "clock", "list", "get", NULL};
    static const char *const destination_checks[] = {"region", "clock", "list", "put", NULL};
    g_autofree char *key = NULL;
    gboolean is_listed = FALSE;

    if (!look_around(exam, &key, &is_listed)) {
        note_untried(exam, exam->is_destination ? destination_checks : source_checks);
        if (exam->is_destination)
            note_untried(exam, probe_checks);
    } else if (exam->is_destination) {
        write_probe(exam);
    } else {
        read_first(exam, key, is_listed);
    }
}
