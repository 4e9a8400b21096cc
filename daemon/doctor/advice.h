/* What to do about a request that failed, in a sentence for whoever runs `thumbmill doctor`. Pure. */
#pragma once

#include <glib.h>

/* Borrowed during the call. */
typedef struct {
    int curl_code;     /* 0: an answer came */
    long status;       /* of that */
    const char *code;  /* S3's word for the failure; NULL: none came */
    const char *right; /* what the request needs: "s3:ListBucket" */
    gboolean is_https;
    const char *base_path; /* that the endpoint's URL has; NULL or "": none */
} AdviceCase;

/* Owned by the caller. */
char *advice_for(const AdviceCase *c);
