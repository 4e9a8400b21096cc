/* For `check`: prints every configuration key, as from config_describe(). */
#include <stdio.h>

#include "config/config.h"

int main(void)
{
    g_autofree char *text = config_describe();

    fputs(text, stdout);
    return 0;
}
