/* Advice on a failed request, in a sentence for the user of `thumbmill doctor`. Pure. */
#pragma once

#include <glib.h>

/* All fields are borrowed during the call. */
typedef struct {
    int curl_code;     /* 0 if a response arrived */
    long status;       /* HTTP status of the response */
    const char *code;  /* S3's error code, or NULL */
    const char *right; /* the permission that the request needs: "s3:ListBucket" */
    gboolean is_https;
    const char *base_path; /* in the endpoint's URL; may be NULL or "" */
} AdviceCase;

/* Returns the advice, owned by the caller. */
char *advice_for(const AdviceCase *c);
