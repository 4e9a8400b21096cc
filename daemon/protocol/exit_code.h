/* The exit codes of thumbmill, a stable interface for scripts. */
#pragma once

typedef enum {
    EXIT_CODE_DONE = 0,     /* source and destination are in sync */
    EXIT_CODE_FAILED = 1,   /* finished, but some objects failed, or the command's own output could not be
                             * written */
    EXIT_CODE_USAGE = 2,    /* bad usage or configuration */
    EXIT_CODE_STOPPED = 3,  /* stopped early: work remains */
    EXIT_CODE_UNUSABLE = 4, /* store or credentials unusable */
    EXIT_CODE_LOCKED = 5,   /* another run holds the lock */
} ExitCode;
