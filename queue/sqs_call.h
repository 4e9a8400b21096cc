/* One signed request to SQS: POST, JSON protocol, one attempt. Private to queue/sqs_queue.c; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_keeper.h"
#include "s3/http/http.h"

/* Limit of a response. 10 messages of 1 MiB fit, unless most of their bytes are escaped; one always does. */
#define SQS_MAX_ANSWER_BYTES (24u << 20)

/* Where SQS is, and who asks. Borrowed. */
typedef struct {
    HttpClient *http;
    CredentialsKeeper *keeper;
    const char *endpoint; /* scheme, host and port */
    const char *host;     /* as in the Host header */
    const char *region;
} SqsService;

typedef struct SqsCall SqsCall;

/* Called once, from the main loop; the call is already freed. Exactly one of body (of a 2xx response) and
 * error is not NULL; code is SQS's own, or NULL. Class ERROR_LIMIT: a response of more than
 * SQS_MAX_ANSWER_BYTES; others as in retry_classify(). All are valid during the call. */
typedef void (*SqsDone)(const GString *body, const GError *error, const char *code, void *user);

/* operation: "ReceiveMessage". Takes ownership of body. done is never called from here. */
SqsCall *sqs_call_start(const SqsService *service, const char *operation, char *body, guint timeout_ms,
                        SqsDone done, void *user);

/* call may be NULL. */
void sqs_call_cancel(SqsCall *call);
