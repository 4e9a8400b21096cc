/* Runs a program as under a container runtime that forbids system calls:
 *
 *   run_without ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...] */
#include <stdlib.h>
#include <unistd.h>

#include "without_calls.h"

int main(int argc, char **argv)
{
    char **calls;

    if (argc < 4)
        return 2;
    calls = g_strsplit(argv[2], ",", -1);
    if (!without_calls((const char *const *)calls, atoi(argv[1])))
        return 3;
    g_strfreev(calls);
    execv(argv[3], argv + 3);
    return 4;
}
