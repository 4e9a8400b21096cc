/* The system calls that a worker never makes, as a filter that denies them.
 *
 * Used by sandbox.c. A list of what is denied, not of what is allowed: a worker has libcurl, the resolver's
 * modules and TLS in it, and starts imagers, whose own filter is the strict one and comes on top of this one.
 */
#pragma once

#include <seccomp.h>

#include "sandbox/rules.h"

/* Adds the rules to a filter whose default is to allow. deny: the action for what nobody expects. Of rules it
 * uses modes. 0, or minus an errno, as libseccomp returns it. */
int worker_filter_fill(scmp_filter_ctx filter, guint32 deny, const SandboxRules *rules);
