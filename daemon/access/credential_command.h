/* Runs the command of a profile's credential_process (s3/aws/command_runner.h): without a shell, with the
 * environment that thumbmill was started with, nothing on standard input, and a time limit; its output is
 * kept in memory that is wiped. The command dies with the supervisor. Children that it leaves behind are
 * killed with it only when its time limit is exceeded. Used by the supervisor. Single-threaded. */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"

/* Limit of standard output: real answers are below 4 KiB. */
#define CREDENTIAL_COMMAND_MAX_BYTES (64u << 10)

extern const CommandRunner credential_command_runner;
