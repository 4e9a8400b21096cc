#include "daemon/state/state_files.h"

#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

/* Hex digits of a SHA-256: 64 bits distinguish the pairs of stores in one directory. */
#define NAME_DIGITS 16

char *state_directory(const Config *config, const char *from_service)
{
    gsize length;

    if (config->state_directory != NULL)
        return g_strdup(config->state_directory);
    length = from_service != NULL ? strcspn(from_service, ":") : 0;
    return length > 0 && *from_service == '/' ? g_strndup(from_service, length) : NULL;
}

void state_directory_make(const char *directory)
{
    (void)mkdir(directory, 0750);
}

/* Adds the text with its NUL, so that different pairs never give the same byte sequence. */
static void digest(GChecksum *checksum, const char *text)
{
    const char *known = text != NULL ? text : "";

    g_checksum_update(checksum, (const guchar *)known, (gssize)strlen(known) + 1);
}

char *state_file(const char *directory, const Config *config, const char *suffix)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    digest(checksum, config->source.s3.endpoint);
    digest(checksum, config->source.url);
    digest(checksum, config->destination.s3.endpoint);
    digest(checksum, config->destination.url);
    return g_strdup_printf("%s/thumbmill-%.*s%s", directory, NAME_DIGITS, g_checksum_get_string(checksum),
                           suffix);
}

char *state_ledger(const Config *config, const char *from_service)
{
    g_autofree char *directory = state_directory(config, from_service);

    return directory != NULL ? state_file(directory, config, ".sqlite") : NULL;
}

void state_log_set_aside(const char *path, const char *aside)
{
    if (aside != NULL)
        log_event(LOG_WARNING, "the ledger was damaged: quarantined, starting a new one", "ledger", path,
                  "as", aside, NULL);
}
