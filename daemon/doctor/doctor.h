/* Tests credentials and both stores (`thumbmill doctor`). Used by the supervisor. */
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

/* Starts the tests. When they are done, ends the call with FINDINGS_VARIANT_TYPE. NULL if the tests cannot
 * start, with class ERROR_CONFIG or ERROR_INTERNAL: the call then still belongs to the caller. */
Doctor *doctor_new(const DoctorOptions *options, Call *call, GMainContext *context, GError **error);

/* Cancels what still runs. Must not be called while the call is being ended. doctor may be NULL. */
void doctor_free(Doctor *doctor);
