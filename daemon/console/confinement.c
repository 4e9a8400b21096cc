#include "daemon/console/confinement.h"

#include "base/log.h"
#include "daemon/protocol/engine_report.h"
#include "sandbox/privileges.h"

void confinement_tell(const Config *config)
{
    g_autoptr(EngineReport) report = NULL;
    g_autoptr(GError) error = NULL;

    if (privileges_is_root())
        log_event(LOG_WARNING,
                  "running as root: use a dedicated user, as systemd/thumbmill.service does, to keep root's "
                  "files out of reach",
                  NULL);
    if (config->sandbox != CONFIG_SANDBOX_BEST_EFFORT)
        return;
    report = engine_report_ask(&error);
    if (report == NULL)
        log_event(LOG_WARNING, "cannot determine whether the sandbox is complete", "reason", error->message,
                  NULL);
    else if (*report->lacks != '\0')
        log_event(LOG_WARNING, "images are decoded in an incomplete sandbox", "lacks", report->lacks, NULL);
}
