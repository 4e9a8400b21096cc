/* A provider that the chain has chosen, and a peer that speaks as the service does which it asks. */
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

/* A CredentialsDone whose user is an Answer. */
void on_answer(Credentials *credentials, const GError *error, void *user);

/* What the chain chooses of variables: name, value, ..., NULL; PEER in a value stands for the peer's
 * "http://127.0.0.1:PORT". The peer keeps bench's address. */
void bench_open(Bench *bench, const char *const *script, const char *const *variables);

/* Asks the provider, and waits for its answer. */
void bench_fetch(Bench *bench);

/* No more requests: those that came may be looked at. */
void bench_end(Bench *bench);
void bench_clear(Bench *bench);

/* The answer is id, s3cr3t, tok, valid until 2033-05-18T03:33:20Z. */
void bench_expect_keys(const Bench *bench);

/* It is an error of this class, with these words and without s3cr3t. */
void bench_expect_failure(const Bench *bench, ErrorClass class, const char *words);

/* Request i begins with line and has header, or any text, in it (NULL: whatever). */
void bench_expect_request(const Bench *bench, guint i, const char *line, const char *header);

/* The file name below a new folder, with text in it. Owned by the caller; see bench_remove_file(). */
char *bench_write_file(const char *name, const char *text);
void bench_remove_file(const char *path);
