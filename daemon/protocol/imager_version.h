/* The version of what makes the images: of thumbmill, and of the libvips that its imagers run with, which a
 * package upgrade may change without upgrading thumbmill. Only an imager links libvips, so an imager is
 * asked. Used by the supervisor. */
#pragma once

#include <glib.h>

/* With this argument an imager writes its version to standard output, and exits. */
#define ENGINE_VERSION_ARGUMENT "--version"

/* With this argument it writes a description of itself there, in lines for people. */
#define ENGINE_DESCRIBE_ARGUMENT "--describe"

/* Starts an imager with this argument, and returns what it writes to standard output. NULL if it cannot be
 * started, writes more than max_bytes, fails, or has not exited after some seconds; it is then killed. Owned
 * by the caller. */
char *imager_ask_text(const char *argument, gsize max_bytes);

/* "thumbmill 0.1.0, libvips 8.14.1"; without the part about libvips if the imager does not report it. Starts
 * a process and waits for it, which takes milliseconds. Owned by the caller. */
char *imager_version_ask(void);
