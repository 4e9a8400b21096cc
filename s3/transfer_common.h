/* The part that GET, check and PUT share: attempts, and one request after the other. Only for
 * s3/transfer_*.c. Each kind of transfer is a struct that begins with a Transfer. */
#pragma once

#include "s3/attempts.h"
#include "s3/transfer.h"

typedef struct {
    HttpKind kind;
    BreakerSide side;
    /* Sets what is special about a request; called before each attempt. May be NULL. */
    void (*prepare)(Transfer *transfer, HttpOptions *options);
    /* Handles a complete 2xx response. */
    gboolean (*take)(Transfer *transfer, const HttpResponse *response, GError **error);
    /* Handles a status other than 2xx that has a meaning of its own for this kind: the transfer then succeeds
     * or fails at once. FALSE: it has none. May be NULL. */
    gboolean (*take_status)(Transfer *transfer, long status, GError **error);
    /* Frees what the kind has added. */
    void (*clear)(Transfer *transfer);
} TransferOps;

struct Transfer {
    const TransferOps *ops;
    HttpClient *client;
    char *url;
    GStrv headers; /* of the next request */
    Attempts *attempts;
    gboolean is_sent_again; /* a 2xx response that take() refuses is followed by another attempt */
    GError *failure;        /* of the previous attempt; NULL during the first */
    HttpRequest *request;   /* NULL between attempts */
    TransferFunc func;
    void *user;
};

/* Initialises what all kinds have; transfer is zeroed memory of g_malloc(). attempts: see TransferGet. */
void transfer_init(Transfer *transfer, const TransferOps *ops, HttpClient *client, const char *url,
                   guint attempts);

/* Sends the first request, as soon as the breaker allows it. Calls func at the end, see s3/transfer.h. */
void transfer_begin(Transfer *transfer, TransferFunc func, void *data);
