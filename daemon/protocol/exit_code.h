/* The exit codes of thumbmill, promised to scripts. */
#pragma once

typedef enum {
    EXIT_CODE_DONE = 0,     /* everything is in step */
    EXIT_CODE_FAILED = 1,   /* finished, but some objects failed; or its output was lost */
    EXIT_CODE_USAGE = 2,    /* bad usage or configuration */
    EXIT_CODE_STOPPED = 3,  /* stopped early: work remains */
    EXIT_CODE_UNUSABLE = 4, /* store or credentials unusable */
    EXIT_CODE_LOCKED = 5,   /* another run holds the lock */
} ExitCode;
