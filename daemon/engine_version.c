#include "daemon/engine_version.h"

#include "base/clock.h"
#include "concurrent/process.h"
#include "daemon/roles.h"

/* It loads a hundred libraries, on a busy machine from a cold disk. */
#define PATIENCE_US (10 * CLOCK_US_PER_S)

/* A version is a few words. */
#define MAX_BYTES 64

char *engine_version_ask(void)
{
    static const char *const args[] = {ENGINE_VERSION_ARGUMENT, NULL};
    g_autofree char *executable = role_executable(ROLE_IMAGER, NULL);
    g_auto(GStrv) env = role_environment();
    g_autoptr(Process) imager = process_new(&(ProcessOptions){.name = role_name(ROLE_IMAGER),
                                                              .executable = executable,
                                                              .args = args,
                                                              .env = (const char *const *)env,
                                                              .daemon = TRUE,
                                                              .stdio = PROCESS_STDIO_CAPTURE});
    g_autofree char *words = NULL;
    int status = -1;

    if (executable != NULL && process_start(imager, NULL) && process_join(imager, PATIENCE_US) &&
        process_exitcode(imager, &status) && status == 0)
        words = process_last_words(imager);
    if (words == NULL)
        return g_strdup("thumbmill " THUMBMILL_VERSION);
    return g_strdup_printf("thumbmill " THUMBMILL_VERSION ", %.*s", MAX_BYTES, words);
}
