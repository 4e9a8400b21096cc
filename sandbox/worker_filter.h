/* The system calls that a worker never makes, as a filter that denies them.
 *
 * Used by sandbox.c. The filter lists denied calls, not allowed ones: a worker contains libcurl, the
 * resolver's modules and TLS, and starts imagers, whose own strict filter applies in addition to this one. */
#pragma once

#include <seccomp.h>

#include "sandbox/rules.h"

/* Adds the rules to a filter whose default is to allow. deny: the action for unexpected calls. Of rules only
 * modes is used. Returns 0, or a negative errno. */
int worker_filter_fill(scmp_filter_ctx filter, guint32 deny, const SandboxRules *rules);
