/* Any response of SQS yields messages that can be ended, outcomes of entries, or an error of one printable
 * line. */
#include "fuzz.h"
#include "queue/sqs_json.h"

#include <string.h>

#include "queue/event.h"

static void check_words(const char *words)
{
    for (const char *at = words != NULL ? words : ""; *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const char *text = (const char *)data;
    g_autoptr(GPtrArray) messages = sqs_read_messages(text, size, NULL);
    g_autofree char *code = NULL;
    g_autofree char *message = NULL;
    SqsOutcome outcomes[3] = {0};

    sqs_read_batch(text, size, G_N_ELEMENTS(outcomes), outcomes, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++)
        g_assert_cmpint(outcomes[i], <=, SQS_GONE);
    sqs_read_error(text, size, &code, &message);
    check_words(code);
    check_words(message);
    for (guint i = 0; messages != NULL && i < messages->len; i++) {
        const SqsMessage *each = g_ptr_array_index(messages, i);

        g_assert_cmpuint(strlen(each->receipt), >, 0);
        g_assert_cmpuint(each->receives, >=, 1);
        g_assert_true(each->body == NULL || strlen(each->body) == each->body_bytes);
    }
    return 0;
}
