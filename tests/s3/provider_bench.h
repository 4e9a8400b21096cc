/* A provider that the chain has chosen, and a peer that imitates the service that it asks. */
#pragma once

#include "base/error.h"
#include "s3/aws/credentials_chain.h"
#include "tests/s3/peer.h"

#define OK(body)    "HTTP/1.1 200 OK\r\n\r\n" body
#define STATUS(say) "HTTP/1.1 " say "\r\nContent-Length: 0\r\n\r\n"

typedef struct {
    guint calls;
    Credentials *credentials;
    GError *error;
} Answer;

typedef struct {
    Peer peer;
    GMainContext *context;
    CredentialsProvider *provider;
    Answer answer;
} Bench;

/* A CredentialsDone whose user data is an Answer. */
void on_answer(Credentials *credentials, const GError *error, void *user);

/* Opens the provider that the chain chooses for variables: name, value, ..., NULL; PEER in a value stands for
 * the peer's "http://127.0.0.1:PORT". The peer keeps a pointer to bench. */
void bench_open(Bench *bench, const char *const *script, const char *const *variables);

/* Asks the provider and waits for the answer. */
void bench_fetch(Bench *bench);

/* Stops the peer; the received requests may be read then. */
void bench_end(Bench *bench);
void bench_clear(Bench *bench);

/* Expects id, s3cr3t, tok, valid until 2033-05-18T03:33:20Z. */
void bench_expect_keys(const Bench *bench);

/* Expects an error of this class that contains words but not s3cr3t. */
void bench_expect_failure(const Bench *bench, ErrorClass class, const char *words);

/* Expects request i to begin with line and to contain header, which may be any text or NULL. */
void bench_expect_request(const Bench *bench, guint i, const char *line, const char *header);

/* Writes text to the file `name` in a new folder and returns its path, owned by the caller; see
 * bench_remove_file(). */
char *bench_write_file(const char *name, const char *text);
void bench_remove_file(const char *path);
