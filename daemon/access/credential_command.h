/* Runs the command of a profile's credential_process (s3/aws/command_runner.h): no shell, the environment
 * that thumbmill was started with, nothing on its standard input, a time limit, and what it writes in memory
 * that is wiped. It dies with the supervisor; whoever it leaves behind is killed with it only when its time
 * is over. Used by the supervisor. Single-threaded. */
#pragma once

#include <glib.h>

#include "s3/aws/command_runner.h"

/* Of its standard output: real answers are below 4 KiB. */
#define CREDENTIAL_COMMAND_MAX_BYTES (64u << 10)

extern const CommandRunner credential_command_runner;
