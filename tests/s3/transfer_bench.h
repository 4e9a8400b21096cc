/* Shared code of the tests of transfers: one operation against a scripted peer, and all its observable
 * results. Failures end the test (Criterion). */
#pragma once

#include "s3/transfer.h"
#include "tests/s3/peer.h"

#define OK_ABC             "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 3\r\n\r\nabc"
#define CODE(status, code) "HTTP/1.1 " status "\r\n\r\n<Error><Code>" code "</Code></Error>"

typedef struct {
    guint calls;
    GError *error;
} Outcome;

void on_outcome(const GError *error, void *data);

typedef struct {
    Peer peer;
    RequestCounters counters;
    GError *error;
    Blob *blob;
    gint64 took_us;
} Run;

void run_clear(Run *run);

/* Appended to the URL's query, behind its signature. */
extern const char *more_query;

/* Runs a GET or a PUT, whichever is not NULL; if both are NULL, a GET of at most 100 bytes. */
void run(Run *run, const char *const *script, const TransferGet *get, const TransferPut *put);

/* Checks whether the object still has the ETag "e1". */
void run_check(Run *run, const char *const *script);

/* Asserts success with this content. */
void assert_blob(Run *run, const char *text);
