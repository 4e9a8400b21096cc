#include "daemon/confinement.h"

#include "base/log.h"
#include "sandbox/landlock.h"

void confinement_tell(void)
{
    if (landlock_abi() > 0)
        return;
    log_event(LOG_WARNING,
              "this kernel offers no Landlock: images are decoded behind seccomp alone, which also denies "
              "files and "
              "network",
              NULL);
}
