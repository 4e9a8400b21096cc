/* For `check`: prints every configuration key, as config_describe() has them. */
#include <stdio.h>

#include "config/config.h"

int main(void)
{
    g_autofree char *text = config_describe();

    fputs(text, stdout);
    return 0;
}
