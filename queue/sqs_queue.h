/* A queue of Amazon SQS, or of a service with its JSON protocol: long polling, ends in batches, visibility
 * prolonged while messages are held. Requests are those of queue/sqs_call.h; sender-side failures of single
 * entries are dropped, since the message comes again, and others are sent again. */
#pragma once

#include "queue/queue.h"
#include "s3/aws/credentials_keeper.h"
#include "s3/http/http.h"

/* SQS lets a message be held for 12 hours from its receipt; then it comes again, whatever is done. */
#define SQS_MAX_HELD_S (12u * 3600)

typedef struct {
    const char *url;      /* https://sqs.REGION.amazonaws.com/ACCOUNT/NAME */
    const char *endpoint; /* scheme, host and port, or NULL for those of url */
    const char *region;   /* or NULL for that in the host of url */
    guint visibility_s;   /* from 10 to SQS_MAX_HELD_S */
    HttpClient *http;
    CredentialsKeeper *keeper;
} SqsOptions;

/* Begins to receive with queue_receive(). Copies options; http and keeper are borrowed. Class ERROR_CONFIG. */
Queue *sqs_queue_new(const SqsOptions *options, const QueueListener *listener, GError **error);
