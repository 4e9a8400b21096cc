/* What makes the images: the version of thumbmill and of the libvips that its imagers run with, which a
 * package upgrade may change without thumbmill. Only an imager links it, so one is asked. Used by the
 * supervisor. */
#pragma once

#include <glib.h>

/* The argument with which an imager writes its version to standard output, and ends. */
#define ENGINE_VERSION_ARGUMENT "--version"

/* The argument with which it describes itself there, in lines for people. */
#define ENGINE_DESCRIBE_ARGUMENT "--describe"

/* What an imager that is started with this argument writes to standard output. NULL if it cannot be started,
 * writes more than max_bytes, fails, or has not ended after some seconds; it is killed then. Owned by the
 * caller. */
char *imager_ask_text(const char *argument, gsize max_bytes);

/* "thumbmill 0.1.0, libvips 8.14.1"; without libvips' if the imager does not say it. Starts a process and
 * waits for it: milliseconds. Owned by the caller. */
char *imager_version_ask(void);
