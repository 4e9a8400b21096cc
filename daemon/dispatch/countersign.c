#include "daemon/dispatch/countersign.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "config/location.h"
#include "daemon/access/stores.h"
#include "daemon/protocol/messages.h"
#include "s3/aws/digest.h"
#include "s3/checksum.h"

G_STATIC_ASSERT((int)CONFIG_CHECKSUM_SHA256 == (int)CHECKSUM_LAST);

/* A worker's statement about one output. The question owns the strings. */
typedef struct {
    guint32 number;
    guint32 format; /* an ImageFormat if it is valid; not checked yet */
    const char *sha256;
    const char *checksum;
} Claim;

gboolean countersign_is_needed(const Config *config)
{
    const S3Config *s3 = &config->destination.s3;

    return (s3->checksum != CONFIG_CHECKSUM_NONE || s3->sign_payload) &&
           location_is_bucket(config->destination.url);
}

/* The worker asks for what it may not have, so it is broken or compromised: the operator must know. Of what
 * the worker has sent, only numbers are in the text. */
G_GNUC_PRINTF(2, 3) static void refuse(GError **error, const char *format, ...)
{
    g_autofree char *reason = NULL;
    va_list args;

    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    log_event(LOG_WARNING, "refused to sign an upload for a worker", "reason", reason, NULL);
    error_set(error, ERROR_INTERNAL, "%s", reason);
}

static Checksum checksum_of(const Countersigning *signing)
{
    return (Checksum)signing->config->destination.s3.checksum;
}

static gboolean is_sha256(const char *text)
{
    const gsize length = 2 * (gsize)DIGEST_SHA256_BYTES;

    return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

/* The task's output with this number if it has no URL yet, or NULL. */
static TaskOutput *find_output(const Countersigning *signing, guint number)
{
    GArray *outputs = signing->task->outputs;

    for (guint i = 0; i < outputs->len; i++) {
        TaskOutput *output = &g_array_index(outputs, TaskOutput, i);

        if (output->number == number && output->reference[0] == '\0')
            return output;
    }
    return NULL;
}

static gboolean check_claim(const Countersigning *signing, const TaskOutput *output, const Claim *claim,
                            GError **error)
{
    const char *problem = NULL;

    if (!recipe_allows_format(&output->recipe, claim->format))
        problem = "an output format that its recipe does not allow";
    else if (signing->config->destination.s3.sign_payload ? !is_sha256(claim->sha256)
                                                          : claim->sha256[0] != '\0')
        problem = "a missing, malformed or unexpected SHA-256";
    else if (!checksum_is_wellformed(checksum_of(signing), claim->checksum))
        problem = "a malformed checksum, or one that is not configured";
    if (problem != NULL)
        refuse(error, "the worker's request for output %u has %s", claim->number, problem);
    return problem == NULL;
}

/* All headers that are signed: the task's, and those that follow from the rendered bytes. */
static GStrv headers_of(const Countersigning *signing, const TaskOutput *output, const Claim *claim)
{
    const char *content_type = format_info((ImageFormat)claim->format)->content_type;
    const char *checksum = checksum_header(checksum_of(signing));
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (gsize i = 0; output->headers[i] != NULL; i++)
        g_ptr_array_add(lines, g_strdup(output->headers[i]));
    g_ptr_array_add(lines, g_strconcat("Content-Type: ", content_type, NULL));
    if (checksum != NULL)
        g_ptr_array_add(lines, g_strconcat(checksum, ": ", claim->checksum, NULL));
    g_ptr_array_add(lines, NULL);
    return (GStrv)g_ptr_array_steal(lines, NULL);
}

/* Signs the upload and returns its URL. *headers holds the lines to sign, and is replaced by the lines to
 * send. */
static char *sign(const Countersigning *signing, const char *key, const Claim *claim, GStrv *headers,
                  GError **error)
{
    GStrv lines = NULL;
    char *reference;

    if (!signing->config->destination.s3.sign_payload)
        return store_put_reference(signing->destination, key, (const char *const *)*headers,
                                   STORES_REFERENCE_S, error);
    reference = store_sign_put(signing->destination, key, (const char *const *)*headers, claim->sha256,
                               &lines, error);
    if (reference != NULL) {
        g_strfreev(*headers);
        *headers = lines;
    }
    return reference;
}

static gboolean sign_claim(const Countersigning *signing, const Claim *claim, GVariantBuilder *answer,
                           GError **error)
{
    TaskOutput *output = find_output(signing, claim->number);
    const gint i = work_object_find(signing->object, claim->number);
    g_auto(GStrv) headers = NULL;
    char *reference;

    if (output == NULL || i < 0) {
        refuse(error, "the worker has no output %u to upload", claim->number);
        return FALSE;
    }
    if (!check_claim(signing, output, claim, error))
        return FALSE;
    headers = headers_of(signing, output, claim);
    reference = sign(signing, work_object_output(signing->object, (guint)i)->key, claim, &headers, error);
    if (reference == NULL)
        return FALSE;
    g_free(output->reference);
    output->reference = reference;
    g_variant_builder_add(answer, "(s^as)", reference, headers);
    return TRUE;
}

GVariant *countersign(const Countersigning *signing, const char *name, GVariant *question, GError **error)
{
    GVariantBuilder answer;
    GVariantIter claims;
    Claim claim;

    if (signing->task == NULL || strcmp(name, ASK_SIGN) != 0 ||
        !g_variant_is_of_type(question, G_VARIANT_TYPE(SIGN_QUESTION_TYPE))) {
        refuse(error, "the worker asked about an object that it does not have");
        return NULL;
    }
    g_variant_builder_init(&answer, G_VARIANT_TYPE(SIGN_ANSWER_TYPE));
    g_variant_iter_init(&claims, question);
    while (g_variant_iter_next(&claims, "(uu&s&s)", &claim.number, &claim.format, &claim.sha256,
                               &claim.checksum)) {
        if (!sign_claim(signing, &claim, &answer, error)) {
            g_variant_builder_clear(&answer);
            return NULL;
        }
    }
    return g_variant_builder_end(&answer);
}
