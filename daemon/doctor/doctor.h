/* Examines credentials and both stores (`thumbmill doctor`). Used by the supervisor. */
#pragma once

#include <glib.h>

#include "concurrent/call.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "s3/http/http_proxies.h"

typedef struct Doctor Doctor;

typedef struct {
    const Config *config;         /* must outlive the Doctor */
    const HttpProxies *proxies;   /* borrowed during the call */
    const StoreCredentials *keys; /* must outlive the Doctor */
} DoctorOptions;

/* Begins, and ends the call when done, with FINDINGS_VARIANT_TYPE. NULL if it cannot begin, with
 * class ERROR_CONFIG or ERROR_INTERNAL: then the call is still the caller's. */
Doctor *doctor_new(const DoctorOptions *options, Call *call, GMainContext *context, GError **error);

/* Ends what still runs. Not from within the call's end. NULL is allowed. */
void doctor_free(Doctor *doctor);
