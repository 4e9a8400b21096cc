/* What both ways to a Config share: the YAML file (config_load.c) and the message (config.c). Kept apart, so
 * that whoever only receives configurations links no YAML parser. Private to config/. */
#pragma once

#include "config/model.h"
#include "config/problems.h"

/* All defaults. */
Config *config_new(void);

/* What is checked over more than one key: what contradicts itself in an output, bucket names, output keys,
 * the proof that no output feeds the source. Outputs of several scales become several. */
void config_finish(Config *config, Problems *problems);
