/* The bodies of SQS's requests and responses in its JSON protocol. Pure. (Amazon SQS API Reference and
 * Developer Guide, "Making Query API requests using AWS JSON protocol".) */
#pragma once

#include <glib.h>

/* Entries of a batch, and messages of a response. */
#define SQS_BATCH 10u

/* Receipt handles have no documented length; real ones are below 1 KiB. */
#define SQS_MAX_RECEIPT_BYTES 8192u

typedef struct {
    char *receipt;
    char *body; /* NULL if it is larger than EVENT_MAX_BODY_BYTES */
    gsize body_bytes;
    guint receives; /* at least 1 */
} SqsMessage;

/* The result that SQS gives for one entry of a batch. */
typedef enum {
    SQS_DONE,
    SQS_AGAIN, /* its own failure */
    SQS_GONE,  /* the handle is no longer valid, or the entry wrong: it comes to nothing */
} SqsOutcome;

/* The bodies of ReceiveMessage, DeleteMessageBatch and, with visibilities_s, ChangeMessageVisibilityBatch. At
 * most SQS_BATCH receipts; the identifier of an entry is its index. Owned by the caller. */
char *sqs_write_receive(const char *queue_url, guint count, guint wait_s, guint visibility_s);
char *sqs_write_batch(const char *queue_url, const char *const *receipts, const guint *visibilities_s,
                      gsize count);

/* The messages of a response, each an SqsMessage, at most SQS_BATCH. Those without a receipt, or with a body
 * whose MD5 is another one than is said, are left out: they come again. Class ERROR_TRANSIENT: not such a
 * response. */
GPtrArray *sqs_read_messages(const char *text, gsize size_bytes, GError **error);

/* Reads the results of count entries. Entries that the response does not name are SQS_AGAIN. Class ERROR_TRANSIENT:
 * not such a response. */
gboolean sqs_read_batch(const char *text, gsize size_bytes, gsize count, SqsOutcome *ret_outcomes,
                        GError **error);

/* The code of an error ("QueueDoesNotExist"), without its namespace, and its message; both may be NULL and are
 * owned by the caller. Texts that are no error give neither. */
void sqs_read_error(const char *text, gsize size_bytes, char **ret_code, char **ret_message);

void sqs_message_free(SqsMessage *message);
